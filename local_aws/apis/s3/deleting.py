"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.apis.s3 import xml
from local_aws.apis.s3.call import MOST_KEY_BYTES, Call, reply, s3
from local_aws.apis.s3.conditions import check_write
from local_aws.apis.s3.configuration import verified
from local_aws.apis.s3.errors import invalid_request, malformed_xml
from local_aws.apis.s3.reading import check_version
from local_aws.http import Response

_MOST_KEYS = 1000


@s3("DeleteObject")
async def delete_object(call: Call) -> Response:
    check_version(call)
    with call.objects.lock():
        if call.header("if-match") is not None:
            check_write(call.request.headers, call.key, call.objects.info(call.bucket, call.key))
        call.objects.delete(call.bucket, call.key)
    return Response(204)


@s3("DeleteObjects")
async def delete_objects(call: Call) -> Response:
    given = call.request.headers
    if "content-md5" not in given and not any(name.startswith("x-amz-checksum-") for name in given):
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    document = xml.parse(await verified(call), "DeleteObjects")
    if len(document["Objects"]) > _MOST_KEYS:
        raise malformed_xml()
    errors = [error for entry in document["Objects"] if (error := _refused(entry))]
    refused = {error["Key"] for error in errors}
    with call.objects.lock():
        kept = _unmatched(call, document["Objects"])
        errors += kept
        refused |= {error["Key"] for error in kept}
        keys = [entry["Key"] for entry in document["Objects"] if entry["Key"] not in refused]
        call.objects.delete(call.bucket, *keys)
    deleted = [] if document.get("Quiet") else [{"Key": key} for key in keys]
    return reply("DeleteResult", {"Deleted": deleted, "Error": errors})


def _refused(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """Why an entry cannot name an object here, as an element of the reply; None when it can."""
    if not entry["Key"]:
        return _error(entry, "UserKeyMustBeSpecified", "The bucket POST must contain the specified field name.")
    if len(entry["Key"].encode()) > MOST_KEY_BYTES:
        return _error(entry, "KeyTooLongError", "Your key is too long")
    if entry.get("VersionId") not in (None, "null"):
        return _error(entry, "NoSuchVersion", "The specified version does not exist.")
    return None


def _unmatched(call: Call, entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The entries whose ETag is not that of the object."""
    errors = []
    for entry in entries:
        etag = entry.get("ETag", "").strip('"')
        if etag in ("", "*") or not entry["Key"]:
            continue
        info = call.objects.info(call.bucket, entry["Key"])
        if info is not None and info.etag != etag:
            message = "At least one of the pre-conditions you specified did not hold"
            errors.append(_error(entry, "PreconditionFailed", message))
    return errors


def _error(entry: Mapping[str, Any], code: str, message: str) -> dict[str, str]:
    return {"Key": entry["Key"], "Code": code, "Message": message}
