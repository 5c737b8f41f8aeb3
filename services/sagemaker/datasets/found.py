"""What was found and mended while a file was read, as notices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from services.sagemaker.datasets import dates
from services.sagemaker.datasets.canonical import Conversion
from services.sagemaker.datasets.encoding import shown
from services.sagemaker.datasets.model import Column, Notice
from services.sagemaker.datasets.numbers import PLAIN, is_code, is_finite_number, is_missing, to_plain
from services.sagemaker.datasets.tally import ColumnTally
from services.text import ntext, text

_MOST_NAMES_SHOWN = 5
_CELLS_LOOKED_AT = 1_000
_MOSTLY = 0.5
_SEPARATORS = {
    ";": text("The cells are separated by semicolons; they were separated by commas."),
    "\t": text("The cells are separated by tabs; they were separated by commas."),
    "|": text("The cells are separated by bars; they were separated by commas."),
}
_LOOK_AT_CELLS = text("Correct the cells in the file if they should count, and upload it again.")


def notices(conversion: Conversion, columns: Sequence[Column]) -> tuple[Notice, ...]:
    """What to tell of a finished conversion, what needs a look first."""
    told = [
        *_header(conversion), *_rows(conversion), *_numbers(conversion), *_dates(conversion, columns),
        *_unreadable(conversion, columns), *_infinite(conversion), *_text_and_encoding(conversion),
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda notice: ("stop", "warning", "note").index(notice.severity)))


def listed(names: Sequence[str]) -> str:
    """A few names, with an ellipsis for the rest."""
    return ", ".join(names[:_MOST_NAMES_SHOWN]) + (", …" if len(names) > _MOST_NAMES_SHOWN else "")


def _header(conversion: Conversion) -> Iterator[Notice]:
    names = conversion.names
    if not conversion.records.dialect.header:
        yield Notice(
            "NoHeader",
            text("The first row holds values like the others, so the columns were named column_1, column_2, …"),
            text("If it does name the columns, or you want better names, correct the first row and upload again."),
        )
    if names.mended:
        yield Notice(
            "NamesMended",
            ntext("One column had no name or one that was taken; it is now called {names}.",
                  "{count} columns had no name or one that was taken; they are now called {names}.",
                  len(names.mended), names=listed(names.mended)),
            text("Give each column a name of its own if these do not suit you."),
            columns=names.mended,
        )  # fmt: skip
    if names.row_names:
        yield Notice(
            "RowNames",
            text("The rows have one cell more than the header: the first one, as where R writes row names."),
            text("If instead the name of another column is missing, add it and upload again."),
        )
    preamble = conversion.records.dialect.preamble
    if preamble:
        yield Notice(
            "Preamble",
            ntext("One row above the header was left out.", "{count} rows above the header were left out.", preamble),
            severity="note",
            rows=tuple(range(1, preamble + 1)),
        )


def _rows(conversion: Conversion) -> Iterator[Notice]:
    padded, trimmed = conversion.tally.padded, conversion.tally.trimmed
    if padded.count:
        yield Notice(
            "ShortRows",
            ntext("One row has fewer cells than the header, row {rows}; the cells at its end count as missing.",
                  "{count} rows have fewer cells than the header, the first in row {rows}; the cells at their end "
                  "count as missing.", padded.count, rows=padded.first[0]),
            text("Look at these rows: a total below the table, or a line that was broken in two?"),
            rows=tuple(padded.first),
        )  # fmt: skip
    if trimmed.count:
        yield Notice(
            "LongRows",
            ntext("One row has empty cells beyond the last column, row {rows}; they were left out.",
                  "{count} rows have empty cells beyond the last column, the first in row {rows}; they were left out.",
                  trimmed.count, rows=trimmed.first[0]),
            severity="note",
            rows=tuple(trimmed.first),
        )  # fmt: skip


def _numbers(conversion: Conversion) -> Iterator[Notice]:
    plan = conversion.plan
    rewritten, ambiguous = [], []
    units: dict[str, list[str]] = defaultdict(list)
    for name, column in zip(plan.names, plan.columns, strict=True):
        if column.format and column.format.unit:
            units[column.format.unit].append(name)
        if column.format and (column.format.decimal, column.format.thousands) != (PLAIN.decimal, PLAIN.thousands):
            rewritten.append(name)
        if column.ambiguous:
            ambiguous.append((name, column))
    if rewritten:
        yield Notice(
            "NumbersRewritten",
            text("Numbers were rewritten with a decimal point and nothing between thousands: {names}.",
                 names=listed(rewritten)),
            severity="note", columns=tuple(rewritten),
        )  # fmt: skip
    for unit, names in units.items():
        yield Notice(
            "UnitRemoved",
            text("The sign {unit} was removed from the numbers of {names}.", unit=unit, names=listed(names)),
            severity="note", columns=tuple(names),
        )  # fmt: skip
    if ambiguous:
        name, column = ambiguous[0]
        example = column.ambiguous
        read = to_plain(pa.array([example]), column.format or PLAIN)[0].as_py()
        yield Notice(
            "AmbiguousNumbers",
            text("“{example}” in the column {name} was read as {read}, but it could mean another number.",
                 example=example, name=name, read=read),
            text("If that is wrong, write the numbers without marks between thousands and upload again."),
            columns=tuple(name for name, _ in ambiguous),
        )  # fmt: skip


def _dates(conversion: Conversion, columns: Sequence[Column]) -> Iterator[Notice]:
    ambiguous = []
    for column, tally in zip(columns, conversion.tally.columns, strict=True):
        other = dates.other_reading(column.date_format) if column.date_format else None
        if other and column.date_format and tally.dates.get(other, (0,))[0] == tally.dates[column.date_format][0]:
            ambiguous.append(column.name)
    if ambiguous:
        yield Notice(
            "AmbiguousDates",
            text("Nothing tells day from month in the dates of {names}; the day was taken to come first.",
                 names=listed(ambiguous)),
            text("If the month comes first, write the dates as 2024-12-31 and upload again."),
            columns=tuple(ambiguous),
        )  # fmt: skip


def _unreadable(conversion: Conversion, columns: Sequence[Column]) -> Iterator[Notice]:
    tallies = conversion.tally.columns
    odd = [(column, tally) for column, tally in zip(columns, tallies, strict=True) if tally.unreadable]
    if odd:
        column, tally = odd[0]
        yield Notice(
            "MixedTypes",
            ntext("One cell among numbers is no number and counts as missing: “{example}” in row {row} of {name}.",
                  "{count} cells among numbers are no numbers and count as missing, like “{example}” in row {row} of "
                  "{name}.", sum(one.unreadable for _, one in odd),
                  example=tally.unreadable_text, row=tally.unreadable_row, name=column.name),
            _LOOK_AT_CELLS,
            columns=tuple(one.name for one, _ in odd), rows=tuple(one.unreadable_row for _, one in odd[:5]),
        )  # fmt: skip
    not_dates = [column for column in columns if column.type == "date" and column.unreadable]
    if not_dates:
        yield Notice(
            "NotDates",
            ntext("One cell among dates is no date and counts as missing, in {names}.",
                  "{count} cells among dates are no dates and count as missing, in {names}.",
                  sum(column.unreadable for column in not_dates), names=listed([one.name for one in not_dates])),
            _LOOK_AT_CELLS,
            columns=tuple(column.name for column in not_dates),
        )  # fmt: skip
    partly = [
        column.name
        for column, tally in zip(columns, tallies, strict=True)
        if column.type in {"category", "text", "identifier"} and _is_partly_numbers(tally)
    ]
    if partly:
        yield Notice(
            "MixedTypes",
            text("Most cells of these columns are numbers, but others are not, or have another unit or format, so all "
                 "count as text: {names}.", names=listed(partly)),
            text("If they should be numbers, write them alike, empty the other cells, and upload again."),
            columns=tuple(partly),
        )  # fmt: skip


def _is_partly_numbers(tally: ColumnTally) -> bool:
    cells = tally.samples[0][:_CELLS_LOOKED_AT]
    if isinstance(cells, np.ndarray):
        return False
    texts = [text for text in cells.to_pylist() if text and not is_missing(text)]
    if any(is_code(text) for text in texts):
        return False
    return bool(texts) and sum(map(is_finite_number, texts)) >= _MOSTLY * len(texts)


def _infinite(conversion: Conversion) -> Iterator[Notice]:
    odd = [
        (name, tally)
        for name, tally in zip(conversion.plan.names, conversion.tally.columns, strict=True)
        if tally.infinite
    ]
    if odd:
        name, tally = odd[0]
        yield Notice(
            "Infinities",
            ntext("One number is infinite or too large, in row {row} of {name}; it counts as missing.",
                  "{count} numbers are infinite or too large, the first in row {row} of {name}; they count as missing.",
                  sum(one.infinite for _, one in odd), row=tally.infinite_row, name=name),
            text("They often come from a division by zero: correct the formula, or empty the cells."),
            columns=tuple(name for name, _ in odd), rows=tuple(one.infinite_row for _, one in odd[:5]),
        )  # fmt: skip


def _text_and_encoding(conversion: Conversion) -> Iterator[Notice]:
    records, tally = conversion.records, conversion.tally
    if tally.mended_encoding_row:
        yield Notice(
            "MixedEncoding",
            text("The text is UTF-8, but from row {row} on some letters are not; they were read as Windows-1252.",
                 row=tally.mended_encoding_row),
            text("Look at the letters with accents in that row. Files of different encodings may have been joined."),
            rows=(tally.mended_encoding_row,),
        )  # fmt: skip
    if records.encoding != "utf-8":
        yield Notice(
            "Encoding",
            text(
                "The text is in the encoding {encoding}; it was converted to UTF-8.", encoding=shown(records.encoding)
            ),
            text("If letters with accents look wrong, save the file as CSV UTF-8 and upload that."),
            severity="note",
        )
    if records.dialect.delimiter in _SEPARATORS:
        yield Notice("Separator", _SEPARATORS[records.dialect.delimiter], severity="note")
