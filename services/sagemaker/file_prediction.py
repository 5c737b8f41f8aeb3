"""Predictions for a whole canonical CSV: pieces of it go to the endpoint, several at a time, and come back in order."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from services.errors import ServiceError
from services.sagemaker import distribution, invocation
from services.sagemaker.datasets.cells import write_cells, write_row
from services.sagemaker.feature_columns import FeatureColumns
from services.sagemaker.formulas import harmless, harmless_names
from services.sagemaker.report import Evaluation
from services.text import Text, text

CSV = "text/csv"
REQUESTS_AT_ONCE = 3
"""While the model answers one piece, the next is made and the one before is written."""

_BLOCK_BYTES = 4_000_000
_MOST_ROWS = 20_000
_BYTES_OF_A_NUMBER = 24
"""What a number takes in an answer, with its comma."""
_MISSING = "NA"
"""Stands for a missing value where an empty cell would be an empty line."""
_ROW = re.compile(r"^Row (\d+)")


@dataclass(frozen=True)
class Piece:
    """Some rows on their way: as the endpoint gets them, and as they will stand in the result."""

    first_row: int
    body: bytes
    columns: Sequence[pa.StringArray]
    read: int
    """How many bytes of the file have been read with this piece."""

    @property
    def rows(self) -> int:
        return len(self.columns[0])


@dataclass(frozen=True)
class Answered:
    """Rows with their predictions as text: the first column, then for classes the probability of each."""

    piece: Piece
    predictions: Sequence[pa.StringArray]


class FilePrediction:
    """One file on its way through one endpoint."""

    def __init__(self, endpoint: str, evaluation: Evaluation, names: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._names = list(names)
        self._feature_names = [feature.name for feature in evaluation.features]
        self._features = FeatureColumns(evaluation.features)
        self._classes = evaluation.classes
        largest_answer = _BYTES_OF_A_NUMBER * (len(self._classes) + 1)
        self._most_rows = min(_MOST_ROWS, invocation.LARGEST_BODY_BYTES // largest_answer)
        self._spread = distribution.Classes() if self._classes else distribution.Numbers()

    def run(
        self,
        source: BinaryIO,
        out: BinaryIO,
        written: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> tuple[int, bool]:
        """Predict every row of `source` into `out`; `written` is told the rows done and the bytes read for them.

        Returns the rows done, and whether these are all. Raises ServiceError.
        """
        out.write(self._header())
        done, stopped = 0, threading.Event()
        waiting: deque[Future[Answered]] = deque()
        pieces = self._pieces(source)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="predict") as threads:
            try:
                while not cancelled():
                    piece = next(pieces, None)
                    if piece is not None:
                        ask = partial(self._ask, piece, lambda: stopped.is_set() or cancelled())
                        waiting.append(threads.submit(copy_context().run, ask))
                    while waiting and (piece is None or len(waiting) >= REQUESTS_AT_ONCE):
                        answered = waiting.popleft().result()
                        self._write(answered, out)
                        done += answered.piece.rows
                        written(done, answered.piece.read)
                    if piece is None:
                        return done, True
            except ServiceError:
                if not cancelled():
                    raise
            finally:
                stopped.set()
                threads.shutdown(wait=True, cancel_futures=True)
        return done, False

    def notes(self) -> tuple[Text, ...]:
        """What was odd in the cells."""
        return self._features.notes()

    def counts(self) -> tuple[tuple[str, int], ...]:
        """How the predictions are spread."""
        return self._spread.counts()

    def _header(self) -> bytes:
        names = list(self._names)
        for name in ("prediction", *(f"probability {label}" for label in self._classes)):
            names.append(_free(name, names))
        return write_row(harmless_names(names))

    def _pieces(self, source: BinaryIO) -> Iterator[Piece]:
        rows_before = 0
        for batch in _batches(source, self._names):
            features, read = self._features.take(batch), source.tell()
            for start in range(0, batch.num_rows, self._most_rows):
                stop = min(start + self._most_rows, batch.num_rows)
                for first, last, body in self._bodies(features, start, stop):
                    columns = [column[first:last] for column in batch.columns]
                    yield Piece(rows_before + first, body, columns, read)
            rows_before += batch.num_rows

    def _bodies(self, features: Sequence[pa.StringArray], start: int, stop: int) -> Iterator[tuple[int, int, bytes]]:
        """Rows from start to stop as one request, or as several where that would be too large."""
        cells = [column[start:stop] for column in features]
        if len(cells) == 1:
            cells = [pc.fill_null(cells[0], _MISSING)]
        body = write_row(self._feature_names) + bytes(write_cells(cells))
        if len(body) <= invocation.LARGEST_BODY_BYTES:
            yield start, stop, body
            return
        if stop - start == 1:
            raise _row_too_large()
        middle = (start + stop) // 2
        yield from self._bodies(features, start, middle)
        yield from self._bodies(features, middle, stop)

    def _ask(self, piece: Piece, cancelled: Callable[[], bool]) -> Answered:
        try:
            answer = invocation.invoke(self._endpoint, piece.body, content_type=CSV, accept=CSV, cancelled=cancelled)
        except ServiceError as error:
            raise _of_file(error, piece.first_row) from error
        return Answered(piece, _read_answer(answer, len(self._classes) + 1, piece.rows))

    def _write(self, answered: Answered, out: BinaryIO) -> None:
        predictions = answered.predictions[0]
        if isinstance(self._spread, distribution.Numbers):
            self._spread.add(pc.cast(predictions, pa.float64()).to_numpy())
        else:
            self._spread.add(predictions.to_pylist())
        texts = [harmless(column) for column in (*answered.piece.columns, predictions)]
        out.write(write_cells([*texts, *answered.predictions[1:]]))


def _batches(source: BinaryIO, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The file as record batches of text, cells as they stand. Raises ServiceError for a row larger than a block."""
    try:
        yield from pa.csv.open_csv(
            source,
            pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            # In a file of one column an empty line is a row whose value is missing.
            pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(names) > 1),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise _row_too_large(str(error)) from error


def _row_too_large(detail: str = "") -> ServiceError:
    return ServiceError(
        text("A row of the file is larger than {megabytes} MB.", megabytes=_BLOCK_BYTES // 1_000_000),
        code="RowTooLarge",
        hint=text("Check whether a quotation mark is missing, or shorten the longest text."),
        detail=detail,
    )


def _read_answer(answer: bytes, width: int, rows: int) -> Sequence[pa.StringArray]:
    """The columns of a CSV without header. Raises ServiceError when it has not this many columns and rows."""
    names = [str(index) for index in range(width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(answer),
            pa.csv.ReadOptions(use_threads=False, block_size=len(answer) + 1, column_names=names),
            pa.csv.ParseOptions(newlines_in_values=b'"' in answer),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise _strange_answer(str(error)) from error
    if table.num_rows != rows:
        raise _strange_answer(f"{table.num_rows} rows for {rows}")
    return [column.combine_chunks() for column in table.columns]


def _strange_answer(detail: str) -> ServiceError:
    return ServiceError(
        text("The endpoint's answer is not one prediction for each row."),
        code="StrangeAnswer",
        hint=text("Deploy a model that was trained here; its inference code answers as is expected."),
        detail=detail,
    )


def _of_file(error: ServiceError, rows_before: int) -> ServiceError:
    """The model names a row of its request: name the row of the file."""
    said = str(error.message)
    counted = _ROW.sub(lambda found: f"Row {int(found[1]) + rows_before}", said)
    if counted == said:
        return error
    return ServiceError(text("{said}", said=counted), code=error.code, hint=error.hint, detail=error.detail)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, numbered where the file has a column of that name already."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} {number}"
    return free
