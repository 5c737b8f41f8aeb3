"""The measures of a model on rows it has not seen, and of who only guesses. Functions of arrays."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn import metrics

HIGHER_IS_BETTER = {
    "roc_auc": True, "accuracy": True, "balanced_accuracy": True, "f1": True, "f1_macro": True, "pr_auc": True,
    "log_loss": False, "r2": True, "rmse": False, "mae": False,
}  # fmt: skip
MAIN = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}

_LEAST_PROBABILITY = 1e-15


def regression(true: np.ndarray, predicted: np.ndarray) -> dict[str, float | None]:
    error = true - predicted
    spread = float(np.sum((true - true.mean()) ** 2))
    return {
        "r2": 1 - float(np.sum(error**2)) / spread if spread else None,
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
    }


def classification(
    true: np.ndarray, probabilities: np.ndarray, positive: int | None, names: list[str]
) -> dict[str, float | None]:
    """The figures in `names`. true: class numbers; positive: of a binary problem."""
    predicted = probabilities.argmax(axis=1)
    classes = np.arange(probabilities.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes without a row here: their shares are 0, as they should be
        measured: dict[str, float | None] = {
            "accuracy": metrics.accuracy_score(true, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(true, predicted),
            "f1_macro": metrics.f1_score(true, predicted, average="macro", zero_division=0),
            "f1": None
            if positive is None
            else metrics.f1_score(true == positive, predicted == positive, zero_division=0),
        }
    if "log_loss" in names:
        measured["log_loss"] = log_loss(true, probabilities)
    if "roc_auc" in names or "pr_auc" in names:
        wanted = classes if positive is None else [positive]
        areas = [area(true == one, probabilities[:, one]) for one in wanted]
        measured["roc_auc"] = _mean([roc for roc, _ in areas])
        measured["pr_auc"] = _mean([pr for _, pr in areas])
    return {name: None if measured[name] is None else float(measured[name]) for name in names}


def log_loss(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log of the probability given to the true class."""
    given = np.clip(probabilities[np.arange(len(true)), true], _LEAST_PROBABILITY, 1)
    return float(-np.mean(np.log(given)))


def area(is_class: np.ndarray, scores: np.ndarray) -> tuple[float | None, float | None]:
    """Area under the ROC curve and average precision; None where one of the two sides has no row."""
    if not is_class.any() or is_class.all():
        return None, None
    return float(metrics.roc_auc_score(is_class, scores)), float(metrics.average_precision_score(is_class, scores))


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
