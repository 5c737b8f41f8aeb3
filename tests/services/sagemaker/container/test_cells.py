"""What the text in a cell means."""

import math

import pytest
from cells import category, days, find_date_format, iso_date, number


@pytest.mark.parametrize("text", ["", " ", "NA", "n/a", "?", " null ", "nan", "inf", "-Infinity", "1e999", "3.5e38"])
def test_missing_and_infinite_numbers_are_nan(text: str) -> None:
    assert math.isnan(number(text))


def test_a_number_keeps_its_full_precision() -> None:
    assert number("0.1234567890123456789") == 0.12345678901234568
    assert number(" -1e-300 ") == -1e-300


@pytest.mark.parametrize("text", ["abc", "1,5", "1 2", "0x10"])
def test_other_text_is_not_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        number(text)


def test_a_category_has_no_space_around_it() -> None:
    assert category(" sí ") == "sí"
    assert category(" NULL ") is None


def test_a_date_is_days_since_1970() -> None:
    assert days("1970-01-02", "%Y-%m-%d") == 1
    assert days("31/12/1969", "%d/%m/%Y") == -1
    assert days("1970-01-01 18:00:00", "%Y-%m-%d %H:%M:%S") == 0.75


def test_an_iso_date_is_understood_whatever_the_format() -> None:
    assert days("2024-02-29", "%d/%m/%Y") == days("29/02/2024", "%d/%m/%Y")
    assert days("2024-02-29T12:00:00Z", "%d/%m/%Y") == days("29/02/2024", "%d/%m/%Y") + 0.5


def test_a_time_zone_is_taken_into_account() -> None:
    assert days("1970-01-01T02:00:00+0200", "%Y-%m-%dT%H:%M:%S%z") == 0


def test_a_missing_date_is_nan_and_a_wrong_one_is_refused() -> None:
    assert math.isnan(days("-", "%Y-%m-%d"))
    with pytest.raises(ValueError, match="out of range"):
        days("2024-02-30", "%Y-%m-%d")


@pytest.mark.parametrize("text", ["2024-02-29", "1969-12-31", "2024-02-29T23:59:30", "0001-01-01"])
def test_days_become_the_same_date_again(text: str) -> None:
    assert iso_date(days(text, "%Y-%m-%d")) == text


def test_the_date_format_is_the_one_that_all_dates_follow() -> None:
    assert find_date_format(["01/02/2024", "13/02/2024"]) == "%d/%m/%Y"
    assert find_date_format(["02/01/2024", "02/13/2024"]) == "%m/%d/%Y"
    assert find_date_format(["2024-01-01", "soon"]) is None
