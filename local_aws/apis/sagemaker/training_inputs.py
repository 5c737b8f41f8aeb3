"""The data of a training job: the S3 objects of each channel, found when a job is created and copied when it starts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from local_aws.objects import NoSuchBucket, NoSuchKey, Objects, ObjectsError
from local_aws.registry import AwsError

_MOST_MANIFEST_BYTES = 64 << 20


class InputError(Exception):
    """The data of a channel could not be copied; says why."""


class Location(NamedTuple):
    bucket: str
    key: str


def location(uri: str) -> Location:
    """Where an s3:// URI points. Raises ValueError for any other URI and for one without a bucket."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri!r} is not an s3:// URI")
    return Location(bucket, key)


def must_exist(objects: Objects, channel: dict[str, Any], region: str, role: str) -> None:
    """Raise AwsError, in AWS's words, where a channel's URI has no objects."""
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, key = location(uri)
    try:
        if objects.list(bucket, key, limit=1).objects:
            return
    except NoSuchBucket:
        pass
    raise AwsError(
        "ValidationException",
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists '
        f"in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
        f'"{role}" has "s3:ListBucket" permissions on bucket "{bucket}".',
    )


def copy(objects: Objects, channel: dict[str, Any], into: Path) -> None:
    """Copy a channel's objects into its directory. Raises InputError, also where there are none."""
    source = channel["DataSource"]["S3DataSource"]
    if not copy_all(objects, source["S3DataType"], source["S3Uri"], into):
        raise InputError(f"No S3 objects found under S3 URL {source['S3Uri']}.")


def copy_all(objects: Objects, kind: str, uri: str, into: Path) -> int:
    """Copy the objects of a source, of the S3DataType `kind`, and return how many there were. Raises InputError."""
    into.mkdir(parents=True, exist_ok=True)
    root, count = into.resolve(), 0
    try:
        for bucket, key, name in _sources(objects, kind, uri):
            target = _inside(root, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            objects.copy_to(bucket, key, target)
            count += 1
    except (ObjectsError, OSError) as error:
        raise InputError(_words(error)) from error
    return count


def _sources(objects: Objects, kind: str, uri: str) -> Iterator[tuple[str, str, str]]:
    """Bucket, key and relative path of each object of a source."""
    bucket, key = location(uri)
    if kind == "ManifestFile":
        yield from _of_manifest(objects, bucket, key)
        return
    for found in objects.all(bucket, key):
        if not found.key.endswith("/"):  # a folder of the console
            yield bucket, found.key, relative(found.key, key)


def relative(key: str, prefix: str) -> str:
    """Where an object lies in its channel: below the prefix where that names a folder, else below the prefix's own."""
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if not key.startswith(folder):
        folder = prefix[: prefix.rfind("/") + 1]
    return key[len(folder) :]


def _of_manifest(objects: Objects, bucket: str, key: str) -> Iterator[tuple[str, str, str]]:
    info = objects.info(bucket, key)
    if info is None:
        raise NoSuchKey(key)
    if info.size > _MOST_MANIFEST_BYTES:
        raise InputError(f"The manifest is larger than {_MOST_MANIFEST_BYTES} bytes.")
    try:
        head, *names = json.loads(b"".join(objects.read(bucket, key)))
        base = location(head["prefix"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"s3://{bucket}/{key} is no manifest: a list of a prefix and the names below it.") from error
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"s3://{bucket}/{key} is no manifest: {name!r} is not a name.")
        yield base.bucket, base.key + name, name


def _inside(root: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise InputError(f"The key {name!r} cannot be a file below the channel's directory.")
    return root / path


def _words(error: Exception) -> str:
    match error:
        case NoSuchBucket():
            return f"The specified bucket does not exist: {error}"
        case NoSuchKey():
            return f"The specified key does not exist: {error}"
        case OSError():
            return f"{error.strerror}: {Path(error.filename).name if error.filename else ''}"
        case _:
            return str(error)
