"""What the object store knows about buckets, objects and uploads, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


class ObjectsError(Exception):
    """The root of every refusal of the object store."""


class NoSuchBucket(ObjectsError):
    """No bucket has this name."""


class BucketExists(ObjectsError):
    """A bucket of this name is there already."""


class BucketNotEmpty(ObjectsError):
    """A bucket that holds objects cannot be deleted."""


class NoSuchKey(ObjectsError):
    """The bucket holds no object under this key."""


class NoSuchUpload(ObjectsError):
    """The multipart upload was never started, or is completed or aborted."""


class InvalidPart(ObjectsError):
    """A part named at completion was not uploaded, or is not the one that was uploaded."""


class InvalidPartOrder(ObjectsError):
    """The parts named at completion do not ascend."""


class PartTooSmall(ObjectsError):
    """A part other than the last is smaller than 5 MiB."""


class StorageFull(ObjectsError):
    """The disk, or this process's share of it, is full. Nothing was half-written."""


class DamagedObject(ObjectsError):
    """Data on disk is missing or shorter than the index says."""


@dataclass(frozen=True)
class Bucket:
    name: str
    region: str
    created: datetime


@dataclass(frozen=True)
class Checksum:
    """A checksum as S3 words it: algorithm "CRC32", "SHA256"…; value in base64; kind "FULL_OBJECT" or "COMPOSITE"."""

    algorithm: str
    value: str
    kind: str = "FULL_OBJECT"


@dataclass(frozen=True)
class ObjectInfo:
    """An object without its data. `etag` has no quotes; `headers` have lower-case names; `modified` is in UTC.

    `parts` counts the parts of an object made by a multipart upload and is 0 for any other.
    """

    bucket: str
    key: str
    size: int
    etag: str
    modified: datetime
    headers: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    checksum: Checksum | None = None
    parts: int = 0


@dataclass(frozen=True)
class Upload:
    """A multipart upload in progress. `algorithm` and `kind` say which checksum the object will have, if any."""

    id: str
    bucket: str
    key: str
    initiated: datetime
    headers: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    algorithm: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Part:
    number: int
    size: int
    etag: str
    modified: datetime
    checksum: Checksum | None = None


@dataclass(frozen=True)
class Listing:
    """One page of keys in UTF-8 order. `next` is the `start_after` that continues it, None on the last page."""

    objects: list[ObjectInfo]
    prefixes: list[str]
    next: str | None
