"""JSON and JSON Lines bodies: rows as objects of columns, or as lists in the model's order."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from cells import LARGEST_NUMBER, category, days, number
from encoding import Category, Date, Encoding, Numeric
from refusal import Refusal
from rows import Column, encode_rows, listed, no_rows, wrong_width


def read_json(text: str, encoding: Encoding) -> np.ndarray:
    """{"instances": [row, …]}, a list of rows, or one row. Raises Refusal."""
    content = _parse(text, "The body")
    if isinstance(content, dict):
        content = content.get("instances", [content])
    if not isinstance(content, list):
        raise Refusal('Send {"instances": [row, …]} where a row is an object of columns or a list of values.')
    if content and not isinstance(content[0], dict | list):
        content = [content]
    return _read(content, encoding)


def read_json_lines(text: str, encoding: Encoding) -> np.ndarray:
    """A row a line. Raises Refusal."""
    lines = enumerate(text.split("\n"), 1)
    return _read([_parse(line, f"Line {place}") for place, line in lines if line.strip()], encoding)


def _parse(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{what} is not JSON: {error}.") from error


def _read(rows: list[Any], encoding: Encoding) -> np.ndarray:
    if not rows:
        raise no_rows()
    names = [column.name for column in encoding.columns]
    return encode_rows([_ordered(place, row, names, encoding) for place, row in enumerate(rows)], encoding, _reader_of)


def _ordered(index: int, row: Any, names: list[str], encoding: Encoding) -> list[Any]:
    if isinstance(row, dict):
        missing = [name for name in names if name not in row]
        if missing:
            raise Refusal(f"Row {index + 1} lacks {listed(missing)}. Send null where a value is unknown.")
        return [row[name] for name in names]
    if not isinstance(row, list):
        raise Refusal(f"Row {index + 1} is neither an object of columns nor a list of values.")
    if len(row) != len(names):
        raise wrong_width(index, len(row), encoding)
    return row


def _reader_of(column: Column) -> Callable[[Any], Any]:
    if isinstance(column, Numeric):
        return _number
    if isinstance(column, Date):
        return lambda value: _days(value, column.format)
    return lambda value: _category(value, column)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        return number(value)
    if isinstance(value, int | float):
        return float(value) if abs(value) <= LARGEST_NUMBER else math.nan
    raise TypeError(value)


def _days(value: Any, date_format: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        return days(value, date_format)
    raise TypeError(value)


def _category(value: Any, column: Category) -> str | None:
    """A category may be sent as the number or the truth value that its name looks like."""
    if value is None:
        return None
    if isinstance(value, str):
        return category(value)
    if isinstance(value, bool):
        spellings = (str(value), str(value).lower(), str(value).upper(), str(int(value)))
        return next((name for name in spellings if name in column.known), str(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    raise TypeError(value)
