"""The first step of every pipeline: learns an Encoding from a table and turns tables into the matrix models read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from encoding import Category, Date, Encoding, Numeric
from sklearn.base import BaseEstimator, TransformerMixin

_MOST_RANKED = 254


class TableEncoder(TransformerMixin, BaseEstimator):
    """columns: (name, type, date format or None) as the pipeline was given them.

    fill: put the median where a value is missing and flag it; else leave NaN to the model. one_hot: a category with at
    most so many names becomes one 0/1 number each; others are ranked, or with `rank` False keep their most frequent
    names. most_one_hot bounds the 0/1 numbers of all categories together, smaller ones first. dtype: the matrix's.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, str, str | None]] = (),
        fill: bool = True,
        one_hot: int = 12,
        rank: bool = True,
        most_one_hot: int = 100,
        dtype: str = "float64",
    ) -> None:
        self.columns = columns
        self.fill = fill
        self.one_hot = one_hot
        self.rank = rank
        self.most_one_hot = most_one_hot
        self.dtype = dtype

    def fit(self, frame: pd.DataFrame, y: object = None) -> TableEncoder:
        known = {name: _by_frequency(frame[name]) for name, kind, _ in self.columns if kind == "category"}
        ranked = self._too_many(known)
        self.encoding_ = Encoding(
            [
                self._learn(name, kind, date_format, frame[name], known, ranked)
                for name, kind, date_format in self.columns
            ]
        )
        return self

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        encoding = self.encoding_
        numbers = frame[[column.name for column in encoding.numeric]].to_numpy(dtype="float64")
        others = [
            _codes(encoding, column.name, frame[column.name])
            if isinstance(column, Category)
            else frame[column.name].to_numpy(dtype="float64")
            for column in encoding.others
        ]
        return encoding.encode(numbers, others).astype(self.dtype, copy=False)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(self.encoding_.sources, dtype=object)

    def _too_many(self, known: dict[str, list[str | None]]) -> set[str]:
        """The categories that do not become 0/1 numbers."""
        left, ranked = self.most_one_hot, set()
        for name, names in sorted(known.items(), key=lambda item: (len(item[1]), item[0])):
            size = len(names) if self.rank else min(len(names), self.one_hot)
            if self.rank and (size > self.one_hot or size > left):
                ranked.add(name)
            else:
                left -= size
        return ranked

    def _learn(
        self,
        name: str,
        kind: str,
        date_format: str | None,
        values: pd.Series,
        known: dict[str, list[str | None]],
        ranked: set[str],
    ) -> Numeric | Category | Date:
        if kind == "category":
            most = _MOST_RANKED if name in ranked else self.one_hot
            return Category(name, tuple(known[name][:most]), name not in ranked)
        some_missing = bool(values.isna().any())
        middle = float(values.median()) if self.fill and values.notna().any() else 0.0
        fill = middle if self.fill else float("nan")
        flag = self.fill and some_missing
        if kind == "numeric":
            return Numeric(name, fill, flag)
        return Date(name, str(date_format), fill, flag, bool((values.dropna() % 1 != 0).any()))


def _by_frequency(values: pd.Series) -> list[str | None]:
    """The names that occur, the most frequent first, equals by name; None for missing values where there are some."""
    counts = values.value_counts(dropna=True)
    found: list[tuple[int, str, str | None]] = [(-int(n), str(name), str(name)) for name, n in counts.items() if n]
    missing = int(values.isna().sum())
    if missing:
        found.append((-missing, "", None))
    return [name for _, _, name in sorted(found, key=lambda entry: entry[:2])]


def _codes(encoding: Encoding, column: str, values: pd.Series) -> np.ndarray:
    """The codes of a pandas categorical: each distinct name is looked up once."""
    names = [str(name) for name in values.cat.categories]
    return encoding.codes(column, [*names, None])[values.cat.codes]
