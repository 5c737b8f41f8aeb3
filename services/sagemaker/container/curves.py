"""The pictures behind the figures, thinned to what a chart can show: ROC, precision-recall, calibration, residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
from figures import pr_auc, roc_auc
from sklearn import metrics

MOST_POINTS = 200
MOST_CURVES = 10
MOST_RESIDUALS = 500

_BINS = 10
_QUANTILES = (5, 25, 50, 75, 95)


def curves(
    true: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...], positive: int | None
) -> dict[str, list[dict[str, Any]]]:
    """ "roc" and "pr": of the positive class, or of the largest classes each against the rest."""
    largest = np.argsort(-np.bincount(true, minlength=len(classes)), kind="stable")[:MOST_CURVES]
    wanted = sorted(int(one) for one in largest) if positive is None else [positive]
    found: dict[str, list[dict[str, Any]]] = {"roc": [], "pr": []}
    for one in wanted:
        is_class, scores = true == one, probabilities[:, one]
        roc_area, pr_area = roc_auc(is_class, scores), pr_auc(is_class, scores)
        if roc_area is None:
            continue
        false_rate, true_rate, thresholds = metrics.roc_curve(is_class, scores)
        found["roc"].append(_curve(classes[one], roc_area, false_rate, true_rate, thresholds))
        precision, recall, thresholds = metrics.precision_recall_curve(is_class, scores)
        found["pr"].append(_curve(classes[one], pr_area, recall, precision, np.append(thresholds, 1.0)))
    return found


def _curve(label: str, under: float | None, x: np.ndarray, y: np.ndarray, thresholds: np.ndarray) -> dict[str, Any]:
    """Points evenly along the curve's length, so that steep parts keep theirs; first and last always."""
    way = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.searchsorted(way, np.linspace(0, way[-1], MOST_POINTS - 1)).clip(0, len(x) - 1)
    kept = np.unique(np.append(wanted, len(x) - 1))
    points = np.column_stack([x, y, np.minimum(thresholds, 1.0)])[kept]
    return {"label": label, "area": under, "points": np.round(points, 6).tolist()}


def calibration(is_positive: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """In bins of equal width, the mean probability beside the share that was positive."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [
        {
            "predicted": float(scores[bins == one].mean()),
            "observed": float(is_positive[bins == one].mean()),
            "rows": int((bins == one).sum()),
        }
        for one in np.unique(bins)
    ]


def confusion(true: np.ndarray, predicted: np.ndarray, classes: tuple[str, ...]) -> dict[str, Any]:
    matrix = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(matrix, (true, predicted), 1)
    return {"labels": list(classes), "matrix": matrix.tolist()}


def per_class(matrix: list[list[int]], classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each class; null where nothing was predicted or there is no row."""
    counts = np.array(matrix)
    return [
        {
            "label": name,
            "precision": _share(counts[one, one], counts[:, one].sum()),
            "recall": _share(counts[one, one], counts[one].sum()),
            "f1": _share(2 * counts[one, one], counts[:, one].sum() + counts[one].sum()),
            "rows": int(counts[one].sum()),
        }
        for one, name in enumerate(classes)
    ]


def residuals(true: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, Any]:
    """ "residuals" and "residual_quantiles"."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(true))[:MOST_RESIDUALS])
    quantiles = np.percentile(true - predicted, _QUANTILES)
    return {
        "residuals": [{"true": float(true[row]), "predicted": float(predicted[row])} for row in rows],
        "residual_quantiles": {f"p{q:02d}": float(value) for q, value in zip(_QUANTILES, quantiles, strict=True)},
    }


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
