"""Predictions from an endpoint: for rows of a form, and for a whole file as a stream."""

from __future__ import annotations

import errno
import io
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from services.errors import ServiceError
from services.sagemaker import alignment, evaluation, invocation
from services.sagemaker.datasets.canonical import Progress, Write, convert
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.file_prediction import FilePrediction
from services.text import Text, text

JSON_LINES = "application/jsonlines"
_READING_SHARE = 0.1
"""Of the work on a file: the rest is predicting."""


@dataclass(frozen=True)
class Prediction:
    """The predicted class or number, and for classes the probability of each."""

    prediction: str | float
    probabilities: dict[str, float]

    @property
    def confidence(self) -> float | None:
        """The probability of the predicted class; None for a regression."""
        return self.probabilities.get(str(self.prediction))


@dataclass(frozen=True)
class Predictions:
    """One prediction for each row, in order, and what the reader should know of how the rows were read."""

    rows: tuple[Prediction, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class FileProgress:
    """How far a file is: rows answered, and the share of its bytes where the size is known."""

    rows: int
    share: float | None


@dataclass(frozen=True)
class FilePredictions:
    """What became of a file. `complete` is False when it was cancelled: then `rows` were written before that."""

    rows: int
    complete: bool
    notes: tuple[Text, ...]
    distribution: tuple[tuple[str, int], ...]
    """Classes with their counts, the most frequent first; for a regression ranges of values in order."""


def predict_rows(endpoint: Endpoint, rows: Sequence[Mapping[str, Any]]) -> Predictions:
    """Ask the endpoint for rows given as {column: value}; None and "" are missing values, in any order of columns.

    Unknown columns and categories are told in `notes`. Raises ServiceError of code "MissingColumns" when a row lacks a
    column the model was trained on.
    """
    if not rows:
        return Predictions((), ())
    found = evaluation.load(endpoint.job)
    notes = alignment.check_rows(found.features, found.target, rows)
    names = [feature.name for feature in found.features]
    asked = [json.dumps({name: _json_value(row[name]) for name in names}, ensure_ascii=False) for row in rows]
    answered = [prediction for body in _bodies(asked) for prediction in _answers(endpoint, body)]
    return Predictions(tuple(answered), notes)


def predict_file(
    endpoint: Endpoint,
    source: BinaryIO,
    out: BinaryIO,
    progress: Callable[[FileProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> FilePredictions:
    """Predict every row of a CSV in any dialect; `out` gets its columns plus prediction and probabilities as CSV.

    Memory does not grow with the file. A request that fails for a passing reason is made again. Raises ServiceError.
    """
    found = evaluation.load(endpoint.job)
    with _disk_errors(), tempfile.TemporaryFile() as canonical:
        names = _as_canonical(source, canonical, progress, cancelled)
        if names is None:
            return FilePredictions(0, False, (), ())
        notes = alignment.check_columns(found.features, found.target, names)
        size = canonical.seek(0, io.SEEK_END)
        canonical.seek(0)
        work = FilePrediction(endpoint.name, found, names)

        def tell(rows: int, read: int) -> None:
            progress(FileProgress(rows, _READING_SHARE + (1 - _READING_SHARE) * read / size))

        rows, complete = work.run(cast(BinaryIO, canonical), out, tell, cancelled)
    return FilePredictions(rows, complete, (*notes, *work.notes()), work.counts())


@contextmanager
def _disk_errors() -> Iterator[None]:
    """A disk that is full is the reader's to empty; what was written so far is given up."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ServiceError(
            text("The disk of this machine is full."),
            code="DiskFull",
            hint=text("Free some space, then predict the file again."),
            detail=str(error),
        ) from error


class _Cancelled(Exception):
    """Ends the reading of a file from within its progress."""


def _as_canonical(
    source: BinaryIO, canonical: IO[bytes], progress: Callable[[FileProgress], None], cancelled: Callable[[], bool]
) -> tuple[str, ...] | None:
    """Write the file in canonical form and return the names of its columns; None when it was cancelled."""

    @contextmanager
    def from_the_start() -> Iterator[Write]:
        canonical.seek(0)
        canonical.truncate()
        yield write

    def write(data: bytes | memoryview) -> None:
        canonical.write(data)

    def tell(read: Progress) -> None:
        if cancelled():
            raise _Cancelled
        progress(FileProgress(0, _READING_SHARE * read.share))

    try:
        return convert(source, from_the_start, tell).names.names
    except _Cancelled:
        return None


def _json_value(value: Any) -> Any:
    """A value as JSON has it: missing ones, and numbers that JSON does not know, are null."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _bodies(rows: list[str]) -> Iterator[bytes]:
    """JSON Lines bodies that are small enough for one request each."""
    body = bytearray()
    for row in rows:
        line = row.encode() + b"\n"
        if body and len(body) + len(line) > invocation.LARGEST_BODY_BYTES:
            yield bytes(body)
            body.clear()
        body += line
    if body:
        yield bytes(body)


def _answers(endpoint: Endpoint, body: bytes) -> list[Prediction]:
    answer = invocation.invoke(endpoint.name, body, content_type=JSON_LINES, accept=JSON_LINES)
    lines = (json.loads(line) for line in answer.splitlines())
    return [Prediction(line["prediction"], line.get("probabilities", {})) for line in lines]
