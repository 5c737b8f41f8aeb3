"""How the columns of a file are read: decided on its first rows, corrected when later rows show that it was wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from services.sagemaker.datasets import dates, numbers
from services.sagemaker.datasets.dialect import Dialect
from services.sagemaker.datasets.distinct import multiplier
from services.sagemaker.datasets.numbers import Judgement, NumberFormat, Sample

_MOST_TEXTS_LOOKED_AT = 200
_MOST_PASSES = 4
"""Over a file, to correct columns that were misread; one more where columns of numbers turn out to be of texts."""


class Contradiction(Exception):
    """Cells that show that columns were misread: {column: texts}. What was made of the rows so far is wrong.

    `texts` are columns that began with numbers, but hold too many other texts.
    """

    def __init__(self, evidence: Mapping[int, tuple[str, ...]], texts: Collection[int] = ()) -> None:
        super().__init__(evidence, texts)
        self.evidence = evidence
        self.texts = texts


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is read: as numbers where `format` is given, and as dates by any of `dates`.

    fractions: parsed straight into floating point, which is fastest. ambiguous: a text that could mean another
    number. unknown: the first rows are empty, so whatever comes will be new. settled: contradicted before, so further
    texts that do not fit count as unreadable.
    """

    format: NumberFormat | None = None
    dates: tuple[str, ...] = ()
    fractions: bool = False
    ambiguous: str = ""
    unknown: bool = False
    settled: bool = False


@dataclass(frozen=True)
class Plan:
    """What a worker needs to read a block."""

    names: tuple[str, ...]
    dialect: Dialect
    columns: tuple[ColumnPlan, ...]
    as_is: bool
    """The bytes of a block may be kept where nothing in it needs mending."""

    @cached_property
    def factors(self) -> tuple[np.uint64, ...]:
        """What tells columns apart in the hash of a row."""
        return tuple(multiplier(index) for index in range(len(self.names)))

    def without_fractions(self, columns: Sequence[int]) -> Plan:
        """The plan with these columns read as text first, because that is what they hold."""
        changed = [
            replace(column, fractions=False) if index in columns else column
            for index, column in enumerate(self.columns)
        ]
        return replace(self, columns=tuple(changed))


@dataclass
class Learned:
    """What earlier passes over the file have shown: texts of columns that their first rows do not tell of."""

    evidence: dict[int, tuple[str, ...]] = field(default_factory=dict)
    texts: set[int] = field(default_factory=set)
    passes: int = 0

    def add(self, contradiction: Contradiction) -> None:
        self.passes += 1
        self.evidence |= contradiction.evidence
        self.texts |= set(contradiction.texts)

    def settles(self, column: int) -> bool:
        """Whether what is known of the column must do."""
        return column in self.evidence or self.passes >= _MOST_PASSES - 1


def plan_columns(columns: Sequence[pa.StringArray], delimiter: str, learned: Learned) -> tuple[ColumnPlan, ...]:
    """Judge each column from its first cells, and from what was learnt of it later."""
    samples = [_sample(column, learned.evidence.get(index, ())) for index, column in enumerate(columns)]
    judgements = numbers.judge_columns(samples, delimiter)
    return tuple(
        _plan_column(sample, Judgement(None) if index in learned.texts else judged, learned.settles(index))
        for index, (sample, judged) in enumerate(zip(samples, judgements, strict=True))
    )


def _plan_column(sample: Sample, judged: Judgement, settled: bool) -> ColumnPlan:
    found = dates.candidates(list(sample))
    if found or not judged.format:
        return ColumnPlan(dates=found, unknown=all(map(numbers.is_missing, sample)), settled=settled)
    fractions = judged.format.plain and judged.decimals
    return ColumnPlan(judged.format, fractions=fractions, ambiguous=judged.example, settled=settled)


def _sample(cells: pa.StringArray, evidence: Sequence[str]) -> Sample:
    """Different present texts of a column with their cells, in the order they come."""
    counted = cells.drop_null().value_counts()[:_MOST_TEXTS_LOOKED_AT]
    texts, counts = counted.field(0).to_pylist(), counted.field(1).to_pylist()
    return dict(zip(texts, counts, strict=True)) | {text: 1 for text in evidence if text not in texts}
