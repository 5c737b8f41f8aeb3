"""What S3's listings have in common: page sizes, tokens, times and URL-encoded keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from local_aws.apis.s3.call import Call
from local_aws.apis.s3.errors import invalid_argument

_MOST_INTEGER = 2**31 - 1


def page_size(call: Call, name: str, most: int, *, least: int = 0) -> int:
    """How many entries a page may have: what is asked for, at most `most`. Raises AwsError."""
    asked = call.parameter(name)
    if not asked:
        return most
    return min(whole_number(asked, name, least), most)


def whole_number(given: str, name: str, least: int = 0) -> int:
    """A number in a query. Raises AwsError when it is none, or out of range."""
    if given.isascii() and given.isdigit() and len(given) <= 10 and least <= int(given) <= _MOST_INTEGER:
        return int(given)
    raise invalid_argument(f"Argument {name} must be an integer between {least} and {_MOST_INTEGER}", name, given)


def key_writer(call: Call) -> Callable[[str], str]:
    """How keys are written in the reply: as they are, or URL-encoded where the client asks for that."""
    encoding = call.parameter("encoding-type")
    if not encoding:
        return str
    if encoding != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
    return lambda key: quote(key, safe="/*-._")


def to_token(key: str) -> str:
    """A continuation token, opaque as S3's are."""
    return base64.urlsafe_b64encode(key.encode()).decode()


def from_token(token: str) -> str:
    """The key in a continuation token. Raises AwsError."""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token) from error


def iso(moment: datetime) -> str:
    """A moment in UTC as listings write it, like 2026-01-31T12:00:00.000Z."""
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"
