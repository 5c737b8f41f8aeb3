"""The names of columns: mended where they are empty or stand twice, made up where the file has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """`mended` are the new names of columns that had none or one that was taken; `row_names`: the first column had no
    header cell at all, as R writes tables with row names."""

    names: tuple[str, ...]
    mended: tuple[str, ...] = ()
    row_names: bool = False


def made_up(width: int) -> Names:
    """column_1, column_2, … for a file without a header."""
    return Names(tuple(f"column_{number}" for number in range(1, width + 1)))


def mend(header: Sequence[str], width: int, *, last_is_empty: bool) -> Names:
    """Names for all columns of rows that usually have `width` cells, each different, without spaces around."""
    cells = [" ".join(name.split()) for name in header]
    row_names = len(cells) + 1 == width and not last_is_empty
    if row_names:
        cells.insert(0, "")
    cells += [""] * (width - len(cells))
    names: list[str] = []
    mended: list[str] = []
    taken = {cell for cell in cells if cell}
    used: set[str] = set()
    for number, cell in enumerate(cells, 1):
        name = cell
        if not cell or cell in used:
            name = _free(cell or "column", number if not cell else 2, taken)
            mended.append(name)
            taken.add(name)
        used.add(name)
        names.append(name)
    return Names(tuple(names), tuple(mended), row_names)


def _free(stem: str, number: int, taken: set[str]) -> str:
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
