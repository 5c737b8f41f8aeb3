"""The SQLite index of the object store: its schema, and changes that happen wholly or not at all."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_aws.objects.records import Checksum, StorageFull

# Keys are BLOBs: SQLite then compares them byte by byte, which is S3's order of keys, and NUL is a byte like any other.
# `doomed` names the blobs on disk that no row holds: those being written and those being removed. What it lists at
# start is left from a process that was killed.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS configurations (
    bucket TEXT NOT NULL REFERENCES buckets ON DELETE CASCADE, kind TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (bucket, kind)
);
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL REFERENCES buckets, key BLOB NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
    headers TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL, checksum TEXT, parts INTEGER NOT NULL,
    upload TEXT,
    UNIQUE (bucket, key)
);
CREATE TABLE IF NOT EXISTS segments (
    object INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE, number INTEGER NOT NULL,
    blob TEXT NOT NULL, size INTEGER NOT NULL, checksum TEXT,
    PRIMARY KEY (object, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES buckets, key BLOB NOT NULL, initiated INTEGER NOT NULL,
    headers TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL, algorithm TEXT NOT NULL, kind TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, initiated);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL REFERENCES uploads ON DELETE CASCADE, number INTEGER NOT NULL,
    blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, checksum TEXT,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS doomed (blob TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Index:
    """One SQLite file shared by all threads. Durable as local_aws.store is: through a kill -9, not a power cut."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(_SCHEMA)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Every row of one query."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def first(self, statement: str, *values: Any) -> Any:
        """The first row of one query, or None."""
        with self.lock:
            return self._connection.execute(statement, values).fetchone()

    def scan(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """The rows of one query one by one; the caller holds the lock while it reads them."""
        return self._connection.execute(statement, values)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A block whose statements are one transaction. Raises StorageFull; what the block raises undoes it."""
        with self.lock, _full_disk_reported():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                # SQLite has already rolled back by itself after some errors, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        with self.lock:
            self._connection.close()


@contextmanager
def _full_disk_reported() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
            raise StorageFull("There is no room left on the disk of the state directory.") from error
        raise


def now() -> int:
    """Milliseconds since 1970: the precision of S3's listings."""
    return time.time_ns() // 1_000_000


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def dump(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else "{}"


def load(stored: str) -> dict[str, str]:
    """What dump() wrote. Most objects have neither metadata nor tags, so the empty one is quick."""
    return {} if stored == "{}" else dict(json.loads(stored))


def dump_checksum(checksum: Checksum | None) -> str | None:
    return None if checksum is None else f"{checksum.algorithm} {checksum.value} {checksum.kind}"


def load_checksum(stored: str | None) -> Checksum | None:
    return None if stored is None else Checksum(*stored.split(" "))
