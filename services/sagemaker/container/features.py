"""What a form needs to ask for one row: the range, the categories and an example of each column of the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from cells import iso_date
from columns import Column

_MOST_CATEGORIES = 200
_ROWS_SEARCHED_FOR_AN_EXAMPLE = 1_000


def describe_features(frame: pd.DataFrame, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """One JSON object a column, as evaluation.py documents them."""
    names = [column.name for column in columns]
    example = frame[names].head(_ROWS_SEARCHED_FOR_AN_EXAMPLE).isna().sum(axis=1).to_numpy().argmin()
    return [_describe(column, frame[column.name], int(example)) for column in columns]


def _describe(column: Column, values: pd.Series, example: int) -> dict[str, Any]:
    common = {
        "name": column.name,
        "type": column.type,
        "missing": int(values.isna().sum()),
        "distinct": int(values.nunique(dropna=True)),
        "example": _shown(column, values.iloc[example]),
    }
    if column.type == "category":
        counts = values.value_counts(dropna=True)
        ordered = sorted(((int(n), str(name)) for name, n in counts.items() if n), key=lambda pair: (-pair[0], pair[1]))
        listed = [{"value": name, "rows": n} for n, name in ordered[:_MOST_CATEGORIES]]
        return {**common, "typical": ordered[0][1], "categories": listed}
    present = values.dropna().to_numpy()
    return {
        **common,
        "typical": _shown(column, np.median(present)),
        "min": _shown(column, present.min()),
        "max": _shown(column, present.max()),
        **_kind(column, present),
    }


def _kind(column: Column, present: np.ndarray) -> dict[str, Any]:
    whole = bool(np.all(present == np.floor(present)))
    if column.type == "numeric":
        return {"mean": float(present.mean()), "integer": whole}
    return {"date_format": column.date_format, "time": not whole}


def _shown(column: Column, value: Any) -> Any:
    """A value as JSON: null where missing, whole numbers without a fraction, dates as ISO text."""
    if pd.isna(value):
        return None
    if column.type == "category":
        return str(value)
    if column.type == "date":
        return iso_date(float(value))
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
