"""Durable documents in SQLite, by account, region, kind and name. What put() returned from is on disk."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account, region, kind, name)
)
"""


class Store:
    """One SQLite file shared by all threads of the server.

    WAL with synchronous=NORMAL keeps every committed write through a kill -9 of the process
    (https://sqlite.org/wal.html, "Performance Considerations"); a power cut may lose the last ones, never the file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_SCHEMA)

    def documents(self, account: str, region: str) -> Documents:
        """The documents of one account in one region."""
        return Documents(self, account, region)

    def scopes(self, kind: str) -> list[tuple[str, str]]:
        """Every (account, region) that holds a document of this kind."""
        return self.execute("SELECT DISTINCT account, region FROM documents WHERE kind = ?", kind)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """Run one statement by itself and return its rows."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def lock(self) -> threading.RLock:
        """Hold this to make several statements one change as other threads see it."""
        return self._lock

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Documents:
    """A view of the store for one account and region. Documents are JSON values, and datetimes in UTC."""

    def __init__(self, store: Store, account: str, region: str) -> None:
        self._store = store
        self._scope = (account, region)

    def add(self, kind: str, name: str, document: Document) -> bool:
        """Store a new document; False, and nothing changed, when the name is taken."""
        rows = self._store.execute(
            "INSERT INTO documents (account, region, kind, name, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING number",
            *self._scope, kind, name, _encode(document),
        )  # fmt: skip
        return bool(rows)

    def put(self, kind: str, name: str, document: Document) -> None:
        """Store a document, replacing one of the same name."""
        self._store.execute(
            "INSERT INTO documents (account, region, kind, name, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account, region, kind, name) DO UPDATE SET body = excluded.body",
            *self._scope, kind, name, _encode(document),
        )  # fmt: skip

    def get(self, kind: str, name: str) -> Document | None:
        rows = self._store.execute(
            "SELECT body FROM documents WHERE account = ? AND region = ? AND kind = ? AND name = ?",
            *self._scope, kind, name,
        )  # fmt: skip
        return _decode(rows[0][0]) if rows else None

    def all(self, kind: str) -> list[Document]:
        """Every document of a kind, oldest first."""
        rows = self._store.execute(
            "SELECT body FROM documents WHERE account = ? AND region = ? AND kind = ? ORDER BY number",
            *self._scope, kind,
        )  # fmt: skip
        return [_decode(body) for (body,) in rows]

    def change(self, kind: str, name: str, change: Callable[[Document], Document]) -> Document | None:
        """Replace a document by `change(document)` in one step; None when there is none of that name."""
        with self._store.lock():
            document = self.get(kind, name)
            if document is None:
                return None
            changed = change(document)
            self.put(kind, name, changed)
            return changed

    def delete(self, kind: str, name: str) -> bool:
        """Remove a document; False when there was none."""
        rows = self._store.execute(
            "DELETE FROM documents WHERE account = ? AND region = ? AND kind = ? AND name = ? RETURNING number",
            *self._scope, kind, name,
        )  # fmt: skip
        return bool(rows)


def _encode(document: Document) -> str:
    return json.dumps(document, default=_tag, ensure_ascii=False, separators=(",", ":"))


def _tag(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"$datetime": value.astimezone(UTC).isoformat()}
    raise TypeError(f"A document cannot hold a {type(value).__name__}")


def _decode(body: str) -> Document:
    document: Document = json.loads(body, object_hook=_untag)
    return document


def _untag(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["$datetime"]) if value.keys() == {"$datetime"} else value
