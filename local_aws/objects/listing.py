"""Pages of keys in UTF-8 order, with what shares a prefix up to a delimiter rolled up and skipped over."""

from __future__ import annotations

from typing import Any

from local_aws.objects import index as rows
from local_aws.objects.index import Index
from local_aws.objects.records import Listing, ObjectInfo

COLUMNS = "bucket, key, size, etag, modified, headers, metadata, tags, checksum, parts"
_AFTER_EVERY_KEY = b"\xff"
"""No UTF-8 text begins with this byte."""


def page(index: Index, bucket: str, prefix: str, start_after: str, delimiter: str, limit: int) -> Listing:
    """At most `limit` keys and common prefixes, which count alike, after `start_after`."""
    objects: list[ObjectInfo] = []
    prefixes: list[str] = []
    low, high = prefix.encode(), _beyond(prefix.encode())
    after = start_after.encode()
    if after >= low:
        # A start_after that is itself a rolled-up prefix continues behind all that it stands for.
        rolled = start_after.startswith(prefix) and _common_prefix(start_after, prefix, delimiter) == start_after
        low = _beyond(after) if rolled else after + b"\0"
    last = ""
    with index.lock:
        while low < high:
            cursor = index.scan(
                f"SELECT {COLUMNS} FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key",  # noqa: S608
                bucket, low, high,
            )  # fmt: skip
            low = high
            for row in cursor:
                if len(objects) + len(prefixes) == limit:
                    return Listing(objects, prefixes, last or start_after)
                common = _common_prefix(row[1].decode(), prefix, delimiter)
                if common is None:
                    objects.append(object_info(row))
                    last = objects[-1].key
                else:
                    prefixes.append(common)
                    last = common
                    low = _beyond(common.encode())
                    break
            cursor.close()
    return Listing(objects, prefixes, None)


def _common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if end < 0 else key[: end + len(delimiter)]


def _beyond(prefix: bytes) -> bytes:
    """The first value that sorts behind every key with this prefix."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else _AFTER_EVERY_KEY


def object_info(row: Any) -> ObjectInfo:
    """An ObjectInfo from a row of COLUMNS."""
    bucket, key, size, etag, modified, headers, metadata, tags, checksum, parts = row
    return ObjectInfo(
        bucket, key.decode(), size, etag, rows.moment(modified),
        rows.load(headers), rows.load(metadata), rows.load(tags), rows.load_checksum(checksum), parts,
    )  # fmt: skip
