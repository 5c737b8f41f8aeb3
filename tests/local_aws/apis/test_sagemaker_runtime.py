"""InvokeEndpoint: what goes to the script, what comes back, and AWS's errors for all that can go wrong."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.start import Connection
from tests.conftest import boto_client
from tests.local_aws.apis.sagemaker.serving import ECHO, Serving, refusal, serving_in

SCRIPT = """
import os, sys, time

def model_fn(model_dir):
    return os.getpid()

def input_fn(body, content_type):
    if content_type == "text/plain":
        return body.decode()
    if content_type == "text/csv":
        return body
    error = ValueError(f"{content_type} is not supported")
    error.status_code = 415
    raise error

def predict_fn(data, model):
    order, _, argument = data.partition(" ")
    if order == "sleep":
        time.sleep(float(argument))
    elif order == "die":
        os._exit(7)
    elif order == "raise":
        raise RuntimeError(argument)
    elif order == "pid":
        return str(model)
    return data

def output_fn(prediction, accept, context):
    asked = context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes")
    if asked:
        context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", asked.upper())
    return prediction
"""


@pytest.fixture(scope="module")
def shared(connection: Connection) -> Iterator[Serving]:
    with serving_in(lambda service: boto_client(connection, service)) as made:
        yield made


@pytest.fixture(scope="module")
def endpoint(shared: Serving) -> str:
    """An endpoint of one instance that all tests of this module ask."""
    return shared.endpoint(SCRIPT)


@pytest.fixture
def serving(client: Callable[..., Any]) -> Iterator[Serving]:
    with serving_in(client) as made:
        yield made


def test_the_reply_names_its_type_and_variant_and_carries_custom_attributes(shared: Serving, endpoint: str):
    reply = shared.runtime.invoke_endpoint(
        EndpointName=endpoint, Body="grüße", ContentType="text/plain", Accept="text/plain", CustomAttributes="trace=7"
    )
    assert reply["Body"].read().decode() == "grüße"
    assert (reply["ContentType"], reply["InvokedProductionVariant"]) == ("text/plain", "AllTraffic")
    assert reply["CustomAttributes"] == "TRACE=7"


@pytest.mark.parametrize("size", [0, 1, 100_000, 6_291_456])
def test_bodies_of_any_size_up_to_the_limit_come_back_whole(serving: Serving, size: int):
    name = serving.endpoint()
    body = bytes(range(256)) * (size // 256 + 1)
    answer = serving.invoke(
        name, body[:size], ContentType="application/octet-stream", Accept="application/octet-stream"
    )
    assert answer == body[:size]


def test_a_body_over_the_limit_is_refused(shared: Serving, endpoint: str):
    code, message = refusal(shared.invoke, name=endpoint, body=bytes(6_291_457))
    assert code == "ValidationError"
    assert "6291456" in message


def test_an_answer_over_the_limit_is_a_model_error(serving: Serving):
    name = serving.endpoint(ECHO.replace("return body, accept", "return bytes(int(body)), 'x' * 100_000"))
    assert len(serving.invoke(name, "6291456")) == 6_291_456
    code, message = refusal(serving.invoke, name=name, body="6291457")
    assert code == "ModelError"
    assert "could not load the entire response body" in message


def test_an_error_of_the_script_is_a_model_error_with_its_words(shared: Serving, endpoint: str):
    with pytest.raises(ClientError) as refused:
        shared.invoke(endpoint, "raise on purpose", ContentType="text/plain")
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["Error"]["Code"] == "ModelError"
    assert response["Error"]["Message"].startswith('Received server error (500) from primary with message "on purpose')
    assert f"logEventViewer:group=/aws/sagemaker/Endpoints/{endpoint} in account 0000" in response["Error"]["Message"]
    assert response["OriginalStatusCode"] == 500
    assert "RuntimeError: on purpose" in response["OriginalMessage"]
    assert f":log-group:/aws/sagemaker/Endpoints/{endpoint}:log-stream:AllTraffic/i-" in response["LogStreamArn"]


def test_a_4xx_of_the_script_is_a_client_error_with_only_its_message(shared: Serving, endpoint: str):
    with pytest.raises(ClientError) as refused:
        shared.invoke(endpoint, b"\x89PNG", ContentType="image/png")
    response = refused.value.response
    assert response["Error"]["Message"].startswith("Received client error (415) from primary with message ")
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (415, "image/png is not supported")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"EndpointName": "none-of-this-name"}, "Endpoint none-of-this-name of account 000000000000 not found."),
        ({"TargetVariant": "Nobody"}, "Variant Nobody not found"),
        ({"TargetModel": "a.tar.gz"}, "TargetModel is not supported"),
        ({"EndpointName": "not_a_name"}, "failed to satisfy constraint"),
    ],
)
def test_what_cannot_be_asked_is_refused(shared: Serving, endpoint: str, arguments: dict[str, Any], message: str):
    refused = refusal(shared.runtime.invoke_endpoint, **({"EndpointName": endpoint, "Body": b""} | arguments))
    assert refused[0] == "ValidationError"
    assert message in refused[1]


def test_an_endpoint_that_is_being_created_is_not_found(serving: Serving):
    name = serving.begin({"ModelName": serving.model("import time\ntime.sleep(0.5)\n" + ECHO)})
    assert refusal(serving.invoke, name=name) == (
        "ValidationError",
        f"Endpoint {name} of account 000000000000 not found.",
    )


def test_traffic_is_shared_by_weight_and_a_target_overrides_it(serving: Serving):
    models = {
        word: serving.model(ECHO.replace("return body, accept", f"return {word!r}, accept"))
        for word in ("heavy", "light", "none")
    }
    shares = {"heavy": 0.75, "light": 0.25, "none": 0.0}
    name = serving.begin(
        *(
            {"VariantName": word, "ModelName": models[word], "InitialVariantWeight": share}
            for word, share in shares.items()
        )
    )
    serving.settled(name)
    asked = Counter(
        serving.runtime.invoke_endpoint(EndpointName=name, Body=b"")["InvokedProductionVariant"] for _ in range(400)
    )
    assert asked["none"] == 0
    # 400 draws at 0.75: a deviation of 40 is more than 4.6 standard deviations.
    assert abs(asked["heavy"] - 300) < 40
    assert serving.invoke(name, TargetVariant="none") == b"none"


def test_requests_are_spread_over_the_instances(serving: Serving):
    name = serving.begin({"ModelName": serving.model(SCRIPT), "InitialInstanceCount": 2})
    serving.settled(name)
    started = time.monotonic()
    with ThreadPoolExecutor(2) as clients:
        list(clients.map(lambda _: serving.invoke(name, "sleep 1", ContentType="text/plain"), range(2)))
    assert time.monotonic() - started < 1.9


def test_only_the_request_that_kills_its_server_fails(serving: Serving):
    name = serving.endpoint(SCRIPT)

    def ask(order: str) -> str:
        try:
            return serving.invoke(name, order, ContentType="text/plain").decode()
        except ClientError as error:
            return f"{error.response['Error']['Code']} {error.response['OriginalStatusCode']}"

    with ThreadPoolExecutor(6) as clients:
        waits = clients.submit(ask, "sleep 0.3")
        time.sleep(0.1)
        deadly = clients.submit(ask, "die")
        time.sleep(0.1)
        behind = [clients.submit(ask, f"number {number}") for number in range(4)]
        assert waits.result() == "sleep 0.3"
        assert deadly.result() == "ModelError 500"
        assert [one.result() for one in behind] == [f"number {number}" for number in range(4)]


def test_a_server_that_left_a_process_behind_is_started_again(serving: Serving):
    forking = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n" + SCRIPT
    name = serving.endpoint(forking)
    first = serving.invoke(name, "pid", ContentType="text/plain")
    assert refusal(serving.invoke, name=name, body="die", ContentType="text/plain")[0] == "ModelError"
    assert serving.invoke(name, "pid", ContentType="text/plain") != first


def test_a_server_that_cannot_start_again_says_why_and_is_tried_again(serving: Serving):
    name = serving.endpoint(
        "import pathlib\n"
        "mark = pathlib.Path(__file__).with_name('mark')\n"
        "def model_fn(model_dir):\n"
        "    if mark.exists():\n"
        "        mark.unlink()\n"
        "        raise OSError('the weights are gone')\n"
        "def transform_fn(model, body, content_type, accept):\n"
        "    if body == 'break':\n"
        "        mark.touch()\n"
        "        __import__('os')._exit(1)\n"
        "    return 'well', accept\n"
    )
    assert refusal(serving.invoke, name=name, body="break", ContentType="text/csv")[0] == "ModelError"
    code, message = refusal(serving.invoke, name=name)
    assert code == "ModelError"
    assert "OSError: the weights are gone" in message
    assert answer_in_the_end(serving, name, "") == b"well"


def test_a_request_that_runs_while_its_endpoint_is_deleted_is_answered(serving: Serving):
    name = serving.endpoint(SCRIPT)
    answers: list[bytes] = []
    asking = threading.Thread(
        target=lambda: answers.append(serving.invoke(name, "sleep 1.5", ContentType="text/plain"))
    )
    asking.start()
    time.sleep(0.5)
    serving.sagemaker.delete_endpoint(EndpointName=name)
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Deleting"
    assert refusal(serving.invoke, name=name)[0] == "ValidationError"
    asking.join()
    assert answers == [b"sleep 1.5"]


def test_a_script_that_hangs_is_cut_off_and_its_server_started_again(serving: Serving):
    name = serving.endpoint(SCRIPT, Environment={"SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"})
    first = serving.invoke(name, "pid", ContentType="text/plain")
    with pytest.raises(ClientError) as refused:
        serving.invoke(name, "sleep 60", ContentType="text/plain")
    assert refused.value.response["OriginalStatusCode"] == 0
    assert "Your invocation timed out while waiting for a response" in refused.value.response["Error"]["Message"]
    assert answer_in_the_end(serving, name, "pid") != first


def answer_in_the_end(serving: Serving, name: str, body: str) -> bytes:
    """What an endpoint answers once its server is back."""
    deadline = time.monotonic() + 15
    while True:
        try:
            return serving.invoke(name, body, ContentType="text/plain")
        except ClientError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
