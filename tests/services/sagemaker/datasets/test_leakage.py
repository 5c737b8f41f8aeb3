"""A column that gives the target away is found; an honest one, however good, is not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from services.sagemaker.datasets.leakage import suspicious_columns

_ROWS = 600


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(5)


def _classes(chance: np.random.Generator, classes: str = "ab", shares: list[float] | None = None) -> pd.Series:
    return pd.Series(chance.choice(list(classes), _ROWS, p=shares), dtype=object)


@pytest.mark.parametrize(
    "leak",
    [
        lambda goal: goal.map({"a": "left", "b": "stayed"}),
        lambda goal: goal.map({"a": 1.0, "b": 0.0}),
        lambda goal: pd.Series(np.where(goal == "a", "2024-01-01", None), dtype=object),
        lambda goal: pd.Series(np.where(goal == "a", np.linspace(0, 1, _ROWS), np.nan)),
        lambda goal: pd.Series(np.where(goal == "a", 5, -5) + np.sin(np.arange(_ROWS))),
    ],
    ids=["renamed", "number", "filled only then", "number only then", "far apart"],
)
def test_what_gives_a_class_away_is_found(leak: Callable[[pd.Series], pd.Series], chance):
    goal = _classes(chance)
    sample = pd.DataFrame({"goal": goal, "leak": leak(goal), "noise": chance.normal(size=_ROWS)})
    assert list(suspicious_columns(sample, "goal", "binary")) == ["leak"]


def test_a_rare_class_is_given_away_too(chance):
    goal = _classes(chance, "ab", [0.95, 0.05])
    sample = pd.DataFrame({"goal": goal, "leak": goal == "b", "noise": chance.normal(size=_ROWS)})
    assert list(suspicious_columns(sample.astype({"leak": object}), "goal", "binary")) == ["leak"]


def test_what_gives_one_of_several_classes_away_for_all_is_found(chance):
    goal = _classes(chance, "abcd")
    sample = pd.DataFrame({"goal": goal, "leak": goal.str.upper(), "half": goal.isin(["a", "b"]).astype(object)})
    assert list(suspicious_columns(sample, "goal", "multiclass")) == ["leak"]


def test_a_price_with_tax_gives_the_price_away(chance):
    price = pd.Series(np.exp(chance.normal(12, 1, _ROWS)))
    sample = pd.DataFrame({"price": price, "with_tax": price * 1.21, "size": price**0.5 * chance.normal(1, 0.3, _ROWS)})
    assert list(suspicious_columns(sample, "price", "regression")) == ["with_tax"]


def test_a_good_honest_column_is_not_suspected(chance):
    goal = _classes(chance)
    strong = np.where(goal == "a", 1.0, 0.0) + chance.normal(0, 0.45, _ROWS)
    assert not suspicious_columns(pd.DataFrame({"goal": goal, "strong": strong}), "goal", "binary")


def test_a_column_that_names_each_row_does_not_predict(chance):
    goal = _classes(chance)
    names = pd.Series([f"row {number}" for number in range(_ROWS)], dtype=object)
    assert not suspicious_columns(pd.DataFrame({"goal": goal, "name": names}), "goal", "binary")


def test_nothing_is_said_of_few_rows(chance):
    sample = pd.DataFrame({"goal": ["a", "b"] * 20, "leak": ["a", "b"] * 20})
    assert not suspicious_columns(sample, "goal", "binary")


def test_rows_without_a_target_are_not_looked_at(chance):
    goal = _classes(chance)
    sample = pd.DataFrame({"goal": goal.where(goal.index % 2 == 0), "leak": goal, "noise": chance.normal(size=_ROWS)})
    assert list(suspicious_columns(sample, "goal", "binary")) == ["leak"]
