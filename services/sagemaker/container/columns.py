"""What kind of thing each column holds: from schema.json where there is one, else found from the first rows."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from cells import find_date_format, is_missing
from failures import TrainingFailure

USED_TYPES = ("numeric", "category", "date")
UNUSED_REASONS = {
    "identifier": "It names the row: a model would learn the names by heart.",
    "constant": "It has the same value in every row.",
    "text": "It is free text, which these algorithms do not read.",
    "all-missing": "It has no values.",
    "excluded": "It was left out by hand.",
}

_SAMPLE_ROWS, _FEWEST_SAMPLE_ROWS = 10_000, 200
_MOST_SAMPLE_CELLS = 2_000_000
_WORDS_OF_FREE_TEXT = 5
_MOST_DISTINCT_SHARE_OF_CATEGORIES = 0.5
_FEWEST_DISTINCT_OF_IDENTIFIERS = 20
_IDENTIFIER_NAME = re.compile(r"(^|[_\s])(id|uuid|guid|c[oó]digo|identificador)$|^id([_\s]|$)|Id$", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column of the file. `type` is one of USED_TYPES or a key of UNUSED_REASONS."""

    name: str
    type: str
    date_format: str | None = None


def reason(code: str) -> str:
    """Why a column of this type is not used, as a sentence."""
    return UNUSED_REASONS[code]


def columns_of(paths: list[Path]) -> list[Column]:
    """The columns of CSV files that have the same. Raises TrainingFailure when they or the schema cannot be read."""
    header = list(_read_first(paths[0], 0).columns)
    for path in paths[1:]:
        if list(_read_first(path, 0).columns) != header:
            raise TrainingFailure(f"{path.name} has other columns than {paths[0].name}. Give all the same header.")
    sample = _read_sample(paths[0], len(header))
    declared = _declared(paths[0].parent / "schema.json")
    return [_complete(declared.get(name), name, sample[name]) for name in header]


def _read_sample(path: Path, width: int) -> pd.DataFrame:
    sample = _read_first(path, max(_FEWEST_SAMPLE_ROWS, min(_SAMPLE_ROWS, _MOST_SAMPLE_CELLS // width)))
    if not len(sample):
        raise TrainingFailure(f"{path.name} has a header line but no rows.")
    if width == 1 and re.search(r"[;\t|]", sample.columns[0]):
        raise TrainingFailure(f"{path.name} does not separate its columns by commas. Save it with commas, try again.")
    return sample


def _read_first(path: Path, rows: int) -> pd.DataFrame:
    """The header and the first rows as text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
            return pd.read_csv(
                path, nrows=rows, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
            )  # fmt: skip
    except pd.errors.EmptyDataError as error:
        raise TrainingFailure(f"{path.name} is empty. Give a CSV file with a header line and rows.") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError) as error:
        raise TrainingFailure(f"{path.name} is not a comma-separated UTF-8 file: {_one_line(error)}") from error


def _declared(path: Path) -> dict[str, Column]:
    if not path.exists():
        return {}
    try:
        return {
            column["name"]: Column(column["name"], column["type"], column.get("date_format"))
            for column in json.loads(path.read_text("utf-8"))["columns"]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingFailure(f"schema.json cannot be read: {_one_line(error)}") from error


def _complete(declared: Column | None, name: str, texts: pd.Series) -> Column:
    """The declared column, or a found one; a declared date without a format gets one."""
    if declared is None:
        return _found(name, texts)
    if declared.type not in USED_TYPES and declared.type not in UNUSED_REASONS:
        raise TrainingFailure(f'schema.json gives the column "{name}" the unknown type "{declared.type}".')
    if declared.type == "date" and not declared.date_format:
        date_format = find_date_format(_present(texts))
        return Column(name, "date", date_format) if date_format else Column(name, "category")
    return declared


def _found(name: str, texts: pd.Series) -> Column:
    present = _present(texts)
    if not present:
        return Column(name, "all-missing")
    distinct = list(dict.fromkeys(present))
    all_distinct = len(distinct) == len(present) >= _FEWEST_DISTINCT_OF_IDENTIFIERS
    if _all_numbers(distinct):
        whole = not any("." in text or "e" in text.lower() for text in distinct)
        named = all_distinct and whole and _IDENTIFIER_NAME.search(name)
        return Column(name, "identifier" if named else "numeric")
    date_format = find_date_format(distinct)
    if date_format:
        return Column(name, "date", date_format)
    words = sum(text.count(" ") + 1 for text in distinct) / len(distinct)
    if len(distinct) > _MOST_DISTINCT_SHARE_OF_CATEGORIES * len(present) >= _FEWEST_DISTINCT_OF_IDENTIFIERS / 2:
        if words >= _WORDS_OF_FREE_TEXT:
            return Column(name, "text")
        if all_distinct:
            return Column(name, "identifier")
    return Column(name, "category")


def _present(texts: pd.Series) -> list[str]:
    return [text.strip() for text in texts if not is_missing(text)]


def _all_numbers(texts: list[str]) -> bool:
    try:
        for text in texts:
            float(text)
    except ValueError:
        return False
    return True


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
