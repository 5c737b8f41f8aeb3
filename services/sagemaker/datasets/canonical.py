"""Any CSV as a canonical one, in one pass: UTF-8, commas, decimal points, a header. What is canonical stays so."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from services.sagemaker.datasets import names as column_names, refusals
from services.sagemaker.datasets.cells import read_texts, write_row
from services.sagemaker.datasets.names import Names
from services.sagemaker.datasets.numbers import LEAST_READABLE, to_plain
from services.sagemaker.datasets.plan import ColumnPlan, Contradiction, Learned, Plan, plan_columns
from services.sagemaker.datasets.records import BadRow, Block, Records
from services.sagemaker.datasets.tally import Tally
from services.sagemaker.datasets.work import Part, work

Write = Callable[[bytes | memoryview], None]

_WORKERS = min(4, os.cpu_count() or 1)
_FIRST_ROWS = 20
_LONGEST_FIRST_CELL = 200


@dataclass(frozen=True)
class Progress:
    """How far a file is: the share of it that was read, and what was written of it."""

    share: float
    rows: int
    bytes: int


class Conversion:
    """One pass over a file: how it is read is known from the beginning, `tally` is complete at the end.

    Raises ServiceError for a file that is no dataset, and Contradiction when rows show that columns were misread.
    """

    def __init__(self, source: BinaryIO, learned: Learned, fewest_columns: int) -> None:
        self.records = Records(source)
        self._blocks = self.records.blocks()
        self._first = self._next_block(rows_before=self.records.rows_before)
        self.names = self._named(fewest_columns)
        self.plan, self.first_rows, rows = self._planned(learned)
        size = self._first.read / max(1, rows)
        self.tally = Tally(self.plan, self.records.rows_before, round(self.records.size / size))

    def write(self, write: Write, progress: Callable[[Progress], None]) -> None:
        """Write the canonical file, and tell after each piece how far it is."""
        write(self._header())
        self.tally.bytes += len(self._header())
        for part in self._parts():
            self.tally.add(part)
            write(memoryview(part.data))
            progress(Progress(min(1.0, part.read / self.records.size), self.tally.rows, self.tally.bytes))
        if not self.tally.rows:
            raise refusals.header_only()
        texts = [index for index, plan in enumerate(self.plan.columns) if plan.format and not self._is_readable(index)]
        if texts:
            raise Contradiction({}, texts)

    def _is_readable(self, index: int) -> bool:
        column = self.tally.columns[index]
        read = column.numbers.count + column.infinite if column.numbers else column.infinite
        return read >= LEAST_READABLE * (read + column.unreadable)

    def _next_block(self, rows_before: int) -> Block:
        try:
            return next(self._blocks, Block(b"", self.records.size))
        except BadRow as bad:
            raise bad.refusal(rows_before + bad.row + 1) from bad

    def _named(self, fewest_columns: int) -> Names:
        width = max(self.records.width, len(self.records.header))
        if width > refusals.MAX_COLUMNS:
            raise refusals.too_many_columns(width)
        if width < fewest_columns:
            raise refusals.one_column()
        if not self.records.dialect.header:
            return column_names.made_up(width)
        return column_names.mend(self.records.header, width, last_is_empty=self._last_column_is_empty(width))

    def _last_column_is_empty(self, width: int) -> bool:
        """Whether rows end in a separator that the header lacks."""
        lines = self._first.data[: 2**16].decode("utf-8", "ignore").splitlines(keepends=True)[:-1]
        rows = [row for row in self.records.dialect.rows(lines) if len(row) == width]
        return not any(row[-1].strip() for row in rows)

    def _planned(self, learned: Learned) -> tuple[Plan, tuple[tuple[str, ...], ...], int]:
        """The plan, the first rows as they will be in the canonical file, and the rows of the first block."""
        dialect, names = self.records.dialect, self.names.names
        as_is = dialect.delimiter == "," and not dialect.escape and not dialect.spaces
        unplanned = Plan(names, dialect, (ColumnPlan(),) * len(names), as_is=False)
        try:
            columns = read_texts(self._first.data, unplanned).columns
        except BadRow as bad:
            raise bad.refusal(self.records.rows_before + bad.row + 1) from bad
        planned = plan_columns(columns, dialect.delimiter, learned)
        as_is = as_is and all(column.format is None or column.format.plain for column in planned)
        first = [
            _shown(to_plain(column[:_FIRST_ROWS], plan.format) if plan.format else column[:_FIRST_ROWS])
            for column, plan in zip(columns, planned, strict=True)
        ]
        plan = Plan(names, dialect, planned, as_is)
        return plan, tuple(zip(*first, strict=True)), len(columns[0])

    def _header(self) -> bytes:
        records = self.records
        if self.plan.as_is and not records.dialect.preamble and tuple(records.header) == self.names.names:
            return records.header_bytes
        return write_row(self.names.names)

    def _parts(self) -> Iterator[Part]:
        """The blocks, worked on by several threads ahead of the caller, in order."""
        pool = ThreadPoolExecutor(_WORKERS)
        waiting: deque[Future[Part]] = deque()
        try:
            bad = yield from self._fed(pool, waiting)
            while waiting:
                yield self._finished(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)
        if bad:
            raise bad.refusal(self.tally.records + bad.row + 1) from bad

    def _fed(self, pool: ThreadPoolExecutor, waiting: deque[Future[Part]]) -> Generator[Part, None, BadRow | None]:
        try:
            for number, block in enumerate(chain([self._first], self._blocks)):
                waiting.append(pool.submit(work, block, self.plan, self.tally.limits(), number))
                if len(waiting) > _WORKERS:
                    yield self._finished(waiting.popleft())
        except BadRow as bad:
            return bad
        return None

    def _finished(self, future: Future[Part]) -> Part:
        try:
            part = future.result()
        except BadRow as bad:
            raise bad.refusal(self.tally.records + bad.row + 1) from bad
        if part.evidence:
            raise Contradiction(part.evidence)
        texts = [index for index, column in enumerate(part.columns) if column.holds_texts]
        if texts:
            self.plan = self.plan.without_fractions(texts)
        return part


def convert(
    source: BinaryIO,
    target: Callable[[], AbstractContextManager[Write]],
    progress: Callable[[Progress], None],
    fewest_columns: int = 1,
) -> Conversion:
    """Write a file in canonical form to what `target` opens, and return the pass that did it.

    When a later row shows that a column was misread, what was written is given up (the target sees the exception
    Contradiction) and all is read again, once for each such column at most.
    """
    learned = Learned()
    while True:
        conversion = Conversion(source, learned, fewest_columns)
        try:
            with target() as write:
                conversion.write(write, progress)
        except Contradiction as contradiction:
            learned.add(contradiction)
        else:
            return conversion


def _shown(cells: pa.StringArray) -> list[str]:
    return [text[:_LONGEST_FIRST_CELL] for text in pc.fill_null(cells, "").to_pylist()]
