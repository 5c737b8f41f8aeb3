"""Handlers are called, and their errors answered, as AWS's containers do it."""

import json
import types
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from sagemaker_inference.errors import GenericInferenceToolkitError, UnsupportedFormatError

from local_aws.apis.sagemaker.model_server import Inference


class Doubling:
    """A model that doubles what it is given."""

    def predict(self, data: Any, **_: Any) -> Any:
        return numpy.asarray(data) * 2


def inference(framework: str = "scikit-learn", **handlers: Callable[..., Any]) -> Inference:
    script = types.SimpleNamespace(**({"model_fn": lambda model_dir: Doubling()} | handlers))
    return Inference(script, framework, "/a/model/directory")


def test_model_fn_gets_the_model_directory():
    seen: list[str] = []
    inference(model_fn=seen.append)
    assert seen == ["/a/model/directory"]


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "answer"),
    [
        (b"1,2\n3,4", "text/csv", "application/json", b"[[2.0, 4.0], [6.0, 8.0]]"),
        (b"[[1, 2], [3, 4]]", "application/json", "text/csv", b"2.0,4.0\n6.0,8.0\n"),
        (b"[[1, 2]]", "", "", b"[[2.0, 4.0]]"),
        (b"[[1, 2]]", "application/json", "*/*", b"[[2.0, 4.0]]"),
    ],
)
def test_a_script_without_handlers_gets_those_of_the_container(
    body: bytes, content_type: str, accept: str, answer: bytes
):
    got, status, answer_type, _ = inference().answer(body, content_type, accept, "")
    assert (got, status) == (answer, 200)
    assert answer_type == (accept if accept not in ("", "*/*") else "application/json")


def test_numpys_format_goes_both_ways_and_is_never_unpickled(tmp_path: Any):
    numpy.save(tmp_path / "plain.npy", numpy.array([[1.5]]))
    got, status, *_ = inference().answer(
        (tmp_path / "plain.npy").read_bytes(), "application/x-npy", "application/json", ""
    )
    assert (got, status) == (b"[[3.0]]", 200)
    numpy.save(tmp_path / "pickle.npy", numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
    got, status, *_ = inference().answer((tmp_path / "pickle.npy").read_bytes(), "application/x-npy", "", "")
    assert status == 500
    assert b"allow_pickle" in got


def test_the_default_accept_may_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    assert inference().answer(b"[[1]]", "application/json", "*/*", "")[2] == "text/csv"


@pytest.mark.parametrize(
    ("content_type", "accept", "status"),
    [("image/png", "application/json", 415), ("application/json", "image/png", 406)],
)
def test_a_format_that_the_defaults_do_not_know_is_415_coming_and_406_going(
    content_type: str, accept: str, status: int
):
    got, answered, *_ = inference().answer(b"[[1]]", content_type, accept, "")
    assert answered == status
    assert b"Content type image/png is not supported" in got


def test_an_input_fn_that_knows_the_toolkits_error_is_415_too():
    def input_fn(body: Any, content_type: str) -> Any:
        raise UnsupportedFormatError(content_type)

    assert inference(input_fn=input_fn).answer(b"", "a/b", "", "")[1] == 415


def raising(error: Exception) -> Callable[..., Any]:
    def predict_fn(data: Any, model: Any) -> Any:
        raise error

    return predict_fn


def test_an_error_of_the_script_is_500_with_its_trace(capsys: pytest.CaptureFixture[str]):
    got, status, *_ = inference(predict_fn=raising(ZeroDivisionError("no way"))).answer(b"[1]", "", "", "")
    assert status == 500
    assert got.decode().startswith("no way\nTraceback (most recent call last):")
    assert "ZeroDivisionError: no way" in capsys.readouterr().err


@pytest.mark.parametrize("number", [400, 422])
def test_the_toolkits_errors_carry_their_own_status_and_message(number: int):
    error = GenericInferenceToolkitError(number, "column age of row 3 is not a number")
    got, status, *_ = inference(predict_fn=raising(error)).answer(b"[1]", "", "", "")
    assert (got, status) == (b"column age of row 3 is not a number", number)


def test_any_error_with_a_status_code_is_answered_with_it():
    class BadRowError(ValueError):
        status_code = 400

    got, status, *_ = inference(predict_fn=raising(BadRowError("row 1"))).answer(b"[1]", "", "", "")
    assert (got, status) == (b"row 1", 400)


def test_text_that_is_not_utf_8_is_an_error_of_the_request_not_of_the_server():
    assert inference().answer(b"\xff\xfe", "text/csv", "", "")[1] == 500


def test_transform_fn_replaces_the_other_three():
    def transform_fn(model: Any, body: Any, content_type: str, accept: str) -> Any:
        return json.dumps([type(model).__name__, body, content_type, accept]), "application/x-own"

    got, status, content_type, _ = inference(transform_fn=transform_fn).answer(b"x", "text/csv", "a/b", "")
    assert (json.loads(got), status, content_type) == (["Doubling", "x", "text/csv", "a/b"], 200, "application/x-own")


def test_output_fn_may_return_a_response_object_with_a_status():
    class Response:
        status_code, content_type, headers = 422, "application/json", {"X-Amzn-SageMaker-Custom-Attributes": "why"}

        def get_data(self) -> bytes:
            return b'{"error": "row 3"}'

    answer = inference(output_fn=lambda prediction, accept: Response()).answer(b"[1]", "", "", "")
    assert answer == (b'{"error": "row 3"}', 422, "application/json", "why")


@pytest.mark.parametrize("status", [-1, 99, 600, 70_000])
def test_a_status_that_is_none_of_https_is_an_error_of_the_script(status: int):
    response = types.SimpleNamespace(status_code=status, content_type="a/b", headers={}, get_data=lambda: b"x")
    assert inference(output_fn=lambda prediction, accept: response).answer(b"[1]", "", "", "")[1] == 500
    error = ValueError("x")
    error.status_code = status  # type: ignore[attr-defined]
    assert inference(predict_fn=raising(error)).answer(b"[1]", "", "", "")[1] == 500


def test_a_handler_that_takes_one_argument_more_gets_the_request_and_may_set_headers():
    def output_fn(prediction: Any, accept: str, context: Any) -> str:
        asked = context.get_request_header(0, "x-amzn-sagemaker-custom-attributes")
        context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", f"answer to {asked}")
        return str(context.get_all_request_header(0)["Content-Type"])

    answer = inference(output_fn=output_fn).answer(b"[1]", "application/json", "text/plain", "trace=7")
    assert answer == (b"application/json", 200, "text/plain", "answer to trace=7")


def test_what_is_neither_text_nor_bytes_is_an_error():
    got, status, *_ = inference(output_fn=lambda prediction, accept: 7).answer(b"[1]", "", "", "")
    assert status == 500
    assert b"a response is str or bytes" in got


def test_an_xgboost_model_gets_a_matrix_even_for_one_row():
    import xgboost

    rows = numpy.random.default_rng(0).normal(size=(50, 3))
    booster = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(rows, rows.sum(axis=1)), 5)
    served = inference("xgboost", model_fn=lambda model_dir: booster)
    got, status, *_ = served.answer(b"0.5,0.5,0.5", "text/csv", "application/json", "")
    expected = booster.predict(xgboost.DMatrix(numpy.array([[0.5, 0.5, 0.5]])))
    assert status == 200
    assert json.loads(got) == pytest.approx(expected.tolist())
