"""Target leakage: how well each column alone predicts the target, on rows that were not looked at for it.

A column that gives the target away is often known only after the fact, like a date of cancellation beside "cancelled".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.sagemaker.datasets.model import Problem

SUSPICIOUS = 0.985
"""Area under the ROC curve, or R2 of ranks, of one column alone. The best single column of the classic breast cancer
data reaches 0.975, honestly."""

_RANGES = 64
_FEWEST_ROWS = 50
_FEWEST_ROWS_OF_A_CLASS = 10
_MOST_CLASSES = 20
_FOLDS = 2

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def suspicious_columns(sample: pd.DataFrame, target: str, problem: Problem) -> Mapping[str, float]:
    """The columns of a row sample that predict the target too well, with their score between 0.5 or 0 and 1.

    Classes: the mean area under the ROC curve of each class against the rest. Numbers: the share of the variance of
    the target's ranks that is explained, so that a few large values do not decide. Nothing is said of under 50 rows,
    nor of classes of under 10.
    """
    known = sample[sample[target].notna()]
    if len(known) < _FEWEST_ROWS:
        return {}
    wanted = _wanted(known[target], problem)
    if wanted is None:
        return {}
    folds = np.random.default_rng(0).integers(_FOLDS, size=len(known))
    scores = {}
    for name in known.columns.drop(target):
        guesses = _guesses(_groups(known[name]), wanted, folds)
        score = _explained(wanted[:, 0], guesses[:, 0]) if problem == "regression" else _mean_area(wanted, guesses)
        if score >= SUSPICIOUS:
            scores[str(name)] = score
    return scores


def _wanted(values: pd.Series, problem: Problem) -> Floats | None:
    """Ranks for numbers, a column of zeros and ones for each class; None where there is too little of them."""
    if problem == "regression":
        numbers = pd.to_numeric(values, errors="coerce")
        ranks = np.asarray(numbers.rank().fillna(numbers.rank().mean()), np.float64)
        return ranks[:, None] if ranks.std() > 0 else None
    counts = values.value_counts()
    classes = counts[counts >= _FEWEST_ROWS_OF_A_CLASS].index[:_MOST_CLASSES]
    if len(classes) < 2:
        return None
    return np.column_stack([np.asarray(values == one, np.float64) for one in classes])


def _groups(values: pd.Series) -> Codes:
    """Each category, or each of 64 ranges of equally many numbers, as a group; missing values are one too."""
    if values.dtype == np.float64 and values.nunique() > _RANGES:
        ranks = values.rank(method="average", pct=True)
        groups = np.ceil(ranks.to_numpy() * _RANGES)
        return np.where(np.isnan(groups), 0, groups).astype(np.intp)
    return np.asarray(pd.factorize(values, use_na_sentinel=True)[0] + 1, np.intp)


def _guesses(groups: Codes, wanted: Floats, folds: npt.NDArray[np.int64]) -> Floats:
    """What the rows of the other fold in the same group have on average; the average of all where there is none."""
    size = int(groups.max()) + 1
    guesses = np.empty_like(wanted)
    for fold in range(_FOLDS):
        learnt, guessed = folds != fold, folds == fold
        counts = np.bincount(groups[learnt], minlength=size)
        for column in range(wanted.shape[1]):
            overall = wanted[learnt, column].mean()
            sums = np.bincount(groups[learnt], weights=wanted[learnt, column], minlength=size)
            means = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
            guesses[guessed, column] = means[groups[guessed]]
    return guesses


def _explained(true: Floats, guessed: Floats) -> float:
    return float(1 - np.square(true - guessed).sum() / np.square(true - true.mean()).sum())


def _mean_area(true: Floats, guessed: Floats) -> float:
    return float(np.mean([_area(true[:, one], guessed[:, one]) for one in range(true.shape[1])]))


def _area(true: Floats, guessed: Floats) -> float:
    """The area under the ROC curve, from the ranks of the positives (Mann-Whitney)."""
    ranks = pd.Series(guessed).rank().to_numpy(np.float64)
    positives = true.sum()
    negatives = len(true) - positives
    return float((ranks[true == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))
