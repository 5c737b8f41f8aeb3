"""Endpoints outlive local AWS: what was in service comes back, what was under way goes on or is undone."""

import os
import signal
import threading
import time
from typing import Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.conftest import OwnLocalAws
from tests.local_aws.apis.sagemaker.serving import ECHO, Serving, refusal

PID = ECHO.replace("return body, accept", "import os; return str(os.getpid()), accept")


@pytest.fixture
def own(own_local_aws: OwnLocalAws) -> OwnLocalAws:
    own_local_aws.start()
    return own_local_aws


def restarted(own: OwnLocalAws) -> Serving:
    own.start()
    return Serving(own.client)


def model_servers(own: OwnLocalAws) -> list[psutil.Process]:
    """The processes that serve models for one state directory."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if "model_server.py" in command and str(own.home) in command:
            found.append(process)
    return found


def test_an_endpoint_comes_back_after_kill_9_and_nothing_of_the_old_one_is_left(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint(PID)
    described = serving.sagemaker.describe_endpoint(EndpointName=name)
    old = int(serving.invoke(name))
    own.kill()
    serving = restarted(own)
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] in ("Updating", "InService")
    # A request that comes while it is on its way back waits for it.
    assert int(serving.invoke(name)) != old
    back = serving.settled(name)
    assert back["EndpointStatus"] == "InService"
    assert "FailureReason" not in back
    assert back["ProductionVariants"] == described["ProductionVariants"]
    assert old not in [server.pid for server in model_servers(own)]
    assert len(model_servers(own)) == 1
    own.stop()
    assert model_servers(own) == []


def test_an_endpoint_comes_back_without_its_model_in_s3(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint()
    for key in serving.s3.list_objects_v2(Bucket="models-of-tests")["Contents"]:
        serving.s3.delete_object(Bucket="models-of-tests", Key=key["Key"])
    own.stop()
    serving = restarted(own)
    assert serving.invoke(name, b"back") == b"back"


def test_a_creation_that_was_interrupted_goes_on(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.begin({"ModelName": serving.model("import time\ntime.sleep(1)\n" + ECHO)})
    own.kill()
    serving = restarted(own)
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Creating"
    assert serving.settled(name)["EndpointStatus"] == "InService"
    assert serving.invoke(name, b"x") == b"x"


def test_an_update_that_was_interrupted_is_undone_and_says_so(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint()
    before = serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    config = serving.config({"ModelName": serving.model("import time\ntime.sleep(2)\n" + ECHO)})
    serving.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    own.kill()
    serving = restarted(own)
    described = serving.settled(name)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", before)
    assert "interrupted" in described["FailureReason"]
    assert "PendingDeploymentSummary" not in described
    assert len(list((own.home / "jobs" / "endpoints").iterdir())) == 1


def test_a_deletion_that_was_interrupted_is_finished(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint("import time\n" + ECHO.replace("return body", "time.sleep(3); return body"))
    asking = threading.Thread(target=lambda: refused_or_not(serving, name))
    asking.start()
    time.sleep(0.5)
    serving.sagemaker.delete_endpoint(EndpointName=name)
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Deleting"
    own.kill()
    asking.join()
    serving = restarted(own)
    deadline = time.monotonic() + 5
    while serving.exists(name) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not serving.exists(name)
    assert list((own.home / "jobs" / "endpoints").iterdir()) == []


def refused_or_not(serving: Serving, name: str) -> str:
    """The answer of an endpoint, or the name of the error."""
    try:
        return serving.invoke(name).decode()
    except (BotoCoreError, ClientError) as error:
        return type(error).__name__


def test_an_endpoint_whose_script_cannot_load_any_more_fails_with_a_reason(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint()
    own.stop()
    for script in own.home.rglob("inference.py"):
        script.write_text("raise RuntimeError('rotten')")
    serving = restarted(own)
    described = serving.settled(name)
    assert described["EndpointStatus"] == "Failed"
    assert "RuntimeError: rotten" in described["FailureReason"]
    assert refusal(serving.invoke, name=name)[0] == "ValidationError"
    serving.delete(name)


def test_model_servers_know_no_credentials_of_ours_or_of_the_user(own_local_aws: OwnLocalAws, monkeypatch: Any):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    monkeypatch.setenv("A_TOKEN_OF_THE_USER", "secret")
    own_local_aws.start()
    serving = Serving(own_local_aws.client)
    script = "import os, json\n" + ECHO.replace("return body", "return json.dumps(dict(os.environ))")
    seen = serving.invoke(serving.endpoint(script)).decode()
    keys = (own_local_aws.home / "credentials.json").read_text()
    assert "A_TOKEN_OF_THE_USER" not in seen
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert not any(word in seen for word in keys.split('"') if len(word) >= 16)
    assert '"AWS_EC2_METADATA_DISABLED": "true"' in seen


def test_a_model_server_that_was_killed_is_started_again(own: OwnLocalAws):
    serving = Serving(own.client)
    name = serving.endpoint(PID)
    first = int(serving.invoke(name))
    os.kill(first, signal.SIGKILL)
    answers = []
    deadline = time.monotonic() + 10
    while not answers or (answers[-1] in ("ModelError", str(first)) and time.monotonic() < deadline):
        answers.append(refused_or_not(serving, name))
    assert answers[-1].isdecimal()
    assert serving.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
