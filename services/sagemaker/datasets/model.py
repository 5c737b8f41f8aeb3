"""What is known of a dataset: its columns, its figures, what is worth telling about it. Frozen, and kept as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from services.text import Text

ColumnType = Literal["numeric", "category", "date", "text", "identifier", "constant"]
Problem = Literal["binary", "multiclass", "regression"]
Severity = Literal["stop", "warning", "note"]
"""stop: no model can be trained as things are. warning: it can, but look first. note: what was done to the file."""

FEATURE_TYPES: tuple[ColumnType, ...] = ("numeric", "category", "date")
"""The types a model is trained on; columns of the others are left out."""


@dataclass(frozen=True)
class Notice:
    """One thing worth telling: what was found and why it matters, and what to do about it.

    Rows are numbered as a spreadsheet shows them: the header is row 1. `columns` and `rows` name the first few.
    """

    code: str
    message: Text
    hint: Text | None = None
    severity: Severity = "warning"
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Notice:
        hint = document["hint"]
        return cls(
            code=document["code"],
            message=Text(**document["message"]),
            hint=Text(**hint) if hint else None,
            severity=document["severity"],
            columns=tuple(document["columns"]),
            rows=tuple(document["rows"]),
        )


@dataclass(frozen=True)
class Histogram:
    """`counts[i]` values lie from `edges[i]` up to `edges[i + 1]`; the last range includes its end."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Histogram:
        return cls(tuple(document["edges"]), tuple(document["counts"]))


@dataclass(frozen=True)
class Numbers:
    """The figures of a numeric column, missing and infinite values left out.

    minimum, maximum, mean and deviation (of the sample, n - 1) are of all rows; quantiles and histogram are of the
    profile's row sample, which is all rows up to its size.
    """

    minimum: float
    maximum: float
    mean: float
    deviation: float
    whole: bool
    """All values are whole numbers."""
    quantiles: dict[str, float]
    """By "0.05", "0.25", "0.5", "0.75", "0.95"."""
    histogram: Histogram

    @property
    def median(self) -> float:
        return self.quantiles["0.5"]

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Numbers:
        return cls(**document | {"histogram": Histogram.restore(document["histogram"])})


@dataclass(frozen=True)
class Dates:
    """The range of a date column as ISO 8601, and its histogram in seconds since 1970."""

    earliest: str
    latest: str
    histogram: Histogram

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Dates:
        return cls(**document | {"histogram": Histogram.restore(document["histogram"])})


@dataclass(frozen=True)
class Column:
    """One column. `distinct` does not count missing values; it is estimated (within about 2%) unless `distinct_exact`.

    top: the most frequent values with their counts, the most frequent first, and rarest: the least frequent, when
    all values could be counted; classes_under_five: how many values stand in fewer than 5 rows, None when not counted.
    unreadable: cells of a numeric or date column that hold something else; they count as missing in training.
    """

    name: str
    type: ColumnType
    missing: int
    distinct: int
    distinct_exact: bool = True
    unreadable: int = 0
    date_format: str | None = None
    numbers: Numbers | None = None
    dates: Dates | None = None
    top: tuple[tuple[str, int], ...] = ()
    rarest: tuple[tuple[str, int], ...] = ()
    classes_under_five: int | None = None

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Column:
        numbers, dates = document["numbers"], document["dates"]
        return cls(
            **document
            | {
                "numbers": Numbers.restore(numbers) if numbers else None,
                "dates": Dates.restore(dates) if dates else None,
                "top": tuple((value, count) for value, count in document["top"]),
                "rarest": tuple((value, count) for value, count in document["rarest"]),
            }
        )


@dataclass(frozen=True)
class Profile:
    """What a dataset holds. `bytes` is the size of the canonical file, `sampled` the rows of the row sample.

    duplicates: rows that repeat an earlier row, estimated unless `duplicates_exact`. first_rows: cells as text.
    notices: what was found and mended while reading.
    """

    rows: int
    bytes: int
    columns: tuple[Column, ...]
    duplicates: int
    duplicates_exact: bool
    sampled: int
    first_rows: tuple[tuple[str, ...], ...]
    notices: tuple[Notice, ...] = ()
    encoding: str = "UTF-8"
    delimiter: str = ","

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def restore(cls, document: dict[str, Any]) -> Profile:
        return cls(
            **document
            | {
                "columns": tuple(Column.restore(column) for column in document["columns"]),
                "first_rows": tuple(tuple(row) for row in document["first_rows"]),
                "notices": tuple(Notice.restore(notice) for notice in document["notices"]),
            }
        )

    def schema(self) -> dict[str, Any]:
        """schema.json, which the training job reads beside data.csv."""
        return {
            "columns": [
                {"name": column.name, "type": column.type, "date_format": column.date_format} for column in self.columns
            ],
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Dataset:
    """A dataset in S3. `name` is what the user called it, `id` what S3 and SageMaker do."""

    id: str
    name: str
    bucket: str
    created: datetime
    profile: Profile = field(hash=False)

    @property
    def train_uri(self) -> str:
        """The prefix that a training job's channel "train" reads."""
        return f"s3://{self.bucket}/datasets/{self.id}/train/"

    def to_json(self) -> str:
        document = {one.name: getattr(self, one.name) for one in fields(self)}
        document |= {"created": self.created.isoformat(), "profile": self.profile.document()}
        return json.dumps(document, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Dataset:
        """Raises ValueError, KeyError or TypeError when the text is not a dataset's."""
        document = json.loads(text)
        return cls(
            **document
            | {
                "created": datetime.fromisoformat(document["created"]),
                "profile": Profile.restore(document["profile"]),
            }
        )
