"""Predictions from an endpoint: for rows of a form, and for a whole file as a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from services.sagemaker.endpoints import Endpoint
from services.text import Text


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
    raise NotImplementedError


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
    raise NotImplementedError
