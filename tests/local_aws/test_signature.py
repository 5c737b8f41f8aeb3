"""Requests signed by botocore itself, sent as they are and tampered with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from local_aws.credentials import Credentials
from local_aws.registry import AwsError
from local_aws.signature import EMPTY_SHA256, Head, verify

KEYS = Credentials("AKIAEXAMPLE", "secret")


def signed(signer, method="POST", url="http://127.0.0.1:1/", body=b"", service="sagemaker", keys=KEYS, **more) -> Head:
    request = AWSRequest(method, url, data=body, headers=more.pop("headers", {}))
    signer(BotocoreCredentials(keys.access_key, keys.secret_key), service, "us-east-1", **more).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    headers = {name.lower(): value for name, value in prepared.headers.items()}
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in headers.items()}
    return Head(method, parts.path, parts.query, {**headers, "host": parts.netloc})


def refused(head: Head, *, body: bytes | None = b"", now: datetime | None = None) -> str:
    with pytest.raises(AwsError) as error:
        verify(head, KEYS, now or datetime.now(UTC), body)
    return error.value.code


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:1/a%20b/c%2Fd?x=1&b=%C3%B1&a=&x=0"])
@pytest.mark.parametrize("body", [b"", b'{"a": 1}'])
def test_a_request_signed_by_botocore_is_accepted(url, body):
    result = verify(signed(SigV4Auth, url=url, body=body), KEYS, datetime.now(UTC), body)
    assert (result.signing_name, result.region) == ("sagemaker", "us-east-1")


def test_s3_paths_are_signed_as_sent():
    head = signed(S3SigV4Auth, "GET", "http://127.0.0.1:1/bucket/a%20b/%C3%B1?list-type=2&prefix=x%2Fy", service="s3")
    assert verify(head, KEYS, datetime.now(UTC)).payload_hash == EMPTY_SHA256


def test_presigned_urls_are_accepted_until_they_expire():
    head = signed(S3SigV4QueryAuth, "GET", "http://127.0.0.1:1/b/k", service="s3", expires=60)
    assert verify(head, KEYS, datetime.now(UTC)).payload_hash == "UNSIGNED-PAYLOAD"
    assert refused(head, now=datetime.now(UTC) + timedelta(seconds=62)) == "AccessDenied"


def test_presigned_urls_of_other_services_are_accepted():
    head = signed(SigV4QueryAuth, "GET", "http://127.0.0.1:1/v1/speech?Text=hola", service="polly", expires=60)
    assert verify(head, KEYS, datetime.now(UTC), b"").signing_name == "polly"


def test_another_secret_is_refused():
    assert refused(signed(SigV4Auth, keys=Credentials("AKIAEXAMPLE", "wrong"))) == "SignatureDoesNotMatch"


def test_another_access_key_is_refused():
    assert refused(signed(SigV4Auth, keys=Credentials("AKIAOTHER", "secret"))) == "InvalidAccessKeyId"


@pytest.mark.parametrize(
    "change",
    [
        lambda h: Head("PUT", h.raw_path, h.raw_query, h.headers),
        lambda h: Head(h.method, "/other", h.raw_query, h.headers),
        lambda h: Head(h.method, h.raw_path, "x=1", h.headers),
        lambda h: Head(h.method, h.raw_path, h.raw_query, {**h.headers, "host": "evil.example"}),
        lambda h: Head(h.method, h.raw_path, h.raw_query, {k: v for k, v in h.headers.items() if k != "x-amz-target"}),
    ],
)
def test_a_changed_head_is_refused(change):
    head = signed(SigV4Auth, headers={"X-Amz-Target": "SageMaker.ListModels"})
    assert refused(change(head)) == "SignatureDoesNotMatch"


def test_another_body_is_refused():
    assert refused(signed(SigV4Auth, body=b"one"), body=b"two") == "SignatureDoesNotMatch"


@pytest.mark.parametrize("minutes", [16, -16])
def test_a_request_from_another_time_is_refused(minutes):
    assert refused(signed(SigV4Auth), now=datetime.now(UTC) + timedelta(minutes=minutes)) == "RequestTimeTooSkewed"


def test_an_unsigned_request_is_refused():
    assert refused(Head("GET", "/", "", {"host": "127.0.0.1:1"})) == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic abc",
        "AWS4-HMAC-SHA256 nonsense",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request, SignedHeaders=x-amz-date, Signature=0",
    ],
)
def test_a_malformed_authorization_is_refused(authorization):
    head = Head("GET", "/", "", {"host": "h", "authorization": authorization, "x-amz-date": "20260101T000000Z"})
    assert refused(head) == "IncompleteSignature"


@pytest.mark.parametrize("query", ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"])
def test_a_presigned_url_with_parts_missing_is_refused(query):
    assert refused(Head("GET", "/", query, {"host": "h"})) == "IncompleteSignature"


def test_an_s3_header_that_was_added_to_a_signed_request_is_refused():
    head = signed(S3SigV4Auth, "PUT", "http://127.0.0.1:1/b/k", service="s3")
    added = Head(head.method, head.raw_path, head.raw_query, {**head.headers, "x-amz-acl": "public-read"})
    assert refused(added) == "AccessDenied"
