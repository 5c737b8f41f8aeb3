"""Number formats are judged as an analyst would, and written plainly without changing any value."""

import runpy
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from services.sagemaker import source
from services.sagemaker.datasets.numbers import MISSING, PLAIN, NumberFormat, judge, judge_columns, to_plain

_READ = [
    (["1234.5", "3", "-0.5", ".5", "5.", "1e5", "+7"], ["1234.5", "3", "-0.5", ".5", "5.", "1e5", "+7"]),
    (["1.234,56", "3,5", "950"], ["1234.56", "3.5", "950"]),
    (["1,234.56", "3.5", "1,234,567"], ["1234.56", "3.5", "1234567"]),
    (["1,23,456.5", "99"], ["123456.5", "99"]),
    (["1 234,56", "2"], ["1234.56", "2"]),
    (["1\u00a0234", "1\u202f234", "5", "1\u2009000,5"], ["1234", "1234", "5", "1000.5"]),
    (["1'234.56", "1’234.56", "3"], ["1234.56", "1234.56", "3"]),
    (["5 €", "6,50 €", "-1.000,00 €"], ["5", "6.50", "-1000.00"]),
    (["$5", "-$6.50", "$-7", "($8.25)"], ["5", "-6.50", "-7", "-8.25"]),
    (["R$ 5,50", "R$ 1.000,00"], ["5.50", "1000.00"]),
    (["CHF 1'000.50", "CHF 2"], ["1000.50", "2"]),
    (["10%", "12.5 %"], ["10", "12.5"]),
    (["−5", "6"], ["-5", "6"]),
    (["5-", "6"], ["-5", "6"]),
    (["(5)", "6"], ["-5", "6"]),
    (["1.234", "950", "12.500"], ["1234", "950", "12500"]),
    (["1,234", "950"], ["1234", "950"]),
    (["0.125", "1.234"], ["0.125", "1.234"]),
    (["1.234.567", "1.234"], ["1234567", "1234"]),
    (["inf", "-Infinity", "1"], ["inf", "-Infinity", "1"]),
]


@pytest.mark.parametrize(("cells", "plain"), _READ, ids=lambda cells: cells[0])
def test_numbers_are_written_plainly(cells, plain):
    judged = _judge(cells)
    assert judged.format is not None
    assert to_plain(pa.array(cells), judged.format).to_pylist() == plain


@pytest.mark.parametrize(
    "cells",
    [
        ["5 €", "6 $"],
        ["5%", "6 €"],
        ["007", "12"],
        ["abc", "5"],
        ["1.2.3", "4.5.6"],
        ["12.05.2024"],
        ["10:30"],
        ["192.168.1.1"],
        ["1,2,3"],
        ["€"],
        ["(5", "6"],
        ["NA", ""],
        [],
        ["cinco"],
    ],
)
def test_what_is_no_column_of_numbers_stays_text(cells):
    assert _judge(cells).format is None


def _samples(*columns):
    return [Counter(cells) for cells in columns]


def _judge(cells, **context):
    return judge(Counter(cells), **context)


def test_a_few_other_texts_among_many_numbers_do_not_matter():
    assert _judge(["3", "4"] * 20 + ["unknown"]).format == PLAIN


def test_cells_that_are_no_numbers_are_left_as_they_are():
    cells = pa.array(["1.234,5", "n/d", "abc 1,5", None])
    assert to_plain(cells, NumberFormat(",", ".")).to_pylist() == ["1234.5", "n/d", "abc 1,5", None]


@pytest.mark.parametrize("cells", [["1.234", "2.345"], ["1,234", "2,345"]])
def test_what_could_mean_two_numbers_is_said_to_be_ambiguous(cells):
    assert _judge(cells).example == cells[0]


def test_one_comma_before_three_digits_means_thousands_between_commas_and_decimals_between_semicolons():
    assert _judge(["1,234", "5,678"], delimiter=",").format == NumberFormat(thousands=",")
    assert _judge(["1,234", "5,678"], delimiter=";").format == NumberFormat(decimal=",")


def test_other_columns_decide_what_is_ambiguous_in_one():
    decimal_comma, ambiguous = judge_columns(_samples(["3,5", "4,25"], ["1.234", "5.678"]), ";")
    assert decimal_comma.format == NumberFormat(decimal=",")
    assert ambiguous.format == NumberFormat(",", ".")
    assert not ambiguous.example
    _, plain = judge_columns(_samples(["3.5", "4.25"], ["1.234", "5.678"]), ",")
    assert plain.format == PLAIN
    assert not plain.example


@pytest.mark.parametrize("cells", [["08001", "28001"], ["1", "2", "03"], ["007"]])
def test_digits_with_leading_zeros_are_codes(cells):
    assert _judge(cells).format is None


def test_a_zero_typed_before_one_number_makes_no_codes():
    assert _judge([str(number) for number in range(1, 60)] + ["07"]).format == PLAIN


def test_the_training_job_has_the_same_words_for_missing_values():
    path = Path(source.__file__).parent / "container" / "cells.py"
    assert runpy.run_path(str(path))["MISSING"] == MISSING
