"""GetObjectAttributes: what is known of an object without its data, its parts among it."""

from __future__ import annotations

from local_aws.apis.s3 import checksums, headers
from local_aws.apis.s3.call import Call, reply, s3
from local_aws.apis.s3.errors import invalid_argument
from local_aws.apis.s3.pages import whole_number
from local_aws.apis.s3.reading import check_version
from local_aws.apis.s3.xml import Members
from local_aws.http import Response
from local_aws.objects import Reader

_ATTRIBUTES = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"}
_MOST_PARTS_A_PAGE = 1000


@s3("GetObjectAttributes")
async def get_object_attributes(call: Call) -> Response:
    check_version(call)
    wanted = {name.strip() for name in (call.header("x-amz-object-attributes") or "").split(",")}
    if not wanted <= _ATTRIBUTES:
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", ",".join(sorted(wanted)))
    with call.objects.open(call.bucket, call.key) as reader:
        info = reader.info
        known: Members = {
            "ETag": info.etag,
            "Checksum": checksums.as_members(info.checksum) or None,
            "ObjectParts": _parts(call, reader) if info.parts and "ObjectParts" in wanted else None,
            "StorageClass": info.headers.get("x-amz-storage-class", "STANDARD"),
            "ObjectSize": info.size,
        }
    members = {name: value for name, value in known.items() if name in wanted}
    return reply("GetObjectAttributesResponse", members, {"last-modified": headers.http_date(info)})


def _parts(call: Call, reader: Reader) -> Members:
    after = whole_number(call.header("x-amz-part-number-marker") or "0", "x-amz-part-number-marker")
    most = whole_number(call.header("x-amz-max-parts") or str(_MOST_PARTS_A_PAGE), "x-amz-max-parts")
    most = min(most, _MOST_PARTS_A_PAGE)
    shown = list(enumerate(reader.segments, 1))[after : after + most]
    parts = [
        {"PartNumber": number, "Size": part.size, **checksums.as_members(part.checksum, kind=False)}
        for number, part in shown
    ]
    return {
        "PartsCount": reader.info.parts,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1][0] if shown else 0,
        "MaxParts": most,
        "IsTruncated": after + most < len(reader.segments),
        # As S3 does, parts are told one by one only where the object was uploaded with checksums.
        "Part": parts if reader.info.checksum else None,
    }
