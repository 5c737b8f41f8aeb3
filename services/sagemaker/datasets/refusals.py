"""The files that cannot be a dataset, and what to do with each: every refusal of a file is made here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from services.errors import ServiceError
from services.text import Text, text

OfRow = Callable[[int], ServiceError]
"""Makes the refusal of the row with this number."""

MAX_BYTES = 1024**3
MAX_COLUMNS = 4096
MAX_RECORD_BYTES = 32 * 1024**2

_XML_START = re.compile(rb"\s*<(?:\?xml|!doctype|html|[a-z]+[\s>])", re.IGNORECASE)
_JSON_START = re.compile(rb'\s*(?:\{\s*"|\[\s*[\[{"])')
_MOST_CONTROL_CHARACTERS = 0.02
_BYTES_LOOKED_AT = 8192
_MAGIC: tuple[tuple[bytes, Text], ...] = (
    (b"PAR1", text("a Parquet file")),
    (b"\x1f\x8b", text("a file compressed by gzip")),
    (b"BZh", text("a file compressed by bzip2")),
    (b"\xfd7zXZ", text("a file compressed by xz")),
    (b"\x28\xb5\x2f\xfd", text("a file compressed by zstd")),
    (b"7z\xbc\xaf", text("a 7-Zip archive")),
    (b"Rar!", text("a RAR archive")),
    (b"\xd0\xcf\x11\xe0", text("an old Excel workbook or another Office file")),
    (b"%PDF", text("a PDF document")),
    (b"\x89PNG", text("a PNG picture")),
    (b"\xff\xd8\xff", text("a JPEG picture")),
    (b"GIF8", text("a GIF picture")),
    (b"SQLite format 3", text("an SQLite database")),
    (b"ARROW1", text("an Arrow or Feather file")),
    (b"Obj\x01", text("an Avro file")),
    (b"ORC", text("an ORC file")),
    (b"\x89HDF", text("an HDF5 file")),
    (b"$FL2", text("an SPSS file")),
    (b"<stata_dta>", text("a Stata file")),
    (b"\x80\x04\x95", text("a Python pickle")),
    (b"\x7fELF", text("a program")),
    (b"MZ\x90", text("a program")),
)
_COMPRESSED = ("gzip", "bzip2", "xz", "zstd", "archive")
_SAVE_AS_CSV = text("Open it in the program it comes from, save or export it as CSV, and upload that.")


def refuse_other_formats(head: bytes) -> None:
    """Raise ServiceError when a file's first bytes show that it is something else than text."""
    if head.startswith(b"PK"):
        raise _zipped(head)
    for magic, name in _MAGIC:
        # "ORC" and "BZh" could begin a header, a binary file has zeros soon.
        if head.startswith(magic) and (b"\0" in head[:_BYTES_LOOKED_AT] or not head[:64].isascii() or magic == b"%PDF"):
            unpack = any(word in name.message for word in _COMPRESSED)
            hint = text("Unpack it, and upload the CSV file that is in it.") if unpack else _SAVE_AS_CSV
            raise _other(name, hint)
    if _XML_START.match(head):
        hint = text("If you downloaded it, the site may have sent a page instead of the file: sign in there and retry.")
        raise _other(text("a web page or XML file"), hint)
    if _JSON_START.match(head):
        raise _other(text("a JSON file"), text("Convert it to CSV first, one row for each object, and upload that."))


def refuse_binary(head: bytes) -> None:
    """Raise ServiceError when bytes that should be text are full of control characters."""
    looked_at = head[:_BYTES_LOOKED_AT]
    control = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x1b" for byte in looked_at)
    if control > _MOST_CONTROL_CHARACTERS * len(looked_at):
        raise ServiceError(
            text("The file is binary, not text: among its first {count} bytes are {control} control characters.",
                 count=len(looked_at), control=control),
            code="BinaryFile",
            hint=_SAVE_AS_CSV,
        )  # fmt: skip


def _zipped(head: bytes) -> ServiceError:
    if b"xl/" in head or b"[Content_Types].xml" in head:
        return _other(text("an Excel workbook (xlsx)"), text("In Excel choose Save As, CSV UTF-8, and upload that."))
    if b"opendocument.spreadsheet" in head:
        hint = text("In LibreOffice choose Save As, Text CSV, and upload that.")
        return _other(text("an OpenDocument spreadsheet (ods)"), hint)
    return _other(text("a ZIP archive"), text("Unpack it, and upload the CSV file that is in it."))


def _other(name: Text, hint: Text) -> ServiceError:
    return ServiceError(text("This is {what}, not a CSV file.", what=name), code="NotCsv", hint=hint)


def empty() -> ServiceError:
    return ServiceError(
        text("The file is empty."),
        code="EmptyFile",
        hint=text("Check that the export that wrote it had ended, and upload it again."),
    )


def header_only() -> ServiceError:
    return ServiceError(
        text("The file has a header, row 1, but no rows below it."),
        code="HeaderOnly",
        hint=text("Check the filter of the export that wrote it, and upload a file with rows."),
    )


def too_large(size: int) -> ServiceError:
    return ServiceError(
        text("The file has {size} MB; the most is {most} MB.", size=math.ceil(size / 2**20), most=MAX_BYTES // 2**20),
        code="FileTooLarge",
        hint=text("Keep the columns that matter, or a random part of the rows: a model rarely needs more."),
    )


def too_many_columns(count: int) -> ServiceError:
    return ServiceError(
        text("Row 1 has {count} columns; the most is {most}.", count=count, most=MAX_COLUMNS),
        code="TooManyColumns",
        hint=text("Keep the columns that matter. If the table is turned by 90 degrees, transpose it first."),
    )


def one_column() -> ServiceError:
    return ServiceError(
        text("The file has one column only: no comma, semicolon, tab or bar separates the cells of its rows."),
        code="OneColumn",
        hint=text("A model needs a column to predict and at least one to predict it from. If there are more columns, "
                  "export the file again with commas between them."),
    )  # fmt: skip


def too_many_cells(row: int, found: int, expected: int) -> ServiceError:
    return ServiceError(
        text("Row {row} has {found} cells, but the header has {expected}.", row=row, found=found, expected=expected),
        code="TooManyCells",
        hint=text("A cell of that row may hold the separator itself: put such cells in quotation marks, or remove the "
                  "cells too many, and upload the file again."),
    )  # fmt: skip


def unclosed_quote(row: int) -> ServiceError:
    return ServiceError(
        text("In row {row} a quotation mark opens a cell and is never closed.", row=row),
        code="UnclosedQuote",
        hint=text('Close it at the end of the cell, or write quotation marks within a cell twice: "".'),
    )


def too_long(row: int) -> ServiceError:
    return ServiceError(
        text("Row {row} is longer than {most} MB.", row=row, most=MAX_RECORD_BYTES // 2**20),
        code="RowTooLong",
        hint=text("Are the rows of the file really on lines of their own? Export it again."),
    )


def nul_character(row: int) -> ServiceError:
    return ServiceError(
        text("Row {row} holds a NUL character: the file is damaged, or not text.", row=row),
        code="NulCharacter",
        hint=text("Export the file again. If it comes from a database, export that column as text or leave it out."),
    )


def bad_encoding(encoding: str, byte: int, detail: str) -> ServiceError:
    return ServiceError(
        text("The file says it is {encoding}, but its text breaks off at byte {byte}.", encoding=encoding, byte=byte),
        code="BadEncoding",
        hint=text("Export the file again, as CSV UTF-8 if there is a choice."),
        detail=detail,
    )
