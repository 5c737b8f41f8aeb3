"""The column to predict: which problem it poses, its classes, and the rows that can be learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from failures import Note, TrainingFailure

FEWEST_ROWS = 10
MOST_CLASSES = 100

_MOST_CLASSES_OF_NUMBERS = 10
_FEWEST_ROWS_A_NUMBER_CLASS = 5
_FEW_ROWS = 100
_FEW_ROWS_A_CLASS = 5
_MOST_CLASSES_NAMED = 10
_YES = {"1", "yes", "y", "true", "t", "si", "sí", "s", "verdadero", "positive", "positivo"}


@dataclass(frozen=True)
class Target:
    """`values` are class numbers (indices into `classes`) or, for a regression, float64; one for each kept row."""

    name: str
    problem: str
    classes: tuple[str, ...]
    positive: str | None
    values: np.ndarray
    kept: np.ndarray
    """A mask over the rows of the file."""
    dropped: tuple[Note, ...]
    notes: tuple[Note, ...]


def read_target(cells: pd.Series, problem: str) -> Target:
    """Decide the problem if it is "auto", and turn the cells into values. Raises TrainingFailure."""
    name = str(cells.name)
    numbers = _as_numbers(cells)
    if problem == "auto":
        problem = _problem_of(cells, numbers)
    if problem == "regression":
        return _regression(name, cells, numbers)
    return _classes(name, cells, numbers, problem)


def number_name(value: float) -> str:
    """A class that is written as a number: 1, 1.0 and 01 are the same class."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _as_numbers(cells: pd.Series) -> np.ndarray | None:
    """The cells as float64 when every one that is there is a number, else None."""
    if cells.dtype == "float64":
        return cells.to_numpy()
    try:
        distinct = np.array([float(text) for text in cells.cat.categories] + [np.nan])
    except ValueError:
        return None
    values = distinct[cells.cat.codes]
    return np.where(np.isinf(values), np.nan, values)


def _problem_of(cells: pd.Series, numbers: np.ndarray | None) -> str:
    distinct = cells.nunique()
    if distinct <= 2:
        return "binary"
    if numbers is None:
        return "multiclass"
    present = numbers[~np.isnan(numbers)]
    few = distinct <= _MOST_CLASSES_OF_NUMBERS and len(present) >= distinct * _FEWEST_ROWS_A_NUMBER_CLASS
    return "multiclass" if few and np.all(present == np.round(present)) else "regression"


def _regression(name: str, cells: pd.Series, numbers: np.ndarray | None) -> Target:
    missing = cells.isna().to_numpy()
    if numbers is None:
        numbers = pd.to_numeric(cells.astype("object"), errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    unreadable = ~np.isfinite(numbers) & ~missing
    if unreadable.sum() > missing.size / 2:
        raise TrainingFailure(f'"{name}" holds text, not numbers. Predict its classes instead of a number.')
    kept = np.isfinite(numbers)
    values = numbers[kept]
    dropped = _missing(missing) + _counted("target-not-a-number", f'"{name}" is not a number.', unreadable)
    _check_enough(name, values)
    if np.all(values == values[0]):
        raise TrainingFailure(
            f'"{name}" is {values[0]:g} in every row: there is nothing to learn. Predict another column.'
        )
    return Target(name, "regression", (), None, values, kept, dropped, _few_rows(len(values)))


def _classes(name: str, cells: pd.Series, numbers: np.ndarray | None, problem: str) -> Target:
    texts = cells if numbers is None else _named(numbers)
    kept = texts.notna().to_numpy()
    _check_enough(name, kept[kept])
    texts = texts[kept].cat.remove_unused_categories()
    classes = list(texts.cat.categories)
    if len(classes) == 1:
        raise TrainingFailure(
            f'"{name}" is "{classes[0]}" in every row: there is nothing to learn. '
            "Add rows of another class, or predict another column."
        )
    if len(classes) > MOST_CLASSES:
        other = "or predict it as a number" if numbers is not None else "or predict another column"
        raise TrainingFailure(
            f'"{name}" has {len(classes)} classes; a model can learn at most {MOST_CLASSES}. '
            f"Group them into fewer, {other}."
        )
    counts = np.bincount(texts.cat.codes, minlength=len(classes))
    if counts.max() == 1:
        raise TrainingFailure(f'"{name}" is different in every row: no class repeats. Predict another column.')
    if problem == "binary" and len(classes) > 2:
        raise TrainingFailure(f'"{name}" has {len(classes)} classes, not two. Train it as a multiclass problem.')
    order = sorted(classes, key=float) if numbers is not None else sorted(classes)
    values = pd.Categorical(texts, categories=order).codes.astype("int64")
    counts = np.bincount(values, minlength=len(order))
    return Target(
        name,
        "binary" if len(order) == 2 else "multiclass",
        tuple(order),
        _positive(order, counts) if len(order) == 2 else None,
        values,
        kept,
        _missing(~kept),
        _few_rows(len(values)) + _small_classes(order, counts),
    )


def _named(numbers: np.ndarray) -> pd.Series:
    values, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    all_codes = np.full(len(numbers), -1)
    all_codes[~np.isnan(numbers)] = codes
    return pd.Series(pd.Categorical.from_codes(all_codes, [number_name(value) for value in values]))


def _check_enough(name: str, values: np.ndarray) -> None:
    if not len(values):
        raise TrainingFailure(f'"{name}" has no values: every row is missing it. Predict another column.')
    if len(values) < FEWEST_ROWS:
        raise TrainingFailure(
            f'Only {len(values)} rows have a value of "{name}"; at least {FEWEST_ROWS} are needed. Add rows.'
        )


def _positive(classes: list[str], counts: np.ndarray) -> str:
    """The class a yes-or-no question is about: the one that says yes, else the rarer one."""
    yes = [name for name in classes if name.lower() in _YES]
    return yes[0] if len(yes) == 1 else classes[1] if counts[1] <= counts[0] else classes[0]


def _missing(mask: np.ndarray) -> tuple[Note, ...]:
    return _counted("target-missing", "The value to predict is missing.", mask)


def _counted(code: str, message: str, mask: np.ndarray) -> tuple[Note, ...]:
    count = int(mask.sum())
    return (Note(code, message, {"rows": count}),) if count else ()


def _few_rows(rows: int) -> tuple[Note, ...]:
    if rows >= _FEW_ROWS:
        return ()
    return (Note("few-rows", f"With only {rows} rows the figures are rough.", {"rows": rows}),)


def _small_classes(classes: list[str], counts: np.ndarray) -> tuple[Note, ...]:
    small = {name: int(count) for name, count in zip(classes, counts, strict=True) if count < _FEW_ROWS_A_CLASS}
    if not small:
        return ()
    named = ", ".join(f'"{name}" ({count})' for name, count in list(small.items())[:_MOST_CLASSES_NAMED])
    more = f" and {len(small) - _MOST_CLASSES_NAMED} more" if len(small) > _MOST_CLASSES_NAMED else ""
    message = f"Classes with under {_FEW_ROWS_A_CLASS} rows can hardly be learnt: {named}{more}."
    return (Note("small-classes", message, {"classes": small}),)
