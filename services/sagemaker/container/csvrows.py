"""CSV bodies, with a header in any order or without one. Lean for one row; large bodies go to pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from cells import category, days, number
from encoding import Date, Encoding, Numeric
from refusal import Refusal
from rows import Column, encode_rows, listed, no_rows, wrong_width

_LARGE_CHARACTERS = 50_000


def read_csv(text: str, encoding: Encoding) -> np.ndarray:
    """The matrix the model reads. Raises Refusal."""
    text = text.removeprefix("\ufeff").rstrip("\r\n")
    if not text.strip():
        raise no_rows()
    if len(text) > _LARGE_CHARACTERS and '"' not in text:
        matrix = _read_large(text, encoding)
        if matrix is not None:
            return matrix
    rows = _ordered(_split(text), encoding)
    if not encoding.others:
        try:
            return encoding.encode(np.array([list(map(float, row)) for row in rows]), ())
        except ValueError:  # a missing value, or text that is not a number: read cell by cell
            pass
    return encode_rows(rows, encoding, _reader_of)


def _read_large(text: str, encoding: Encoding) -> np.ndarray | None:
    """The same by pandas; None where a cell is not what its column needs, so that the lean way can name it."""
    from largecsv import read_large_csv

    first = text.partition("\n")[0].rstrip("\r").split(",")
    return read_large_csv(text, len(first), _places_in_header(first, encoding), encoding)


def _split(text: str) -> list[list[str]]:
    if '"' in text:
        return list(csv.reader(io.StringIO(text, newline="")))
    return [line.rstrip("\r").split(",") for line in text.split("\n")]


def _ordered(rows: list[list[str]], encoding: Encoding) -> list[list[str]]:
    """Rows without header, their cells in the order of the model's columns."""
    places = _places_in_header(rows[0], encoding)
    if places is None:
        width = len(encoding.columns)
        for index, row in enumerate(rows):
            if len(row) != width:
                raise wrong_width(index, len(row), encoding)
        return rows
    width, rows = len(rows[0]), rows[1:]
    if not rows:
        raise no_rows()
    for index, row in enumerate(rows):
        if len(row) != width:
            raise Refusal(f"Row {index + 1} has {len(row)} values, but the header has {width}.")
    return [[row[place] for place in places] for row in rows]


def _places_in_header(first: list[str], encoding: Encoding) -> list[int] | None:
    """Where each column of the model stands when the first row is a header, which may name others too; else None."""
    place = {cell.strip(): index for index, cell in enumerate(first)}
    names = [column.name for column in encoding.columns]
    known = sum(name in place for name in names)
    if known == 0 or known * 2 < min(len(first), len(names)):
        return None
    missing = [name for name in names if name not in place]
    if missing:
        raise Refusal(f"The header lacks {listed(missing)}. Add the column, left empty where a value is unknown.")
    return [place[name] for name in names]


def _reader_of(column: Column) -> Callable[[str], Any]:
    if isinstance(column, Numeric):
        return number
    if isinstance(column, Date):
        return lambda text: days(text, column.format)
    return category
