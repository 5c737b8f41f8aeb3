"""How a column writes its dates: strptime formats found by the shape of the text, and read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.sagemaker.datasets.numbers import LEAST_READABLE, is_missing

_MOST_LOOKED_AT = 20
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_LONG_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_DAYS = (
    (r"\d{4}-\d\d?-\d\d?", "%Y-%m-%d"),
    (r"\d{4}/\d\d?/\d\d?", "%Y/%m/%d"),
    (r"\d{4}\.\d\d?\.\d\d?", "%Y.%m.%d"),
    (r"(?:19|20)\d{6}", "%Y%m%d"),
    (r"\d\d?/\d\d?/\d{4}", "%d/%m/%Y"),
    (r"\d\d?/\d\d?/\d{4}", "%m/%d/%Y"),
    (r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y"),
    (r"\d\d?-\d\d?-\d{4}", "%m-%d-%Y"),
    (r"\d\d?\.\d\d?\.\d{4}", "%d.%m.%Y"),
    (r"\d\d?/\d\d?/\d\d", "%d/%m/%y"),
    (r"\d\d?/\d\d?/\d\d", "%m/%d/%y"),
    (r"\d\d?-\d\d?-\d\d", "%d-%m-%y"),
    (r"\d\d?\.\d\d?\.\d\d", "%d.%m.%y"),
    (rf"\d\d? {_MONTH} \d{{4}}", "%d %b %Y"),
    (rf"\d\d?-{_MONTH}-\d{{4}}", "%d-%b-%Y"),
    (rf"\d\d?-{_MONTH}-\d\d", "%d-%b-%y"),
    (rf"{_MONTH} \d\d?, \d{{4}}", "%b %d, %Y"),
    (rf"\d\d? {_LONG_MONTH} \d{{4}}", "%d %B %Y"),
    (rf"{_LONG_MONTH} \d\d?, \d{{4}}", "%B %d, %Y"),
    (r"\d{4}-\d\d", "%Y-%m"),
)
"""Shape and format; of two formats of one shape the first wins where both fit: the day comes before the month."""
_CLOCKS = (
    (r"\d\d?:\d\d", "%H:%M"),
    (r"\d\d?:\d\d:\d\d", "%H:%M:%S"),
    (r"\d\d?:\d\d:\d\d\.\d{1,6}", "%H:%M:%S.%f"),
    (r"\d\d?:\d\d [ap]m", "%I:%M %p"),
    (r"\d\d?:\d\d:\d\d [ap]m", "%I:%M:%S %p"),
)
_ZONES = (("", ""), ("Z", "Z"), (r"[+-]\d\d:?\d\d", "%z"))
_TIMES = (
    ("", ""),
    *((f"{mark}{clock}{zone}", mark + clock_format + zone_format)
      for mark in (" ", "T") for clock, clock_format in _CLOCKS for zone, zone_format in _ZONES),
)  # fmt: skip
_SHAPES = tuple(
    (re.compile(day + time, re.IGNORECASE), day_format + time_format)
    for day, day_format in _DAYS
    for time, time_format in _TIMES
)
_LOOKS = re.compile(
    f"(?:{'|'.join(dict.fromkeys(day for day, _ in _DAYS))})(?:{'|'.join(time for time, _ in _TIMES)})", re.IGNORECASE
)
_DAY_FIRST = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}


def looks_like_a_date(text: str) -> bool:
    """Whether a text has the shape of a date; 2024-02-31 has it too."""
    return bool(_LOOKS.fullmatch(text.strip()))


def candidates(texts: Sequence[str]) -> tuple[str, ...]:
    """The formats that read nearly all present texts of a sample, the likeliest first."""
    looked_at = [text.strip() for text in texts[:_MOST_LOOKED_AT]]
    if not any(map(_LOOKS.fullmatch, looked_at)):
        return ()
    present = [text.strip() for text in texts if not is_missing(text)]
    likely = [one for shape, one in _SHAPES if any(map(shape.fullmatch, looked_at))]
    return tuple(one for one in likely if np.isfinite(seconds(present, one)).mean() >= LEAST_READABLE)


def seconds(texts: Sequence[str] | npt.NDArray[np.object_], date_format: str) -> npt.NDArray[np.float64]:
    """Seconds since 1970 of each text, NaN where it does not follow the format."""
    index = pd.Index(np.asarray(texts, dtype=object))
    if date_format == "%Y%m%d":
        # Eight digits that begin otherwise are numbers, not dates.
        index = index.where(index.str.fullmatch(r"(?:19|20)\d{6}"), None)
    moments = pd.to_datetime(index, format=date_format, errors="coerce", utc=True)
    values = moments.as_unit("us").asi8.astype(np.float64) / 1e6
    return np.where(moments.isna(), np.nan, values)


def other_reading(date_format: str) -> str | None:
    """The format with month before day that looks the same, or None."""
    for day_first, month_first in _DAY_FIRST.items():
        if date_format.startswith(day_first):
            return month_first + date_format[len(day_first) :]
    return None


def always_the_first(texts: Iterable[str | None], date_format: str) -> bool:
    """Whether all dates are the first of a month, of several months: figures by month are dated so."""
    present = [text for text in texts if text and not is_missing(text)]
    moments = pd.to_datetime(pd.Index(present), format=date_format, errors="coerce", utc=True).dropna()
    return bool(len(moments) and (moments.day == 1).all() and moments.month.nunique() > 1)


def is_moment(date_format: str) -> bool:
    """Whether the format has a time of day."""
    return "%H" in date_format or "%I" in date_format
