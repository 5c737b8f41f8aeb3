"""A profile says what pandas would find in the same file, in bounded memory."""

import io
import random

import numpy as np
import pandas as pd
import pytest

from services.sagemaker.datasets import profile, records, tally
from services.sagemaker.datasets.model import Profile
from tests.services.sagemaker.datasets.reading import read, table


def _frame(rows: int) -> pd.DataFrame:
    chance = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "amount": chance.normal(50, 10, rows).round(4),
            "count": chance.integers(0, 400, rows),
            "kind": chance.choice(["red", "green", "blue"], rows, p=[0.6, 0.3, 0.1]),
            "holes": np.where(chance.random(rows) < 0.3, np.nan, chance.random(rows)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 300, rows), "D"),
        }
    )


@pytest.fixture(scope="module", params=[(2**20, 2**23), (2000, 5000)], ids=["one block", "many blocks"])
def profiled(request) -> tuple[pd.DataFrame, Profile]:
    frame = _frame(3000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "HEAD_BYTES", request.param[0])
        patch.setattr(records, "BLOCK_BYTES", request.param[1])
        return frame, read(frame.to_csv(index=False)).profile


def test_rows_types_and_missing_values_are_counted(profiled):
    frame, found = profiled
    assert found.rows == len(frame)
    assert [column.type for column in found.columns] == ["numeric", "numeric", "category", "numeric", "date"]
    assert [column.missing for column in found.columns] == frame.isna().sum().tolist()


@pytest.mark.parametrize("name", ["amount", "count", "holes"])
def test_numbers_are_summed_up(profiled, name):
    frame, found = profiled
    numbers, truth = found.column(name).numbers, frame[name]
    assert (numbers.minimum, numbers.maximum) == (truth.min(), truth.max())
    assert numbers.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert numbers.deviation == pytest.approx(truth.std(), rel=1e-9)
    assert numbers.quantiles == pytest.approx({str(q): truth.quantile(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95)})
    assert sum(numbers.histogram.counts) == truth.notna().sum()
    assert numbers.whole == (name == "count")


def test_different_values_are_counted(profiled):
    frame, found = profiled
    assert [column.distinct for column in found.columns] == frame.nunique().tolist()
    assert all(column.distinct_exact for column in found.columns)
    assert found.column("kind").top == tuple(frame["kind"].value_counts().items())


def test_dates_have_a_range(profiled):
    frame, found = profiled
    dates = found.column("day").dates
    assert (dates.earliest, dates.latest) == (str(frame["day"].min().date()), str(frame["day"].max().date()))
    assert sum(dates.histogram.counts) == len(frame)


def test_the_first_rows_are_shown_as_text(profiled):
    frame, found = profiled
    assert len(found.first_rows) == 20
    assert found.first_rows[0][2] == frame["kind"][0]


def test_a_sample_stands_for_more_rows_than_it_has(monkeypatch):
    monkeypatch.setattr(tally, "SAMPLE_ROWS", 500)
    monkeypatch.setattr(records, "HEAD_BYTES", 2000)
    monkeypatch.setattr(records, "BLOCK_BYTES", 5000)
    frame = _frame(6000)
    found = read(frame.to_csv(index=False)).profile
    assert found.sampled == 500
    assert found.column("amount").numbers.median == pytest.approx(frame["amount"].median(), abs=2)
    assert found.column("amount").numbers.mean == pytest.approx(frame["amount"].mean(), rel=1e-12)
    days = pd.to_datetime(pd.Series(found.column("day").dates.histogram.edges), unit="s")
    assert days.min().date() == frame["day"].min().date()


def test_the_same_file_gives_the_same_profile():
    data = _frame(500).to_csv(index=False)
    assert read(data).profile == read(data).profile


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["5"] * 30, "constant"),
        (["x"] * 30, "constant"),
        ([""] * 30, "constant"),
        (["NA"] * 15 + ["7"] * 15, "constant"),
        ([str(number) for number in range(1, 31)], "identifier"),
        ([f"C-{number:05d}" for number in range(30)], "identifier"),
        ([f"{number:05d}" for number in range(30)], "identifier"),
        ([str(7 * number % 31) for number in range(30)], "numeric"),
        ([f"{number}.5" for number in range(30)], "numeric"),
        (["yes", "no"] * 15, "category"),
        (["true", "false"] * 15, "category"),
        (["0", "1"] * 15, "numeric"),
        ([f"this is what customer number {number} wrote" for number in range(30)], "text"),
        ([f"2024-01-{number % 28 + 1:02d}" for number in range(30)], "date"),
        (["01", "02", "03"] * 10, "category"),
        (["9007199254740993", "9007199254740995", "5"] * 10, "numeric"),
    ],
)
def test_a_column_has_the_type_of_its_values(cells, kind):
    reading = read(table("it,other", *(f"{cell},{index % 7}.5" for index, cell in enumerate(cells))))
    assert reading.types[0] == kind


@pytest.mark.parametrize("name", ["id", "customer_id", "customerId", "Customer ID", "código", "uuid"])
def test_different_whole_numbers_with_the_name_of_an_identifier_are_one(name):
    rows = [f"{number * 7919 % 10007},{number % 3}" for number in range(1, 41)]
    assert read(table(f"{name},x", *rows)).types[0] == "identifier"


def test_different_whole_numbers_may_well_be_a_measure():
    rows = [f"{number * 7919 % 10007},{number % 3}" for number in range(1, 41)]
    assert read(table("income,x", *rows)).types[0] == "numeric"


def test_spaces_around_a_category_make_no_other():
    column = read(table("a,b", "1,yes", "2, yes", "3,yes ", "4,no")).profile.column("b")
    assert column.top == (("yes", 3), ("no", 1))
    assert column.distinct == 2


def test_repeated_rows_are_counted():
    found = read(table("a,b", "1.0,x", "2.5,y", "1,x", "1.00,x", "2.5,z")).profile
    assert (found.duplicates, found.duplicates_exact) == (2, True)


def test_rows_that_hold_the_same_values_in_other_columns_are_no_repeats():
    assert read(table("a,b", "1,2", "2,1", "1,1", "2,2")).profile.duplicates == 0


def test_classes_are_counted_to_the_rarest():
    column = read(table("a,b", *["1,common"] * 50, *["2,rare"] * 4, "3,single")).profile.column("b")
    assert column.rarest[:2] == (("single", 1), ("rare", 4))
    assert column.classes_under_five == 2


def test_a_thousand_classes_are_still_counted():
    column = read(table("a,b", *(f"{row % 10},class {row % 1000}" for row in range(3000)))).profile.column("b")
    assert (column.distinct, column.distinct_exact, column.classes_under_five) == (1000, True, 1000)


def test_formulas_are_text_like_any_other():
    column = read(table("a,b", *["1,=cmd|' /C calc'!A0", "2,@SUM(A1)"] * 5)).profile.column("b")
    assert column.top[0][0] == "=cmd|' /C calc'!A0"


def test_an_unsorted_file_of_many_values_is_estimated(monkeypatch):
    monkeypatch.setattr(tally, "_DISTINCT_HASHES", 500)
    numbers = list(range(5000))
    random.Random(1).shuffle(numbers)
    column = read(table("a,b", *(f"{number},{number % 3}" for number in numbers))).profile.column("a")
    assert not column.distinct_exact
    assert column.distinct == pytest.approx(5000, rel=0.15)


def test_an_identifier_is_known_even_when_its_values_are_estimated(monkeypatch):
    monkeypatch.setattr(tally, "_DISTINCT_HASHES", 500)
    assert read(table("row,b", *(f"{number},{number % 3}" for number in range(3000)))).types[0] == "identifier"


def test_a_profile_needs_no_place_to_keep_the_file():
    assert profile(io.BytesIO(b"a,b\n1,x\n2,y\n")).rows == 2
