"""What the text in a cell means: a missing value, a number, a category or a date. The same in training and serving."""

from __future__ import annotations

import math
from datetime import datetime, timezone

MISSING = frozenset(
    {
        "", "-", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "#N/D", "N/D", "NaN", "nan", "NAN",
        "NULL", "Null", "null", "None", "NaT",
    }
)  # fmt: skip
"""Words that stand for "no value" in any column."""

LARGEST_NUMBER = 3.4e38
"""Trees compare numbers as float32: what does not fit there counts as missing, as infinities do."""

DATE_FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z",
    "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y",
)  # fmt: skip
"""Tried in this order where no schema names one; of two that fit every value the first wins, so day before month."""

_EPOCH_ORDINAL = datetime(1970, 1, 1).toordinal()
_SECONDS_A_DAY = 86_400


def is_missing(text: str) -> bool:
    return text in MISSING or text.strip() in MISSING


def number(text: str) -> float:
    """The number, or NaN for a missing or infinite value. Raises ValueError for any other text."""
    try:
        value = float(text)
    except ValueError:
        if is_missing(text):
            return math.nan
        raise
    return value if abs(value) <= LARGEST_NUMBER else math.nan


def category(text: str) -> str | None:
    """The category's name, or None for a missing value."""
    name = text.strip()
    return None if name in MISSING else name


def days(text: str, date_format: str) -> float:
    """Days since 1970-01-01, the time of day as a fraction; NaN for a missing value.

    Besides `date_format`, ISO 8601 is always understood. Raises ValueError for any other text.
    """
    if is_missing(text):
        return math.nan
    try:
        moment = datetime.strptime(text.strip(), date_format)
    except ValueError:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return moment.toordinal() - _EPOCH_ORDINAL + seconds / _SECONDS_A_DAY


def iso_date(day: float) -> str:
    """The date, with the time where there is one, as ISO 8601."""
    whole = math.floor(day)
    date = datetime.fromordinal(_EPOCH_ORDINAL + whole)
    seconds = round((day - whole) * _SECONDS_A_DAY)
    if not seconds:
        return date.date().isoformat()
    minutes, second = divmod(seconds, 60)
    return date.replace(hour=minutes // 60 % 24, minute=minutes % 60, second=second).isoformat()


def find_date_format(texts: list[str]) -> str | None:
    """The first known format that every text follows, or None."""
    for date_format in DATE_FORMATS:
        if all(_follows(text, date_format) for text in texts):
            return date_format
    return None


def _follows(text: str, date_format: str) -> bool:
    try:
        datetime.strptime(text, date_format)
    except ValueError:
        return False
    return True
