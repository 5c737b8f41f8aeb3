"""How good the model is on rows it has not seen: evaluation.json, written by the job and drawn by whoever reads it.

The file is one JSON object; every number is finite, and null stands where a figure cannot be computed (one class only
in the held-out rows, a curve of a class that is not there). Members, in this order:

    format        1
    problem       "binary" | "multiclass" | "regression"
    target        name of the predicted column
    algorithm     "random-forest" | "hist-gradient-boosting" | "xgboost" | "linear": the best one after "compare"
    classes       [str, …] in the order of the probabilities; [] for regression
    positive      binary: the class that f1, roc_auc and pr_auc are of ("yes"-like words, else the rarer one); null else
    rows          {"read": int, "used": int, "train": int, "test": int,
                   "dropped": [{"code": "target-missing" | "target-not-a-number", "reason": str, "rows": int}, …]}
    figures       [{"name", "value", "baseline", "higher_is_better"}, …], the main one first, on the held-out rows.
                  binary: roc_auc, accuracy, balanced_accuracy, f1, f1_macro, pr_auc, log_loss
                  multiclass: accuracy, balanced_accuracy, f1_macro, roc_auc (each class against the rest, mean), pr_auc
                  (likewise), log_loss
                  regression: r2, rmse, mae
    baseline      {"kind": "majority-class" | "mean", "prediction": str | number}: guessing it reaches the baselines
    confusion     {"labels": [str, …], "matrix": [[int, …], …]}: rows are true classes, columns predicted; null else
    per_class     [{"label", "precision", "recall", "f1", "rows"}, …]; [] for regression
    roc           [{"label", "area", "points": [[false positive rate, true positive rate, threshold], …]}, …]: the
                  positive class, or each class against the rest (the 10 largest); at most 200 points
    pr            [{"label", "area", "points": [[recall, precision, threshold], …]}, …] likewise
    calibration   [{"predicted", "observed", "rows"}, …]: mean probability of the positive class beside its real share,
                  in ten bins; [] unless binary
    residuals     [{"true", "predicted"}, …]: at most 500 held-out rows drawn by the seed; [] unless regression
    residual_quantiles  {"p05", "p25", "p50", "p75", "p95"} of true - predicted over all held-out rows; null else
    importance    {"metric": name of the figure, "rows": int, "repeats": int, "not_measured": [str, …],
                   "features": [{"name", "mean", "deviation"}, …]: how far the figure falls when the column is shuffled,
                   the most important first}
    leaderboard   [{"algorithm", "score", "deviation", "seconds", "chosen", "failed": str | null}, …] the best first;
                  one line without score when nothing was compared
    leaderboard_metric  "roc_auc" | "f1_macro" | "r2" (higher is better), or null when nothing was compared
    leaderboard_rows, leaderboard_folds  int or null: what the comparison was made on
    features      what a form needs for each column of the model, in the order of a row without a header:
                  {"name", "type": "numeric" | "category" | "date", "missing": rows without a value, "distinct": int,
                   "example": value of one real row (the same row for all features), null where that is missing,
                   "typical": median (numeric: number, date: ISO text) or the most frequent category,
                   numeric: "min", "max", "mean", "integer": bool
                   date:    "min", "max" (ISO text), "date_format", "time": bool
                   category: "categories": [{"value", "rows"}, …] the most frequent first, at most 200}
    left_out      [{"column", "reason": str,
                    "code": "identifier" | "constant" | "text" | "all-missing" | "excluded"}, …]
    warnings      [{"code": str, "message": str, "values": {…}}, …]
    compiled      {"compiled": bool, "reason": why not, or null, "difference": largest one found, or null}
    settings      {"seed", "test_share", "algorithm" as asked, "problem" as asked, "exclude": [str, …]}
    versions      {"python", "scikit-learn", "numpy", "pandas", "xgboost" where used, …}
    seconds       {"read", "split", "compare", "fit", "compile", "evaluate", "total"}
    peak_memory_bytes  int
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from curves import calibration, confusion, curves, per_class, residuals
from encoding import Encoding
from figures import HIGHER_IS_BETTER, MAIN, classification, regression
from importance import permutation_importance
from scoring import Scorer
from target import Target

_CLASS_FIGURES = {
    "binary": ["roc_auc", "accuracy", "balanced_accuracy", "f1", "f1_macro", "pr_auc", "log_loss"],
    "multiclass": ["accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "pr_auc", "log_loss"],
}


@dataclass(frozen=True)
class HeldOut:
    """What the model is measured on: the encoded rows and their true values, and those it was trained on."""

    matrix: np.ndarray
    values: np.ndarray
    trained: np.ndarray


def evaluate(scorer: Scorer, target: Target, held_out: HeldOut, encoding: Encoding, seed: int) -> dict[str, Any]:
    """The members of evaluation.json that are measured: from "figures" to "importance"."""
    scores = scorer.scores(held_out.matrix)
    if target.problem == "regression":
        measured, metric = _regression(scores[:, 0], held_out, seed), "r2"
    else:
        measured, metric = _classification(scores, target, held_out)
    score = _score(scorer, target, held_out, metric)
    found = permutation_importance(held_out.matrix, encoding.sources, score, held_out.values, seed)
    return {**measured, "importance": {"metric": metric, **found}}


def _regression(predicted: np.ndarray, held_out: HeldOut, seed: int) -> dict[str, Any]:
    true, mean = held_out.values, float(held_out.trained.mean())
    guessed = regression(true, np.full(len(true), mean))
    return {
        "figures": _figures(regression(true, predicted), guessed),
        "baseline": {"kind": "mean", "prediction": mean},
        "confusion": None,
        "per_class": [],
        "roc": [],
        "pr": [],
        "calibration": [],
        **residuals(true, predicted, seed),
    }


def _classification(scores: np.ndarray, target: Target, held_out: HeldOut) -> tuple[dict[str, Any], str]:
    true, names = held_out.values, _CLASS_FIGURES[target.problem]
    positive = _place(target)
    shares = np.bincount(held_out.trained, minlength=len(target.classes)) / len(held_out.trained)
    figures = classification(true, scores, positive, names)
    guessed = classification(true, np.tile(shares, (len(true), 1)), positive, names)
    table = confusion(true, scores.argmax(axis=1), target.classes)
    measured = {
        "figures": _figures(figures, guessed),
        "baseline": {"kind": "majority-class", "prediction": target.classes[int(shares.argmax())]},
        "confusion": table,
        "per_class": per_class(table["matrix"], target.classes),
        **curves(true, scores, target.classes, positive),
        "calibration": [] if positive is None else calibration(true == positive, scores[:, positive]),
        "residuals": [],
        "residual_quantiles": None,
    }
    main = MAIN[target.problem]
    return measured, "accuracy" if figures[main] is None else main


def _score(scorer: Scorer, target: Target, held_out: HeldOut, metric: str) -> Any:
    """The figure `metric` of a matrix of held-out rows."""

    def score(matrix: np.ndarray, rows: np.ndarray) -> float | None:
        scores, true = scorer.scores(matrix), held_out.values[rows]
        if target.problem == "regression":
            return regression(true, scores[:, 0])[metric]
        return classification(true, scores, _place(target), [metric])[metric]

    return score


def _place(target: Target) -> int | None:
    return None if target.positive is None else target.classes.index(target.positive)


def _figures(measured: dict[str, float | None], guessed: dict[str, float | None]) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value, "baseline": guessed[name], "higher_is_better": HIGHER_IS_BETTER[name]}
        for name, value in measured.items()
    ]
