"""The training channel as one table: CSV files read with the types of their columns, and what had to be left out."""

from __future__ import annotations

import difflib
import math
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from cells import LARGEST_NUMBER, MISSING, days, number
from columns import USED_TYPES, Column, columns_of
from failures import Note, TrainingFailure
from largecsv import EXACT_NUMBERS

_CHUNK_ROWS = 100_000
_MOST_COLUMNS_NAMED = 20


@dataclass(frozen=True)
class Table:
    """`frame` holds at least the used columns and the target: numbers and dates (days since 1970) as float64 with NaN
    where missing, categories as pandas categoricals of stripped text."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    """The used columns without the target, in the order of the file."""
    target: Column
    left_out: tuple[tuple[Column, str], ...]
    """Columns with the code of why they are not used."""
    notes: tuple[Note, ...]


def read_table(channel: Path, target: str, exclude: Container[str]) -> Table:
    """Read data.csv, or every *.csv of the channel one after the other. Raises TrainingFailure."""
    paths = _csv_files(channel)
    columns = columns_of(paths)
    names = [column.name for column in columns]
    if target not in names:
        raise TrainingFailure(f'There is no column "{target}" to predict. {_offer(target, names)}')
    left_out = [(column, _why_unused(column, exclude)) for column in columns if column.name != target]
    used = [column for column, why in left_out if not why]
    goal = _target_column(next(column for column in columns if column.name == target))
    frame, notes = _read(paths, [*used, goal])
    left_out = [(column, why or _why_empty(frame[column.name])) for column, why in left_out]
    kept = tuple(column for column, why in left_out if not why)
    if not kept:
        raise TrainingFailure("No column is left to predict from. Add columns, or leave fewer out.")
    return Table(
        frame,
        kept,
        goal,
        tuple((column, why) for column, why in left_out if why),
        tuple(notes),
    )


def _csv_files(channel: Path) -> list[Path]:
    single = channel / "data.csv"
    if single.is_file():
        return [single]
    found = sorted(path for path in channel.glob("*.csv") if path.is_file())
    if not found:
        there = ", ".join(sorted(path.name for path in channel.iterdir())) if channel.is_dir() else "nothing"
        raise TrainingFailure(f"The training channel holds no CSV file, but {there or 'nothing'}.")
    return found


def _offer(target: str, names: list[str]) -> str:
    near = difflib.get_close_matches(target, names, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    more = f" and {len(names) - _MOST_COLUMNS_NAMED} more" if len(names) > _MOST_COLUMNS_NAMED else ""
    return f"The columns are: {', '.join(names[:_MOST_COLUMNS_NAMED])}{more}."


def _why_unused(column: Column, exclude: Container[str]) -> str:
    if column.name in exclude:
        return "excluded"
    return "" if column.type in USED_TYPES else column.type


def _target_column(column: Column) -> Column:
    """The target is learnt as a number or as a class, whatever else it would have been as a feature."""
    return column if column.type == "numeric" else Column(column.name, "category")


def _why_empty(values: pd.Series) -> str:
    distinct = values.nunique(dropna=True)
    return "all-missing" if distinct == 0 else "constant" if distinct == 1 else ""


def _read(paths: list[Path], columns: list[Column]) -> tuple[pd.DataFrame, list[Note]]:
    numeric = [column.name for column in columns if column.type == "numeric"]
    dtypes: dict[str, type] = {column.name: float if column.type == "numeric" else str for column in columns}
    notes: list[Note] = []
    try:
        frame = _read_csv(paths, dtypes)
    except ValueError:  # some cell of a numeric column is other text
        frame = _read_csv(paths, {name: str for name, kind in dtypes.items() if kind is str})
        numbers = _read_dirty_numbers(paths, numeric, notes)
        frame = pd.concat([numbers, frame], axis=1) if len(frame.columns) else numbers
    for column in columns:
        if column.type == "numeric":
            _bound(frame, column.name, notes)
        elif column.type == "date":
            frame[column.name] = _dates(column, frame[column.name], notes)
        else:
            frame[column.name] = _stripped(frame[column.name])
    return frame, notes


def _read_csv(paths: list[Path], dtypes: dict[str, type]) -> pd.DataFrame:
    """Text columns as categoricals. They are not read as such: pandas 3 would make the number 2 of the text "02"."""
    if not dtypes:
        return pd.DataFrame()
    try:
        parts = [
            pd.read_csv(
                path, usecols=list(dtypes), dtype=dtypes, index_col=False, encoding="utf-8-sig",
                na_values=sorted(MISSING), keep_default_na=False, **EXACT_NUMBERS,
            )
            for path in paths
        ]  # fmt: skip
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise TrainingFailure(f"The data cannot be read: {' '.join(str(error).split())}") from error
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    for name, kind in dtypes.items():
        if kind is str:
            frame[name] = frame[name].astype("category")
    return frame


def _read_dirty_numbers(paths: list[Path], names: list[str], notes: list[Note]) -> pd.DataFrame:
    """Numeric columns that hold other text too, read in pieces so that memory stays bounded."""
    unreadable = dict.fromkeys(names, 0)
    pieces = []
    for path in paths:
        for piece in pd.read_csv(
            path, usecols=names, dtype=str, index_col=False, keep_default_na=False,
            encoding="utf-8-sig", chunksize=_CHUNK_ROWS,
        ):  # fmt: skip
            numbers = {name: _numbers(piece[name], name, unreadable) for name in names}
            pieces.append(pd.DataFrame(numbers))
    for name, count in unreadable.items():
        if count:
            message = f'{count} values of "{name}" are not numbers and count as missing.'
            notes.append(Note("not-numbers", message, {"column": name, "count": count}))
    return pd.concat(pieces, ignore_index=True)


def _numbers(texts: pd.Series, name: str, unreadable: dict[str, int]) -> np.ndarray:
    values = np.empty(len(texts))
    for index, text in enumerate(texts):
        try:
            values[index] = number(text)
        except ValueError:
            values[index] = math.nan
            unreadable[name] += 1
    return values


def _bound(frame: pd.DataFrame, name: str, notes: list[Note]) -> None:
    too_large = frame[name].abs() > LARGEST_NUMBER
    count = int(too_large.sum())
    if count:
        message = f'{count} infinite values of "{name}" count as missing.'
        notes.append(Note("infinite", message, {"column": name, "count": count}))
        frame[name] = frame[name].mask(too_large)


def _dates(column: Column, texts: pd.Series, notes: list[Note]) -> np.ndarray:
    """Days since 1970: each distinct text is read once."""
    distinct, unreadable = [], set()
    for code, text in enumerate(texts.cat.categories):
        try:
            distinct.append(days(str(text), str(column.date_format)))
        except ValueError:
            distinct.append(math.nan)
            unreadable.add(code)
    count = int(np.isin(texts.cat.codes, list(unreadable)).sum())
    if count:
        message = f'{count} values of "{column.name}" are not dates and count as missing.'
        notes.append(Note("not-dates", message, {"column": column.name, "count": count}))
    return np.append(distinct, math.nan)[texts.cat.codes]


def _stripped(values: pd.Series) -> pd.Series:
    """Categories without space around them, so that "yes " and "yes" are one."""
    names = [str(name).strip() for name in values.cat.categories]
    if names == list(values.cat.categories):
        return values
    kept = [name for name in dict.fromkeys(names) if name not in MISSING]
    place = {name: code for code, name in enumerate(kept)}
    codes = np.array([place.get(name, -1) for name in names] + [-1])[values.cat.codes]
    return pd.Series(pd.Categorical.from_codes(codes, kept), index=values.index)
