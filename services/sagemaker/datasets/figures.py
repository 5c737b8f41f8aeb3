"""The figures of one column in one block: what is missing, unreadable, distinct, how numbers and dates lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from services.sagemaker.datasets import dates, distinct
from services.sagemaker.datasets.distinct import Hashes
from services.sagemaker.datasets.numbers import MISSING, is_code, is_finite_number
from services.sagemaker.datasets.plan import ColumnPlan

LARGEST_NUMBER = 3.4e38
"""Trees compare numbers as float32: what does not fit there counts as missing, as infinities do."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
CountedNumbers = tuple[Floats, Counts]
CountedTexts = tuple[list[str], Counts]
"""A text may be there twice, when it had spaces around it."""
DatePart = tuple[int, float, float]
"""How many cells a format reads, the earliest and the latest."""
Places = npt.NDArray[np.intp]

_MISSING = pa.array(sorted(MISSING))
_NUMBER = "^[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?$|^(?i:[+-]?(?:inf|infinity))$"
_MOST_EVIDENCE = 20
_A_FEW = 256
_MOST_PLACES = 100_000
"""Whole numbers of a smaller range are counted in an array with a place for each."""
_HASH_OF_MISSING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class ColumnLimits:
    """Hashes below `threshold` are kept; values are counted while they are at most `most_counted`, 0 for never."""

    threshold: np.uint64
    most_counted: int


@dataclass(frozen=True)
class Limits:
    """What bounds the memory that figures take. A share of the rows is sampled."""

    columns: Sequence[ColumnLimits]
    row_threshold: np.uint64
    sampled_share: float

    def of(self, column: int) -> ColumnLimits:
        return self.columns[column]


@dataclass
class NumberPart:
    """Numbers without the missing ones. `squares`: the sum of squared distances from the mean.

    increasing: none is missing, and each is larger than the one before.
    """

    count: int
    low: float
    high: float
    mean: float
    squares: float
    whole: bool
    increasing: bool
    first: float
    last: float


@dataclass
class ColumnPart:
    """A column's figures. Rows count from 0 among the block's rows; -1 stands for none."""

    missing: int = 0
    infinite: int = 0
    infinite_row: int = -1
    unreadable: int = 0
    unreadable_row: int = -1
    unreadable_text: str = ""
    numbers: NumberPart | None = None
    dates: dict[str, DatePart] = field(default_factory=dict)
    """By format; empty where texts are counted, which tells the same."""
    hashes: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    counted_numbers: CountedNumbers | None = None
    counted_texts: CountedTexts | None = None
    """How often each value stands there; None where there are too many."""
    sample: Floats | pa.StringArray | None = None
    evidence: tuple[str, ...] = ()
    """Texts that show that the column was misread."""
    holds_texts: bool = False
    """A column of fractions that could not be parsed as such."""


def of_column(
    cells: pa.Array, plan: ColumnPlan, limits: ColumnLimits, factor: np.uint64, sampled: Places | None
) -> tuple[ColumnPart, Hashes]:
    """The figures, and one hash for each cell, of which a row's hash is the sum."""
    if plan.format is None:
        return _of_texts(cells, plan, limits, factor, sampled)
    return _of_numbers(cells, plan, limits, factor, sampled)


def _of_numbers(
    cells: pa.Array, plan: ColumnPlan, limits: ColumnLimits, factor: np.uint64, sampled: Places | None
) -> tuple[ColumnPart, Hashes]:
    part = ColumnPart()
    read = pa.types.is_floating(cells.type)
    values = cells.to_numpy(zero_copy_only=False) if read else _numbers(cells, plan, part)
    values, present, part.numbers = _number_part(values, part)
    part.missing = len(values) - len(present) - part.unreadable
    hashes = distinct.hash_numbers(values, factor)
    part.hashes = _kept(hashes if present is values else distinct.hash_numbers(present, factor), limits)
    if limits.most_counted:
        part.counted_numbers = _count_numbers(present, part.numbers, limits.most_counted)
    part.sample = values if sampled is None else values[sampled]
    return part, hashes


def _numbers(cells: pa.StringArray, plan: ColumnPlan, part: ColumnPart) -> Floats:
    """Cells of plainly written numbers, NaN where they are not; `part` is told of what is unreadable."""
    try:
        values = pc.cast(cells, pa.float64())
        unreadable = None
    except pa.ArrowInvalid:
        part.holds_texts = plan.fractions
        trimmed = pc.utf8_trim_whitespace(cells)
        is_number = pc.match_substring_regex(trimmed, _NUMBER)
        values = pc.cast(pc.if_else(is_number, trimmed, None), pa.float64())
        odd = pc.and_(pc.invert(is_number), pc.invert(pc.is_in(trimmed, _MISSING)))
        unreadable = odd.fill_null(False).to_numpy(zero_copy_only=False)
    if unreadable is not None and unreadable.any():
        part.unreadable = int(unreadable.sum())
        part.unreadable_row = int(unreadable.argmax())
        part.unreadable_text = cells[part.unreadable_row].as_py()
    if not plan.settled:
        part.evidence = _evidence(cells, plan, unreadable)
    numbers: Floats = values.to_numpy(zero_copy_only=False)
    return numbers


def _evidence(cells: pa.StringArray, plan: ColumnPlan, unreadable: npt.NDArray[np.bool_] | None) -> tuple[str, ...]:
    """Numbers in another format than was planned, and codes like 00123, which are no numbers."""
    found: list[str] = []
    if unreadable is not None:
        texts = cells.filter(pa.array(unreadable)).unique()[:_A_FEW].to_pylist()
        found = [text for text in texts if is_finite_number(text)]
    if plan.format and plan.format.plain and _sum(pc.starts_with(cells, "0")) != _sum(pc.equal(cells, "0")):
        zeros = cells.filter(pc.fill_null(pc.match_substring_regex(cells, "^0[0-9]"), False)).unique()
        found += [text for text in zeros[:_A_FEW].to_pylist() if is_code(text)]
    return tuple(found[:_MOST_EVIDENCE])


def _sum(flags: pa.BooleanArray) -> int:
    return pc.sum(flags).as_py() or 0


def _number_part(values: Floats, part: ColumnPart) -> tuple[Floats, Floats, NumberPart | None]:
    """The values with NaN for those too large, those present (the same array where all are), and their figures."""
    present = values
    low, high = _range(values)
    if not (low >= -LARGEST_NUMBER and high <= LARGEST_NUMBER):
        with np.errstate(invalid="ignore"):
            too_large = np.abs(values) > LARGEST_NUMBER
        if too_large.any():
            part.infinite = int(too_large.sum())
            part.infinite_row = int(too_large.argmax())
            values = np.where(too_large, np.nan, values)
        present = values[~np.isnan(values)]
        low, high = _range(present)
    if not len(present):
        return values, present, None
    mean = float(present.mean())
    distances = present - mean
    # A product of vectors would do, but BLAS starts threads of its own.
    squares = float(np.square(distances, out=distances).sum())
    whole = _whole(present[:_A_FEW]) and _whole(present)
    increasing = whole and present is values and _increases(values[:_A_FEW]) and _increases(values)
    first, last = float(present[0]), float(present[-1])
    return values, present, NumberPart(len(present), low, high, mean, squares, whole, increasing, first, last)


def _range(values: Floats) -> tuple[float, float]:
    """NaN where any value is; infinitely wrong where there is none."""
    return (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)


def _whole(values: Floats) -> bool:
    return bool((values == np.rint(values)).all())


def _increases(values: Floats) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _count_numbers(present: Floats, figures: NumberPart | None, most: int) -> CountedNumbers | None:
    if figures is None:
        return present, np.empty(0, np.int64)
    if figures.whole and figures.high - figures.low < _MOST_PLACES:
        counts = np.bincount((present - figures.low).astype(np.intp))
        places = np.flatnonzero(counts)
        values = np.asarray(places + figures.low, np.float64)
        return (values, counts[places].astype(np.int64)) if len(places) <= most else None
    if len(present) > _A_FEW and len(np.unique(present[: 2 * most])) > most:
        return None
    counted = pc.value_counts(pa.array(present))
    if len(counted) > most:
        return None
    return counted.field(0).to_numpy(), counted.field(1).to_numpy()


def _of_texts(
    cells: pa.Array, plan: ColumnPlan, limits: ColumnLimits, factor: np.uint64, sampled: Places | None
) -> tuple[ColumnPart, Hashes]:
    part = ColumnPart()
    coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    texts = pc.utf8_trim_whitespace(coded.dictionary)
    indices = coded.indices.fill_null(len(texts)) if coded.null_count else coded.indices
    codes = indices.to_numpy().astype(np.intp)
    is_missing = pc.is_in(texts, _MISSING).to_numpy(zero_copy_only=False)
    counts = np.bincount(codes, minlength=len(texts) + 1)
    part.missing = int(counts[-1] + counts[:-1][is_missing].sum())
    text_hashes = distinct.hash_texts(texts.to_numpy(zero_copy_only=False), factor)
    text_hashes[is_missing] = _HASH_OF_MISSING
    part.hashes = _kept(text_hashes[~is_missing], limits)
    if plan.unknown and not plan.settled:
        part.evidence = tuple(texts.filter(pa.array(~is_missing))[:_A_FEW].to_pylist())
    if limits.most_counted and len(texts) <= limits.most_counted:
        there = np.flatnonzero(~is_missing)
        part.counted_texts = (texts.take(pa.array(there)).to_pylist(), counts[there])
    else:
        part.dates = date_parts(texts.to_numpy(zero_copy_only=False), counts[:-1], plan.dates)
    chosen = codes if sampled is None else codes[sampled]
    part.sample = pa.concat_arrays([texts, pa.nulls(1, pa.string())]).take(pa.array(chosen))
    return part, np.append(text_hashes, _HASH_OF_MISSING).take(codes)


def date_parts(
    texts: npt.NDArray[np.object_], counts: npt.NDArray[np.intp], formats: Sequence[str]
) -> dict[str, DatePart]:
    """What each format reads of texts that stand there so many times."""
    parts: dict[str, DatePart] = {}
    for date_format in formats:
        moments = dates.seconds(texts, date_format)
        read = ~np.isnan(moments)
        if read.any():
            parts[date_format] = (int(counts[read].sum()), float(moments[read].min()), float(moments[read].max()))
    return parts


def _kept(hashes: Hashes, limits: ColumnLimits) -> Hashes:
    mixed = distinct.spread(hashes)
    return mixed[mixed < limits.threshold]
