"""The likeliest target comes first, and the problem is what the training job would find."""

import pytest

from services.sagemaker.datasets.targets import suggest_problem, target_order
from tests.services.sagemaker.datasets.reading import read, table


def _profile(header: str, row, rows: int = 60):
    return read(table(header, *(row(number) for number in range(rows)))).profile


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (lambda number: "yes" if number % 3 else "no", "binary"),
        (lambda number: str(number % 2), "binary"),
        (lambda number: "abc"[number % 3], "multiclass"),
        (lambda number: str(number % 5), "multiclass"),
        (lambda number: f"{number % 5}.5", "regression"),
        (lambda number: str(number * number), "regression"),
        (lambda number: str(number % 15), "regression"),
        (lambda number: f"{number}.25", "regression"),
        (lambda number: f"0{number % 4}", "multiclass"),
    ],
)
def test_the_problem_is_told_by_the_values(cell, problem):
    profile = _profile("x,goal", lambda number: f"{number}.5,{cell(number)}")
    assert suggest_problem(profile, "goal") == problem


def test_few_whole_numbers_that_hardly_repeat_are_a_regression():
    profile = _profile("x,goal", lambda number: f"{number}.5,{number % 8}", rows=16)
    assert suggest_problem(profile, "goal") == "regression"


def test_no_such_column():
    with pytest.raises(KeyError):
        suggest_problem(_profile("a,b", lambda number: f"{number},x"), "c")


@pytest.mark.parametrize(
    ("header", "row", "first"),
    [
        ("churn,age,city", lambda n: f"{'yes' if n % 3 else 'no'},{20 + n}.5,{'abc'[n % 3]}", "churn"),
        ("house_price,size,rooms", lambda n: f"{n * n + 1000},{n}.5,{n % 4}", "house_price"),
        ("id,abandono,edad", lambda n: f"{n},{'sí' if n % 3 else 'no'},{20 + n}.5", "abandono"),
        ("length,width,kind", lambda n: f"{n}.5,{n}.25,{'abc'[n % 3]}", "kind"),
        ("id,length,day", lambda n: f"{n},{n}.5,2024-01-{n % 28 + 1:02d}", "length"),
    ],
)
def test_the_likeliest_target_comes_first(header, row, first):
    order = target_order(_profile(header, row))
    assert order[0] == first
    assert sorted(order) == sorted(header.split(","))


def test_what_cannot_be_predicted_comes_last():
    order = target_order(_profile("id,score,same", lambda n: f"{n},{n}.5,x"))
    assert order == ("score", "id", "same")
