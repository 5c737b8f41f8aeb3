"""Rows of a request, whatever its format, as the matrix a model reads; and what to say of those that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from cells import iso_date
from encoding import Category, Date, Encoding, Numeric
from refusal import Refusal

Column = Numeric | Category | Date

_MOST_COLUMNS_NAMED = 12
_MOST_CHARACTERS_SHOWN = 80
_EXAMPLE_DAY = 19_723.0
_REFUSED = (ValueError, TypeError, OverflowError)


def encode_rows(
    rows: Sequence[Sequence[Any]], encoding: Encoding, reader_of: Callable[[Column], Callable[[Any], Any]]
) -> np.ndarray:
    """rows: values in the order of the encoding's columns. reader_of: reads a column's values. Raises Refusal."""
    numbers, others = [], []
    for column, values in zip(encoding.columns, zip(*rows, strict=True), strict=True):
        read = _read(column, values, reader_of(column))
        if isinstance(column, Numeric):
            numbers.append(read)
        elif isinstance(column, Date):
            others.append(np.array(read, dtype="float64"))
        else:
            others.append(encoding.codes(column.name, read))
    matrix = np.array(numbers, dtype="float64").T if numbers else np.empty((len(rows), 0))
    return encoding.encode(matrix, others)


def _read(column: Column, values: Sequence[Any], reader: Callable[[Any], Any]) -> list[Any]:
    try:
        return [reader(value) for value in values]
    except _REFUSED:
        for index, value in enumerate(values):
            try:
                reader(value)
            except _REFUSED as error:
                raise _unreadable(index, column, value) from error
        raise


def _unreadable(index: int, column: Column, value: Any) -> Refusal:
    where = f'Row {index + 1}, column "{column.name}": '
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= _MOST_CHARACTERS_SHOWN else shown[:_MOST_CHARACTERS_SHOWN] + "…"
    if isinstance(column, Numeric):
        return Refusal(f"{where}{shown} is not a number. Send a number, or leave it empty when it is unknown.")
    if isinstance(column, Date):
        return Refusal(f"{where}{shown} is not a date like {iso_date(_EXAMPLE_DAY)} or of the form {column.format}.")
    return Refusal(f"{where}{shown} is not a category. Send text.")


def no_rows() -> Refusal:
    return Refusal("The request holds no row. Send at least one.")


def wrong_width(index: int, found: int, encoding: Encoding) -> Refusal:
    names = [column.name for column in encoding.columns]
    return Refusal(f"Row {index + 1} has {found} values; the model needs {len(names)}: {listed(names)}.")


def listed(names: Sequence[str]) -> str:
    """Column names for a message, the first dozen."""
    shown = ", ".join(f'"{name}"' for name in names[:_MOST_COLUMNS_NAMED])
    more = len(names) - _MOST_COLUMNS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
