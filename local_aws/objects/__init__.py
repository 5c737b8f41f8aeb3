"""Durable objects on disk: buckets, keys and their data, streamed both ways. Knows no HTTP and no AWS wire format.

An object is rows in an SQLite index plus blobs, files with random names that are written once. Data is written and
closed before the index learns of it, so what a commit returned from is there after a kill -9 of the process. The
methods are safe for threads, and quick but for those that move data.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from local_aws.objects import index as rows, listing
from local_aws.objects.blobs import Blobs, full_disk_reported
from local_aws.objects.index import Index
from local_aws.objects.reader import CHUNK_BYTES, Reader, Segment
from local_aws.objects.records import (
    Bucket,
    BucketExists,
    BucketNotEmpty,
    Checksum,
    DamagedObject,
    InvalidPart,
    InvalidPartOrder,
    Listing,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    ObjectInfo,
    ObjectsError,
    Part,
    PartTooSmall,
    StorageFull,
    Upload,
)
from local_aws.objects.uploads import MIN_PART_BYTES, Uploads
from local_aws.objects.writer import Writer, drop_object

__all__ = [
    "CHUNK_BYTES", "MIN_PART_BYTES", "Bucket", "BucketExists", "BucketNotEmpty", "Checksum", "DamagedObject",
    "InvalidPart", "InvalidPartOrder", "Listing", "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "ObjectInfo",
    "Objects", "ObjectsError", "Part", "PartTooSmall", "Reader", "Segment", "StorageFull", "Upload", "Writer",
]  # fmt: skip

_FILE_CHUNK_BYTES = 1024 * 1024
_PAGE = 1000


class Objects:
    """The buckets and objects of one state directory. `uploads` holds the multipart uploads."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._index = Index(root / "index.sqlite")
        self._blobs = Blobs(root / "blobs", self._forget)
        self.uploads = Uploads(self._index, self._blobs)
        self._blobs.remove([blob for (blob,) in self._index.rows("SELECT blob FROM doomed")])

    def close(self) -> None:
        self._blobs.close()
        self._index.close()

    def lock(self) -> threading.RLock:
        """Hold this to make several calls one step as other threads see it."""
        return self._index.lock

    # Buckets

    def create_bucket(self, name: str, region: str) -> Bucket:
        """Raises BucketExists. The name is not checked."""
        created = rows.now()
        with self._index.change() as change:
            if change.execute("SELECT 1 FROM buckets WHERE name = ?", (name,)).fetchone():
                raise BucketExists(name)
            change.execute("INSERT INTO buckets VALUES (?, ?, ?)", (name, region, created))
        return Bucket(name, region, rows.moment(created))

    def bucket(self, name: str) -> Bucket | None:
        row = self._index.first("SELECT name, region, created FROM buckets WHERE name = ?", name)
        return Bucket(row[0], row[1], rows.moment(row[2])) if row else None

    def buckets(self) -> list[Bucket]:
        """All buckets by name."""
        found = self._index.rows("SELECT name, region, created FROM buckets ORDER BY name")
        return [Bucket(name, region, rows.moment(created)) for name, region, created in found]

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket with its configuration and uploads. Raises NoSuchBucket, BucketNotEmpty."""
        with self._index.change() as change:
            self._must_exist(name)
            if change.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                raise BucketNotEmpty(name)
            blobs = change.execute(
                "SELECT blob FROM parts JOIN uploads ON uploads.id = parts.upload WHERE bucket = ?", (name,)
            ).fetchall()
            change.executemany("INSERT INTO doomed VALUES (?)", blobs)
            change.execute("DELETE FROM uploads WHERE bucket = ?", (name,))
            change.execute("DELETE FROM buckets WHERE name = ?", (name,))
        self._blobs.remove(blob for (blob,) in blobs)

    def configuration(self, bucket: str, kind: str) -> str | None:
        """A document kept with a bucket. Raises NoSuchBucket."""
        self._must_exist(bucket)
        row = self._index.first("SELECT body FROM configurations WHERE bucket = ? AND kind = ?", bucket, kind)
        return None if row is None else str(row[0])

    def configure(self, bucket: str, kind: str, body: str | None) -> None:
        """Keep a document with a bucket, or with None remove it. Raises NoSuchBucket."""
        with self._index.change() as change:
            self._must_exist(bucket)
            change.execute("DELETE FROM configurations WHERE bucket = ? AND kind = ?", (bucket, kind))
            if body is not None:
                change.execute("INSERT INTO configurations VALUES (?, ?, ?)", (bucket, kind, body))

    # Objects

    def writer(self, bucket: str) -> Writer:
        """A writer for one object or part. Raises NoSuchBucket."""
        self._must_exist(bucket)
        return Writer(self._index, self._blobs, bucket)

    def info(self, bucket: str, key: str) -> ObjectInfo | None:
        """What is under a key. Raises NoSuchBucket."""
        found = self._find(bucket, key)
        if found is None:
            self._must_exist(bucket)
        return found

    def open(self, bucket: str, key: str) -> Reader:
        """Open an object for reading. Raises NoSuchBucket, NoSuchKey."""
        with self._index.lock:
            info = self.info(bucket, key)
            if info is None:
                raise NoSuchKey(bucket, key)
            found = self._index.rows(
                "SELECT blob, segments.size, segments.checksum FROM objects JOIN segments ON object = objects.number"
                " WHERE bucket = ? AND key = ? ORDER BY segments.number",
                bucket, key.encode(),
            )  # fmt: skip
            segments = [Segment(blob, size, rows.load_checksum(checksum)) for blob, size, checksum in found]
            self._blobs.hold(segment.blob for segment in segments)
        return Reader(self._blobs, info, segments)

    def read(
        self, bucket: str, key: str, start: int = 0, end: int | None = None, chunk: int = CHUNK_BYTES
    ) -> Iterator[bytes]:
        """The bytes of an object from `start` up to and without `end`. Raises NoSuchBucket, NoSuchKey."""
        with self.open(bucket, key) as reader:
            yield from reader.read(start, end, chunk)

    def copy_to(self, bucket: str, key: str, path: Path) -> ObjectInfo:
        """Write an object to a file. Raises NoSuchBucket, NoSuchKey, StorageFull."""
        with self.open(bucket, key) as reader, full_disk_reported(), path.open("wb") as file:
            for data in reader.read(chunk=_FILE_CHUNK_BYTES):
                file.write(data)
            return reader.info

    def put_file(self, bucket: str, key: str, path: Path, **headers: str) -> ObjectInfo:
        """Store a file's content; `content_type="text/csv"` sets that header. Raises NoSuchBucket, StorageFull."""
        with path.open("rb", buffering=0) as file, self.writer(bucket) as writer:
            while data := file.read(_FILE_CHUNK_BYTES):
                writer.write(data)
            return writer.commit(key, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def set_tags(self, bucket: str, key: str, tags: dict[str, str]) -> None:
        """Replace an object's tags. Raises NoSuchBucket, NoSuchKey."""
        with self._index.change() as change:
            if self.info(bucket, key) is None:
                raise NoSuchKey(bucket, key)
            change.execute(
                "UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?", (rows.dump(tags), bucket, key.encode())
            )

    def list(
        self, bucket: str, prefix: str = "", start_after: str = "", delimiter: str = "", limit: int = _PAGE
    ) -> Listing:
        """One page of a bucket's keys in UTF-8 order. Raises NoSuchBucket."""
        self._must_exist(bucket)
        return listing.page(self._index, bucket, prefix, start_after, delimiter, limit)

    def all(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object under a prefix, read page by page. Raises NoSuchBucket."""
        after: str | None = ""
        while after is not None:
            found = self.list(bucket, prefix, after)
            yield from found.objects
            after = found.next

    def delete(self, bucket: str, *keys: str) -> None:
        """Delete objects in one step; a key that holds nothing is no error. Raises NoSuchBucket."""
        with self._index.change() as change:
            self._must_exist(bucket)
            doomed = [blob for key in keys for blob in drop_object(change, bucket, key.encode())]
        self._blobs.remove(doomed)

    def _find(self, bucket: str, key: str) -> ObjectInfo | None:
        row = self._index.first(
            f"SELECT {listing.COLUMNS} FROM objects WHERE bucket = ? AND key = ?",  # noqa: S608
            bucket, key.encode(),
        )  # fmt: skip
        return None if row is None else listing.object_info(row)

    def _must_exist(self, bucket: str) -> None:
        if self._index.first("SELECT 1 FROM buckets WHERE name = ?", bucket) is None:
            raise NoSuchBucket(bucket)

    def _forget(self, blobs: Sequence[str]) -> None:
        # On a full disk the rows stay, and the next start finds nothing to remove for them.
        with suppress(StorageFull), self._index.change() as change:
            change.executemany("DELETE FROM doomed WHERE blob = ?", [(blob,) for blob in blobs])
