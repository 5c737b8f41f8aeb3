"""What a worker thread makes of one block: its canonical bytes and its figures. A function of its arguments."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from services.sagemaker.datasets import distinct, figures
from services.sagemaker.datasets.cells import Cells, read_cells, read_texts, write_cells
from services.sagemaker.datasets.distinct import Hashes
from services.sagemaker.datasets.figures import ColumnPart, Limits
from services.sagemaker.datasets.numbers import to_plain
from services.sagemaker.datasets.plan import Plan
from services.sagemaker.datasets.records import Block, Data


@dataclass
class Part:
    """What was made of one block. Rows count from 0 in the block's records, blank lines too."""

    data: Data | pa.Buffer
    rows: int
    records: int
    columns: list[ColumnPart]
    row_hashes: Hashes
    padded: list[int]
    trimmed: list[int]
    read: int
    """How many bytes of the source were consumed by then."""
    mended_encoding: bool
    evidence: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By column, texts that show that it was misread."""


def work(block: Block, plan: Plan, limits: Limits, seed: int) -> Part:
    """Raises BadRow."""
    cells, data = _canonical(block.data, plan)
    rows = len(cells.columns[0])
    sampled = _sample_of(rows, limits.sampled_share, seed)
    columns, row_hashes = [], np.zeros(rows, np.uint64)
    for index, (column, planned) in enumerate(zip(cells.columns, plan.columns, strict=True)):
        part, hashes = figures.of_column(column, planned, limits.of(index), plan.factors[index], sampled)
        row_hashes += hashes
        if cells.blank:
            part.unreadable_row = cells.record_of(part.unreadable_row)
            part.infinite_row = cells.record_of(part.infinite_row)
        columns.append(part)
    row_hashes = distinct.spread(row_hashes)
    return Part(
        data=data,
        rows=rows,
        records=cells.records,
        columns=columns,
        row_hashes=row_hashes[row_hashes < limits.row_threshold],
        padded=cells.padded,
        trimmed=cells.trimmed,
        read=block.read,
        mended_encoding=block.mended,
        evidence={index: part.evidence for index, part in enumerate(columns) if part.evidence},
    )


def _canonical(data: Data, plan: Plan) -> tuple[Cells, Data | pa.Buffer]:
    """The cells, and the block as it goes into the canonical file: the very bytes where nothing needs mending."""
    if plan.as_is:
        cells = read_cells(data, plan)
        if not cells.mended:
            return cells, data
    cells = read_texts(data, plan)
    cells.columns = [
        to_plain(column, planned.format) if planned.format else column
        for column, planned in zip(cells.columns, plan.columns, strict=True)
    ]
    return cells, write_cells(cells.columns)


def _sample_of(rows: int, share: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.intp]] | None:
    """The rows taken into the sample, each with the same chance; None for all."""
    if share >= 1:
        return None
    return np.flatnonzero(np.random.default_rng(seed).random(rows, np.float32) < share)
