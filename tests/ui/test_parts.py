"""Tables leave the app as CSV that is safe to open."""

from __future__ import annotations

import pandas as pd
import pytest

from ui import csv


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\tx"])
def test_a_cell_that_a_spreadsheet_would_run_is_defused(cell):
    assert csv(pd.DataFrame({"a": [cell]})).decode().splitlines()[1].lstrip('"').startswith("'")


def test_numbers_and_plain_text_are_written_as_they_are():
    assert csv(pd.DataFrame({"a": [-1.5], "b": ["red"]})).decode() == "a,b\n-1.5,red\n"


def test_a_formula_in_a_column_name_is_defused_too():
    assert csv(pd.DataFrame({"=1+1": [1]})).decode().startswith("'=1+1")
