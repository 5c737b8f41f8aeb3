"""CopyObject: a second object of the same data. The data is shared on disk, and read only where a digest needs it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass

from local_aws.apis.s3 import checksums, headers
from local_aws.apis.s3.call import Call, check_source_owner, is_bucket_name, reply, s3, split_path
from local_aws.apis.s3.conditions import check_source, check_write
from local_aws.apis.s3.errors import invalid_argument, invalid_request
from local_aws.apis.s3.pages import iso
from local_aws.http import Response
from local_aws.objects import Checksum, ObjectInfo, Reader

_FROM_REQUEST = ("x-amz-storage-class", "x-amz-server-side-encryption")
"""What a copy takes from the request and never from its source, by the beginnings of its headers."""


@dataclass(frozen=True)
class _Kept:
    headers: dict[str, str]
    metadata: dict[str, str]
    tags: dict[str, str]


@s3("CopyObject", fidelity=headers.NOT_ENCRYPTED)
async def copy_object(call: Call) -> Response:
    with open_source(call) as source:
        if source.info.size > headers.MOST_OBJECT_BYTES:
            raise invalid_request(
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                f"{headers.MOST_OBJECT_BYTES}"
            )
        kept = _kept(call, source.info)
        if algorithm := call.header("x-amz-checksum-algorithm"):
            algorithm = checksums.algorithm_named(algorithm)
        info = await asyncio.to_thread(_copy, call, source, kept, algorithm or "")
    members = {"ETag": headers.quoted(info.etag), "LastModified": iso(info.modified)}
    return reply("CopyObjectResult", members | checksums.as_members(info.checksum), headers.written_headers(info))


def _copy(call: Call, source: Reader, kept: _Kept, algorithm: str) -> ObjectInfo:
    etag, checksum = _digests(source, algorithm)
    with call.objects.writer(call.bucket) as writer:
        writer.link(source)
        with call.objects.lock():
            check_write(call.request.headers, call.key, call.objects.info(call.bucket, call.key))
            return writer.commit(
                call.key, headers=kept.headers, metadata=kept.metadata, tags=kept.tags, checksum=checksum, etag=etag
            )


def _digests(source: Reader, algorithm: str) -> tuple[str, Checksum | None]:
    """The ETag and checksum of a copy: those of a single upload, whatever its source was made of."""
    known = source.info.checksum
    if known and (known.kind != checksums.FULL_OBJECT or algorithm not in ("", known.algorithm)):
        if not algorithm and checksums.is_computable(known.algorithm):
            algorithm = known.algorithm
        known = None
    needs_checksum = bool(algorithm) and known is None
    if not source.info.parts and not needs_checksum:
        return source.info.etag, known
    md5 = hashlib.md5(usedforsecurity=False)
    digest = checksums.digest_of(algorithm) if needs_checksum else None
    for data in source.read():
        md5.update(data)
        if digest:
            digest.update(data)
    computed = Checksum(algorithm, base64.b64encode(digest.digest()).decode()) if digest else known
    return md5.hexdigest(), computed


def open_source(call: Call) -> Reader:
    """The object in x-amz-copy-source, if the request's conditions on it hold. Raises AwsError."""
    check_source_owner(call)
    given = call.header("x-amz-copy-source") or ""
    path, _, query = given.partition("?")
    bucket, key = split_path(path if path.startswith("/") else f"/{path}")
    if not key or not is_bucket_name(bucket):
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", given
        )
    if query not in ("", "versionId=null"):
        raise invalid_argument("Invalid version id specified", "x-amz-copy-source", given)
    source = call.objects.open(bucket, key)
    check_source(call.request.headers, source.info)
    return source


def _kept(call: Call, source: ObjectInfo) -> _Kept:
    """The headers, metadata and tags of the copy: its source's, or the request's own. Raises AwsError."""
    given = call.request.headers
    replace = _directive(call, "x-amz-metadata-directive")
    replace_tags = _directive(call, "x-amz-tagging-directive")
    own = headers.system_headers(given)
    same_place = (source.bucket, source.key) == (call.bucket, call.key)
    if same_place and not replace and not any(name.startswith(_FROM_REQUEST) for name in given):
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    inherited = {name: value for name, value in source.headers.items() if not name.startswith(_FROM_REQUEST)}
    chosen = {name: value for name, value in own.items() if name.startswith(_FROM_REQUEST)}
    return _Kept(
        own if replace else inherited | chosen,
        headers.metadata(given) if replace else source.metadata,
        headers.tags_header(given) if replace_tags else source.tags,
    )


def _directive(call: Call, name: str) -> bool:
    """Whether a directive says REPLACE; COPY is what S3 does unless told otherwise."""
    directive = call.header(name) or "COPY"
    if directive not in ("COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {name.removeprefix('x-amz-').replace('-', ' ')}.", name, directive)
    return directive == "REPLACE"
