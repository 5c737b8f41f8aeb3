"""Log streams as append-only files, one line an event, read forwards and backwards from byte offsets."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote, unquote

LONGEST_EVENT_BYTES = 256 * 1024
"""A longer line becomes several events, as CloudWatch Logs' agents cut it."""

MOST_STREAM_BYTES = 1 << 30
"""What is written beyond this is counted and dropped: a runaway loop of prints must not fill the disk."""

_STAMP = "{:013d} "
"""Before each event, and at the head of the file for the stream itself: milliseconds since 1970."""
_STAMP_BYTES = 14
_HEAD_BYTES = _STAMP_BYTES + 1
_LONGEST_LINE_BYTES = _STAMP_BYTES + LONGEST_EVENT_BYTES + 1
_BLOCK_BYTES = 2 * _LONGEST_LINE_BYTES
_SHORT_BLOCK_BYTES = 4096
_LONGEST_FILE_NAME = 255
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Event:
    """One line of a stream. `timestamp` is in ms since 1970; `start` and `end` are its offsets in the stream."""

    timestamp: int
    message: str
    start: int
    end: int


@dataclass(frozen=True)
class Group:
    """When the oldest stream of a group was made, in ms since 1970, and what all of them hold, in bytes."""

    name: str
    created: int
    size: int


@dataclass(frozen=True)
class Stream:
    """What is known of a stream: times in ms since 1970, None while it has no event, and the offset of its end."""

    name: str
    created: int
    first: int | None
    last: int | None
    end: int


class NoSuchGroup(Exception):
    """There is no log group of this name."""


class NoSuchStream(Exception):
    """There is no log stream of this name in the group."""


class Logs:
    """The log groups below one directory. Safe for threads: a stream has one appender and any number of readers."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def within(self, account: str, region: str) -> Logs:
        """The log groups of one account in one region."""
        return Logs(self._root / account / region)

    def open(self, group: str, stream: str) -> Appender:
        """Begin a stream, or go on with one. Only one appender may be open on a stream."""
        path = self._file(group, stream)
        path.parent.mkdir(parents=True, exist_ok=True)
        return Appender(path)

    def groups(self, prefix: str = "") -> list[Group]:
        """The groups, sorted by name."""
        if not self._root.is_dir():
            return []
        names = sorted(name for name in map(unquote, os.listdir(self._root)) if name.startswith(prefix))
        groups = ((name, self.streams(name)) for name in names)
        return [
            Group(name, min(stream.created for stream in streams), sum(stream.end for stream in streams))
            for name, streams in groups
            if streams
        ]

    def streams(self, group: str, prefix: str = "") -> list[Stream]:
        """The streams of a group, sorted by name. Raises NoSuchGroup."""
        names = sorted(name for name in map(unquote, os.listdir(self._existing(group))) if name.startswith(prefix))
        found = []
        for name in names:
            with suppress(NoSuchStream):  # it is being made, or was deleted, at this moment
                found.append(self.stream(group, name))
        return found

    def stream(self, group: str, stream: str) -> Stream:
        """Raises NoSuchGroup and NoSuchStream."""
        with self._reading(group, stream) as (file, created):
            end = _end(file)
            if end == _HEAD_BYTES:
                return Stream(stream, created, None, None, end)
            return Stream(stream, created, _time_at(file, _HEAD_BYTES), _time_at(file, _last_start(file, end)), end)

    def after(self, group: str, stream: str, offset: int = 0, since: int = 0) -> Iterator[Event]:
        """The events from an offset on that are not older than `since` (ms since 1970), oldest first.

        Raises NoSuchGroup and NoSuchStream.
        """
        with self._reading(group, stream) as (file, _):
            end = _end(file)
            start = max(_line_start(file, offset, end), _offset_of(file, since, end))
        while start < end:  # the file is not kept open: a search goes through many streams side by side
            with self._reading(group, stream) as (file, _):
                events = list(_events(_read(file, start, min(end, start + _BLOCK_BYTES)), start))
            yield from events
            start = events[-1].end

    def before(self, group: str, stream: str, offset: int | None = None, until: int | None = None) -> Iterator[Event]:
        """The events up to an offset (all where it is None) that are older than `until`, latest first.

        Raises NoSuchGroup and NoSuchStream.
        """
        with self._reading(group, stream) as (file, _):
            end = _end(file)
            if offset is not None:
                end = _line_start(file, offset, end)
            yield from _backward(file, end if until is None else min(end, _offset_of(file, until, end)))

    def delete_stream(self, group: str, stream: str) -> None:
        """Raises NoSuchGroup and NoSuchStream."""
        with self._reading(group, stream):
            self._file(group, stream).unlink()

    def delete_group(self, group: str) -> None:
        """Remove a group with its streams. Raises NoSuchGroup."""
        shutil.rmtree(self._existing(group))

    def _file(self, group: str, stream: str) -> Path:
        return self._root / _file_name(group) / _file_name(stream)

    def _existing(self, group: str) -> Path:
        directory = self._root / _file_name(group)
        if len(directory.name) > _LONGEST_FILE_NAME or not directory.is_dir():
            raise NoSuchGroup(group)
        return directory

    @contextmanager
    def _reading(self, group: str, stream: str) -> Iterator[tuple[IO[bytes], int]]:
        """The stream's file and when it was made (ms since 1970)."""
        path = self._existing(group) / _file_name(stream)
        if len(path.name) > _LONGEST_FILE_NAME or not path.is_file():
            raise NoSuchStream(stream)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if len(head) < _HEAD_BYTES:
                raise NoSuchStream(stream)  # it is being made at this moment
            yield file, int(head)


class Appender:
    """Writes to one stream, line by line as bytes come; a context manager. What write() returned from can be read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+", buffering=0)
        self._rest = b""
        self._lost = 0
        self._latest = 0
        self._size = self._file.seek(0, os.SEEK_END)
        if self._size < _HEAD_BYTES:
            self._file.truncate(0)
            self._size = 0
            if not self._put((_STAMP.format(_now())).encode() + b"\n"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path.name)
        self._size = _end(self._file)
        self._file.truncate(self._size)  # a line that a killed process did not finish

    def write(self, data: bytes) -> None:
        """Add output. A last line without its end waits for the next write, or for close()."""
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        whole, self._rest = data[:end], data[end:]
        if len(self._rest) >= LONGEST_EVENT_BYTES:
            whole, self._rest = whole + self._rest + b"\n", b""
        self._append(whole)

    def close(self) -> None:
        """Add a last line that has no end, say what was lost, and close."""
        if not self._file.closed:
            self._append(self._rest + b"\n" if self._rest else b"")
            self._tell_lost()
            self._file.close()

    def __enter__(self) -> Appender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, lines: bytes) -> None:
        lines = re.sub(rb"\n{2,}", b"\n", lines).removeprefix(b"\n")  # CloudWatch Logs has no empty events
        if not lines:
            return
        if self._size + len(lines) > MOST_STREAM_BYTES:
            self._lost += len(lines)
            return
        self._tell_lost()
        if not self._put(self._stamped(lines)):
            self._lost += len(lines)

    def _tell_lost(self) -> None:
        if self._lost and self._put(self._stamped(b"[%d bytes of output were not kept]\n" % self._lost)):
            self._lost = 0

    def _stamped(self, lines: bytes) -> bytes:
        self._latest = max(self._latest, _now())  # a clock that is set back must not disorder the stream
        stamp = _STAMP.format(self._latest).encode()
        if len(lines) > LONGEST_EVENT_BYTES:
            lines = b"".join(_cut(lines))
        return stamp + lines[:-1].replace(b"\n", b"\n" + stamp) + b"\n"

    def _put(self, data: bytes) -> bool:
        """Write whole lines; on a full disk leave no part of them and return False."""
        try:
            written = self._file.write(data) or 0
        except OSError as error:
            if error.errno not in _DISK_FULL:
                raise
            written = 0
        if written < len(data):
            self._file.truncate(self._size)
            return False
        self._size += written
        return True


def _cut(lines: bytes) -> Iterator[bytes]:
    """The lines, those longer than an event may be in pieces."""
    for line in lines[:-1].split(b"\n"):
        for start in range(0, len(line), LONGEST_EVENT_BYTES):
            yield line[start : start + LONGEST_EVENT_BYTES] + b"\n"


def _now() -> int:
    return time.time_ns() // 1_000_000


def _file_name(name: str) -> str:
    return quote(name, safe="").replace(".", "%2E")  # no name is "." or ".."


def _end(file: IO[bytes]) -> int:
    """The offset after the last whole line: one that is being written does not count."""
    size = file.seek(0, os.SEEK_END)
    return size if _read(file, size - 1, size) == b"\n" else _last_start(file, size + 1)


def _last_start(file: IO[bytes], end: int) -> int:
    """Where the line starts whose end is at `end`."""
    for length in (_SHORT_BLOCK_BYTES, _LONGEST_LINE_BYTES):
        start = max(0, end - 1 - length)
        newline = _read(file, start, end - 1).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
    return 0


def _time_at(file: IO[bytes], start: int) -> int:
    """The timestamp of the line that starts there."""
    return int(_read(file, start, start + _STAMP_BYTES))


def _read(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(max(0, end - start))


def _backward(file: IO[bytes], end: int) -> Iterator[Event]:
    while end > _HEAD_BYTES:
        start = max(_HEAD_BYTES, end - _BLOCK_BYTES)
        block = _read(file, start, end)
        skipped = block.find(b"\n") + 1 if start > _HEAD_BYTES else 0  # the block began within a line
        for event in reversed(list(_events(block[skipped:], start + skipped))):
            yield event
            end = event.start


def _events(block: bytes, offset: int) -> Iterator[Event]:
    """The whole lines of a block that starts with one at `offset`."""
    *lines, _ = block.split(b"\n")
    for line in lines:
        end = offset + len(line) + 1
        yield Event(int(line[:_STAMP_BYTES]), line[_STAMP_BYTES:].decode(errors="replace"), offset, end)
        offset = end


def _offset_of(file: IO[bytes], moment: int, end: int) -> int:
    """Where the first event at or after a time (ms since 1970) starts, by halving; `end` where there is none."""
    low, high = _HEAD_BYTES, end
    while low < high:
        middle = (low + high) // 2
        start = _line_start(file, middle, end)
        if start >= end or _time_at(file, start) >= moment:
            high = middle
        else:
            low = middle + 1
    return _line_start(file, low, end)


def _line_start(file: IO[bytes], offset: int, end: int) -> int:
    """The first start of a line at or after an offset, any number; `end` where there is none."""
    if offset <= _HEAD_BYTES:
        return _HEAD_BYTES
    if offset >= end:
        return end
    newline = _read(file, offset - 1, min(end, offset + _LONGEST_LINE_BYTES)).find(b"\n")
    return end if newline < 0 else offset + newline
