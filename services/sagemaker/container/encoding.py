"""A row of cells as the float64 numbers a model reads. Learnt in training, kept as JSON, needs numpy only.

Numbers keep their place, the missing ones filled with the median or left as NaN, and flagged where training saw some
missing. A category is one 0/1 number for each known name, or its rank by frequency when there are many. A date is days
since 1970, month, day, weekday and, if training saw times, the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from cells import LARGEST_NUMBER

MISSING_RANK = -1.0


@dataclass(frozen=True)
class Numeric:
    name: str
    fill: float
    """What a missing value becomes; NaN where the model handles missing values itself."""
    flag: bool
    """Whether a 0/1 number says that the value was missing."""


@dataclass(frozen=True)
class Category:
    name: str
    known: tuple[str | None, ...]
    """The names by falling frequency; None stands for a missing value that training saw."""
    one_hot: bool


@dataclass(frozen=True)
class Date:
    name: str
    format: str
    fill: float
    flag: bool
    hour: bool


class Encoding:
    """The encoding of a whole row. `columns` are in the order of a row without a header."""

    def __init__(self, columns: Sequence[Numeric | Category | Date]) -> None:
        self.columns = tuple(columns)
        self.numeric = [column for column in columns if isinstance(column, Numeric)]
        self.others = [column for column in columns if not isinstance(column, Numeric)]
        self._fill = np.array([column.fill for column in self.numeric])
        self._flagged = [place for place, column in enumerate(self.numeric) if column.flag]
        self._codes = {
            column.name: {name: code for code, name in enumerate(column.known)}
            for column in columns
            if isinstance(column, Category)
        }
        self.sources = self._name_sources()
        self.width = len(self.sources)

    def _name_sources(self) -> list[str]:
        """The column each encoded number comes from."""
        names = [column.name for column in self.numeric]
        names += [self.numeric[place].name for place in self._flagged]
        for column in self.others:
            names += [column.name] * _width(column)
        return names

    def codes(self, column: str, names: Sequence[str | None]) -> np.ndarray:
        """The place of each name in the category's `known`, -1 for an unknown one."""
        known = self._codes[column]
        return np.array([known.get(name, -1) for name in names])

    def encode(self, numbers: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
        """The matrix a model reads, one line a row.

        numbers: float64, a column for each of `numeric`, NaN where missing. others: for each of `others` the codes of a
        category or the days of a date.
        """
        bad = ~((numbers <= LARGEST_NUMBER) & (numbers >= -LARGEST_NUMBER))
        if bad.any():
            rows, places = np.nonzero(bad)
            numbers = numbers.copy()
            numbers[rows, places] = self._fill[places]
        if self.width == numbers.shape[1]:
            return numbers
        encoded = np.empty((len(numbers), self.width))
        start = numbers.shape[1]
        encoded[:, :start] = numbers
        if self._flagged:
            encoded[:, start : start + len(self._flagged)] = bad[:, self._flagged]
            start += len(self._flagged)
        for column, values in zip(self.others, others, strict=True):
            end = start + _width(column)
            if isinstance(column, Category):
                _put_category(encoded[:, start:end], column, values)
            else:
                _put_date(encoded[:, start:end], column, values)
            start = end
        return encoded

    def as_json(self) -> list[dict[str, Any]]:
        """JSON has no NaN: a fill that is one becomes null."""
        return [{"kind": type(column).__name__, **_without_nan(asdict(column))} for column in self.columns]

    @classmethod
    def from_json(cls, columns: list[dict[str, Any]]) -> Encoding:
        kinds = {"Numeric": Numeric, "Category": Category, "Date": Date}
        return cls([kinds[column["kind"]](**_with_nan(column)) for column in columns])


def _width(column: Category | Date) -> int:
    if isinstance(column, Category):
        return len(column.known) if column.one_hot else 1
    return 4 + column.hour + column.flag


def _put_category(into: np.ndarray, column: Category, codes: np.ndarray) -> None:
    if not column.one_hot:
        into[:, 0] = np.where(codes < 0, MISSING_RANK, codes)
        return
    into[:] = 0
    rows = np.flatnonzero(codes >= 0)
    into[rows, codes[rows]] = 1


def _put_date(into: np.ndarray, column: Date, days: np.ndarray) -> None:
    missing = np.isnan(days)
    known = np.where(missing, 0 if np.isnan(column.fill) else column.fill, days)
    whole = np.floor(known).astype("int64")
    date = whole.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    into[:, 0] = known
    into[:, 1] = month.astype("int64") % 12 + 1
    into[:, 2] = (date - month).astype("int64") + 1
    into[:, 3] = (whole + 3) % 7
    if column.hour:
        into[:, 4] = np.floor((known - whole) * 24 + 1e-6)
    if np.isnan(column.fill):
        into[missing] = np.nan
    if column.flag:
        into[:, -1] = missing


def _without_nan(column: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in column.items()}


def _with_nan(column: dict[str, Any]) -> dict[str, Any]:
    column = {key: value for key, value in column.items() if key != "kind"}
    if "fill" in column and column["fill"] is None:
        column["fill"] = float("nan")
    if "known" in column:
        column["known"] = tuple(column["known"])
    return column
