"""What an object keeps of a request's headers, and the headers that it is given back with."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from urllib.parse import parse_qsl

from local_aws.apis.s3.errors import invalid_argument, invalid_request, not_implemented
from local_aws.objects import ObjectInfo
from local_aws.registry import AwsError, approximate

NOT_ENCRYPTED = approximate("Data is kept unencrypted on this machine, though replies name AES256 as S3's default does")
DEFAULT_TYPE = "binary/octet-stream"
MOST_TAGS = 10
MOST_OBJECT_BYTES = 5 * 1024**3
"""Of one PutObject, UploadPart or CopyObject."""

_KEPT = (
    "cache-control", "content-disposition", "content-language", "expires", "x-amz-website-redirect-location",
    "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-bucket-key-enabled",
)  # fmt: skip
_ENCRYPTION = "x-amz-server-side-encryption"
_STORAGE_CLASSES = {
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR",
}  # fmt: skip
_ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
_META = "x-amz-meta-"
_MOST_METADATA_BYTES = 2 * 1024
_OVERRIDES = (
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
)  # fmt: skip
_LATIN_1 = "latin-1"


def system_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that an object keeps. Raises AwsError on those that ask for what local AWS does not do."""
    _refuse_unsupported(headers)
    kept = {name: text(headers[name]) for name in _KEPT if name in headers}
    kept["content-type"] = text(headers.get("content-type") or DEFAULT_TYPE)
    codings = [coding.strip() for coding in headers.get("content-encoding", "").split(",")]
    if codings := [coding for coding in codings if coding not in ("", "aws-chunked")]:
        kept["content-encoding"] = text(",".join(codings))
    kept[_ENCRYPTION] = _encryption(headers)
    storage = headers.get("x-amz-storage-class", "STANDARD")
    if storage in _ARCHIVES:
        raise not_implemented("x-amz-storage-class", f"the storage class {storage}, whose objects have to be restored")
    if storage not in _STORAGE_CLASSES:
        raise AwsError("InvalidStorageClass", "The storage class you specified is not valid", 400)
    if storage != "STANDARD":
        kept["x-amz-storage-class"] = storage
    return kept


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """The user's own metadata. Raises AwsError beyond 2 KiB."""
    kept = {name.removeprefix(_META): text(value) for name, value in headers.items() if name.startswith(_META)}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in kept.items())
    if size > _MOST_METADATA_BYTES:
        raise AwsError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            400,
            {"Size": size, "MaxSizeAllowed": _MOST_METADATA_BYTES},
        )
    return kept


def tags_header(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags that come with an object in x-amz-tagging, written as a URL query. Raises AwsError."""
    given = text(headers.get("x-amz-tagging", ""))
    try:
        pairs = parse_qsl(given, keep_blank_values=True, strict_parsing=bool(given), errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        message = (
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
            "name duplicates."
        )
        raise invalid_argument(message, "x-amz-tagging", given) from error
    return checked_tags(pairs, MOST_TAGS)


def checked_tags(pairs: list[tuple[str, str]], most: int) -> dict[str, str]:
    """Tags by key. Raises AwsError where there are too many, or one is too long or twice there."""
    if len(pairs) > most:
        what = "Object" if most == MOST_TAGS else "Bucket"
        raise AwsError("BadRequest", f"{what} tags cannot be greater than {most}", 400)
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not 1 <= len(key) <= 128 or key.startswith("aws:"):
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", 400, {"TagKey": key})
        if len(value) > 256:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid", 400, {"TagKey": key})
        if key in tags:
            raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", 400, {"TagKey": key})
        tags[key] = value
    return tags


def object_headers(info: ObjectInfo) -> dict[str, str]:
    """The headers of a GET or HEAD of the whole object, but for its checksum."""
    headers = {
        "last-modified": http_date(info),
        "etag": quoted(info.etag),
        "accept-ranges": "bytes",
        "content-length": str(info.size),
        **info.headers,
        **{_META + name: value for name, value in info.metadata.items()},
    }
    if info.tags:
        headers["x-amz-tagging-count"] = str(len(info.tags))
    return headers


def written_headers(info: ObjectInfo) -> dict[str, str]:
    """What the reply to a write says of encryption."""
    return {name: value for name, value in info.headers.items() if name.startswith(_ENCRYPTION)}


def overrides(parameters: list[tuple[str, str]]) -> dict[str, str]:
    """The headers that a presigned URL replaces by response-content-type and its like."""
    given = dict(parameters)
    asked = {name: given[f"response-{name}"] for name in _OVERRIDES if f"response-{name}" in given}
    for name, value in asked.items():
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise invalid_argument(
                f"Header value cannot contain control characters: response-{name}", f"response-{name}", ""
            )
    return asked


def declared_size(headers: Mapping[str, str]) -> int:
    """How many bytes of data a body has, by its headers. Raises AwsError where they do not say, or say too many."""
    said = headers.get("x-amz-decoded-content-length", headers.get("content-length"))
    if said is None:
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if not said.isascii() or not said.isdigit():
        raise invalid_argument("The content length must be a whole number of bytes.", "Content-Length", said)
    if len(said) > 19 or int(said) > MOST_OBJECT_BYTES:
        fields = {"ProposedSize": said, "MaxSizeAllowed": MOST_OBJECT_BYTES}
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, fields)
    return int(said)


def incomplete_body() -> AwsError:
    return AwsError(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400
    )


def quoted(etag: str) -> str:
    return f'"{etag}"'


def http_date(info: ObjectInfo) -> str:
    return format_datetime(info.modified, usegmt=True)


def text(value: str) -> str:
    """A header's value as UTF-8 text, which is what clients mean by bytes beyond ASCII."""
    if value.isascii():
        return value
    return value.encode(_LATIN_1).decode("utf-8", "replace")


def _encryption(headers: Mapping[str, str]) -> str:
    wanted = headers.get(_ENCRYPTION, "AES256")
    if wanted not in ("AES256", "aws:kms"):
        message = "The encryption method specified is not supported"
        raise AwsError("InvalidEncryptionAlgorithmError", message, 400, {"ArgumentName": _ENCRYPTION})
    return wanted


def _refuse_unsupported(headers: Mapping[str, str]) -> None:
    for name in headers:
        if name.startswith("x-amz-server-side-encryption-customer-"):
            raise not_implemented(name, "encryption with keys that the client brings (SSE-C)")
        if name.startswith("x-amz-object-lock-"):
            raise invalid_request("Bucket is missing Object Lock Configuration")
        if name.startswith("x-amz-grant-"):
            raise no_acls()
    if headers.get("x-amz-acl", "private") not in ("private", "bucket-owner-full-control"):
        raise no_acls()


def no_acls() -> AwsError:
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
