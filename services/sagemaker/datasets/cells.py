"""A block of records as columns of cells: by Arrow where all rows are regular, by Python's csv module where not."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from services.sagemaker.datasets import refusals
from services.sagemaker.datasets.numbers import MISSING, characters
from services.sagemaker.datasets.plan import Plan
from services.sagemaker.datasets.records import BadRow, Data

_PARSED_AT_ONCE_BYTES = 1024**2
"""What a processor's cache holds: a fifth faster than a whole block. A longer record is read by Python."""
_MISSING = sorted(MISSING)
_MISSING_ARRAY = pa.array(_MISSING)
_CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass
class Cells:
    """The columns of a block. Missing cells are null. A column is text, text with codes, or float64.

    records: rows and blank lines, in the order of which padded (records with too few cells), trimmed (with empty cells
    too many) and blank are numbered from 0.
    """

    columns: list[pa.Array]
    records: int
    padded: list[int] = field(default_factory=list)
    trimmed: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)

    def record_of(self, row: int) -> int:
        """The number of a row's record."""
        for blank in self.blank:
            row += blank <= row
        return row

    @property
    def mended(self) -> bool:
        return bool(self.padded or self.trimmed)


def read_cells(data: Data, plan: Plan) -> Cells:
    """Read a block, columns of fractions as float64 and texts with codes if all is as planned, else all as text.

    Raises BadRow.
    """
    if plan.dialect.spaces:
        return _read_slowly(data, plan)
    try:
        return _read_fast(data, plan, _planned_types(plan))
    except pa.ArrowInvalid:
        return read_texts(data, plan)


def read_texts(data: Data, plan: Plan) -> Cells:
    """Read all columns as text."""
    if plan.dialect.spaces:
        return _read_slowly(data, plan)
    try:
        return _read_fast(data, plan, dict.fromkeys(_labels(plan), pa.string()))
    except pa.ArrowInvalid:
        return _read_slowly(data, plan)


def _planned_types(plan: Plan) -> dict[str, pa.DataType]:
    types = [pa.float64() if column.fractions else pa.string() if column.format else _CODED for column in plan.columns]
    return dict(zip(_labels(plan), types, strict=True))


def _labels(plan: Plan) -> list[str]:
    """Column names for Arrow, which must differ; the real ones may be anything."""
    return [str(index) for index in range(len(plan.names))]


def _read_fast(data: Data, plan: Plan, types: dict[str, pa.DataType]) -> Cells:
    quotes = b'"' in data
    # Where its blocks meet, Arrow loses the line feed of a CR LF even within a quoted cell.
    at_once = len(data) + 1 if quotes and b"\r" in data else _PARSED_AT_ONCE_BYTES
    table = pa.csv.read_csv(
        pa.BufferReader(data),
        pa.csv.ReadOptions(use_threads=False, block_size=at_once, column_names=list(types)),
        pa.csv.ParseOptions(
            delimiter=plan.dialect.delimiter,
            quote_char='"' if quotes else False,
            escape_char=plan.dialect.escape or False,
            newlines_in_values=quotes,
            ignore_empty_lines=False,
        ),
        pa.csv.ConvertOptions(column_types=types, null_values=_MISSING, strings_can_be_null=True, check_utf8=False),
    )
    columns = [column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in table.columns]
    if len(columns) > 1 and _has_empty_rows(columns):
        raise pa.ArrowInvalid("Arrow does not tell blank lines, which are left out, from rows of empty cells")
    return Cells(columns, table.num_rows)


def _has_empty_rows(columns: Sequence[pa.Array]) -> bool:
    if not all(column.null_count for column in columns):
        return False
    return bool(pc.any(reduce(pc.and_, (column.is_null() for column in columns))).as_py())


def _read_slowly(data: Data, plan: Plan) -> Cells:
    width = len(plan.names)
    cells = Cells([], 0)
    rows = []
    for row in plan.dialect.rows(io.StringIO(data.decode(), newline="")):
        if not row and width > 1:
            cells.blank.append(cells.records)
            cells.records += 1
            continue
        if len(row) != width:
            row = _of_width(row, width, cells)
        rows.append(row)
        cells.records += 1
    cells.columns = [_text_column(column) for column in zip(*rows, strict=True)] or [pa.array([], pa.string())] * width
    return cells


def _of_width(row: list[str], width: int, cells: Cells) -> list[str]:
    if len(row) < width:
        cells.padded.append(cells.records)
        return row + [""] * (width - len(row))
    if any(cell.strip() for cell in row[width:]):
        raise BadRow(cells.records, partial(refusals.too_many_cells, found=len(row), expected=width))
    cells.trimmed.append(cells.records)
    return row[:width]


def _text_column(texts: Sequence[str]) -> pa.StringArray:
    column = pa.array(texts, pa.string())
    return pc.if_else(pc.is_in(column, _MISSING_ARRAY), None, column)


def write_cells(columns: Sequence[pa.StringArray]) -> pa.Buffer | bytes:
    """Columns of text as CSV: commas, line feeds, quotation marks where needed, missing cells empty."""
    if not len(columns[0]):
        return b""
    quoted = [_quoted(column) for column in columns]
    last = pc.binary_join_element_wise(quoted[-1], "\n", "", null_handling="replace")
    lines = pc.binary_join_element_wise(*quoted[:-1], last, ",", null_handling="replace")
    # The characters of a string array lie one after the other: together they are the file.
    return lines.buffers()[2]


def _quoted(column: pa.StringArray) -> pa.StringArray:
    written = characters(column)
    if not any(mark in written for mark in (b'"', b",", b"\n", b"\r")):
        return column
    needs = pc.match_substring_regex(column, '[",\r\n]')
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), column)


def write_row(cells: Sequence[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue().encode()
