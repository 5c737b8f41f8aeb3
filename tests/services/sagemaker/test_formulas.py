"""Nothing in an exported cell is run by a spreadsheet, and numbers stay numbers."""

import pyarrow as pa
import pytest

from services.sagemaker.formulas import harmless, harmless_names


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1+1",
        "-",
        "--5",
        "+abc",
        "'=1",
    ],
)
def test_a_cell_that_begins_like_a_formula_becomes_text(cell):
    assert harmless(pa.array([cell])).to_pylist() == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-5", "-5.25", "+3", "-1e-5", "-.5", "", "a=b", "x-1", "2024-01-01", None])
def test_numbers_and_other_text_stay_as_they_are(cell):
    assert harmless(pa.array([cell], pa.string())).to_pylist() == [cell]


def test_names_of_columns_are_made_harmless_too():
    assert harmless_names(["age", "=HYPERLINK(1)"]) == ["age", "'=HYPERLINK(1)"]
