"""GetObject and HeadObject: the whole of an object, a range of it or one part, streamed from disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

from local_aws.apis.s3 import headers
from local_aws.apis.s3.call import Call, s3
from local_aws.apis.s3.checksums import as_headers
from local_aws.apis.s3.conditions import NotModified, byte_range, check_read
from local_aws.apis.s3.errors import invalid_argument, invalid_request
from local_aws.apis.s3.pages import whole_number
from local_aws.http import Response
from local_aws.objects import Checksum, ObjectInfo, Reader
from local_aws.registry import AwsError

MOST_PARTS = 10_000


@s3("GetObject", fidelity=headers.NOT_ENCRYPTED)
async def get_object(call: Call) -> Response:
    check_version(call)
    with ExitStack() as held:
        reader = held.enter_context(call.objects.open(call.bucket, call.key))
        try:
            head, start, end = _described(call, reader)
        except NotModified as error:
            return _not_modified(error.info)
        # Read ahead of the reply's first line, so that damage found at once is reported as an error.
        pieces = reader.read(start, end)
        first = next(pieces, b"")
        if len(first) == end - start:
            head.body = first
        else:
            head.body = _stream(held.pop_all(), first, pieces)
    return head


@s3("HeadObject", fidelity=headers.NOT_ENCRYPTED)
async def head_object(call: Call) -> Response:
    check_version(call)
    with call.objects.open(call.bucket, call.key) as reader:
        try:
            return _described(call, reader)[0]
        except NotModified as error:
            return _not_modified(error.info)


def check_version(call: Call) -> None:
    """Raise AwsError unless the version asked for is the only one that there is."""
    version = call.parameter("versionId")
    if version not in (None, "null"):
        raise invalid_argument("Invalid version id specified", "versionId", version)


def _described(call: Call, reader: Reader) -> tuple[Response, int, int]:
    """The reply without its body, and where in the object the body starts and ends."""
    info, given = reader.info, call.request.headers
    check_read(given, info)
    answer = headers.object_headers(info) | headers.overrides(call.request.query)
    wanted = byte_range(given, info)
    checksum = info.checksum
    if number := call.parameter("partNumber"):
        if wanted is not None:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        wanted, checksum = _part(reader, number)
        if info.parts:
            answer["x-amz-mp-parts-count"] = str(info.parts)
    elif wanted is not None:
        checksum = None
    if given.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        answer |= as_headers(checksum)
    if wanted is None:
        return Response(200, answer), 0, info.size
    start, end = wanted
    answer["content-length"] = str(end - start)
    if info.size:
        answer["content-range"] = f"bytes {start}-{end - 1}/{info.size}"
    return Response(206, answer), start, end


def _part(reader: Reader, number: str) -> tuple[tuple[int, int], Checksum | None]:
    """Where one part is, and its checksum. What was not uploaded in parts is part 1 of itself."""
    place, info = whole_number(number, "partNumber", 1), reader.info
    if place > max(info.parts, 1):
        raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, {"PartNumber": number})
    if not info.parts:
        return (0, info.size), info.checksum
    start = sum(segment.size for segment in reader.segments[: place - 1])
    part = reader.segments[place - 1]
    return (start, start + part.size), part.checksum


def _not_modified(info: ObjectInfo) -> Response:
    return Response(304, {"etag": headers.quoted(info.etag), "last-modified": headers.http_date(info)})


async def _stream(held: ExitStack, first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    with held:
        yield first
        for piece in rest:
            yield piece
            # When the client has gone, nothing else here lets other requests have their turn.
            await asyncio.sleep(0)
