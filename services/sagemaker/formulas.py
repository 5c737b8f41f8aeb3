"""Cells that a spreadsheet would run as formulas, made plain text (OWASP, "CSV Injection")."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

_STARTS = r"^'*[ ]*[=+\-@\t\r\n]"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def harmless(cells: pa.StringArray) -> pa.StringArray:
    """The cells, with an apostrophe before each that begins like a formula. Negative numbers stay numbers.

    Apostrophes before a formula are kept, so taking the first one off gives the cell back.
    """
    suspects = pc.match_substring_regex(cells, _STARTS)
    if not pc.any(suspects).as_py():
        return cells
    formulas = pc.and_not(suspects, pc.match_substring_regex(cells, _NUMBER))
    return pc.if_else(formulas, pc.binary_join_element_wise("'", cells, ""), cells)


def harmless_names(names: Sequence[str]) -> list[str]:
    """The same for the names of columns."""
    plain: list[str] = harmless(pa.array(names, pa.string())).to_pylist()
    return plain
