"""What a training job says of its model, as dataclasses, read from its evaluation.json. Pure.

The file's members are documented where it is written, in container/evaluation.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from services.sagemaker import wording
from services.text import Text

FORMAT = 1


@dataclass(frozen=True)
class Figure:
    """One measure on the held-out rows, beside what guessing (majority class or mean) would reach."""

    name: str
    """roc_auc, accuracy, balanced_accuracy, f1, f1_macro, pr_auc, log_loss; r2, rmse, mae."""
    value: float | None
    baseline: float | None
    higher_is_better: bool


@dataclass(frozen=True)
class Curve:
    """A ROC (x: false positive rate, y: true positive rate) or PR curve (x: recall, y: precision) of one class."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    thresholds: tuple[float | None, ...]
    area: float | None


@dataclass(frozen=True)
class Confusion:
    """Counts of the held-out rows: `counts[i][j]` are of class i and were predicted as class j."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ClassFigures:
    """How well one class is found among the held-out rows."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    rows: int


@dataclass(frozen=True)
class CalibrationBin:
    """Rows whose probability of the positive class is alike: the mean of it, and the share that really is of it."""

    predicted: float
    observed: float
    rows: int


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
    """One line of the leaderboard: an algorithm and its cross-validated score, or why it failed."""

    algorithm: str
    score: float | None
    deviation: float | None
    seconds: float | None
    chosen: bool
    failed: str | None


@dataclass(frozen=True)
class Feature:
    """A column the model wants: its range (numbers; dates as ISO text) or categories, and values to begin a form."""

    name: str
    type: Literal["numeric", "category", "date"]
    minimum: float | str | None
    maximum: float | str | None
    typical: float | str | None
    """Median of numbers and dates, most frequent category."""
    example: float | str | None
    """The value of one real row, the same row for all features; None where it has none."""
    categories: tuple[str, ...]
    """The most frequent first, at most 200."""
    whole_numbers: bool
    date_format: str | None
    with_time: bool
    missing: int
    distinct: int


@dataclass(frozen=True)
class LeftOut:
    """A column the model does not use, and why."""

    column: str
    code: str
    """identifier, constant, text, all-missing or excluded."""
    reason: Text


@dataclass(frozen=True)
class Dropped:
    """Rows that could not be used, and why."""

    rows: int
    reason: Text


@dataclass(frozen=True)
class Evaluation:
    """Everything a training job says of its model."""

    job: str
    problem: Literal["binary", "multiclass", "regression"]
    target: str
    algorithm: str
    """The algorithm of the model, the best one after a comparison."""
    classes: tuple[str, ...]
    positive: str | None
    """The class that f1, roc_auc and pr_auc are of; None unless binary."""
    figures: tuple[Figure, ...]
    """The main one first."""
    guess: str | float
    """What the baseline always predicts: the majority class, or the mean."""
    confusion: Confusion | None
    per_class: tuple[ClassFigures, ...]
    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    calibration: tuple[CalibrationBin, ...]
    residuals: tuple[Residual, ...]
    residual_quantiles: dict[str, float] | None
    """p05, p25, p50, p75, p95 of true - predicted."""
    importance: tuple[Importance, ...]
    """The most important first."""
    importance_figure: str
    leaderboard: tuple[Candidate, ...]
    """The best first; one line without score when nothing was compared."""
    leaderboard_score: str | None
    """The name of the leaderboard's score (higher is better), None when nothing was compared."""
    features: tuple[Feature, ...]
    """In the order of a row without a header."""
    left_out: tuple[LeftOut, ...]
    rows_read: int
    rows_trained: int
    rows_tested: int
    dropped: tuple[Dropped, ...]
    warnings: tuple[Text, ...]
    compiled: bool
    """Whether the endpoint serves the model's compiled form, found equal to the original."""
    versions: dict[str, str]
    seconds: dict[str, float]

    @property
    def main(self) -> Figure:
        return self.figures[0]

    def figure(self, name: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.name == name), None)


def parse(job: str, content: dict[str, Any]) -> Evaluation:
    """The evaluation in evaluation.json's content. Raises LookupError, TypeError or ValueError where it is none."""
    if content["format"] != FORMAT:
        raise ValueError(f"evaluation.json has format {content['format']}, not {FORMAT}")
    rows, importance = content["rows"], content["importance"]
    return Evaluation(
        job=job,
        problem=content["problem"],
        target=content["target"],
        algorithm=content["algorithm"],
        classes=tuple(content["classes"]),
        positive=content["positive"],
        figures=tuple(
            Figure(one["name"], one["value"], one["baseline"], one["higher_is_better"]) for one in content["figures"]
        ),
        guess=content["baseline"]["prediction"],
        confusion=_confusion(content["confusion"]),
        per_class=tuple(
            ClassFigures(one["label"], one["precision"], one["recall"], one["f1"], one["rows"])
            for one in content["per_class"]
        ),
        roc=tuple(_curve(one) for one in content["roc"]),
        precision_recall=tuple(_curve(one) for one in content["pr"]),
        calibration=tuple(
            CalibrationBin(one["predicted"], one["observed"], one["rows"]) for one in content["calibration"]
        ),
        residuals=tuple(Residual(one["true"], one["predicted"]) for one in content["residuals"]),
        residual_quantiles=content["residual_quantiles"],
        importance=tuple(Importance(one["name"], one["mean"], one["deviation"]) for one in importance["features"]),
        importance_figure=importance["metric"],
        leaderboard=tuple(
            Candidate(one["algorithm"], one["score"], one["deviation"], one["seconds"], one["chosen"], one["failed"])
            for one in content["leaderboard"]
        ),
        leaderboard_score=content["leaderboard_metric"],
        features=tuple(_feature(one) for one in content["features"]),
        left_out=tuple(
            LeftOut(one["column"], one["code"], wording.left_out(one["code"], one["reason"]))
            for one in content["left_out"]
        ),
        rows_read=rows["read"],
        rows_trained=rows["train"],
        rows_tested=rows["test"],
        dropped=tuple(Dropped(one["rows"], wording.dropped(one["code"], one["reason"])) for one in rows["dropped"]),
        warnings=tuple(
            wording.warning(one["code"], one["message"], one.get("values", {})) for one in content["warnings"]
        ),
        compiled=content["compiled"]["compiled"],
        versions=content["versions"],
        seconds=content["seconds"],
    )


def _confusion(content: dict[str, Any] | None) -> Confusion | None:
    if content is None:
        return None
    return Confusion(tuple(content["labels"]), tuple(tuple(row) for row in content["matrix"]))


def _curve(content: dict[str, Any]) -> Curve:
    points = content["points"]
    return Curve(
        content["label"],
        tuple(point[0] for point in points),
        tuple(point[1] for point in points),
        tuple(point[2] for point in points),
        content["area"],
    )


def _feature(content: dict[str, Any]) -> Feature:
    return Feature(
        name=content["name"],
        type=content["type"],
        minimum=content.get("min"),
        maximum=content.get("max"),
        typical=content["typical"],
        example=content["example"],
        categories=tuple(category["value"] for category in content.get("categories", [])),
        whole_numbers=content.get("integer", False),
        date_format=content.get("date_format"),
        with_time=content.get("time", False),
        missing=content["missing"],
        distinct=content["distinct"],
    )
