"""How good a trained model is: the figures its job wrote, read from S3. Computes nothing of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.sagemaker.training import TrainingJob
from services.text import Text


@dataclass(frozen=True)
class Figure:
    """One measure on the held-out rows, beside what guessing (majority class or mean) would reach."""

    name: str
    """accuracy, balanced_accuracy, f1, roc_auc, pr_auc, log_loss; rmse, mae, r2."""
    value: float | None
    baseline: float | None
    higher_is_better: bool


@dataclass(frozen=True)
class Curve:
    """A ROC (x: false positive rate, y: true positive rate) or PR curve (x: recall, y: precision) of one class."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float | None


@dataclass(frozen=True)
class Confusion:
    """Counts of the held-out rows: `counts[i][j]` are of class i and were predicted as class j."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Residual:
    """One held-out row of a regression."""

    true: float
    predicted: float


@dataclass(frozen=True)
class Importance:
    """How much the score falls when this column is shuffled: mean and standard deviation over repeats."""

    feature: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class Candidate:
    """One line of the leaderboard: an algorithm and its cross-validated score."""

    algorithm: str
    score: float | None
    deviation: float | None
    seconds: float
    chosen: bool


@dataclass(frozen=True)
class Feature:
    """A column the model wants: its range (numeric) or categories, and what to fill in where a value is missing."""

    name: str
    type: Literal["numeric", "category", "date"]
    minimum: float | str | None
    maximum: float | str | None
    typical: float | str | None
    """Median of numbers and dates, most frequent category."""
    categories: tuple[str, ...]
    whole_numbers: bool
    date_format: str | None


@dataclass(frozen=True)
class LeftOut:
    """A column the model does not use, and why, in the words of the training script."""

    column: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """Everything a training job says of its model."""

    job: str
    problem: Literal["binary", "multiclass", "regression"]
    target: str
    algorithm: str
    """The algorithm of the model, the best one after a comparison."""
    classes: tuple[str, ...]
    figures: tuple[Figure, ...]
    """The main one first."""
    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    confusion: Confusion | None
    residuals: tuple[Residual, ...]
    importance: tuple[Importance, ...]
    """The most important first."""
    leaderboard: tuple[Candidate, ...]
    """The best first; one line when nothing was compared."""
    leaderboard_score: str
    """The name of the leaderboard's score."""
    features: tuple[Feature, ...]
    left_out: tuple[LeftOut, ...]
    rows_trained: int
    rows_tested: int
    rows_dropped: int
    warnings: tuple[str, ...]

    @property
    def main(self) -> Figure:
        return self.figures[0]


def load(job: TrainingJob | str) -> Evaluation:
    """Read evaluation.json out of the job's output.tar.gz.

    Raises ServiceError of code "NoEvaluation" when the job has not written one, or it is not readable.
    """
    raise NotImplementedError


def verdict(evaluation: Evaluation) -> Text:
    """One plain sentence on how much better than guessing the model is."""
    raise NotImplementedError
