"""Columns of a canonical CSV as a model's features: what it could not read becomes missing, and is counted and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from services.sagemaker import alignment
from services.sagemaker.datasets.numbers import MISSING
from services.sagemaker.report import Feature
from services.text import Text, ntext

_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_INFINITE = r"(?i)^[+-]?inf(?:inity)?$"
_MOST_UNKNOWN_KEPT = 1_000
_MISSING = pa.array(sorted(MISSING))


class FeatureColumns:
    """Takes the features' columns out of one record batch after the other, and remembers what was odd in them."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = features
        self._unreadable: Counter[str] = Counter()
        self._unknown: dict[str, dict[str, None]] = {}

    def take(self, batch: pa.RecordBatch) -> list[pa.StringArray]:
        """The columns in the model's order, null where a value is missing."""
        return [self._column(feature, batch.column(feature.name)) for feature in self._features]

    def notes(self) -> tuple[Text, ...]:
        """What the reader should know of the cells so far."""
        unreadable = [_about_unreadable(feature, self._unreadable[feature.name]) for feature in self._features
                      if self._unreadable[feature.name]]  # fmt: skip
        unknown = [alignment.about_unknown(name, list(values)) for name, values in self._unknown.items()]
        return (*unreadable, *unknown)

    def _column(self, feature: Feature, cells: pa.StringArray) -> pa.StringArray:
        trimmed = pc.utf8_trim_whitespace(cells)
        present = pc.if_else(pc.is_in(trimmed, _MISSING), None, trimmed)
        if feature.type == "numeric":
            return self._without_unreadable(feature, present, _numbers(present))
        if feature.type == "date":
            return self._without_unreadable(feature, present, _dates(present, feature.date_format or ""))
        if alignment.knows_all_categories(feature):
            self._look_for_unknown(feature, present)
        return present

    def _without_unreadable(
        self, feature: Feature, cells: pa.StringArray, readable: pa.BooleanArray | None
    ) -> pa.StringArray:
        if readable is None:
            return cells
        kept = pc.if_else(readable, cells, None)
        self._unreadable[feature.name] += kept.null_count - cells.null_count
        return kept

    def _look_for_unknown(self, feature: Feature, cells: pa.StringArray) -> None:
        there = cells.drop_null().unique()
        unknown = there.filter(pc.invert(pc.is_in(there, pa.array(feature.categories, pa.string())))).to_pylist()
        if unknown:
            found = self._unknown.setdefault(feature.name, {})
            found |= dict.fromkeys(unknown[: _MOST_UNKNOWN_KEPT - len(found)])


def _numbers(cells: pa.StringArray) -> pa.BooleanArray | None:
    """Which cells are numbers, None when all are. Infinite ones the model takes as missing itself."""
    try:
        pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        return pc.or_(pc.match_substring_regex(cells, _NUMBER), pc.match_substring_regex(cells, _INFINITE))
    return None


def _dates(cells: pa.StringArray, date_format: str) -> pa.BooleanArray | None:
    """Which cells are dates in the format of the training data or ISO 8601, None when all are."""
    coded = cells.dictionary_encode()
    readable = pa.array([_is_date(one, date_format) for one in coded.dictionary.to_pylist()], pa.bool_())
    return None if pc.all(readable).as_py() is not False else readable.take(coded.indices)


def _is_date(cell: str, date_format: str) -> bool:
    try:
        datetime.strptime(cell, date_format)
    except ValueError:
        try:
            datetime.fromisoformat(cell)
        except ValueError:
            return False
    return True


def _about_unreadable(feature: Feature, count: int) -> Text:
    if feature.type == "date":
        return ntext(
            "{count} cell of “{column}” is not a date and counts as missing.",
            "{count} cells of “{column}” are not dates and count as missing.",
            count,
            column=feature.name,
        )
    return ntext(
        "{count} cell of “{column}” is not a number and counts as missing.",
        "{count} cells of “{column}” are not numbers and count as missing.",
        count,
        column=feature.name,
    )
