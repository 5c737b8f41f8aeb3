"""Multipart uploads: parts that wait on disk and become one object without being copied."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_aws.objects import index as rows
from local_aws.objects.blobs import Blobs
from local_aws.objects.index import Index
from local_aws.objects.listing import COLUMNS, object_info
from local_aws.objects.records import (
    Checksum,
    InvalidPart,
    InvalidPartOrder,
    NoSuchBucket,
    NoSuchUpload,
    ObjectInfo,
    Part,
    PartTooSmall,
    Upload,
)
from local_aws.objects.writer import put_object

MIN_PART_BYTES = 5 * 1024 * 1024
_PART_COLUMNS = "number, size, etag, modified, checksum"
_UPLOAD_COLUMNS = "id, bucket, key, initiated, headers, metadata, tags, algorithm, kind"

Sum = Callable[[Sequence[Part]], Checksum | None]


class Uploads:
    """The uploads in progress. Parts are written by Objects.writer() and its commit_part()."""

    def __init__(self, index: Index, blobs: Blobs) -> None:
        self._index = index
        self._blobs = blobs

    def create(
        self,
        bucket: str,
        key: str,
        *,
        headers: Mapping[str, str],
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        algorithm: str = "",
        kind: str = "",
    ) -> Upload:
        """Start an upload. What is given here becomes the object's at completion. Raises NoSuchBucket."""
        upload = Upload(
            secrets.token_urlsafe(48), bucket, key, rows.moment(rows.now()),
            dict(headers), dict(metadata), dict(tags), algorithm, kind,
        )  # fmt: skip
        with self._index.change() as change:
            if not change.execute("SELECT 1 FROM buckets WHERE name = ?", (bucket,)).fetchone():
                raise NoSuchBucket(bucket)
            change.execute(
                f"INSERT INTO uploads ({_UPLOAD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (
                    upload.id, bucket, key.encode(), round(upload.initiated.timestamp() * 1000),
                    rows.dump(upload.headers), rows.dump(upload.metadata), rows.dump(upload.tags), algorithm, kind,
                ),
            )  # fmt: skip
        return upload

    def find(self, bucket: str, key: str, upload: str) -> Upload:
        """The upload with this id, if it is for this key. Raises NoSuchUpload."""
        row = self._index.first(
            f"SELECT {_UPLOAD_COLUMNS} FROM uploads WHERE id = ? AND bucket = ? AND key = ?",  # noqa: S608
            upload, bucket, key.encode(),
        )  # fmt: skip
        if row is None:
            raise NoSuchUpload(upload)
        return _upload(row)

    def all(self, bucket: str, prefix: str = "") -> list[Upload]:
        """Every upload in progress under a prefix, by key and then by age."""
        found = self._index.rows(
            f"SELECT {_UPLOAD_COLUMNS} FROM uploads WHERE bucket = ? ORDER BY key, initiated, id",  # noqa: S608
            bucket,
        )
        return [upload for upload in map(_upload, found) if upload.key.startswith(prefix)]

    def parts(self, upload: str, after: int = 0, limit: int = -1) -> list[Part]:
        """The parts uploaded so far whose number is above `after`, in order; no `limit` when negative."""
        found = self._index.rows(
            f"SELECT {_PART_COLUMNS} FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",  # noqa: S608
            upload, after, limit,
        )  # fmt: skip
        return [_part(row) for row in found]

    def complete(
        self, bucket: str, key: str, upload: str, chosen: Sequence[tuple[int, str]], checksum: Sum | None = None
    ) -> ObjectInfo:
        """Make the chosen parts, given by number and ETag, the object under the upload's key.

        `checksum` is given the parts and returns the object's checksum; what it raises leaves the upload as it was.
        Raises NoSuchUpload, InvalidPart, InvalidPartOrder, PartTooSmall.
        """
        with self._index.change() as change:
            found = self.find(bucket, key, upload)
            blobs = dict(change.execute("SELECT number, blob FROM parts WHERE upload = ?", (upload,)))
            parts = _choose({part.number: part for part in self.parts(upload)}, chosen)
            digests = b"".join(bytes.fromhex(part.etag) for part in parts)
            info = ObjectInfo(
                bucket, key, sum(part.size for part in parts),
                f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}", rows.moment(rows.now()),
                found.headers, found.metadata, found.tags, checksum(parts) if checksum else None, len(parts),
            )  # fmt: skip
            change.execute("INSERT INTO doomed SELECT blob FROM parts WHERE upload = ?", (upload,))
            segments = [(blobs.pop(part.number), part.size, rows.dump_checksum(part.checksum)) for part in parts]
            replaced = put_object(change, info, segments, upload)
            change.execute("DELETE FROM uploads WHERE id = ?", (upload,))
        self._blobs.remove([*replaced, *blobs.values()])
        return info

    def completed(self, bucket: str, key: str, upload: str) -> ObjectInfo | None:
        """The object that this upload became, while it is under its key: a completion may be asked for again."""
        row = self._index.first(
            f"SELECT {COLUMNS} FROM objects WHERE bucket = ? AND key = ? AND upload = ?",  # noqa: S608
            bucket, key.encode(), upload,
        )  # fmt: skip
        return None if row is None else object_info(row)

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """Forget an upload and its parts. Raises NoSuchUpload."""
        with self._index.change() as change:
            self.find(bucket, key, upload)
            blobs = change.execute("SELECT blob FROM parts WHERE upload = ?", (upload,)).fetchall()
            change.executemany("INSERT INTO doomed VALUES (?)", blobs)
            change.execute("DELETE FROM uploads WHERE id = ?", (upload,))
        self._blobs.remove(blob for (blob,) in blobs)


def _choose(uploaded: Mapping[int, Part], chosen: Sequence[tuple[int, str]]) -> list[Part]:
    """The uploaded parts that a completion names, checked by S3's rules."""
    numbers = [number for number, _ in chosen]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise InvalidPartOrder
    parts = []
    for number, etag in chosen:
        part = uploaded.get(number)
        if part is None or part.etag != etag:
            raise InvalidPart(number, etag)
        parts.append(part)
    if not parts:
        raise InvalidPart
    for part in parts[:-1]:
        if part.size < MIN_PART_BYTES:
            raise PartTooSmall(part.number, part.size, part.etag)
    return parts


def _part(row: Any) -> Part:
    number, size, etag, modified, checksum = row
    return Part(number, size, etag, rows.moment(modified), rows.load_checksum(checksum))


def _upload(row: Any) -> Upload:
    id_, bucket, key, initiated, headers, metadata, tags, algorithm, kind = row
    return Upload(
        id_, bucket, key.decode(), rows.moment(initiated),
        rows.load(headers), rows.load(metadata), rows.load(tags), algorithm, kind,
    )  # fmt: skip
