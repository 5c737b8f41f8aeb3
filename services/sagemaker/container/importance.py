"""Which columns the model leans on: how far its figure falls on held-out rows when one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_MOST_FEATURES = 200
_MOST_REPEATS = 5
_MOST_ROWS = 5_000
_FEWEST_ROWS = 200
_MOST_ROW_PREDICTIONS = 500_000
"""Bounds the time: rows times columns times repeats."""


def permutation_importance(
    matrix: np.ndarray,
    sources: list[str],
    score: Callable[[np.ndarray, np.ndarray], float | None],
    values: np.ndarray,
    seed: int,
) -> dict[str, Any]:
    """`matrix`: encoded held-out rows; `sources`: the column each of its numbers comes from, shuffled together.

    `score(matrix, rows)` measures the model on a matrix of these row numbers; `values` are the true values. On wide
    data only the columns that go most with the target are measured.
    """
    random = np.random.default_rng(seed)
    names = list(dict.fromkeys(sources))
    groups = {name: [place for place, source in enumerate(sources) if source == name] for name in names}
    if len(names) > _MOST_FEATURES:
        strength = {name: _correlation(matrix[:, places], values) for name, places in groups.items()}
        measured = sorted(names, key=lambda name: -strength[name])[:_MOST_FEATURES]
    else:
        measured = names
    repeats = int(np.clip(_MOST_ROW_PREDICTIONS // (len(measured) * _FEWEST_ROWS), 1, _MOST_REPEATS))
    most = int(np.clip(_MOST_ROW_PREDICTIONS // (len(measured) * repeats), _FEWEST_ROWS, _MOST_ROWS))
    rows = np.sort(random.permutation(len(matrix))[:most])
    sample = matrix[rows]
    whole = score(sample, rows)
    found = []
    for name in measured if whole is not None else []:
        falls = []
        for _ in range(repeats):
            shuffled = sample.copy()
            shuffled[:, groups[name]] = sample[random.permutation(len(rows))][:, groups[name]]
            falls.append(whole - score(shuffled, rows))
        found.append({"name": name, "mean": float(np.mean(falls)), "deviation": float(np.std(falls))})
    found.sort(key=lambda one: -one["mean"])
    left = [name for name in names if name not in set(measured)]
    return {"rows": len(rows), "repeats": repeats, "features": found, "not_measured": left}


def _correlation(places: np.ndarray, values: np.ndarray) -> float:
    """The largest absolute correlation of the numbers with the target; missing ones count as the mean."""
    strongest = 0.0
    for place in places.T:
        known = np.where(np.isnan(place), np.nanmean(place) if not np.isnan(place).all() else 0, place).astype(
            "float64"
        )
        spread = known.std() * values.std()
        if spread:
            strongest = max(strongest, abs(float(np.mean((known - known.mean()) * (values - values.mean())) / spread)))
    return strongest
