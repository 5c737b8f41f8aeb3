"""How a CSV file separates its cells and whether its first row names the columns: found from its beginning."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from services.sagemaker.datasets.dates import looks_like_a_date
from services.sagemaker.datasets.numbers import is_finite_number, is_missing

DELIMITERS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 100
_MOST_PREAMBLE_ROWS = 20
_MOST_CELLS_LOOKED_AT = 4_000
_FEWEST_LONGER_ROWS = 2
_LONGEST_CELL = 64 * 1024**2
_EXCEL_HINT = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")

# The csv module's own limit of 128 KB a cell is one setting for the whole process; memory is bounded by record.
csv.field_size_limit(_LONGEST_CELL)


@dataclass(frozen=True)
class Dialect:
    """`escape` is a backslash where quotation marks within cells are written \\" instead of "".

    spaces: cells may be quoted after a space. header: the first row names the columns. preamble: rows before it.
    """

    delimiter: str = ","
    escape: str | None = None
    spaces: bool = False
    header: bool = True
    preamble: int = 0

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The rows of lines with their ends; a blank line gives []."""
        return csv.reader(lines, delimiter=self.delimiter, escapechar=self.escape, skipinitialspace=self.spaces)


@dataclass(frozen=True)
class _Layout:
    """`score` says how well a dialect fits: 0 for one column, near 1 for rows of one width with clean cells."""

    score: float
    dialect: Dialect
    width: int
    rows: list[list[str]]


def detect(head: str, *, whole: bool) -> tuple[Dialect, int]:
    """The dialect of a file from its first characters, and the width of its rows. `whole`: that is all there is."""
    hinted = _EXCEL_HINT.fullmatch(head.split("\n", 1)[0].strip())
    delimiters = (hinted[1],) if hinted else DELIMITERS
    escapes = (None, "\\") if '\\"' in head else (None,)
    layouts = [
        _layout(Dialect(one, escape, _quotes_after_spaces(head, one)), head, whole=whole, skipped=1 if hinted else 0)
        for one in delimiters
        for escape in escapes
        if one in head
    ]
    best = max(layouts, key=lambda layout: layout.score, default=None)
    if best is None or best.width < 2:
        best = _layout(Dialect(), head, whole=whole, skipped=0)
    table = best.rows[best.dialect.preamble - (1 if hinted else 0) :]
    found = replace(best.dialect, header=has_header(table))
    return found, _width(table, best.width) if found.header else best.width


def _width(table: Sequence[Sequence[str]], usual: int) -> int:
    """One row that is longer than the header is an error in that row; only several say that the header is short."""
    header, *rows = [row for row in table if row] or [[]]
    longer = sum(len(row) == usual for row in rows)
    return len(header) if len(header) < usual and longer < _FEWEST_LONGER_ROWS else usual


def _layout(dialect: Dialect, head: str, *, whole: bool, skipped: int) -> _Layout:
    rows = list(islice(dialect.rows(io.StringIO(head, newline="")), skipped, _ROWS_LOOKED_AT + 1))
    if (not whole and len(rows) > 1) or len(rows) > _ROWS_LOOKED_AT:
        rows.pop()  # it may be cut
    filled = [row for row in rows if row]
    if not filled:
        return _Layout(0.0, dialect, 0, [])
    width = _usual_width(filled)
    preamble = _preamble(rows, width)
    filled = [row for row in rows[preamble:] if row]
    consistent = sum(len(row) == width for row in filled) / len(filled)
    score = consistent * _clean_share(filled, dialect.delimiter) if width > 1 else 0.0
    return _Layout(score, replace(dialect, preamble=preamble + skipped), width, rows)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width))


def _preamble(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many rows stand before the table: titles and blank lines, with one filled cell at most."""
    for index, row in enumerate(rows[: _MOST_PREAMBLE_ROWS + 1]):
        filled = sum(bool(cell.strip()) for cell in row)
        # "Sales 2024;;;" is a title; "name;" may be a header of two columns.
        if width < 2 or filled > 1 or (len(row) >= width and width == 2):
            return index
    return 0


def _clean_share(rows: Sequence[Sequence[str]], delimiter: str) -> float:
    """The share of cells that do not hold another separator, other than in a number or as a comma before a space."""
    cells = [cell for row in rows for cell in row][:_MOST_CELLS_LOOKED_AT]
    another = re.compile(
        "|".join("," + "(?! )" if one == "," else re.escape(one) for one in DELIMITERS if one != delimiter)
    )
    unclean = [cell for cell in filter(another.search, cells) if not is_finite_number(cell)]
    return 1 - len(unclean) / len(cells)


def _quotes_after_spaces(head: str, delimiter: str) -> bool:
    return delimiter != "\t" and re.search(rf'{re.escape(delimiter)} +"', head) is not None


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: its cells differ in kind from those below.

    As csv.Sniffer does, each column votes: for, when a text stands above numbers or dates; against, when the first
    cell is a number or date as those below are, or a value that is repeated below. A tie is a header.
    """
    filled = [row for row in rows if row]
    if not filled:
        return True
    first, rest = filled[0], filled[1:]
    if _years(first, rest) or _numbered(first):
        return True
    if not rest:
        return not any(_is_value(cell) for cell in first)
    votes = 0
    for index, name in enumerate(first):
        below = [row[index] for row in rest if index < len(row) and not is_missing(row[index])]
        votes += _vote(name, below)
    return votes >= 0


def _vote(name: str, below: Sequence[str]) -> int:
    if not below or not name.strip():
        return 0
    kind_below = all(_is_value(cell) for cell in below)
    if _is_value(name):
        return -1 if kind_below else 0
    if kind_below:
        return 1
    return -1 if below.count(name) > 1 else 0


def _years(names: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Years in a row that the rows below do not have name columns: country, 2019, 2020."""
    places = [index for index, name in enumerate(names) if _YEAR.fullmatch(name.strip())]
    years = [names[index] for index in places]
    if len(years) < 2 or len(years) == len(names) or years != sorted(set(years)):
        return False
    return not any(_YEAR.fullmatch(row[index].strip()) for row in rest for index in places if index < len(row))


def _numbered(names: Sequence[str]) -> bool:
    """Columns that a program numbered from 0, with or without a nameless index before them."""
    numbers = names[1:] if names[0].strip() == "" else names
    return len(numbers) > 1 and list(numbers) == [str(number) for number in range(len(numbers))]


def _is_value(cell: str) -> bool:
    return is_finite_number(cell) or looks_like_a_date(cell)
