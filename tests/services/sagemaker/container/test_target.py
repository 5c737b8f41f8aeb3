"""The problem a target poses, and the rows that can be learnt from."""

import numpy as np
import pandas as pd
import pytest
from failures import TrainingFailure
from target import Target, read_target


def words(*texts: str | None) -> pd.Series:
    return pd.Series(list(texts), name="y").astype("category")


def numbers(*values: float) -> pd.Series:
    return pd.Series([float(value) for value in values], name="y")


@pytest.mark.parametrize(
    ("cells", "problem", "classes"),
    [
        (words(*"abab" * 5), "binary", ("a", "b")),
        (words(*"abcabc" * 5), "multiclass", ("a", "b", "c")),
        (numbers(*[0, 1] * 10), "binary", ("0", "1")),
        (numbers(*[1, 2, 10] * 10), "multiclass", ("1", "2", "10")),
        (numbers(*range(40)), "regression", ()),
        (numbers(*[1, 2.5, 3] * 10), "regression", ()),
        (words(*"01" * 10), "binary", ("0", "1")),
        (words("1.0", *["1", "0"] * 10), "binary", ("0", "1")),
    ],
)
def test_the_problem_follows_from_the_values(cells: pd.Series, problem: str, classes: tuple[str, ...]) -> None:
    found = read_target(cells, "auto")
    assert (found.problem, found.classes) == (problem, classes)


def test_the_problem_can_be_given() -> None:
    cells = numbers(*[1, 2, 3] * 10)
    assert read_target(cells, "auto").problem == "multiclass"
    assert read_target(cells, "regression").problem == "regression"


def test_rows_without_a_target_are_dropped_and_counted() -> None:
    found = read_target(words(*["a", "b", None, "a"] * 5), "auto")
    assert found.kept.tolist() == [True, True, False, True] * 5
    assert found.values.tolist() == [0, 1, 0] * 5
    assert [(note.code, note.values) for note in found.dropped] == [("target-missing", {"rows": 5})]


def test_infinite_numbers_are_dropped_from_a_regression() -> None:
    found = read_target(words(*map(str, range(20)), "inf", "many"), "regression")
    assert found.values.tolist() == list(range(20))
    assert [(note.code, note.values["rows"]) for note in found.dropped] == [("target-not-a-number", 2)]


@pytest.mark.parametrize(
    ("texts", "positive"),
    [
        (["no"] * 8 + ["yes"] * 12, "yes"),
        (["no"] * 8 + ["sí"] * 12, "sí"),
        (["0"] * 8 + ["1"] * 12, "1"),
        (["stays"] * 15 + ["leaves"] * 5, "leaves"),
        (["benign"] * 12 + ["malignant"] * 8, "malignant"),
    ],
)
def test_the_positive_class_says_yes_or_is_the_rarer_one(texts: list[str], positive: str) -> None:
    assert read_target(words(*texts), "auto").positive == positive


def test_small_classes_and_few_rows_are_told() -> None:
    found = read_target(words(*"a" * 20, *"b" * 20, "c"), "auto")
    assert {note.code: note.values for note in found.notes} == {
        "few-rows": {"rows": 41}, "small-classes": {"classes": {"c": 1}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "problem", "message"),
    [
        (words(*"a" * 20), "auto", '"a" in every row'),
        (numbers(*[7] * 20), "auto", '"7" in every row'),
        (numbers(*[7] * 20), "regression", "7 in every row"),
        (words(*[f"name {n % 1000}" for n in range(3000)]), "auto", "1000 classes; a model can learn at most 100"),
        (words(*[f"name {n}" for n in range(50)]), "auto", "different in every row"),
        (words(*"abc" * 10), "binary", "3 classes, not two"),
        (words(*"abc" * 10), "regression", "holds text, not numbers"),
        (words(*"abab"), "auto", "Only 4 rows"),
        (words(*[None] * 30), "auto", "no values"),
    ],
)
def test_targets_that_cannot_be_learnt_are_refused(cells: pd.Series, problem: str, message: str) -> None:
    with pytest.raises(TrainingFailure, match=message):
        read_target(cells, problem)


def test_a_class_is_named_the_same_however_its_number_is_written() -> None:
    found: Target = read_target(words(*["1", "01", "1.00", "2"] * 5), "multiclass")
    assert found.classes == ("1", "2")
    assert np.bincount(found.values).tolist() == [15, 5]
