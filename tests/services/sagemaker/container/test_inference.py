"""Requests to a trained model: what is understood, what is refused, and with which words."""

from __future__ import annotations

import csv
import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import inference
import numpy as np
import pytest
from flask import Response
from payload import encoded_rows
from refusal import Refusal

from tests.services.sagemaker.container.conftest import patients, run_job

NAMES = ["age", "pressure", "clinic", "street", "since"]
ROW = "61,133.5,north,street 3,2021-05-04"
OBJECT = {"age": 61, "pressure": 133.5, "clinic": "north", "street": "street 3", "since": "2021-05-04"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> inference.Model:
    job = run_job(
        tmp_path_factory.mktemp("stage"), patients(), "--target", "stage", "--algorithm", "random-forest",
        "--exclude", '["days", "ill"]',
    )  # fmt: skip
    assert job.code == 0, job.errors
    return inference.model_fn(str(job.model))


@pytest.fixture(scope="module")
def number_model(tmp_path_factory: pytest.TempPathFactory) -> inference.Model:
    job = run_job(
        tmp_path_factory.mktemp("days"), patients()[["age", "pressure", "days"]], "--target", "days",
        "--algorithm", "linear",
    )  # fmt: skip
    assert job.code == 0, job.errors
    return inference.model_fn(str(job.model))


def ask(model: inference.Model, body: str | bytes, content_type: str = "text/csv", accept: str = "text/csv") -> str:
    return inference.output_fn(inference.predict_fn(inference.input_fn(body, content_type), model), accept)[0]


def answers(model: inference.Model, body: str, content_type: str = "text/csv") -> list[dict[str, Any]]:
    return json.loads(ask(model, body, content_type, "application/json"))["predictions"]


def test_a_row_without_a_header_is_in_training_order(model: inference.Model) -> None:
    (found,) = answers(model, ROW)
    assert found["prediction"] == "severe"
    assert list(found["probabilities"]) == ["mild", "none", "severe"]
    assert sum(found["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f"{','.join(NAMES)}\n{ROW}\n", "text/csv; header=present; charset=utf-8"),
        ('clinic,since,ill,pressure,street,age\r\n"north",2021-05-04,yes,133.5,street 3,61\r\n', "text/csv"),
        (f"\ufeff{ROW}", "TEXT/CSV"),
        (json.dumps({"instances": [OBJECT]}), "application/json"),
        (json.dumps({"instances": [list(OBJECT.values())]}), "application/json"),
        (json.dumps([OBJECT]), "application/json"),
        (json.dumps(OBJECT | {"ill": "yes"}), "application/json"),
        (json.dumps(list(OBJECT.values())), "application/json"),
        (json.dumps(OBJECT | {"age": "61"}), "application/json"),
        (json.dumps(OBJECT) + "\n", "application/jsonlines"),
        (json.dumps(list(OBJECT.values())), "application/x-ndjson"),
    ],
)
def test_every_way_to_send_a_row_means_the_same(model: inference.Model, body: str, content_type: str) -> None:
    assert ask(model, body, content_type) == ask(model, ROW)
    assert ask(model, body.encode(), content_type) == ask(model, ROW)


def test_answers_come_in_the_format_that_is_accepted(model: inference.Model) -> None:
    request = inference.predict_fn(inference.input_fn(f"{ROW}\n{ROW}", "text/csv"), model)
    text, kind = inference.output_fn(request, "text/csv")
    assert kind == "text/csv"
    assert [row[0] for row in csv.reader(io.StringIO(text))] == ["severe", "severe"]
    assert {len(row) for row in csv.reader(io.StringIO(text))} == {4}
    text, kind = inference.output_fn(request, "application/jsonlines;q=0.9, text/csv")
    assert kind == "application/jsonlines"
    assert [json.loads(line)["prediction"] for line in text.splitlines()] == ["severe", "severe"]
    for accept in (None, "*/*", "application/json"):
        assert inference.output_fn(request, accept)[1] == "application/json"


def test_csv_and_json_answers_hold_the_same_numbers_in_full(model: inference.Model) -> None:
    (row,) = csv.reader(io.StringIO(ask(model, ROW)))
    assert [float(cell) for cell in row[1:]] == list(answers(model, ROW)[0]["probabilities"].values())


def test_a_regression_answers_with_a_number_alone(number_model: inference.Model) -> None:
    (found,) = answers(number_model, "61,133.5")
    assert list(found) == ["prediction"]
    assert ask(number_model, "61,133.5") == f"{found['prediction']!r}\n"


def test_the_same_number_in_full_precision_gives_the_same_answer(number_model: inference.Model) -> None:
    near = float(np.nextafter(133.5, 134))
    assert ask(number_model, f"61,{near!r}") == ask(number_model, json.dumps([61, near]), "application/json")
    assert ask(number_model, f"61,{near!r}") != ask(number_model, "61,133.5")


@pytest.mark.parametrize("empty", ["", "NA", " ", "inf", "nan"])
def test_missing_values_are_filled(model: inference.Model, empty: str) -> None:
    row = json.dumps(OBJECT | {"age": None})
    assert ask(model, f"{empty},133.5,north,street 3,2021-05-04") == ask(model, row, "application/json")


def test_a_row_of_nothing_but_missing_values_is_answered(model: inference.Model) -> None:
    assert len(answers(model, ",,,,")) == 1


def test_an_unknown_category_is_allowed(model: inference.Model) -> None:
    assert ask(model, "61,133.5,moon,street 3,2021-05-04") == ask(model, "61,133.5,mars,street 3,2021-05-04")


def test_numbers_and_truth_values_may_stand_for_categories(tmp_path: Path) -> None:
    table = patients(200)[["pressure", "ill"]]
    table["code"] = ["7" if ill == "yes" else "8" for ill in table["ill"]]
    table["smokes"] = ["True" if ill == "yes" else "False" for ill in table["ill"]]
    schema = {"columns": [{"name": "code", "type": "category", "date_format": None}], "rows": 200}
    job = run_job(tmp_path, table, "--target", "ill", "--algorithm", "linear", schema=schema)
    model = inference.model_fn(str(job.model))
    for code, smokes in ((7, True), (7.0, "True"), ("7", "True")):
        body = json.dumps({"pressure": 120, "code": code, "smokes": smokes})
        assert ask(model, body, "application/json") == ask(model, "120,7,True")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        ("", "text/csv", 400, "no row"),
        (",".join(NAMES), "text/csv", 400, "no row"),
        (f"{ROW}\n{ROW},5", "text/csv", 400, 'Row 2 has 6 values; the model needs 5: "age", "pressure"'),
        ("61,133.5", "text/csv", 400, "Row 1 has 2 values"),
        (f"{ROW}\n61,high,north,street 3,2021-05-04", "text/csv", 400, 'Row 2, column "pressure": "high" is not a num'),
        ("61,133.5,north,street 3,yesterday", "text/csv", 400, 'Row 1, column "since": "yesterday" is not a date'),
        ("age,pressure,clinic\n61,133.5,north", "text/csv", 400, 'The header lacks "street", "since"'),
        (f"{','.join(NAMES)}\n61,133.5", "text/csv", 400, "Row 1 has 2 values, but the header has 5"),
        ("{", "application/json", 400, "The body is not JSON"),
        ('{"instances": 5}', "application/json", 400, "instances"),
        ('{"instances": []}', "application/json", 400, "no row"),
        (json.dumps([OBJECT, {"age": 1, "clinic": "x"}]), "application/json", 400, 'Row 2 lacks "pressure", "street"'),
        (json.dumps([[1, 2, 3]]), "application/json", 400, "Row 1 has 3 values"),
        (json.dumps([OBJECT, 5]), "application/json", 400, "Row 2 is neither"),
        (json.dumps(OBJECT | {"age": [1]}), "application/json", 400, 'Row 1, column "age": [1] is not a number'),
        (json.dumps(OBJECT | {"clinic": {}}), "application/json", 400, 'column "clinic": {} is not a category'),
        (json.dumps(OBJECT | {"since": 5}), "application/json", 400, 'column "since": 5 is not a date'),
        (json.dumps(OBJECT) + "\n{oops", "application/jsonlines", 400, "Line 2 is not JSON"),
        (b"\xff\xfe1,2", "text/csv", 400, "not UTF-8"),
        (ROW, "image/png", 415, "image/png is not understood"),
    ],
)
def test_what_cannot_be_read_is_refused(
    model: inference.Model, body: str | bytes, content_type: str, status: int, words: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        ask(model, body, content_type)
    assert refusal.value.status_code == status
    assert words in str(refusal.value)


def test_an_answer_of_another_type_is_refused(model: inference.Model) -> None:
    with pytest.raises(Refusal, match="image/png") as refusal:
        ask(model, ROW, accept="image/png")
    assert refusal.value.status_code == 406


def test_sagemakers_own_server_knows_the_status_of_a_refusal() -> None:
    from sagemaker_inference.errors import BaseInferenceToolkitError

    assert isinstance(Refusal("no", 415), BaseInferenceToolkitError)


def test_awss_flask_server_gets_the_refusal_as_a_response(
    model: inference.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sagemaker_containers", types.ModuleType("sagemaker_containers"))
    for body, content_type, accept, status in (
        ("1,2", "text/csv", "text/csv", 400),
        (ROW, "image/png", "text/csv", 415),
        (ROW, "text/csv", "image/png", 406),
    ):
        request = inference.input_fn(body, content_type)
        found = inference.output_fn(inference.predict_fn(request, model), accept)
        assert isinstance(found, Response)
        assert found.status_code == status


def large_body(rows: int, header: bool = False) -> str:
    table = patients(rows, seed=9)[NAMES]
    table.loc[::5, "clinic"] = "unheard of"
    table["clinic"] = table["clinic"].replace("west, old", " south ")
    return table.to_csv(index=False, header=header)


@pytest.mark.parametrize("header", [False, True])
def test_large_and_small_bodies_are_read_alike(model: inference.Model, header: bool) -> None:
    body = large_body(3_000, header)
    assert len(body) > 100_000
    assert '"' not in body
    first, *rows = body.splitlines()
    rows = rows if header else [first, *rows]
    large = encoded_rows(body, "text/csv", model.encoding)
    small = [encoded_rows(row, "text/csv", model.encoding) for row in rows[::29]]
    np.testing.assert_array_equal(large[::29], np.concatenate(small))
    assert ask(model, body).count("\n") == 3_000


def test_pandas_reads_a_large_body_with_a_header_that_names_other_columns_too(model: inference.Model) -> None:
    from largecsv import read_large_csv

    places = [1, 2, 4, 5, 0]
    text = "since,age,pressure,note,clinic,street\n2021-05-04,61,133.5,well,north,street 3\n"
    found = read_large_csv(text, 6, places, model.encoding)
    np.testing.assert_array_equal(found, encoded_rows(ROW, "text/csv", model.encoding))


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("tall,120,north,street 1,2021-05-04", 'Row 2001, column "age": "tall"'),
        ("50,120,north,street 1", "Row 2001 has 4 values"),
        ("50,120,north,street 1,2021-05-04,6", "Row 2001 has 6 values"),
        ("50,120,north,street 1,2021-15-04", 'Row 2001, column "since": "2021-15-04"'),
    ],
)
def test_a_large_body_is_refused_by_row_and_column(model: inference.Model, cell: str, words: str) -> None:
    rows = large_body(3_000).splitlines()
    rows[2_000] = cell
    with pytest.raises(Refusal, match=words):
        ask(model, "\n".join(rows))


def test_a_large_body_with_quotes_is_read(model: inference.Model) -> None:
    rows = [f'{row.split(",")[0]},120,"west, old",street 1,2021-05-04' for row in large_body(2_000).splitlines()]
    assert ask(model, "\n".join(rows)).count("\n") == 2_000


def test_class_names_are_quoted_where_csv_needs_it(tmp_path: Path) -> None:
    job = run_job(tmp_path, patients(200)[["pressure", "clinic"]], "--target", "clinic", "--algorithm", "linear")
    text = ask(inference.model_fn(str(job.model)), "\n".join(f"{value}" for value in range(60, 180)))
    found = {row[0] for row in csv.reader(io.StringIO(text))}
    assert found <= {"north", "south", "east", "west, old"}
    assert {len(row) for row in csv.reader(io.StringIO(text))} == {5}
