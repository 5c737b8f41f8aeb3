"""The figures of all blocks put together, in memory that does not grow with the file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.sagemaker.datasets.counts import ValueCounts
from services.sagemaker.datasets.distinct import HashSample
from services.sagemaker.datasets.figures import (
    ColumnLimits,
    ColumnPart,
    DatePart,
    Floats,
    Limits,
    NumberPart,
    date_parts,
)
from services.sagemaker.datasets.plan import Plan
from services.sagemaker.datasets.work import Part

SAMPLE_ROWS = 10_000
_SAMPLE_CELLS = 2_000_000
_MOST_COUNTED = 2_000
_MOST_COUNTED_ALTOGETHER = 2_000_000
_DISTINCT_HASHES = 8_192
_DISTINCT_HASHES_ALTOGETHER = 8_000_000
_ROW_HASHES = 2_000_000
"""Up to so many rows, repeated ones are counted exactly."""
_MOST_ROWS_NAMED = 5


@dataclass
class ColumnTally:
    """A column's figures so far. Rows are those of the file, as a spreadsheet counts; 0 stands for none."""

    distinct: HashSample
    counts: ValueCounts
    date_formats: tuple[str, ...]
    missing: int = 0
    infinite: int = 0
    infinite_row: int = 0
    unreadable: int = 0
    unreadable_row: int = 0
    unreadable_text: str = ""
    numbers: NumberPart | None = None
    samples: list[Floats | pa.StringArray] = field(default_factory=list)
    _dates: dict[str, DatePart] = field(default_factory=dict)

    def add(self, part: ColumnPart, rows_before: int, blocks_before: int) -> None:
        if part.infinite and not self.infinite:
            self.infinite_row = rows_before + part.infinite_row + 1
        if part.unreadable and not self.unreadable:
            self.unreadable_row = rows_before + part.unreadable_row + 1
            self.unreadable_text = part.unreadable_text
        self.missing += part.missing
        self.infinite += part.infinite
        self.unreadable += part.unreadable
        self.numbers = _joined(self.numbers, part.numbers, first=not blocks_before)
        self.distinct.add(part.hashes)
        if part.sample is not None:
            self.samples.append(part.sample)
        given_up = self.counts.add(part.counted_numbers, part.counted_texts)
        self._add_dates(part.dates)
        self._add_dates(self._dates_of(given_up))

    @property
    def dates(self) -> dict[str, DatePart]:
        """What each likely format reads of the column."""
        return self._dates_of(self.counts.texts) | self._dates

    def _dates_of(self, texts: dict[str, int]) -> dict[str, DatePart]:
        if not texts or not self.date_formats:
            return {}
        counts = np.fromiter(texts.values(), np.intp, len(texts))
        return date_parts(np.array(list(texts), object), counts, self.date_formats)

    def _add_dates(self, parts: dict[str, DatePart]) -> None:
        for date_format, (count, earliest, latest) in parts.items():
            before = self._dates.get(date_format, (0, math.inf, -math.inf))
            self._dates[date_format] = (before[0] + count, min(before[1], earliest), max(before[2], latest))


class Tally:
    """What is known of a file from the parts added so far, in the order of the file."""

    def __init__(self, plan: Plan, rows_before: int, expected_rows: int) -> None:
        width = len(plan.names)
        counted = min(_MOST_COUNTED, _MOST_COUNTED_ALTOGETHER // width)
        hashes = min(_DISTINCT_HASHES, _DISTINCT_HASHES_ALTOGETHER // width)
        self.columns = [
            ColumnTally(HashSample(hashes), ValueCounts(counted), planned.dates) for planned in plan.columns
        ]
        self.row_hashes = HashSample(_ROW_HASHES, repeats=True)
        self.rows = 0
        self.records = rows_before
        """Rows of the file so far, with the header and blank lines: what a spreadsheet would number them."""
        self.bytes = 0
        self.padded = _Rows()
        self.trimmed = _Rows()
        self.mended_encoding_row = 0
        self.sample_size = max(1, min(SAMPLE_ROWS, _SAMPLE_CELLS // width))
        self._share = 1.0 if expected_rows <= 2 * self.sample_size else 1.2 * self.sample_size / expected_rows
        self._blocks = 0

    def limits(self) -> Limits:
        """What the next blocks' figures may leave out."""
        return Limits(
            [ColumnLimits(one.distinct.threshold, one.counts.most) for one in self.columns],
            self.row_hashes.threshold,
            self._share,
        )

    def add(self, part: Part) -> None:
        for column, figures in zip(self.columns, part.columns, strict=True):
            column.add(figures, self.records, self._blocks)
        self.row_hashes.add(part.row_hashes)
        self.padded.add(part.padded, self.records)
        self.trimmed.add(part.trimmed, self.records)
        if part.mended_encoding and not self.mended_encoding_row:
            self.mended_encoding_row = self.records + 1
        self.rows += part.rows
        self.records += part.records
        self.bytes += len(part.data)
        self._blocks += 1

    def sample(self, seed: int) -> list[Floats | pa.StringArray]:
        """The row sample, column by column, at most `sample_size` rows in the order of the file."""
        columns = [_concatenated(one.samples) for one in self.columns]
        if len(columns[0]) <= self.sample_size:
            return columns
        chosen = np.sort(np.random.default_rng(seed).choice(len(columns[0]), self.sample_size, replace=False))
        return [column.take(chosen) for column in columns]


@dataclass
class _Rows:
    """How many rows something befell, and the first few."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, rows: list[int], before: int) -> None:
        self.count += len(rows)
        room = _MOST_ROWS_NAMED - len(self.first)
        self.first += [before + row + 1 for row in rows[:room]]


def _concatenated(pieces: list[Floats | pa.StringArray]) -> npt.NDArray[np.float64] | pa.StringArray:
    if pieces and isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())


def _joined(before: NumberPart | None, part: NumberPart | None, *, first: bool) -> NumberPart | None:
    """Two blocks' figures as one. Mean and squares after Chan, Golub and LeVeque (1979)."""
    if part is None:
        if before is not None:
            before.increasing = False
        return before
    if before is None:
        part.increasing = part.increasing and first
        return part
    count = before.count + part.count
    distance = part.mean - before.mean
    return NumberPart(
        count=count,
        low=min(before.low, part.low),
        high=max(before.high, part.high),
        mean=before.mean + distance * part.count / count,
        squares=before.squares + part.squares + distance**2 * before.count * part.count / count,
        whole=before.whole and part.whole,
        increasing=before.increasing and part.increasing and part.first > before.last,
        first=before.first,
        last=part.last,
    )
