"""The gateway over real HTTP: who is let in, which operation answers, and how it says no."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


def refusal(call, *arguments, **more) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(*arguments, **more)
    reply = error.value.response
    return reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]


def send(connection, method="POST", path="/", headers=None, body=b"") -> tuple[int, bytes]:
    """A raw request, unsigned unless the headers sign it."""
    line = http.client.HTTPConnection(urlsplit(connection.endpoint).netloc, timeout=10)
    line.request(method, path, body=body, headers=headers or {})
    reply = line.getresponse()
    return reply.status, reply.read()


def signed_headers(connection, service, body=b"", headers=None, method="POST", path="/") -> dict[str, str]:
    request = AWSRequest(method, connection.endpoint + path, data=body, headers=headers or {})
    keys = Credentials(connection.access_key, connection.secret_key)
    SigV4Auth(keys, service, connection.region).add_auth(request)
    return dict(request.prepare().headers.items())


def test_a_signed_call_is_answered(client):
    assert client("sts").get_caller_identity()["Account"] == "000000000000"


@pytest.mark.parametrize(
    ("service", "call", "wrong_key", "wrong_secret"),
    [
        ("sagemaker", "list_models", "UnrecognizedClientException", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    ],
)
def test_wrong_keys_are_refused_in_the_services_own_words(client, service, call, wrong_key, wrong_secret):
    assert refusal(getattr(client(service, access_key="AKIAWRONG"), call))[0] == wrong_key
    assert refusal(getattr(client(service, secret_key="wrong"), call)) == (wrong_secret, 403)


def test_unsigned_requests_are_refused_in_every_protocol(connection):
    status, body = send(connection, headers={"X-Amz-Target": "SageMaker.ListModels"}, body=b"{}")
    assert (status, json.loads(body)["__type"]) == (403, "MissingAuthenticationTokenException")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = send(connection, headers=form, body=b"Action=GetCallerIdentity&Version=2011-06-15")
    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in body
    status, body = send(connection, "GET", "/bucket/key")
    assert status == 403
    assert b"<Code>AccessDenied</Code>" in body


def test_a_foreign_host_is_refused_even_when_it_is_signed(connection):
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Host": "evil.example"}
    status, body = send(connection, headers=signed_headers(connection, "sagemaker", b"{}", headers), body=b"{}")
    assert (status, json.loads(body)["message"]) == (403, "Local AWS answers only to 127.0.0.1 and localhost.")


def test_an_old_request_sent_again_is_refused(connection):
    headers = signed_headers(connection, "sagemaker", b"{}", {"X-Amz-Target": "SageMaker.ListModels"})
    headers["X-Amz-Date"] = "20200101T000000Z"
    headers["Authorization"] = headers["Authorization"].replace(headers["Authorization"].split("/")[1], "20200101")
    status, body = send(connection, headers=headers, body=b"{}")
    assert (status, json.loads(body)["__type"]) == (403, "InvalidSignatureException")


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("translate", "list_languages", {}, "UnknownOperationException"),
        ("sagemaker", "list_clusters", {}, "UnknownOperationException"),
        ("polly", "describe_voices", {}, "UnknownOperationException"),
        ("ec2", "describe_instances", {}, "InvalidAction"),
        ("dynamodb", "list_tables", {}, "UnknownOperationException"),
        ("sqs", "list_queues", {}, "UnknownOperationException"),
        ("s3", "get_object_torrent", {"Bucket": "b", "Key": "k"}, "NotImplemented"),
    ],
)
def test_an_absent_operation_is_an_aws_error_that_names_it(client, service, call, arguments, code):
    with pytest.raises(ClientError, match="Local AWS does not have") as error:
        getattr(client(service), call)(**arguments)
    assert error.value.response["Error"]["Code"] == code


def test_a_platform_service_cannot_be_used_to_reach_another(connection):
    """A request signed for an allowed service but aimed at one that is not."""
    headers = {"X-Amz-Target": "AWSShineFrontendService_20170701.TranslateText"}
    body = b'{"Text": "x", "SourceLanguageCode": "en", "TargetLanguageCode": "es"}'
    status, reply = send(connection, headers=signed_headers(connection, "logs", body, headers), body=body)
    assert (status, json.loads(reply)["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_localstack/health", "/health"])
def test_the_platforms_own_doors_are_shut(connection, path):
    headers = signed_headers(connection, "iam", b"", method="POST", path=path)
    status, _ = send(connection, path=path, headers=headers)
    assert status == 400


def test_a_body_over_the_bound_is_refused_with_a_reason(connection):
    body = b"x" * (33 * 1024 * 1024)
    headers = signed_headers(connection, "sagemaker", body, {"X-Amz-Target": "SageMaker.ListModels"})
    status, reply = send(connection, headers=headers, body=body)
    assert (status, json.loads(reply)["__type"]) == (413, "RequestEntityTooLargeException")


def test_bad_input_is_the_clients_fault(connection):
    headers = {"X-Amz-Target": "SageMaker.ListModels"}
    for body in (b"\x00\xff", b'{"MaxResults": {}}', b"null", b'"x"'):
        status, _ = send(connection, headers=signed_headers(connection, "sagemaker", body, headers), body=body)
        assert status == 400


def test_roles_survive_a_kill(own_local_aws):
    own_local_aws.start()
    iam = own_local_aws.client("iam")
    iam.create_role(RoleName="kept", AssumeRolePolicyDocument="{}")
    own_local_aws.kill()
    own_local_aws.start()
    assert own_local_aws.client("iam").get_role(RoleName="kept")["Role"]["RoleName"] == "kept"


def test_endpoint_and_keys_are_the_same_after_a_restart(own_local_aws):
    before = own_local_aws.start()
    own_local_aws.stop()
    after = own_local_aws.start()
    assert (before.endpoint, before.access_key, before.secret_key) == (
        after.endpoint,
        after.access_key,
        after.secret_key,
    )


def test_the_log_holds_no_secret(own_local_aws):
    connection = own_local_aws.start()
    refusal(own_local_aws.client("sts", secret_key="wrong-secret-of-mine").get_caller_identity)
    own_local_aws.client("sts").get_caller_identity()
    own_local_aws.stop()
    log = (own_local_aws.home / "serve.log").read_text()
    assert connection.secret_key not in log
    assert "wrong-secret-of-mine" not in log
    assert (own_local_aws.home / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_a_plain_boto3_script_works_by_environment(connection, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": connection.endpoint,
        "AWS_ACCESS_KEY_ID": connection.access_key,
        "AWS_SECRET_ACCESS_KEY": connection.secret_key,
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    assert boto3.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert boto3.client("sagemaker").list_models()["Models"] == []


def test_no_answer_invites_pages_of_other_origins_to_read_it(connection):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = signed_headers(connection, "sts", body, {"Content-Type": "application/x-www-form-urlencoded"})
    line = http.client.HTTPConnection(urlsplit(connection.endpoint).netloc, timeout=10)
    line.request("POST", "/", body=body, headers=headers)
    reply = line.getresponse()
    assert reply.status == 200
    assert not [name for name, _ in reply.getheaders() if name.lower().startswith("access-control-")]
