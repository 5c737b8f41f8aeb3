"""Dates are found by their shape, read strictly, and what they leave open is said."""

import numpy as np
import pytest

from services.sagemaker.datasets import dates
from tests.services.sagemaker.datasets.reading import read, table


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2024-01-31", "%Y-%m-%d"),
        ("2024/01/31", "%Y/%m/%d"),
        ("20240131", "%Y%m%d"),
        ("31/01/2024", "%d/%m/%Y"),
        ("01/31/2024", "%m/%d/%Y"),
        ("31-1-2024", "%d-%m-%Y"),
        ("31.01.2024", "%d.%m.%Y"),
        ("31/01/24", "%d/%m/%y"),
        ("31 Jan 2024", "%d %b %Y"),
        ("31-Jan-24", "%d-%b-%y"),
        ("Jan 31, 2024", "%b %d, %Y"),
        ("January 31, 2024", "%B %d, %Y"),
        ("2024-01", "%Y-%m"),
        ("2024-01-31 10:20", "%Y-%m-%d %H:%M"),
        ("2024-01-31T10:20:30", "%Y-%m-%dT%H:%M:%S"),
        ("2024-01-31T10:20:30Z", "%Y-%m-%dT%H:%M:%SZ"),
        ("2024-01-31T10:20:30.123+02:00", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("1/31/2024 5:30 PM", "%m/%d/%Y %I:%M %p"),
    ],
)
def test_a_date_is_known_by_its_shape(text, date_format):
    assert dates.candidates([text]) == (date_format,)


@pytest.mark.parametrize("text", ["2024-02-31", "32/01/2024", "hello 5", "12345678", "1.5", "10:30", "2024-13-01"])
def test_what_is_on_no_calendar_is_no_date(text):
    assert dates.candidates([text]) == ()


def test_time_zones_count():
    west, east = dates.seconds(["2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00+02:00"], "%Y-%m-%dT%H:%M:%S%z")
    assert west - east == 2 * 3600


def test_cells_that_do_not_follow_the_format_are_not_read():
    assert np.isnan(dates.seconds(["20240131", "30240131", "2024013", "x"], "%Y%m%d")).tolist() == [
        False,
        True,
        True,
        True,
    ]


def test_a_column_of_dates_has_its_range_and_format():
    column = read(table("day,x", *(f"{day:02d}/03/2024,1" for day in range(1, 29)))).profile.column("day")
    assert (column.type, column.date_format) == ("date", "%d/%m/%Y")
    assert (column.dates.earliest, column.dates.latest) == ("2024-03-01", "2024-03-28")
    assert sum(column.dates.histogram.counts) == 28


def test_a_later_day_decides_what_the_first_rows_left_open():
    rows = [f"{month:02d}/{day:02d}/2024,1" for month in range(1, 13) for day in range(1, 13)]
    column = read(table("day,x", *rows, "12/25/2024,1")).profile.column("day")
    assert column.date_format == "%m/%d/%Y"
    assert column.unreadable == 0


def test_dates_that_leave_day_and_month_open_are_read_day_first_and_said():
    rows = [f"{day:02d}/{month:02d}/2024,1" for day in range(1, 13) for month in range(1, 13)]
    reading = read(table("day,x", *rows))
    assert reading.profile.column("day").date_format == "%d/%m/%Y"
    assert reading.notice("AmbiguousDates").columns == ("day",)


def test_the_first_of_each_month_is_not_twelve_days_of_january():
    rows = [f"{month:02d}/01/2024,{month}" for month in range(1, 13)]
    column = read(table("month,x", *rows)).profile.column("month")
    assert column.date_format == "%m/%d/%Y"
    assert column.dates.latest == "2024-12-01"


def test_a_few_cells_that_are_no_dates_count_as_unreadable():
    rows = [f"2024-01-{day:02d},1" for day in range(1, 31)]
    reading = read(table("day,x", *rows, "soon,1"))
    assert reading.profile.column("day").type == "date"
    assert reading.profile.column("day").unreadable == 1
    assert reading.notice("NotDates").columns == ("day",)


def test_eight_digits_that_are_no_calendar_days_are_numbers():
    assert read(table("code,x", "20240131,1", "99999999,2", "20249999,3", times=5)).types[0] == "numeric"
