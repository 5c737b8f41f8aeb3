"""Every call is on record with request, reply and time, and as code that can be copied and run."""

import json
import threading

import boto3
import pytest
from botocore.exceptions import ClientError

from services import aws, trace


@pytest.fixture
def calls(local_aws):
    with trace.record(trace.Calls()) as recorded:
        yield recorded


def test_a_call_is_recorded_with_what_was_asked_and_answered(calls):
    aws.client("sts").get_caller_identity()
    (call,) = calls
    assert (call.service, call.operation, call.method) == ("sts", "GetCallerIdentity", "get_caller_identity")
    assert call.reply["Account"] == "000000000000"
    assert call.status == 200
    assert not call.failed
    assert 0 < call.milliseconds < 10_000
    assert call.backend == "local"


def test_a_refused_call_is_recorded_as_failed(calls):
    with pytest.raises(ClientError):
        aws.client("iam").get_role(RoleName="nobody")
    (call,) = calls
    assert call.failed
    assert call.reply["Error"]["Code"] == "NoSuchEntity"


def test_the_code_of_a_call_makes_the_same_call(calls, local_aws, monkeypatch):
    aws.client("iam").create_role(RoleName="trace-demo", AssumeRolePolicyDocument="{}", Description='with "quotes"')
    (created,) = calls
    aws.client("iam").delete_role(RoleName="trace-demo")
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", local_aws.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", local_aws.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", local_aws.secret_key)
    names = {}
    boto3.DEFAULT_SESSION = None
    exec(created.code(), names)
    boto3.DEFAULT_SESSION = None
    assert names["reply"]["Role"]["Description"] == 'with "quotes"'
    aws.client("iam").delete_role(RoleName="trace-demo")


def test_keys_are_never_on_record(calls, local_aws):
    aws.client("sts").get_caller_identity()
    assert local_aws.secret_key not in repr(calls)


def test_long_texts_are_shortened(calls):
    aws.client("iam").create_role(RoleName="long", AssumeRolePolicyDocument=json.dumps({"Id": "x" * 20_000}))
    aws.client("iam").delete_role(RoleName="long")
    assert len(calls[0].parameters["AssumeRolePolicyDocument"]) < 3_000


def test_nothing_is_recorded_outside_the_block_or_by_another_thread(calls, local_aws):
    def ask():
        with aws.use(local_aws):
            aws.client("sts").get_caller_identity()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert not calls


def test_only_the_latest_calls_are_kept():
    calls = trace.Calls()
    for number in range(600):
        calls.append(number)
    assert len(calls) == 500
    assert calls[-1] == 599
