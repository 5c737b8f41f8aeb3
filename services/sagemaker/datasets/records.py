"""The bytes of a file as UTF-8, in blocks that end where a record ends: a block is all that is held of the file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

from services.sagemaker.datasets import encoding as encodings, refusals
from services.sagemaker.datasets.dialect import Dialect, detect

Data = bytes | bytearray

HEAD_BYTES = 1024**2
BLOCK_BYTES = 8 * 1024**2
_QUOTE = ord('"')


class BadRow(Exception):
    """A record that cannot be read: `row` counts the records of its block, blank lines too, from 0.

    `refusal` makes the error to show from the row of the file.
    """

    def __init__(self, row: int, refusal: refusals.OfRow) -> None:
        super().__init__(row)
        self.row = row
        self.refusal = refusal


@dataclass(frozen=True)
class Block:
    """Whole records as UTF-8. `read`: how many bytes of the source were consumed by then."""

    data: Data
    read: int
    is_ascii: bool = False
    mended: bool = False
    """The source mixed UTF-8 and Windows-1252 here."""


class Records:
    """One pass over a file that can seek, from its beginning. Raises ServiceError for what is no CSV.

    `header` is empty where the first row holds values; `header_bytes` are its bytes, with the line end.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.size = _size(source)
        if self.size > refusals.MAX_BYTES:
            raise refusals.too_large(self.size)
        self._source = cast(io.BufferedIOBase, source)  # it has readinto, as all that Python opens
        raw = source.read(HEAD_BYTES)
        self._read = len(raw)
        refusals.refuse_other_formats(raw)
        mark, self.encoding = _encoding_of(raw)
        self._decoder = None if self.encoding == "utf-8" else encodings.decoder(self.encoding)
        self._old_line_ends = False
        head = self._decoded(raw[len(mark) :])
        if not head.strip():
            raise refusals.empty()
        refusals.refuse_binary(head)
        self._old_line_ends = b"\r" in head and b"\n" not in head
        self._take_header(head.replace(b"\r", b"\n") if self._old_line_ends else head)

    def _take_header(self, head: bytes) -> None:
        # A character cut at the end belongs to a row that is not looked at.
        characters = head.decode("utf-8", "ignore")
        self.dialect, self.width = detect(characters, whole=self._read >= self.size)
        self.rows_before = self.dialect.preamble + self.dialect.header
        rows, taken = _take_rows(characters, self.dialect, self.rows_before)
        self.header = rows[-1] if self.dialect.header else []
        if b"\0" in head[:taken]:
            raise refusals.nul_character(self.rows_before)
        self.header_bytes = head[:taken]
        self._rest = head[taken:]

    def blocks(self) -> Iterator[Block]:
        """Raises ServiceError, and BadRow with a row that counts from the end of the last block given."""
        data, ascii_so_far = bytearray(self._rest), True
        while True:
            last = self._read >= self.size
            rest = self._take_whole_records(data)
            if data:
                utf_8_so_far = self._decoder is None
                block = self._checked(data, ascii_so_far)
                ascii_so_far = ascii_so_far and block.is_ascii
                yield block
                if utf_8_so_far and self._decoder is not None:
                    rest = self._decoded(rest)
            if rest and (last or len(rest) > refusals.MAX_RECORD_BYTES):
                raise BadRow(0, refusals.unclosed_quote if _QUOTE in rest else refusals.too_long)
            if last:
                return
            data = self._with_more(rest)

    def _take_whole_records(self, data: bytearray) -> bytes:
        """Leave whole records in `data`, and return the beginning of the next. A last record may lack its line end."""
        last = self._read >= self.size
        if _QUOTE in data:
            end = min(end_of_records(data + b"\n" if last else data, self.dialect), len(data))
        else:
            end = len(data) if last else data.rfind(b"\n") + 1
        rest = bytes(memoryview(data)[end:])
        del data[end:]
        return rest

    def _with_more(self, rest: bytes) -> bytearray:
        """The rest of the last block and the next bytes of the file, read to where they stay."""
        data = bytearray(len(rest) + BLOCK_BYTES)
        data[: len(rest)] = rest
        with memoryview(data)[len(rest) :] as room:
            count = self._source.readinto(room)
        del data[len(rest) + count :]
        self._read = self._read + count if count else self.size
        if self._decoder is None and not self._old_line_ends:
            return data
        more = self._decoded(bytes(data[len(rest) :]))
        return bytearray(rest + (more.replace(b"\r", b"\n") if self._old_line_ends else more))

    def _decoded(self, raw: bytes) -> bytes:
        if self._decoder is None:
            return raw
        try:
            return self._decoder.decode(raw, final=self._read >= self.size).encode()
        except UnicodeError as error:
            byte = self._read - len(raw) + getattr(error, "start", 0)
            raise refusals.bad_encoding(encodings.shown(self.encoding), byte, str(error)) from error

    def _checked(self, data: bytearray, ascii_so_far: bool) -> Block:
        nul = data.find(b"\0")
        if nul >= 0:
            raise BadRow(data.count(b"\n", 0, nul), refusals.nul_character)
        if data.isascii():
            return Block(data, self._read, is_ascii=True)
        if self._decoder is not None or _is_utf_8(data):
            return Block(data, self._read)
        if not ascii_so_far:
            return Block(encodings.mend_utf_8(bytes(data)), self._read, mended=True)
        # Plain ASCII until here, so all of it may as well have been in this other encoding.
        self.encoding = encodings.guess(bytes(data))
        self._decoder = encodings.decoder(self.encoding)
        return Block(self._decoder.decode(bytes(data)).encode(), self._read)


def _size(source: BinaryIO) -> int:
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    return size


def _encoding_of(raw: bytes) -> tuple[bytes, str]:
    """The byte order mark, if any, and the encoding as far as the beginning of a file tells."""
    marked = encodings.byte_order_mark(raw)
    if marked:
        return marked
    wide = encodings.utf_16_without_mark(raw)
    if wide:
        return b"", wide
    return b"", "utf-8" if encodings.begins_as_utf_8(raw) else encodings.guess(raw)


def _is_utf_8(data: bytearray) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _take_rows(text: str, dialect: Dialect, count: int) -> tuple[list[list[str]], int]:
    """The first rows of a text, and the bytes they take."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(text, newline=""):
            taken += len(line.encode())
            yield line

    rows = dialect.rows(lines())
    return [next(rows) for _ in range(count)], taken


def end_of_records(data: Data, dialect: Dialect) -> int:
    """The byte after the last whole record; line ends between quotation marks end none. 0 when there is none."""
    places = np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)
    if dialect.escape is None and not dialect.spaces and _stand_at_the_ends_of_cells(data, places, dialect.delimiter):
        return _end_by_pairs(data, places)
    return _end_by_reading(data, dialect)


def _stand_at_the_ends_of_cells(data: Data, places: np.ndarray[tuple[int], np.dtype[np.intp]], delimiter: str) -> bool:
    """Whether quotation marks, taken in pairs, each open and close a cell or stand doubled within one."""
    padded = np.frombuffer(b"\n" + data + b"\n", np.uint8)
    ends = np.frombuffer(f'{delimiter}\r\n"'.encode(), np.uint8)
    before, after = padded[places[0::2]], padded[places[1::2] + 2]
    return bool(np.isin(before, ends).all() and np.isin(after, ends).all())


def _end_by_pairs(data: Data, places: np.ndarray[tuple[int], np.dtype[np.intp]]) -> int:
    end = data.rfind(b"\n")
    while end >= 0:
        quotes = int(np.searchsorted(places, end))
        if quotes % 2 == 0:
            break
        end = data.rfind(b"\n", 0, int(places[quotes - 1]))
    return end + 1


def _end_by_reading(data: Data, dialect: Dialect) -> int:
    """For quotation marks in the middle of cells, which open nothing: find the quoted cells one by one."""
    inside = rb'(?:[^"\\]++|\\.|"")*+' if dialect.escape else rb'(?:[^"]++|"")*+'
    space = b" *" if dialect.spaces else b""
    opening = rb"(?:\A|(?<=[\r\n" + re.escape(dialect.delimiter.encode()) + rb"]))" + space
    quoted = re.compile(opening + rb'"' + inside + rb'("|\Z)', re.DOTALL)
    spans = []
    for found in quoted.finditer(data):
        if not found[1]:
            data = data[: found.start()]
            break
        if b"\n" in found[0]:
            spans.append(found.span())
    end = data.rfind(b"\n")
    for start, stop in reversed(spans):
        if end >= stop:
            break
        if end > start:
            end = data.rfind(b"\n", 0, start)
    return end + 1
