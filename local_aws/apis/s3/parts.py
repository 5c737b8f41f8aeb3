"""ListParts and ListMultipartUploads: what is on its way into a bucket."""

from __future__ import annotations

from collections.abc import Callable

from local_aws import objects
from local_aws.apis.s3 import checksums
from local_aws.apis.s3.call import Call, owner, reply, s3
from local_aws.apis.s3.headers import quoted
from local_aws.apis.s3.pages import iso, key_writer, page_size, whole_number
from local_aws.apis.s3.xml import Members
from local_aws.http import Response
from local_aws.objects import Part, Upload

_MOST_A_PAGE = 1000


@s3("ListParts")
async def list_parts(call: Call) -> Response:
    most, marker = page_size(call, "max-parts", _MOST_A_PAGE), call.parameter("part-number-marker")
    after = whole_number(marker, "part-number-marker") if marker else 0
    if call.objects.bucket(call.bucket) is None:
        raise objects.NoSuchBucket(call.bucket)
    upload = call.objects.uploads.find(call.bucket, call.key, call.parameter("uploadId") or "")
    found = call.objects.uploads.parts(upload.id, after, most + 1)
    shown, more = found[:most], len(found) > most > 0
    members: Members = {
        "Bucket": call.bucket,
        "Key": key_writer(call)(call.key),
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": more,
        "Part": [_part(part) for part in shown],
        **_of_upload(upload),
    }
    return reply("ListPartsResult", members)


@s3("ListMultipartUploads")
async def list_multipart_uploads(call: Call) -> Response:
    write, most = key_writer(call), page_size(call, "max-uploads", _MOST_A_PAGE)
    prefix, delimiter = call.parameter("prefix") or "", call.parameter("delimiter") or ""
    key_marker, id_marker = call.parameter("key-marker") or "", call.parameter("upload-id-marker") or ""
    if call.objects.bucket(call.bucket) is None:
        raise objects.NoSuchBucket(call.bucket)
    waiting = _after(call.objects.uploads.all(call.bucket, prefix), key_marker, id_marker)
    entries, more = _rolled_up(waiting, prefix, delimiter, key_marker, most)
    uploads = [entry for entry in entries if isinstance(entry, Upload)]
    last = entries[-1] if entries else None
    members: Members = {
        "Bucket": call.bucket,
        "KeyMarker": write(key_marker),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": write(last.key if isinstance(last, Upload) else last or "") if more else None,
        "NextUploadIdMarker": last.id if more and isinstance(last, Upload) else None,
        "Prefix": write(prefix) if prefix else None,
        "Delimiter": write(delimiter) if delimiter else None,
        "EncodingType": call.parameter("encoding-type"),
        "MaxUploads": most,
        "IsTruncated": more,
        "Upload": [_upload(upload, write) for upload in uploads],
        "CommonPrefixes": [{"Prefix": write(entry)} for entry in entries if isinstance(entry, str)],
    }
    return reply("ListMultipartUploadsResult", members)


def _after(uploads: list[Upload], key_marker: str, id_marker: str) -> list[Upload]:
    """The uploads behind the markers; uploads of one key are told apart by their ids, in order of age."""
    if not key_marker:
        return uploads
    behind = [upload for upload in uploads if upload.key.encode() > key_marker.encode()]
    same = [upload for upload in uploads if upload.key == key_marker] if id_marker else []
    ids = [upload.id for upload in same]
    return same[ids.index(id_marker) + 1 :] + behind if id_marker in ids else behind


def _rolled_up(
    uploads: list[Upload], prefix: str, delimiter: str, key_marker: str, most: int
) -> tuple[list[Upload | str], bool]:
    """Uploads and common prefixes in order, at most `most`, and whether there are more."""
    entries: list[Upload | str] = []
    for upload in uploads:
        end = upload.key.find(delimiter, len(prefix)) if delimiter else -1
        entry = upload if end < 0 else upload.key[: end + len(delimiter)]
        if entry == key_marker or (entries and entry == entries[-1]):
            continue
        if len(entries) == most:
            return entries, most > 0
        entries.append(entry)
    return entries, False


def _part(part: Part) -> Members:
    return {
        "PartNumber": part.number,
        "LastModified": iso(part.modified),
        "ETag": quoted(part.etag),
        "Size": part.size,
        **checksums.as_members(part.checksum, kind=False),
    }


def _upload(upload: Upload, write: Callable[[str], str]) -> Members:
    return {
        "UploadId": upload.id,
        "Key": write(upload.key),
        "Initiated": iso(upload.initiated),
        **_of_upload(upload),
    }


def _of_upload(upload: Upload) -> Members:
    return {
        "Initiator": owner(),
        "Owner": owner(),
        "StorageClass": upload.headers.get("x-amz-storage-class", "STANDARD"),
        "ChecksumAlgorithm": upload.algorithm or None,
        "ChecksumType": upload.kind or None,
    }
