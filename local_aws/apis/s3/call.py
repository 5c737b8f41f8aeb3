"""What is common to every S3 operation: which bucket and key it names, its name rules, its reply's headers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from local_aws import context
from local_aws.apis.s3.errors import refusals
from local_aws.apis.s3.xml import Members, document
from local_aws.http import Request, Response
from local_aws.objects import Objects
from local_aws.registry import AwsError, Fidelity, operation, real

MOST_KEY_BYTES = 1024

_BUCKET_NAME = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RESERVED_ENDINGS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Call:
    """One S3 request with the bucket and key that it names, "" where it names none."""

    request: Request
    bucket: str
    key: str

    @property
    def objects(self) -> Objects:
        return context.here().server.objects

    def header(self, name: str) -> str | None:
        return self.request.headers.get(name)

    def parameter(self, name: str) -> str | None:
        return self.request.parameter(name)


Handler = Callable[[Call], Awaitable[Response]]


def s3(name: str, *, fidelity: Fidelity = real) -> Callable[[Handler], Handler]:
    """Register a function of a Call as the answer to an S3 operation."""

    def register(handler: Handler) -> Handler:
        @operation("s3", name, fidelity=fidelity, streams=True)
        async def answer(request: Request) -> Response:
            call = Call(request, *_bucket_and_key(request.raw_path))
            _check_owner(request.headers.get("x-amz-expected-bucket-owner"))
            with refusals(call.bucket, call.key):
                response = await handler(call)
            response.headers["x-amz-request-id"] = request.request_id
            return response

        return handler

    return register


def reply(root: str, content: Members | str, headers: Mapping[str, str] | None = None) -> Response:
    """A reply whose body is an XML document."""
    return Response(200, {"content-type": "application/xml", **(headers or {})}, document(root, content))


def owner() -> Members:
    """The canonical user that owns everything here: 64 hexadecimal digits that stand for the account."""
    account = context.here().account
    return {"ID": hashlib.sha256(account.encode()).hexdigest(), "DisplayName": f"account-{account}"}


def is_bucket_name(name: str) -> bool:
    """Source: "General purpose bucket naming rules" in the S3 user guide."""
    return bool(
        _BUCKET_NAME.fullmatch(name)
        and ".." not in name
        and not _IP_ADDRESS.fullmatch(name)
        and not name.endswith(_RESERVED_ENDINGS)
    )


def check_key(key: str) -> str:
    """The key itself. Raises AwsError when it is too long."""
    size = len(key.encode())
    if size > MOST_KEY_BYTES:
        fields = {"Size": size, "MaxSizeAllowed": MOST_KEY_BYTES}
        raise AwsError("KeyTooLongError", "Your key is too long", 400, fields)
    return key


def check_source_owner(call: Call) -> None:
    _check_owner(call.header("x-amz-source-expected-bucket-owner"))


def invalid_bucket_name(name: str) -> AwsError:
    return AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, {"BucketName": name})


def split_path(path: str) -> tuple[str, str]:
    """Bucket and key of "/bucket/key/with/slashes", percent-decoded. Raises AwsError on what is not UTF-8."""
    try:
        bucket, _, key = unquote_to_bytes(path).decode().removeprefix("/").partition("/")
    except UnicodeDecodeError as error:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400, {"URI": path}) from error
    return bucket, check_key(key)


def _bucket_and_key(raw_path: str) -> tuple[str, str]:
    bucket, key = split_path(raw_path)
    if bucket and not is_bucket_name(bucket):
        raise invalid_bucket_name(bucket)
    return bucket, key


def _check_owner(expected: str | None) -> None:
    if expected is not None and expected != context.here().account:
        raise AwsError("AccessDenied", "Access Denied", 403)
