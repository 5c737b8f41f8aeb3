"""What a CSV holds: the type and figures of each column, from one pass in bounded memory."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.sagemaker.datasets import dates, encoding as encodings, found
from services.sagemaker.datasets.canonical import Conversion, Write, convert
from services.sagemaker.datasets.cells import write_cells, write_row
from services.sagemaker.datasets.figures import DatePart, Floats
from services.sagemaker.datasets.model import Column, ColumnType, Dates, Histogram, Numbers, Profile
from services.sagemaker.datasets.numbers import LEAST_READABLE
from services.sagemaker.datasets.plan import ColumnPlan
from services.sagemaker.datasets.tally import ColumnTally

FEWEST_COLUMNS = 2
"""One to predict, and one to predict it from."""

_BINS = 30
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_TOP = 50
_MOST_RAREST = 10
_SMALL_CLASS = 5
_SAMPLE_SEED = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FEWEST_ROWS_OF_IDENTIFIER = 20
_LEAST_DISTINCT_OF_IDENTIFIER = 0.98
"""Of an estimated count, whose error this allows for."""
_LEAST_DISTINCT_OF_TEXT = 0.5
_WORDS_OF_TEXT = 5
_MOST_CATEGORIES = 1_000
_IDENTIFIER_NAME = re.compile(
    r"(^|[_\s])(id|uuid|guid|key|c[oó]digo|clave|folio|identificador)$|^id([_\s]|$)|[a-z]I[dD]$", re.IGNORECASE
)


@dataclass(frozen=True)
class Profiled:
    """A profile and its row sample."""

    profile: Profile
    _names: tuple[str, ...]
    _sample: list[Floats | pa.StringArray]

    def sample(self) -> bytes:
        """The row sample as canonical CSV."""
        return _sample_file(self._names, self._sample)


@contextmanager
def _nowhere() -> Iterator[Write]:
    yield lambda _: None


def profile(source: BinaryIO) -> Profile:
    """Profile any CSV without keeping it. Raises ServiceError for a file that is no dataset."""
    return profiled(convert(source, _nowhere, lambda _: None, FEWEST_COLUMNS)).profile


def profiled(conversion: Conversion) -> Profiled:
    """What a finished conversion has learnt of its file."""
    tally, plan = conversion.tally, conversion.plan
    sample = tally.sample(_SAMPLE_SEED)
    columns = tuple(
        _column(name, planned, figures, values, tally.rows)
        for name, planned, figures, values in zip(plan.names, plan.columns, tally.columns, sample, strict=True)
    )
    made = Profile(
        rows=tally.rows,
        bytes=tally.bytes,
        columns=columns,
        duplicates=tally.row_hashes.repeated(),
        duplicates_exact=tally.row_hashes.exact,
        sampled=len(sample[0]),
        first_rows=conversion.first_rows,
        notices=found.notices(conversion, columns),
        encoding=encodings.shown(conversion.records.encoding),
        delimiter=conversion.records.dialect.delimiter,
    )
    return Profiled(made, plan.names, sample)


def _column(name: str, plan: ColumnPlan, tally: ColumnTally, sample: Floats | pa.StringArray, rows: int) -> Column:
    column = Column(
        name=name,
        type="constant",
        missing=tally.missing,
        distinct=tally.distinct.distinct(),
        distinct_exact=tally.distinct.exact,
        unreadable=tally.unreadable,
        **_counted(tally),
    )
    if plan.format is not None:
        return _number_column(column, tally, sample, rows)
    return _text_column(column, tally, sample, rows)


def _number_column(column: Column, tally: ColumnTally, sample: Floats, rows: int) -> Column:
    figures = tally.numbers
    if figures is None or column.distinct == 0:
        return column
    present = sample[~np.isnan(sample)]
    if not len(present):
        # Values so rare that none came into the sample.
        present = np.array([figures.low, figures.high])
    numbers = Numbers(
        minimum=figures.low,
        maximum=figures.high,
        mean=figures.mean,
        deviation=math.sqrt(figures.squares / (figures.count - 1)) if figures.count > 1 else 0.0,
        whole=figures.whole,
        quantiles=dict(zip(map(str, _QUANTILES), np.quantile(present, _QUANTILES).tolist(), strict=True)),
        histogram=_histogram(present, figures.low, figures.high, whole=figures.whole),
    )
    if figures.increasing and figures.count == rows:
        column = replace(column, distinct=rows, distinct_exact=True)
    kind: ColumnType = "numeric"
    if column.distinct == 1:
        kind = "constant"
    elif figures.whole and figures.count == rows and _all_differ(column, rows):
        counts_up = figures.increasing and figures.high - figures.low == rows - 1
        kind = "identifier" if counts_up or _IDENTIFIER_NAME.search(column.name) else "numeric"
    return replace(column, type=kind, numbers=numbers)


def _text_column(column: Column, tally: ColumnTally, sample: pa.StringArray, rows: int) -> Column:
    if column.distinct <= 1:
        return column
    present = rows - column.missing
    parts = tally.dates
    date_format = _date_format(parts, sample, present)
    if date_format:
        count, earliest, latest = parts[date_format]
        moments = dates.seconds(sample.drop_null().to_numpy(zero_copy_only=False), date_format)
        histogram = _histogram(moments[~np.isnan(moments)], earliest, latest, whole=False)
        shown = Dates(_iso(earliest, date_format), _iso(latest, date_format), histogram)
        return replace(column, type="date", date_format=date_format, dates=shown, unreadable=present - count)
    return replace(column, type=_kind_of_text(column, _words(sample), present))


def _kind_of_text(column: Column, words: float, present: int) -> ColumnType:
    if words < _WORDS_OF_TEXT and _all_differ(column, present):
        return "identifier"
    mostly_different = column.distinct > _LEAST_DISTINCT_OF_TEXT * present and present >= _FEWEST_ROWS_OF_IDENTIFIER
    if mostly_different and (words >= _WORDS_OF_TEXT or column.distinct > _MOST_CATEGORIES):
        return "text"
    return "category"


def _all_differ(column: Column, present: int) -> bool:
    if present < _FEWEST_ROWS_OF_IDENTIFIER:
        return False
    least = present if column.distinct_exact else _LEAST_DISTINCT_OF_IDENTIFIER * present
    return column.distinct >= least


def _date_format(parts: Mapping[str, DatePart], sample: pa.StringArray, present: int) -> str | None:
    """The format that reads the most cells, if that is nearly all; day before month where both would do."""
    best = max(parts, key=lambda one: parts[one][0], default=None)
    if best is None or parts[best][0] < LEAST_READABLE * present:
        return None
    other = dates.other_reading(best)
    if (
        other
        and other in parts
        and parts[other][0] == parts[best][0]
        and dates.always_the_first(sample.to_pylist(), other)
    ):
        return other
    return best


def _words(sample: pa.StringArray) -> float:
    """The mean number of words in a cell."""
    spaces = pc.mean(pc.count_substring(sample, " ")).as_py()
    return 1.0 + (spaces or 0.0)


def _histogram(values: Floats, low: float, high: float, *, whole: bool) -> Histogram:
    if whole and high - low < _BINS:
        edges = np.arange(low - 0.5, high + 1)
    else:
        edges = np.histogram_bin_edges(values, bins=_BINS, range=(low, high))
    counts, edges = np.histogram(values, bins=edges)
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _counted(tally: ColumnTally) -> dict[str, Any]:
    """The figures of a column whose values could all be counted."""
    counted = tally.counts.items()
    if not tally.counts.complete or not counted:
        return {}
    ordered = sorted(counted, key=lambda item: (-item[1], str(item[0])))
    shown = [(_as_text(value), count) for value, count in ordered]
    return {
        "top": tuple(shown[:_MOST_TOP]),
        "rarest": tuple(reversed(shown[-_MOST_RAREST:])),
        "classes_under_five": sum(count < _SMALL_CLASS for _, count in shown),
    }


def _as_text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _iso(moment: float, date_format: str) -> str:
    when = _EPOCH + timedelta(seconds=moment)
    return when.replace(tzinfo=None).isoformat() if dates.is_moment(date_format) else when.date().isoformat()


def _sample_file(names: tuple[str, ...], sample: list[Floats | pa.StringArray]) -> bytes:
    texts = [
        pc.cast(pa.array(values, from_pandas=True), pa.string()) if isinstance(values, np.ndarray) else values
        for values in sample
    ]
    return write_row(names) + bytes(write_cells(texts))
