"""Endpoints go through the statuses that AWS documents, and serve while they change."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.apis.sagemaker.endpoints import MOST_INSTANCES
from tests.local_aws.apis.sagemaker.serving import ECHO, SKLEARN, Serving, refusal, wheel

UNHEALTHY = "did not pass the ping health check. Please check CloudWatch logs for this endpoint."


def answering(word: str) -> str:
    return ECHO.replace("return body, accept", f"return {word!r}, accept")


def test_an_endpoint_gets_into_service_and_says_what_serves(serving: Serving):
    name = serving.begin({"ModelName": serving.model(), "InitialInstanceCount": 2, "InitialVariantWeight": 3.0})
    begun = serving.sagemaker.describe_endpoint(EndpointName=name)
    assert begun["EndpointStatus"] == "Creating"
    serving.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    described = serving.sagemaker.describe_endpoint(EndpointName=name)
    variant = described["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (3.0, 3.0)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == SKLEARN
    assert described["LastModifiedTime"] >= described["CreationTime"]
    summary = serving.sagemaker.list_endpoints(NameContains=name, StatusEquals="InService")["Endpoints"][0]
    assert summary["EndpointArn"] == described["EndpointArn"]
    assert serving.sagemaker.list_endpoints(NameContains=name, StatusEquals="Failed")["Endpoints"] == []


def test_a_deleted_endpoint_is_gone_with_its_waiter(serving: Serving):
    name = serving.endpoint()
    serving.sagemaker.delete_endpoint(EndpointName=name)
    serving.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    assert refusal(serving.sagemaker.describe_endpoint, EndpointName=name)[1].startswith("Could not find endpoint ")
    assert refusal(serving.invoke, name=name)[0] == "ValidationError"


def test_a_taken_name_and_a_missing_configuration_are_refused(serving: Serving):
    name = serving.endpoint()
    config = serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    taken = refusal(serving.sagemaker.create_endpoint, EndpointName=name, EndpointConfigName=config)
    assert taken[1].startswith("Cannot create already existing endpoint ")
    missing = refusal(serving.sagemaker.create_endpoint, EndpointName="x", EndpointConfigName="none-of-this-name")
    assert missing[1].startswith("Could not find endpoint configuration ")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("def model_fn(model_dir):\n    raise RuntimeError('no weights here')", "RuntimeError: no weights here"),
        ("import a_module_nobody_has", "ModuleNotFoundError: No module named 'a_module_nobody_has'"),
        ("def model_fn(:", "SyntaxError: invalid syntax"),
        ("x = 1", "NotImplementedError: Please provide a model_fn implementation."),
        ("import os\nos.abort()", "ended with signal SIGABRT while it loaded the model"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        (
            ECHO + "\ndef input_fn(a, b): ...",
            "ValueError: Cannot use transform_fn implementation",
        ),
    ],
    ids=["raises", "imports", "syntax", "no model_fn", "aborts", "exits", "both kinds of handlers"],
)
def test_a_script_that_cannot_load_fails_the_endpoint_with_its_own_error(serving: Serving, script: str, reason: str):
    name = serving.begin({"ModelName": serving.model(script)})
    described = serving.settled(name)
    assert described["EndpointStatus"] == "Failed"
    assert reason in described["FailureReason"]
    assert f"for production variant AllTraffic {UNHEALTHY}" in described["FailureReason"]
    assert refusal(serving.invoke, name=name)[0] == "ValidationError"
    update = refusal(
        serving.sagemaker.update_endpoint,
        EndpointName=name,
        EndpointConfigName=serving.config({"ModelName": serving.model()}),
    )
    assert "Only DeleteEndpoint" in update[1]


def test_a_model_that_eats_memory_is_stopped_at_its_instances_memory(serving: Serving):
    script = "def model_fn(model_dir):\n    return bytearray(6 << 30)"
    name = serving.begin({"ModelName": serving.model(script), "InstanceType": "ml.t2.medium"})
    assert "MemoryError" in serving.settled(name)["FailureReason"]


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.0"}, "Local AWS has no container"),
        ({"Mode": "MultiModel"}, "no pipelines, packages, multi-models"),
        ({"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://models-of-tests/none.tar.gz"}}, "Failed to download"),
        ({"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "https://example.com/x.tar.gz"}}, "only from s3:// URLs"),
        ({"Environment": {"SAGEMAKER_PROGRAM": "serve.py"}}, "No module named 'serve'"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_here_fails_with_an_honest_reason(
    serving: Serving, container: dict[str, Any], reason: str
):
    name = serving.begin({"ModelName": serving.model(**container)})
    described = serving.settled(name)
    assert described["EndpointStatus"] == "Failed"
    assert reason in described["FailureReason"]


def test_model_data_that_went_missing_fails_the_endpoint(serving: Serving):
    model = serving.model()
    uri = serving.sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["ModelDataUrl"]
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    serving.s3.delete_object(Bucket=bucket, Key=key)
    reason = serving.settled(serving.begin({"ModelName": model}))["FailureReason"]
    assert reason.startswith(f'Failed to download model data for container "primary" from URL: "{uri}".')


def test_model_data_that_climbs_out_of_its_directory_fails_the_endpoint(serving: Serving):
    model = serving.model(files={"../../../evil": "x"})
    reason = serving.settled(serving.begin({"ModelName": model}))["FailureReason"]
    assert "Failed to extract model data archive" in reason
    assert "lies outside the archive" in reason


def test_model_data_that_is_no_archive_fails_the_endpoint(serving: Serving):
    serving.s3.put_object(Bucket="models-of-tests", Key="plain", Body=b"not an archive at all" * 100)
    model = serving.model(ModelDataUrl="s3://models-of-tests/plain")
    reason = serving.settled(serving.begin({"ModelName": model}))["FailureReason"]
    assert "is a valid tar.gz archive" in reason


def test_code_may_come_from_an_archive_of_its_own(serving: Serving):
    code = serving.put({"serve.py": answering("from the submit directory")})
    environment = {"SAGEMAKER_SUBMIT_DIRECTORY": code, "SAGEMAKER_PROGRAM": "serve.py"}
    name = serving.endpoint(answering("from the model"), Environment=environment)
    assert serving.invoke(name) == b"from the submit directory"


def test_model_data_may_be_a_prefix_of_uncompressed_objects(serving: Serving):
    for key, content in (("plain/code/inference.py", answering("uncompressed")), ("plain/weights.bin", "w")):
        serving.s3.put_object(Bucket="models-of-tests", Key=key, Body=content.encode())
    source = {"S3Uri": "s3://models-of-tests/plain/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    model = f"{serving.model()}-plain"
    serving.sagemaker.create_model(
        ModelName=model, PrimaryContainer={"Image": SKLEARN, "ModelDataSource": {"S3DataSource": source}}
    )
    name = serving.begin({"ModelName": model})
    assert serving.settled(name)["EndpointStatus"] == "InService"
    assert serving.invoke(name) == b"uncompressed"


def test_requirements_are_installed_for_this_endpoint_only(serving: Serving):
    asked = "--no-index\n--find-links .\nonly_for_this_endpoint\n"
    files: dict[str, str | bytes] = {
        "code/requirements.txt": asked,
        "code/only_for_this_endpoint-1.0-py3-none-any.whl": wheel("only_for_this_endpoint", "WORD = 'installed'"),
    }
    script = "import numpy, only_for_this_endpoint\n" + ECHO.replace(
        "return body", "return only_for_this_endpoint.WORD"
    )
    assert serving.invoke(serving.endpoint(script, files)) == b"installed"
    without = serving.settled(serving.begin({"ModelName": serving.model(script)}))
    assert "No module named 'only_for_this_endpoint'" in without["FailureReason"]


def test_requirements_that_do_not_exist_fail_the_endpoint(serving: Serving, client: Any):
    asked: dict[str, str | bytes] = {"code/requirements.txt": "--no-index\na-package-that-nobody-has\n"}
    name = serving.begin({"ModelName": serving.model(files=asked)})
    assert "Installing requirements.txt failed (exit code 1)" in serving.settled(name)["FailureReason"]
    events = client("logs").get_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{name}", logStreamName="AllTraffic/requirements"
    )["events"]
    assert "a-package-that-nobody-has" in "".join(event["message"] for event in events)


@contextmanager
def asked_all_the_time(serving: Serving, name: str) -> Iterator[list[bytes | Exception]]:
    """Two clients ask an endpoint without a pause; yields what they got."""
    answers: list[bytes | Exception] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(serving.invoke(name))
            except (BotoCoreError, ClientError) as error:
                answers.append(error)
                return

    clients = [threading.Thread(target=ask) for _ in range(2)]
    for one in clients:
        one.start()
    yield answers
    stop.set()
    for one in clients:
        one.join()


def test_no_request_fails_during_an_update(serving: Serving):
    name = serving.endpoint(answering("old"))
    config = serving.config({"ModelName": serving.model(answering("new")), "InitialInstanceCount": 2})
    with asked_all_the_time(serving, name) as answers:
        serving.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
        pending = serving.sagemaker.describe_endpoint(EndpointName=name)["PendingDeploymentSummary"]
        assert pending["EndpointConfigName"] == config
        described = serving.settled(name)
        time.sleep(0.2)
    assert set(answers) == {b"old", b"new"}
    assert answers[-1] == b"new"
    assert described["EndpointConfigName"] == config
    assert "PendingDeploymentSummary" not in described
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_a_failed_update_goes_back_and_serves_on(serving: Serving):
    name = serving.endpoint(answering("old"))
    before = serving.sagemaker.describe_endpoint(EndpointName=name)
    config = serving.config({"ModelName": serving.model("raise ValueError('a bad release')")})
    with asked_all_the_time(serving, name) as answers:
        serving.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
        described = serving.settled(name)
    assert set(answers) == {b"old"}
    assert described["EndpointStatus"] == "InService"
    assert "ValueError: a bad release" in described["FailureReason"]
    assert described["EndpointConfigName"] == before["EndpointConfigName"]
    assert described["ProductionVariants"] == before["ProductionVariants"]


def test_an_update_can_retain_weights_and_numbers_of_instances(serving: Serving):
    name = serving.endpoint()
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 5.0}]
    serving.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    serving.settled(name)
    config = serving.config({"ModelName": serving.model()})
    serving.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=config,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    variant = serving.settled(name)["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 1.0)


def test_weights_and_capacities_change_without_a_failed_request(serving: Serving):
    models = {word: serving.model(answering(word)) for word in ("a", "b")}
    name = serving.begin(*({"VariantName": word, "ModelName": model} for word, model in models.items()))
    serving.settled(name)
    wanted = [
        {"VariantName": "a", "DesiredInstanceCount": 3, "DesiredWeight": 0.0},
        {"VariantName": "b", "DesiredWeight": 1.0},
    ]
    with asked_all_the_time(serving, name) as answers:
        for counts in (wanted, [{"VariantName": "a", "DesiredInstanceCount": 1}]):
            serving.sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=name, DesiredWeightsAndCapacities=counts
            )
            described = serving.settled(name)
    assert all(isinstance(answer, bytes) for answer in answers)
    assert {serving.invoke(name) for _ in range(30)} == {b"b"}
    a, b = described["ProductionVariants"]
    assert (a["CurrentInstanceCount"], a["CurrentWeight"], b["CurrentWeight"]) == (1, 0.0, 1.0)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"VariantName": "none"}, "not part of this endpoint"),
        ({"VariantName": "AllTraffic", "DesiredInstanceCount": 0}, "at least 1"),
        ({"VariantName": "AllTraffic", "DesiredWeight": 0.0}, "weight greater than 0"),
    ],
)
def test_weights_and_capacities_that_cannot_be_are_refused(serving: Serving, wanted: dict[str, Any], words: str):
    name = serving.endpoint()
    refused = refusal(
        serving.sagemaker.update_endpoint_weights_and_capacities,
        EndpointName=name,
        DesiredWeightsAndCapacities=[wanted],
    )
    assert refused[0] == "ValidationException"
    assert words in refused[1]
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_an_endpoint_in_progress_cannot_be_changed(serving: Serving):
    slow = "import time\ntime.sleep(1)\n" + ECHO
    name = serving.begin({"ModelName": serving.model(slow)})
    config = serving.config({"ModelName": serving.model()})
    for call, arguments in (
        (serving.sagemaker.delete_endpoint, {}),
        (serving.sagemaker.update_endpoint, {"EndpointConfigName": config}),
    ):
        code, message = refusal(call, EndpointName=name, **arguments)
        assert code == "ValidationException"
        assert message.startswith('Cannot update in-progress endpoint "arn:aws:sagemaker:')
    assert serving.settled(name)["EndpointStatus"] == "InService"


def test_more_instances_than_this_machine_should_hold_are_refused(serving: Serving):
    name = serving.endpoint()
    config = serving.config({"ModelName": serving.model(), "InitialInstanceCount": MOST_INSTANCES})
    code, message = refusal(serving.sagemaker.create_endpoint, EndpointName="x", EndpointConfigName=config)
    assert code == "ResourceLimitExceeded"
    assert f"is {MOST_INSTANCES} Instances, with current utilization of 1 Instances" in message
    assert f"a request delta of {MOST_INSTANCES} Instances" in message
    serving.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=serving.config({"ModelName": serving.model()})
    )
    assert serving.settled(name)["EndpointStatus"] == "InService"


def test_deleting_configuration_and_model_leaves_a_live_endpoint_alone(serving: Serving):
    name = serving.endpoint()
    config = serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    variant = serving.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    serving.sagemaker.delete_endpoint_config(EndpointConfigName=config)
    serving.sagemaker.delete_model(ModelName=variant["ModelName"])
    assert serving.invoke(name, b"still here") == b"still here"


def test_what_a_script_prints_is_in_the_logs_of_its_instance(serving: Serving, client: Any):
    name = serving.endpoint("print('loading the model')\n" + ECHO)
    logs, group = client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    assert stream.startswith("AllTraffic/i-")
    events = logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
    assert "loading the model" in [event["message"] for event in events]
