"""Reading one object as it was when it was opened, whatever happens to its key meanwhile."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from local_aws.objects.blobs import Blobs
from local_aws.objects.records import Checksum, DamagedObject, ObjectInfo

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Segment:
    """One blob of an object: the whole of it, or one part of a multipart upload with the checksum it came with."""

    blob: str
    size: int
    checksum: Checksum | None


class Reader:
    """An opened object; `info` and the data belong together. Close it, or let it go, to free its blobs.

    The blobs are held by the caller that makes the reader, in the same step as the index was read.
    """

    def __init__(self, blobs: Blobs, info: ObjectInfo, segments: list[Segment]) -> None:
        self.info = info
        self.segments = segments
        self._blobs = blobs
        self._finalizer = weakref.finalize(self, blobs.release, [segment.blob for segment in segments])

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._finalizer()

    def read(self, start: int = 0, end: int | None = None, chunk: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes from `start` up to and without `end`, in pieces of at most `chunk`. Raises DamagedObject."""
        end = self.info.size if end is None else min(end, self.info.size)
        place = 0
        for segment in self.segments:
            begin, stop = max(start - place, 0), min(end - place, segment.size)
            if begin < stop:
                yield from self._read_blob(segment.blob, begin, stop, chunk)
            place += segment.size
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
