"""Writing one object or one part: bytes go to a blob as they come, and the index learns of them at commit."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping
from types import TracebackType

from local_aws.objects import index as rows
from local_aws.objects.blobs import Blobs, full_disk_reported
from local_aws.objects.index import Index
from local_aws.objects.reader import Reader
from local_aws.objects.records import Checksum, NoSuchBucket, NoSuchUpload, ObjectInfo, Part

_NOTHING: Mapping[str, str] = {}


class Writer:
    """A context manager for data on its way into a bucket; left without a commit, it leaves nothing behind.

    One thread at a time may use it. `size` is what came so far, `md5` its digest so far.
    """

    def __init__(self, index: Index, blobs: Blobs, bucket: str) -> None:
        self._index = index
        self._blobs = blobs
        self._bucket = bucket
        self._file = -1
        self._segments: list[tuple[str, int]] = []
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._segments:
            self._abandon([blob for blob, _ in self._segments])

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append. Raises StorageFull."""
        if self._file < 0:
            self._begin()
        view = memoryview(data)
        with full_disk_reported():
            while view:
                view = view[os.write(self._file, view) :]
        self.md5.update(data)
        self.size += len(data)

    def link(self, source: Reader) -> None:
        """Append an object's data without copying it. `md5` does not see it: give commit() an ETag."""
        self._close()
        for segment in source.segments:
            name = self._doom_new()
            # Known before it is there, so that it goes when anything fails from here on.
            self._segments.append((name, segment.size))
            self._blobs.link(segment.blob, name)
            self.size += segment.size

    def commit(
        self,
        key: str,
        *,
        headers: Mapping[str, str] = _NOTHING,
        metadata: Mapping[str, str] = _NOTHING,
        tags: Mapping[str, str] = _NOTHING,
        checksum: Checksum | None = None,
        etag: str | None = None,
    ) -> ObjectInfo:
        """Make what was written the object under this key: readers see the old one or this one, never a part of it."""
        self._finish()
        info = ObjectInfo(
            self._bucket, key, self.size, etag or self.md5.hexdigest(), rows.moment(rows.now()),
            dict(headers), dict(metadata), dict(tags), checksum,
        )  # fmt: skip
        with self._index.change() as change:
            replaced = put_object(change, info, [(blob, size, None) for blob, size in self._segments])
        self._segments = []
        self._blobs.remove(replaced)
        return info

    def commit_part(self, upload: str, number: int, checksum: Checksum | None = None) -> Part:
        """Make what was written part `number` of an upload, in place of one uploaded before."""
        self._finish()
        ((blob, size),) = self._segments
        part = Part(number, size, self.md5.hexdigest(), rows.moment(rows.now()), checksum)
        with self._index.change() as change:
            if not change.execute(
                "SELECT 1 FROM uploads WHERE id = ? AND bucket = ?", (upload, self._bucket)
            ).fetchone():
                raise NoSuchUpload(upload)
            replaced = change.execute(
                "SELECT blob FROM parts WHERE upload = ? AND number = ?", (upload, number)
            ).fetchall()
            change.executemany("INSERT INTO doomed VALUES (?)", replaced)
            change.execute("DELETE FROM doomed WHERE blob = ?", (blob,))
            change.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)",
                (upload, number, blob, size, part.etag, _milliseconds(part), rows.dump_checksum(checksum)),
            )
        self._segments = []
        self._blobs.remove(blob for (blob,) in replaced)
        return part

    def _begin(self) -> None:
        name = self._doom_new()
        self._file = self._blobs.create(name)
        self._segments.append((name, 0))

    def _doom_new(self) -> str:
        """A name that is swept at the next start unless a commit takes it out of `doomed`."""
        name = self._blobs.new_name()
        with self._index.change() as change:
            change.execute("INSERT INTO doomed VALUES (?)", (name,))
        return name

    def _finish(self) -> None:
        if not self._segments:
            self._begin()
        self._close()

    def _close(self) -> None:
        if self._file >= 0:
            file, self._file = self._file, -1
            with full_disk_reported():
                os.close(file)
            name, _ = self._segments[-1]
            self._segments[-1] = (name, self.size - sum(size for _, size in self._segments))

    def _abandon(self, names: list[str]) -> None:
        self._segments = []
        self._blobs.remove(names)


def put_object(
    change: sqlite3.Connection,
    info: ObjectInfo,
    segments: list[tuple[str, int, str | None]],
    upload: str | None = None,
) -> list[str]:
    """Write an object's rows, within a transaction; returns the blobs of the object it replaces, now doomed."""
    if not change.execute("SELECT 1 FROM buckets WHERE name = ?", (info.bucket,)).fetchone():
        raise NoSuchBucket(info.bucket)
    key = info.key.encode()
    replaced = drop_object(change, info.bucket, key)
    (number,) = change.execute(
        "INSERT INTO objects (bucket, key, size, etag, modified, headers, metadata, tags, checksum, parts, upload)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
        (
            info.bucket, key, info.size, info.etag, _milliseconds(info), rows.dump(info.headers),
            rows.dump(info.metadata), rows.dump(info.tags), rows.dump_checksum(info.checksum), info.parts, upload,
        ),
    ).fetchone()  # fmt: skip
    change.executemany(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?)",
        [(number, place, *segment) for place, segment in enumerate(segments, 1)],
    )
    change.executemany("DELETE FROM doomed WHERE blob = ?", [(blob,) for blob, *_ in segments])
    return replaced


def drop_object(change: sqlite3.Connection, bucket: str, key: bytes) -> list[str]:
    """Delete an object's rows, within a transaction; returns its blobs, now doomed."""
    found = change.execute("SELECT number FROM objects WHERE bucket = ? AND key = ?", (bucket, key)).fetchone()
    if found is None:
        return []
    blobs = change.execute("SELECT blob FROM segments WHERE object = ?", found).fetchall()
    change.executemany("INSERT INTO doomed VALUES (?)", blobs)
    change.execute("DELETE FROM objects WHERE number = ?", found)
    return [blob for (blob,) in blobs]


def _milliseconds(thing: ObjectInfo | Part) -> int:
    return round(thing.modified.timestamp() * 1000)
