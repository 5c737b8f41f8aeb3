"""Multipart uploads of S3: started, fed part by part, listed, and completed or aborted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from local_aws import objects
from local_aws.apis.s3 import checksums, headers, xml
from local_aws.apis.s3.call import Call, reply, s3
from local_aws.apis.s3.conditions import check_write
from local_aws.apis.s3.configuration import verified
from local_aws.apis.s3.copying import open_source
from local_aws.apis.s3.errors import invalid_argument, invalid_request, malformed_xml
from local_aws.apis.s3.pages import iso
from local_aws.apis.s3.reading import MOST_PARTS
from local_aws.apis.s3.writing import receive
from local_aws.http import Response
from local_aws.objects import Checksum, Part, Reader, Upload

_COPY_RANGE = re.compile(r"bytes=(\d{1,19})-(\d{1,19})")


@s3("CreateMultipartUpload", fidelity=headers.NOT_ENCRYPTED)
async def create_multipart_upload(call: Call) -> Response:
    given = call.request.headers
    algorithm = (
        checksums.algorithm_named(given["x-amz-checksum-algorithm"]) if "x-amz-checksum-algorithm" in given else ""
    )
    kind = given.get("x-amz-checksum-type", "").upper()
    if kind and not algorithm:
        raise invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )
    if algorithm:
        kind = checksums.check_kind(algorithm, kind or checksums.default_kind(algorithm))
    upload = call.objects.uploads.create(
        call.bucket,
        call.key,
        headers=headers.system_headers(given),
        metadata=headers.metadata(given),
        tags=headers.tags_header(given),
        algorithm=algorithm,
        kind=kind,
    )
    said = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind} if algorithm else {}
    said |= {name: value for name, value in upload.headers.items() if name.startswith("x-amz-server-side-encryption")}
    members = {"Bucket": call.bucket, "Key": call.key, "UploadId": upload.id}
    return reply("InitiateMultipartUploadResult", members, said)


@s3("UploadPart", fidelity=headers.NOT_ENCRYPTED)
async def upload_part(call: Call) -> Response:
    upload, number = _upload(call), _part_number(call)
    with call.objects.writer(call.bucket) as writer:
        checksum = await receive(call, writer, upload.algorithm)
        part = writer.commit_part(upload.id, number, checksum)
    said = {key: value for key, value in checksums.as_headers(checksum).items() if key != "x-amz-checksum-type"}
    return Response(200, {"etag": headers.quoted(part.etag)} | said | _encryption(upload))


@s3("UploadPartCopy", fidelity=headers.NOT_ENCRYPTED)
async def upload_part_copy(call: Call) -> Response:
    upload, number = _upload(call), _part_number(call)
    with open_source(call) as source:
        start, end = _copy_range(call, source)
        part = await asyncio.to_thread(_copy_part, call, upload, number, source, start, end)
    members = {"ETag": headers.quoted(part.etag), "LastModified": iso(part.modified)}
    return reply("CopyPartResult", members | checksums.as_members(part.checksum, kind=False), _encryption(upload))


@s3("CompleteMultipartUpload", fidelity=headers.NOT_ENCRYPTED)
async def complete_multipart_upload(call: Call) -> Response:
    # This body's checksum headers are about the object: only its MD5 is about the body.
    document = xml.parse(await verified(call, own_checksum=False), "CompleteMultipartUpload")
    given = call.request.headers
    chosen = document.get("Parts", [])
    if not 1 <= len(chosen) <= MOST_PARTS or any("PartNumber" not in part or "ETag" not in part for part in chosen):
        raise malformed_xml()

    def checksum_of(parts: Sequence[Part]) -> Checksum | None:
        return _checked_whole(call, upload, parts, chosen)

    uploads = call.objects.uploads
    with call.objects.lock():
        info = uploads.completed(call.bucket, call.key, call.parameter("uploadId") or "")
        if info is None:
            upload = _upload(call)
            check_write(given, call.key, call.objects.info(call.bucket, call.key))
            etags = [(part["PartNumber"], part["ETag"].strip('"')) for part in chosen]
            info = uploads.complete(call.bucket, call.key, upload.id, etags, checksum_of)
    members = {
        "Location": f"{_origin(call)}{call.request.raw_path}",
        "Bucket": call.bucket,
        "Key": call.key,
        "ETag": headers.quoted(info.etag),
        **checksums.as_members(info.checksum),
    }
    return reply("CompleteMultipartUploadResult", members, headers.written_headers(info))


@s3("AbortMultipartUpload")
async def abort_multipart_upload(call: Call) -> Response:
    call.objects.uploads.abort(call.bucket, call.key, _upload(call).id)
    return Response(204)


def _upload(call: Call) -> Upload:
    """The upload that a request names. Raises NoSuchBucket, NoSuchUpload."""
    if call.objects.bucket(call.bucket) is None:
        raise objects.NoSuchBucket(call.bucket)
    return call.objects.uploads.find(call.bucket, call.key, call.parameter("uploadId") or "")


def _part_number(call: Call) -> int:
    given = call.parameter("partNumber") or ""
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= 6 else 0
    if not 1 <= number <= MOST_PARTS:
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise invalid_argument(message, "partNumber", given)
    return number


def _copy_range(call: Call, source: Reader) -> tuple[int, int]:
    given, size = call.header("x-amz-copy-source-range"), source.info.size
    if given is None:
        start, end = 0, size
    elif not (match := _COPY_RANGE.fullmatch(given)) or int(match[1]) > int(match[2]):
        message = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        raise invalid_argument(message, "x-amz-copy-source-range", given)
    else:
        start, end = int(match[1]), int(match[2]) + 1
    if end > size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise invalid_argument(message, "x-amz-copy-source-range", given or "")
    if end - start > headers.MOST_OBJECT_BYTES:
        raise invalid_request(f"The specified copy source is larger than {headers.MOST_OBJECT_BYTES} bytes")
    return start, end


def _copy_part(call: Call, upload: Upload, number: int, source: Reader, start: int, end: int) -> Part:
    verifier = checksums.Verifier({}, upload.algorithm)
    with call.objects.writer(call.bucket) as writer:
        for data in source.read(start, end):
            writer.write(data)
            verifier.update(data)
        return writer.commit_part(upload.id, number, verifier.finish(writer.md5.digest()))


def _checked_whole(
    call: Call, upload: Upload, parts: Sequence[Part], chosen: Sequence[dict[str, Any]]
) -> Checksum | None:
    """The whole object's checksum, once sizes and checksums of the parts and the whole agree with the request."""
    for part, said in zip(parts, chosen, strict=True):
        for name, value in said.items():
            known = checksums.as_members(part.checksum, kind=False)
            if name.startswith("Checksum") and known.get(name, value) != value:
                raise objects.InvalidPart(part.number, part.etag)
    given = call.request.headers
    size = given.get("x-amz-mp-object-size")
    if size is not None and whole_size(size) != sum(part.size for part in parts):
        raise invalid_request("The provided 'x-amz-mp-object-size' header value does not match what was computed.")
    if not upload.algorithm:
        return None
    kind = given.get("x-amz-checksum-type", upload.kind).upper()
    if kind != upload.kind:
        raise invalid_request(
            f"The upload was created using the {upload.kind} checksum mode. The complete request must use the same "
            "checksum mode."
        )
    whole = checksums.of_parts(upload.algorithm, upload.kind, parts)
    sent = checksums.sent_value(given, upload.algorithm)
    if whole and sent is not None and sent.partition("-")[0] != whole.value.partition("-")[0]:
        raise checksums.bad_digest(upload.algorithm)
    return whole


def whole_size(given: str) -> int:
    """A size in bytes from a header. Raises AwsError."""
    if not (given.isascii() and given.isdigit() and len(given) <= 19):
        raise invalid_argument("The size must be a whole number of bytes.", "x-amz-mp-object-size", given)
    return int(given)


def _encryption(upload: Upload) -> dict[str, str]:
    return {name: value for name, value in upload.headers.items() if name.startswith("x-amz-server-side-encryption")}


def _origin(call: Call) -> str:
    return f"http://{call.header('host')}"
