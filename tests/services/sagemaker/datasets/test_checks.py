"""Before a model is trained, what stands in its way and what would mislead is told, with what to do."""

import pytest

from services.sagemaker.datasets.checks import check
from services.sagemaker.datasets.model import Notice
from services.sagemaker.datasets.targets import suggest_problem
from tests.services.sagemaker.datasets.reading import read, table


def _told(
    header: str, row, *, rows: int = 200, target: str = "goal", problem=None, suspicious=None
) -> dict[str, Notice]:
    profile = read(table(header, *(row(number) for number in range(rows)))).profile
    found = check(profile, target, problem or suggest_problem(profile, target), suspicious or {})
    return {notice.code: notice for notice in found}


def _goal(number: int) -> str:
    return "yes" if number % 2 else "no"


def test_good_data_needs_no_word():
    assert _told("x,goal", lambda n: f"{n}.5,{_goal(n)}") == {}


@pytest.mark.parametrize(
    ("goal", "problem", "code"),
    [
        (lambda n: "same", None, "OneClass"),
        (lambda n: "7.5", "regression", "OneClass"),
        (lambda n: "", None, "TargetEmpty"),
        (lambda n: f"class {n % 150}", None, "TooManyClasses"),
        (lambda n: f"{n % 150}.5", "multiclass", "TooManyClasses"),
        (lambda n: "abc"[n % 3], "binary", "NotBinary"),
        (lambda n: "abc"[n % 3], "regression", "TargetNotANumber"),
    ],
)
def test_what_cannot_be_learnt_stops(goal, problem, code):
    told = _told("x,goal", lambda n: f"{n % 50}.5,{goal(n)}", problem=problem)
    assert told[code].severity == "stop"
    assert told[code].hint is not None


def test_a_thousand_classes_stop():
    told = _told("x,goal", lambda n: f"{n % 50}.5,class {n % 1000}", rows=3000)
    assert told["TooManyClasses"].message.values["count"] == 1000


def test_missing_targets_are_counted():
    told = _told("x,goal", lambda n: f"{n}.5,{_goal(n) if n % 10 else ''}")
    assert told["TargetMissing"].message.values["count"] == 20


@pytest.mark.parametrize(("rows", "code", "severity"), [(8, "TooFewRows", "stop"), (60, "FewRows", "warning")])
def test_few_rows(rows, code, severity):
    assert _told("x,goal", lambda n: f"{n}.5,{_goal(n)}", rows=rows)[code].severity == severity


def test_a_class_with_under_five_rows_is_named():
    told = _told("x,goal", lambda n: f"{n}.5,{'rare' if n < 3 else 'abc'[n % 3]}")
    assert told["SmallClasses"].message.values["names"] == "rare (3)"


def test_an_unbalanced_target_is_told_with_its_shares():
    told = _told("x,goal", lambda n: f"{n}.5,{'yes' if n % 20 == 0 else 'no'}")
    assert told["ClassImbalance"].message.values == {"share": 95, "most": "no", "count": 10, "rarest": "yes"}


def test_an_even_target_is_not_called_unbalanced():
    assert "ClassImbalance" not in _told("x,goal", lambda n: f"{n}.5,{'yes' if n % 4 == 0 else 'no'}")


def test_columns_that_are_left_out_are_told_by_why():
    told = _told(
        "id,same,empty,note,sparse,x,goal",
        lambda n: f"{n},k,,what customer {n} wrote to us,{'' if n % 3 else n},{n % 7}.5,{_goal(n)}",
    )
    assert told["IdentifierColumns"].columns == ("id",)
    assert told["ConstantColumns"].columns == ("same",)
    assert told["EmptyColumns"].columns == ("empty",)
    assert told["TextColumns"].columns == ("note",)
    assert told["MostlyMissing"].columns == ("sparse",)


def test_no_column_to_predict_from_stops():
    assert _told("id,goal", lambda n: f"{n},{_goal(n)}")["NoFeatures"].severity == "stop"


def test_the_target_itself_is_not_told_as_left_out():
    assert "IdentifierColumns" not in _told("goal,x", lambda n: f"{n},{n % 7}.5")


def test_repeated_rows_are_counted():
    told = _told("x,goal", lambda n: f"{n % 50}.5,{_goal(n % 50)}")
    assert told["DuplicateRows"].message.values["count"] == 150


def test_suspicious_columns_are_told_with_their_score():
    told = _told("x,goal", lambda n: f"{n}.5,{_goal(n)}", suspicious={"x": 0.9987})
    assert told["TargetLeakage"].message.values == {"name": "x", "score": "0.999"}


def test_what_stops_comes_first():
    told = _told("id,same,goal", lambda n: f"{n},k,{'' if n % 9 else 'one'}")
    ranks = [("stop", "warning", "note").index(notice.severity) for notice in told.values()]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
