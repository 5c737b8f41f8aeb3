"""Reading one object as it was when it was opened, whatever happens to its key meanwhile."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from types import TracebackType

from local_aws.objects.blobs import Blobs
from local_aws.objects.records import DamagedObject, ObjectInfo

CHUNK_BYTES = 256 * 1024


class Reader:
    """An opened object; `info` and the data belong together. Close it, or let it go, to free its blobs.

    The blobs are held by the caller that makes the reader, in the same step as the index was read.
    """

    def __init__(self, blobs: Blobs, info: ObjectInfo, segments: list[tuple[str, int]]) -> None:
        self.info = info
        self.segments = segments
        self._blobs = blobs
        self._finalizer = weakref.finalize(self, blobs.release, [blob for blob, _ in segments])

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._finalizer()

    def part(self, number: int) -> tuple[int, int] | None:
        """Where part `number`, from 1, starts and ends; None when there is no such part."""
        if not 1 <= number <= len(self.segments):
            return None
        start = sum(size for _, size in self.segments[: number - 1])
        return start, start + self.segments[number - 1][1]

    def read(self, start: int = 0, end: int | None = None, chunk: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes from `start` up to and without `end`, in pieces of at most `chunk`. Raises DamagedObject."""
        end = self.info.size if end is None else min(end, self.info.size)
        place = 0
        for blob, size in self.segments:
            begin, stop = max(start - place, 0), min(end - place, size)
            if begin < stop:
                yield from self._read_blob(blob, begin, stop, chunk)
            place += size
            if place >= end:
                return

    def _read_blob(self, blob: str, start: int, end: int, chunk: int) -> Iterator[bytes]:
        file = self._blobs.open(blob)
        try:
            while start < end:
                data = os.pread(file, min(chunk, end - start), start)
                if not data:
                    raise DamagedObject(f"Blob {blob} ends at {start} bytes.")
                start += len(data)
                yield data
        finally:
            os.close(file)
