"""ListObjects, ListObjectsV2 and ListObjectVersions: pages of a bucket's keys in UTF-8 order."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.apis.s3.call import Call, owner, reply, s3
from local_aws.apis.s3.headers import quoted
from local_aws.apis.s3.pages import from_token, iso, key_writer, page_size, to_token
from local_aws.apis.s3.xml import Members
from local_aws.http import Response
from local_aws.objects import Listing, ObjectInfo

_MOST_KEYS = 1000


@s3("ListObjectsV2")
async def list_objects_v2(call: Call) -> Response:
    token, start_after = call.parameter("continuation-token"), call.parameter("start-after") or ""
    after = from_token(token) if token is not None else start_after
    write, most, found = _page(call, after)
    shown = owner() if call.parameter("fetch-owner") == "true" else None
    members: Members = {
        **_common(call, write, most, found),
        "KeyCount": len(found.objects) + len(found.prefixes),
        "ContinuationToken": token,
        "NextContinuationToken": to_token(found.next) if found.next is not None else None,
        "StartAfter": write(start_after) if start_after else None,
        "Contents": [_entry(info, write, shown) for info in found.objects],
        "CommonPrefixes": [{"Prefix": write(prefix)} for prefix in found.prefixes],
    }
    return reply("ListBucketResult", members)


@s3("ListObjects")
async def list_objects(call: Call) -> Response:
    marker = call.parameter("marker") or ""
    write, most, found = _page(call, marker)
    # Without a delimiter the last key of the page is the next marker, and S3 does not repeat it.
    shown = owner()
    tell_next = found.next is not None and call.parameter("delimiter")
    members: Members = {
        **_common(call, write, most, found),
        "Marker": write(marker),
        "NextMarker": write(found.next or "") if tell_next else None,
        "Contents": [_entry(info, write, shown) for info in found.objects],
        "CommonPrefixes": [{"Prefix": write(prefix)} for prefix in found.prefixes],
    }
    return reply("ListBucketResult", members)


@s3("ListObjectVersions")
async def list_object_versions(call: Call) -> Response:
    """Every object is the one version, "null", that it has in a bucket whose versioning was never enabled."""
    marker = call.parameter("key-marker") or ""
    write, most, found = _page(call, marker)
    shown = owner()
    versions = [{**_entry(info, write, shown), "VersionId": "null", "IsLatest": True} for info in found.objects]
    members: Members = {
        **_common(call, write, most, found),
        "KeyMarker": write(marker),
        "VersionIdMarker": call.parameter("version-id-marker") or "",
        "NextKeyMarker": write(found.next) if found.next is not None else None,
        "NextVersionIdMarker": "null" if found.next is not None else None,
        "Version": versions,
        "CommonPrefixes": [{"Prefix": write(prefix)} for prefix in found.prefixes],
    }
    return reply("ListVersionsResult", members)


def _page(call: Call, after: str) -> tuple[Callable[[str], str], int, Listing]:
    write, most = key_writer(call), page_size(call, "max-keys", _MOST_KEYS)
    prefix, delimiter = call.parameter("prefix") or "", call.parameter("delimiter") or ""
    if most == 0:
        call.objects.list(call.bucket, limit=1)
        return write, most, Listing([], [], None)
    return write, most, call.objects.list(call.bucket, prefix, after, delimiter, most)


def _common(call: Call, write: Callable[[str], str], most: int, found: Listing) -> Members:
    delimiter = call.parameter("delimiter")
    return {
        "Name": call.bucket,
        "Prefix": write(call.parameter("prefix") or ""),
        "Delimiter": write(delimiter) if delimiter else None,
        "MaxKeys": most,
        "EncodingType": call.parameter("encoding-type"),
        "IsTruncated": found.next is not None,
    }


def _entry(info: ObjectInfo, write: Callable[[str], str], shown: Members | None) -> Members:
    return {
        "Key": write(info.key),
        "LastModified": iso(info.modified),
        "ETag": quoted(info.etag),
        "ChecksumAlgorithm": info.checksum.algorithm if info.checksum else None,
        "ChecksumType": info.checksum.kind if info.checksum else None,
        "Size": info.size,
        "StorageClass": info.headers.get("x-amz-storage-class", "STANDARD"),
        "Owner": shown,
    }
