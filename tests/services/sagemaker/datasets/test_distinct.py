"""Distinct values are counted exactly as far as memory allows, and closely beyond."""

import numpy as np
import pytest

from services.sagemaker.datasets import distinct
from services.sagemaker.datasets.distinct import HashSample


def _hashes(numbers):
    return distinct.spread(distinct.hash_numbers(np.asarray(numbers, np.float64), distinct.multiplier(7)))


def _fill(sample, hashes, pieces=20):
    for piece in np.array_split(hashes, pieces):
        sample.add(piece[piece < sample.threshold])
    return sample


@pytest.mark.parametrize("count", [0, 1, 500, 1000])
def test_few_values_are_counted_exactly(count):
    sample = _fill(HashSample(1000), np.tile(_hashes(range(count)), 3))
    assert sample.exact
    assert sample.distinct() == count


@pytest.mark.parametrize("values", [range(100_000), np.linspace(0, 1, 100_000), np.arange(100_000) * 1e6 - 5e10])
def test_many_values_are_estimated_within_a_few_percent(values):
    sample = _fill(HashSample(2000), np.tile(_hashes(values), 2))
    assert not sample.exact
    assert sample.distinct() == pytest.approx(100_000, rel=0.08)


def test_repeated_values_are_counted():
    hashes = _hashes([*range(800), *range(100), *range(100)])
    exact = _fill(HashSample(1000, repeats=True), hashes)
    assert (exact.repeated(), exact.exact) == (200, True)
    many = _fill(HashSample(5000, repeats=True), _hashes([*range(50_000), *range(10_000)]))
    assert not many.exact
    assert many.repeated() == pytest.approx(10_000, rel=0.15)


def test_equal_numbers_have_equal_hashes():
    zero, minus_zero = distinct.hash_numbers(np.array([0.0, -0.0]), distinct.multiplier(3))
    assert zero == minus_zero


def test_the_same_value_in_another_column_differs():
    one, other = (distinct.hash_numbers(np.array([5.0]), distinct.multiplier(column))[0] for column in (0, 1))
    assert one != other
