"""Immutable runs of bytes in files with random names. Knows no keys and no buckets."""

from __future__ import annotations

import errno
import os
import queue
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws.objects.records import DamagedObject, StorageFull

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CANNOT_LINK = {errno.EMLINK, errno.EPERM, errno.ENOTSUP, errno.ENOSYS}


@contextmanager
def full_disk_reported() -> Iterator[None]:
    """Turn the operating system's ways of saying "no room" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("There is no room left on the disk of the state directory.") from error
        raise


class Blobs:
    """A directory of blobs. A blob that is being read stays on disk until its readers are done.

    Removal happens in a thread of its own, since unlinking a large file takes time; `removed` is told the names.
    """

    def __init__(self, root: Path, removed: Callable[[list[str]], None]) -> None:
        self._root = root
        self._removed = removed
        self._held: Counter[str] = Counter()
        self._doomed: set[str] = set()
        # Reentrant: a reader that is garbage-collected releases its blobs in whatever thread runs at that moment.
        self._lock = threading.RLock()
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reaper: threading.Thread | None = None
        root.mkdir(parents=True, exist_ok=True)

    def new_name(self) -> str:
        return secrets.token_hex(16)

    def create(self, name: str) -> int:
        """Open a new blob for writing and return its file descriptor."""
        path = self._path(name)
        with full_disk_reported():
            try:
                return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:
                path.parent.mkdir(exist_ok=True)
                return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def open(self, name: str) -> int:
        """Open a blob for reading and return its file descriptor."""
        try:
            return os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DamagedObject(f"Blob {name} is missing.") from error

    def link(self, name: str, new: str) -> None:
        """Make a second name for a blob's data, or a copy of it where the file system has no room for one more."""
        path = self._path(new)
        path.parent.mkdir(exist_ok=True)
        with full_disk_reported():
            try:
                os.link(self._path(name), path)
            except FileNotFoundError as error:
                raise DamagedObject(f"Blob {name} is missing.") from error
            except OSError as error:
                if error.errno not in _CANNOT_LINK:
                    raise
                shutil.copyfile(self._path(name), path)

    def hold(self, names: Iterable[str]) -> None:
        """Keep these blobs on disk until release()."""
        with self._lock:
            self._held.update(names)

    def release(self, names: Iterable[str]) -> None:
        with self._lock:
            for name in names:
                self._held[name] -= 1
                if self._held[name] <= 0:
                    del self._held[name]
                    if name in self._doomed:
                        self._doomed.discard(name)
                        self._queue.put(name)

    def remove(self, names: Iterable[str]) -> None:
        """Remove blobs that no object has any more, as soon as nobody reads them."""
        with self._lock:
            for name in names:
                if name in self._held:
                    self._doomed.add(name)
                else:
                    self._queue.put(name)
            if self._reaper is None and not self._queue.empty():
                self._reaper = threading.Thread(target=self._reap, name="blob-reaper", daemon=True)
                self._reaper.start()

    def discard(self, name: str) -> None:
        """Remove a blob now."""
        self._path(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Finish the removals under way."""
        with self._lock:
            reaper, self._reaper = self._reaper, None
        if reaper is not None:
            self._queue.put(None)
            reaper.join()

    def _reap(self) -> None:
        closing = False
        while not closing:
            names = [self._queue.get()]
            while not self._queue.empty():
                names.append(self._queue.get())
            closing = None in names
            gone = [name for name in names if name is not None]
            for name in gone:
                self.discard(name)
            self._removed(gone)

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name
