"""Which rows are learnt from and which are kept back to measure on: shuffled by the seed, each class in both parts."""

from __future__ import annotations

import numpy as np


def split(values: np.ndarray, share: float, seed: int, stratify: bool) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on and to test on, each in the order of the file.

    With `stratify` each class gives its share to the test, but at least one row to the training; a class of one row is
    only trained on. Written here, not taken from scikit-learn, because that refuses classes of one row.
    """
    random = np.random.default_rng(seed)
    groups = [np.flatnonzero(values == value) for value in np.unique(values)] if stratify else [np.arange(len(values))]
    tested = [_draw(group, share, random) for group in groups]
    test = np.sort(np.concatenate(tested))
    if not len(test):
        largest = max(groups, key=len)
        test = _draw(largest, 1 / len(largest), random)
    train = np.setdiff1d(np.arange(len(values)), test, assume_unique=True)
    return train, test


def sample(values: np.ndarray, most: int, seed: int, stratify: bool) -> np.ndarray:
    """At most `most` row numbers, the classes in their shares."""
    if len(values) <= most:
        return np.arange(len(values))
    return split(values, most / len(values), seed, stratify)[1]


def _draw(group: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    count = min(round(len(group) * share), len(group) - 1)
    return random.permutation(group)[:count]
