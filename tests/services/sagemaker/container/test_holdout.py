"""Rows to train on and rows to measure on."""

import numpy as np
from holdout import sample, split


def test_each_class_gives_its_share() -> None:
    values = np.array([0] * 80 + [1] * 20)
    train, test = split(values, 0.25, seed=1, stratify=True)
    assert np.bincount(values[test]).tolist() == [20, 5]
    assert sorted([*train, *test]) == list(range(100))


def test_a_class_of_one_row_is_only_trained_on() -> None:
    values = np.array([0] * 20 + [1] * 20 + [2])
    train, _ = split(values, 0.5, seed=1, stratify=True)
    assert 40 in train


def test_the_seed_decides() -> None:
    values = np.arange(100)
    first, again, other = (split(values, 0.2, seed, stratify=False)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_there_is_always_a_row_to_measure_on() -> None:
    _, test = split(np.array([0, 0, 0, 0, 1, 1]), 0.01, seed=1, stratify=True)
    assert len(test) == 1


def test_a_sample_keeps_the_shares() -> None:
    values = np.array([0] * 900 + [1] * 100)
    rows = sample(values, 100, seed=1, stratify=True)
    assert np.bincount(values[rows]).tolist() == [90, 10]
    assert sample(values, 5_000, seed=1, stratify=True).tolist() == list(range(1_000))
