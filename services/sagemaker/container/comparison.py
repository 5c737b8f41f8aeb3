"""Which algorithm suits the data best: each cross-validated on the training rows, in a leaderboard."""

from __future__ import annotations

import time
import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from columns import Column
from estimators import NAMES, has_xgboost, pipeline
from failures import Note
from holdout import sample
from journal import say
from settings import ALGORITHMS
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

SCORES = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}

_MOST_ROWS = 20_000
_ROWS_FOR_FIVE_FOLDS = 5_000


@dataclass(frozen=True)
class Candidate:
    """One line of the leaderboard; `failed` says why there is no score."""

    algorithm: str
    score: float | None
    deviation: float | None
    seconds: float
    chosen: bool = False
    failed: str | None = None


@dataclass(frozen=True)
class Comparison:
    candidates: tuple[Candidate, ...]
    """The best first."""
    metric: str
    rows: int
    folds: int
    notes: tuple[Note, ...]

    @property
    def best(self) -> str:
        return self.candidates[0].algorithm

    def as_json(self) -> dict[str, Any]:
        return {
            "leaderboard": [asdict(candidate) for candidate in self.candidates],
            "leaderboard_metric": self.metric,
            "leaderboard_rows": self.rows,
            "leaderboard_folds": self.folds,
        }


def compare(
    frame: pd.DataFrame, values: np.ndarray, problem: str, columns: tuple[Column, ...], seed: int, jobs: int
) -> Comparison:
    """Cross-validate every algorithm on at most 20,000 rows; classes too small for the folds stay out of it."""
    regression = problem == "regression"
    rows = sample(values, _MOST_ROWS, seed, stratify=not regression)
    folds = 5 if len(rows) <= _ROWS_FOR_FIVE_FOLDS else 3
    if not regression:
        rows, folds = _large_classes(rows, values, folds)
    part = frame.iloc[rows]
    goal = values[rows] if regression else np.unique(values[rows], return_inverse=True)[1]
    splitter = (KFold if regression else StratifiedKFold)(folds, shuffle=True, random_state=seed)
    found = []
    for algorithm in ALGORITHMS:
        say(f"comparing: {NAMES[algorithm]}, {folds} folds of {len(rows)} rows")
        if algorithm == "xgboost" and not has_xgboost():
            found.append(Candidate(algorithm, None, None, 0.0, failed="XGBoost is not installed in this container."))
            continue
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = cross_val_score(
                pipeline(algorithm, problem, columns, len(rows), seed, jobs),
                part, goal, cv=splitter, scoring=SCORES[problem], error_score="raise",
            )  # fmt: skip
        seconds = time.perf_counter() - started
        found.append(Candidate(algorithm, _finite(scores.mean()), _finite(scores.std()), seconds))
        say(f"comparing: {NAMES[algorithm]} {SCORES[problem]}={scores.mean():.4f} in {seconds:.1f} s")
    return Comparison(_ranked(found), SCORES[problem], len(rows), folds, _notes(len(rows), len(values)))


def _large_classes(rows: np.ndarray, values: np.ndarray, folds: int) -> tuple[np.ndarray, int]:
    """The rows of classes that reach every fold, and the folds: fewer where a second class would be lost."""
    counts = np.bincount(values[rows])
    folds = max(2, min(folds, int(np.sort(counts)[-2])))
    return rows[counts[values[rows]] >= folds], folds


def _ranked(found: list[Candidate]) -> tuple[Candidate, ...]:
    ranked = sorted(found, key=lambda one: -np.inf if one.score is None else -one.score)
    scored = [one for one in ranked if one.score is not None]
    first = Candidate(**{**asdict(scored[0]), "chosen": True})
    return (first, *scored[1:], *(one for one in ranked if one.score is None))


def _notes(used: int, rows: int) -> tuple[Note, ...]:
    if used == rows:
        return ()
    message = f"The algorithms were compared on {used} of {rows} rows."
    return (Note("compared-on-sample", message, {"rows": used, "of": rows}),)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
