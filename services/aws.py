"""The only place that makes a boto3 client, and that knows which backend is in use: local AWS or an AWS account."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.httpsession import URLLib3Session

from services import trace
from services.errors import ServiceError, aws_errors
from services.text import text

DEFAULT_REGION = "us-east-1"
_TIMEOUT_SECONDS = 70
"""A real-time endpoint may take 60 s for one answer (InvokeEndpoint's documented limit)."""


@dataclass(frozen=True)
class Backend:
    """Where calls go. `local` needs endpoint and keys; `aws` uses boto3's own credential chain, or a profile."""

    name: Literal["local", "aws"]
    region: str = DEFAULT_REGION
    endpoint: str | None = None
    profile: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        return self.name == "local"


@dataclass(frozen=True)
class Identity:
    """Who AWS says we are. `account` is the 12-digit account id."""

    account: str
    arn: str


_backend: ContextVar[Backend | None] = ContextVar("backend", default=None)
_clients: dict[tuple[Backend, str], Any] = {}
_identities: dict[Backend, Identity] = {}
_making = threading.Lock()


@contextmanager
def use(backend: Backend) -> Iterator[None]:
    """Send the calls made in the block to this backend."""
    token = _backend.set(backend)
    try:
        yield
    finally:
        _backend.reset(token)


def current() -> Backend:
    """The backend in use. Raises ServiceError when none was chosen: nothing reaches an account by accident."""
    backend = _backend.get()
    if backend is None:
        raise ServiceError(text("No backend was chosen."), code="NoBackend")
    return backend


def client(service: str) -> Any:
    """The boto3 client of a service on the backend in use, made once and shared by all threads."""
    backend = current()
    key = (backend, service)
    with _making:
        if key not in _clients:
            _clients[key] = _make(backend, service)
        return _clients[key]


def _make(backend: Backend, service: str) -> Any:
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        read_timeout=_TIMEOUT_SECONDS,
        user_agent_extra="celaje",
        s3={"addressing_style": "path"} if backend.is_local else None,
        proxies={} if backend.is_local else None,
    )
    with aws_errors():
        session = boto3.Session(
            aws_access_key_id=backend.access_key,
            aws_secret_access_key=backend.secret_key,
            region_name=backend.region,
            profile_name=backend.profile,
        )
        if session.get_credentials() is None:  # or the client would stay without, whatever the user sets up later
            raise NoCredentialsError
        made = session.client(service, endpoint_url=backend.endpoint, config=config)
    trace.watch(made, backend.name)
    return made


def forget(backend: Backend) -> None:
    """Let go of what was made for a backend: the machine's credentials may be another account's by now."""
    with _making:
        for key in [key for key in _clients if key[0] == backend]:
            del _clients[key]
        _identities.pop(backend, None)


def identity() -> Identity:
    """Ask STS who we are; asked once per backend. Raises ServiceError."""
    backend = current()
    if backend not in _identities:
        with aws_errors():
            reply = client("sts").get_caller_identity()
        _identities[backend] = Identity(reply["Account"], reply["Arn"])
    return _identities[backend]


@dataclass(frozen=True)
class Answer:
    """One operation that local AWS answers: "real", or "approximate" and how it differs from AWS."""

    service: str
    operation: str
    fidelity: str
    how: str


def local_answers() -> list[Answer]:
    """What local AWS answers and how truly, as it says itself. Raises ServiceError."""
    backend = current()
    request = AWSRequest("GET", f"{backend.endpoint}/operations")
    with aws_errors():
        SigV4Auth(Credentials(backend.access_key, backend.secret_key), "local-aws", backend.region).add_auth(request)
        reply = URLLib3Session().send(request.prepare())
    return [Answer(**row) for row in json.loads(reply.content)]


def profiles() -> list[str]:
    """The profiles of the AWS configuration on this machine, without using any of them."""
    try:
        return list(boto3.Session().available_profiles)
    except BotoCoreError:
        return []


def regions() -> list[str]:
    """The regions that have SageMaker, as botocore's own list says; asks nobody."""
    return sorted(boto3.Session().get_available_regions("sagemaker"))
