"""The body of a request as encoded rows: CSV, JSON and JSON Lines. Lean for one row, pandas only for large CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from cells import LARGEST_NUMBER, category, days, iso_date, number
from encoding import Category, Date, Encoding, Numeric
from refusal import Refusal

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
KINDS = {
    CSV: CSV,
    "application/csv": CSV,
    JSON: JSON,
    JSON_LINES: JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-jsonlines": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
}

_LARGE_CHARACTERS = 50_000
_MOST_COLUMNS_NAMED = 12
_EXAMPLE_DAY = 19_723.0

Column = Numeric | Category | Date


def kind_of(content_type: str | None) -> str:
    """The kind of a Content-Type header, whatever its parameters. Raises Refusal 415."""
    kind = KINDS.get((content_type or JSON).split(";")[0].strip().lower())
    if kind is None:
        raise Refusal(f"The content type {content_type} is not understood. Send {CSV}, {JSON} or {JSON_LINES}.", 415)
    return kind


def encoded_rows(text: str, kind: str, encoding: Encoding) -> np.ndarray:
    """The matrix the model reads. Raises Refusal, which names row and column."""
    if kind == CSV:
        return _from_csv(text, encoding)
    return _from_objects(_instances(text) if kind == JSON else _lines(text), encoding)


def _from_csv(text: str, encoding: Encoding) -> np.ndarray:
    text = text.removeprefix("\ufeff").rstrip("\r\n")
    if not text.strip():
        raise _no_rows()
    if len(text) > _LARGE_CHARACTERS and '"' not in text:
        matrix = _from_large_csv(text, encoding)
        if matrix is not None:
            return matrix
    rows = _cells(text)
    places = _places_in_header(rows[0], encoding)
    width = len(encoding.columns)
    if places is not None:
        width = len(rows[0])
        rows = rows[1:]
        if not rows:
            raise _no_rows()
    for index, row in enumerate(rows):
        if len(row) != width:
            raise _wrong_width(index, row, width, None if places else encoding)
    if places is not None:
        rows = [[row[place] for place in places] for row in rows]
    if not encoding.others:
        try:
            return encoding.encode(np.array([list(map(float, row)) for row in rows]), ())
        except ValueError:
            pass  # A missing value or other text: read cell by cell below.
    return _encode(list(zip(*rows)), encoding, _text_readers)


def _cells(text: str) -> list[list[str]]:
    if '"' in text:
        return list(csv.reader(io.StringIO(text, newline="")))
    return [line.rstrip("\r").split(",") for line in text.split("\n")]


def _places_in_header(first: list[str], encoding: Encoding) -> list[int] | None:
    """Where each column of the model stands, when the first row is a header; else None."""
    place = {cell.strip(): index for index, cell in enumerate(first)}
    names = [column.name for column in encoding.columns]
    known = sum(name in place for name in names)
    if known == 0 or known * 2 < min(len(first), len(names)):
        return None
    missing = [name for name in names if name not in place]
    if missing:
        raise Refusal(f"The header lacks {_listed(missing)}. Add the column, left empty where a value is unknown.")
    return [place[name] for name in names]


def _from_large_csv(text: str, encoding: Encoding) -> np.ndarray | None:
    """The same by pandas; None where a cell is not what its column needs, so that the exact way can name it."""
    from largecsv import read_large_csv

    first = text.partition("\n")[0].rstrip("\r").split(",")
    return read_large_csv(text, len(first), _places_in_header(first, encoding), encoding)


def _encode(columns: Sequence[Sequence[Any]], encoding: Encoding, readers: Any) -> np.ndarray:
    """columns: for each column of the encoding its values."""
    numbers, others = [], []
    for column, values in zip(encoding.columns, columns):
        if isinstance(column, Numeric):
            numbers.append(_read(column, values, readers))
        elif isinstance(column, Date):
            others.append(np.array(_read(column, values, readers)))
        else:
            others.append(encoding.codes(column.name, _read(column, values, readers)))
    matrix = np.array(numbers).T if numbers else np.empty((len(columns[0]), 0))
    return encoding.encode(matrix, others)


def _read(column: Column, values: Sequence[Any], readers: Any) -> list[Any]:
    reader = readers(column)
    try:
        return [reader(value) for value in values]
    except (ValueError, TypeError, OverflowError):
        pass
    for index, value in enumerate(values):
        try:
            reader(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise _unreadable(index, column, value) from error
    raise AssertionError("a value was refused once and accepted the second time")


def _text_readers(column: Column) -> Any:
    if isinstance(column, Numeric):
        return number
    if isinstance(column, Date):
        return lambda text: days(text, column.format)
    return category


def _json_readers(column: Column) -> Any:
    if isinstance(column, Numeric):
        return _json_number
    if isinstance(column, Date):
        return lambda value: math.nan if value is None else days(value, column.format)
    return lambda value: _json_category(value, column)


def _json_number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        return number(value)
    if isinstance(value, int | float):
        return float(value) if abs(value) <= LARGEST_NUMBER else math.nan
    raise TypeError(value)


def _json_category(value: Any, column: Category) -> str | None:
    """A category may be sent as the number or the truth value it looks like."""
    if value is None:
        return None
    if isinstance(value, str):
        return category(value)
    if isinstance(value, bool):
        return next(
            (name for name in (str(value), str(value).lower(), str(value).upper()) if name in column.known), str(value)
        )
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else repr(value)
    raise TypeError(value)


def _instances(text: str) -> list[Any]:
    content = _parse(text, "The body")
    if isinstance(content, dict):
        content = content["instances"] if "instances" in content else [content]
    if not isinstance(content, list):
        raise Refusal('Send {"instances": [row, …]} where a row is an object or a list of values.')
    if content and not isinstance(content[0], dict | list):
        content = [content]
    return content


def _lines(text: str) -> list[Any]:
    return [_parse(line, f"Line {number}") for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _parse(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{what} is not JSON: {error}.") from error


def _from_objects(rows: list[Any], encoding: Encoding) -> np.ndarray:
    if not rows:
        raise _no_rows()
    names = [column.name for column in encoding.columns]
    ordered = [_ordered(index, row, names, encoding) for index, row in enumerate(rows)]
    return _encode(list(zip(*ordered)), encoding, _json_readers)


def _ordered(index: int, row: Any, names: list[str], encoding: Encoding) -> list[Any]:
    if isinstance(row, dict):
        try:
            return [row[name] for name in names]
        except KeyError:
            missing = [name for name in names if name not in row]
            raise Refusal(f"Row {index + 1} lacks {_listed(missing)}. Send null where a value is unknown.") from None
    if not isinstance(row, list):
        raise Refusal(f"Row {index + 1} is neither an object of columns nor a list of values.")
    if len(row) != len(names):
        raise _wrong_width(index, row, len(names), encoding)
    return row


def _no_rows() -> Refusal:
    return Refusal("The request holds no row. Send at least one.")


def _wrong_width(index: int, row: list[Any], width: int, encoding: Encoding | None) -> Refusal:
    """encoding: None when the width is that of the request's own header."""
    if encoding is None:
        return Refusal(f"Row {index + 1} has {len(row)} values, but the header has {width}.")
    names = [column.name for column in encoding.columns]
    return Refusal(f"Row {index + 1} has {len(row)} values; the model needs {width}: {_listed(names)}.")


def _unreadable(index: int, column: Column, value: Any) -> Refusal:
    where = f'Row {index + 1}, column "{column.name}": '
    shown = repr(value) if isinstance(value, str) else json.dumps(value)
    shown = shown if len(shown) <= 80 else shown[:80] + "…"
    if isinstance(column, Numeric):
        return Refusal(f"{where}{shown} is not a number. Send a number, or leave it empty when it is unknown.")
    if isinstance(column, Date):
        return Refusal(f"{where}{shown} is not a date like {iso_date(_EXAMPLE_DAY)} or of the form {column.format}.")
    return Refusal(f"{where}{shown} is not a category. Send text.")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:_MOST_COLUMNS_NAMED])
    more = len(names) - _MOST_COLUMNS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
