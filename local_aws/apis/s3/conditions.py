"""Which part of an object a request asks for, and whether its If- headers let it have that. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from local_aws.apis.s3.errors import no_such_key, precondition_failed
from local_aws.objects import ObjectInfo
from local_aws.registry import AwsError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MOST_DIGITS = 19


@dataclass(frozen=True)
class NotModified(Exception):
    """The reader has this very version already."""

    info: ObjectInfo


def check_read(headers: Mapping[str, str], info: ObjectInfo) -> None:
    """Raises NotModified, or AwsError PreconditionFailed. Order and precedence as "GetObject" in the API reference."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    modified, unmodified = _date(headers.get("if-modified-since")), _date(headers.get("if-unmodified-since"))
    at = info.modified.replace(microsecond=0)
    if match is not None:
        if not _lists(match, info.etag):
            raise precondition_failed("If-Match")
    elif unmodified is not None and at > unmodified:
        raise precondition_failed("If-Unmodified-Since")
    if none_match is not None:
        if _lists(none_match, info.etag):
            raise NotModified(info)
    elif modified is not None and at <= modified:
        raise NotModified(info)


def check_source(headers: Mapping[str, str], info: ObjectInfo) -> None:
    """The same for the source of a copy, whose headers begin with x-amz-copy-source-. Raises AwsError."""
    prefix = "x-amz-copy-source-"
    conditions = {
        name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix + "if-")
    }
    try:
        check_read(conditions, info)
    except NotModified as error:
        raise precondition_failed("x-amz-copy-source-If-None-Match") from error


def check_write(headers: Mapping[str, str], key: str, existing: ObjectInfo | None) -> None:
    """Whether a write or delete may replace what is there. Raises AwsError."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None:
        if none_match.strip() != "*":
            raise AwsError(
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
                501,
                {"Header": "If-None-Match"},
            )
        if existing is not None:
            raise precondition_failed("If-None-Match")
    if match is not None:
        if existing is None:
            raise no_such_key(key)
        if not _lists(match, existing.etag):
            raise precondition_failed("If-Match")


def byte_range(headers: Mapping[str, str], info: ObjectInfo) -> tuple[int, int] | None:
    """Where the asked range starts and ends (without its end); None for the whole object.

    As RFC 9110 says and S3 does, what is no single well-formed range is ignored. Raises AwsError InvalidRange.
    """
    wanted = headers.get("range")
    if wanted is None or not _still_holds(headers.get("if-range"), info):
        return None
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or max(map(len, match.groups())) > _MOST_DIGITS:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    start, end = (
        (int(first), int(last) + 1 if last else info.size) if first else (max(info.size - int(last), 0), info.size)
    )
    if first and last and int(last) < int(first):
        return None
    if start >= info.size:
        fields = {"RangeRequested": wanted, "ActualObjectSize": info.size}
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416, fields)
    return start, min(end, info.size)


def _still_holds(if_range: str | None, info: ObjectInfo) -> bool:
    if if_range is None:
        return True
    date = _date(if_range)
    return info.modified.replace(microsecond=0) == date if date else if_range.strip('" ') == info.etag


def _lists(header: str, etag: str) -> bool:
    return any(given.strip().removeprefix("W/").strip('"') in ("*", etag) for given in header.split(","))


def _date(text: str | None) -> datetime | None:
    """An HTTP date; None, so that the condition is ignored, where it is not one."""
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
