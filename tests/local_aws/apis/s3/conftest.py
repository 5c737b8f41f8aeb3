"""A client and a fresh bucket for each test of S3, and requests that no SDK would send."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

_numbers = itertools.count()


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def refusal() -> Callable[..., tuple[str, int]]:
    """refusal(call, **arguments) gives the code and status of the error that a call must raise."""

    def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
        with pytest.raises(ClientError) as error:
            call(**arguments)
        reply = error.value.response
        return reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]

    return refused


@pytest.fixture
def send(connection: Any) -> Iterator[Callable[..., tuple[int, dict[str, str], bytes]]]:
    """send(method, path, body, headers) signs and sends a request as it is; gives status, headers and body."""
    lines: list[http.client.HTTPConnection] = []

    def send(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        request = AWSRequest(method, connection.endpoint + path, data=body, headers=headers or {})
        S3SigV4Auth(Credentials(connection.access_key, connection.secret_key), "s3", "us-east-1").add_auth(request)
        line = http.client.HTTPConnection(urlsplit(connection.endpoint).netloc, timeout=20)
        lines.append(line)
        sent = {name: value.encode() for name, value in request.headers.items()}
        line.request(method, path, body=body, headers=sent)
        reply = line.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()

    yield send
    for line in lines:
        line.close()
