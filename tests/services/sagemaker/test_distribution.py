"""How predictions are spread is counted as they come, without knowing them all."""

import numpy as np
import pytest

from services.sagemaker import distribution


def test_classes_are_counted_the_most_frequent_first():
    classes = distribution.Classes()
    classes.add(["no", "yes", "no"])
    classes.add(["no"])
    assert classes.counts() == (("no", 3), ("yes", 1))


def test_every_number_is_in_one_range_and_none_is_lost():
    numbers, values = distribution.Numbers(), np.random.default_rng(1).normal(100, 30, 10_000)
    for part in np.array_split(values, 7):
        numbers.add(part)
    counts = [count for _, count in numbers.counts()]
    assert sum(counts) == 10_000
    edges = np.arange(np.floor(values.min() / numbers.width), np.floor(values.max() / numbers.width) + 2)
    assert counts == np.histogram(values, edges * numbers.width)[0].tolist()


@pytest.mark.parametrize("scale", [1e-9, 0.01, 1, 3_000, 1e12])
def test_there_are_neither_too_many_ranges_nor_too_few(scale):
    numbers = distribution.Numbers()
    for part in np.array_split(np.linspace(0, 1, 1_000) * scale, 4):
        numbers.add(part)
    assert 5 <= len(numbers.counts()) <= distribution.MOST_RANGES


def test_a_late_outlier_widens_the_ranges():
    numbers = distribution.Numbers()
    numbers.add(np.array([1.0, 2.0, 3.0]))
    numbers.add(np.array([1e6, -1e6]))
    counts = dict(numbers.counts())
    assert sum(counts.values()) == 5
    assert len(counts) <= distribution.MOST_RANGES


def test_ranges_have_round_edges():
    numbers = distribution.Numbers()
    numbers.add(np.array([0.0, 37.0, 80.0]))
    numbers.add(np.array([150.0]))
    assert numbers.counts()[0] == ("0 – 5", 1)


@pytest.mark.parametrize("value", [0.0, -3.5, 250_000.0])
def test_one_number_alone_is_one_range(value):
    numbers = distribution.Numbers()
    numbers.add(np.array([value, value]))
    assert [count for _, count in numbers.counts()] == [2]


def test_no_predictions_are_no_ranges():
    numbers = distribution.Numbers()
    numbers.add(np.array([]))
    assert numbers.counts() == ()
