"""Rows and columns as a model wants them: what is missing, what is superfluous, what it has never seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.errors import ServiceError
from services.sagemaker.datasets.numbers import is_missing
from services.sagemaker.report import Feature
from services.text import Text, ntext, text

_MOST_NAMED = 8


def check_columns(features: Sequence[Feature], target: str, columns: Iterable[str]) -> tuple[Text, ...]:
    """What the reader should know of these columns.

    Raises ServiceError of code "MissingColumns" when one that the model was trained on is not among them.
    """
    there = list(columns)
    wanted = {feature.name for feature in features}
    missing = [feature.name for feature in features if feature.name not in set(there)]
    if missing:
        raise ServiceError(
            ntext(
                "A column that the model was trained on is missing: {columns}.",
                "{count} columns that the model was trained on are missing: {columns}.",
                len(missing),
                columns=_named(missing),
            ),
            code="MissingColumns",
            hint=text("Add it with the same name as in the training data; its cells may be empty."),
        )
    extra = [name for name in there if name not in wanted]
    return _about_target(target, extra) + _about_extra([name for name in extra if name != target])


def check_rows(features: Sequence[Feature], target: str, rows: Sequence[Mapping[str, Any]]) -> tuple[Text, ...]:
    """The same for rows of values, and what they hold that the model has never seen."""
    lacking = {name for row in rows for name in (feature.name for feature in features) if name not in row}
    columns = dict.fromkeys(name for row in rows for name in row if name not in lacking)
    return check_columns(features, target, columns) + unknown_categories(
        (feature, (row.get(feature.name) for row in rows)) for feature in features
    )


def unknown_categories(columns: Iterable[tuple[Feature, Iterable[Any]]]) -> tuple[Text, ...]:
    """A note for each category column that holds values it did not have in training."""
    notes = []
    for feature, values in columns:
        if not knows_all_categories(feature):
            continue
        names = dict.fromkeys(_category(value) for value in values)
        unknown = [name for name in names if name and name not in feature.categories]
        if unknown:
            notes.append(about_unknown(feature.name, unknown))
    return tuple(notes)


def knows_all_categories(feature: Feature) -> bool:
    """Whether the list of categories is whole: of columns with very many it holds the most frequent only."""
    return feature.type == "category" and len(feature.categories) >= feature.distinct


def about_unknown(column: str, values: Sequence[str]) -> Text:
    return ntext(
        "“{column}” has a value the model was not trained on, which counts as unknown: {values}.",
        "“{column}” has {count} values the model was not trained on, which count as unknown: {values}.",
        len(values),
        column=column,
        values=_named(values),
    )


def _category(value: Any) -> str:
    """The category a value is of, as the model names it; "" when it is missing."""
    if value is None or is_missing(str(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _about_target(target: str, extra: Sequence[str]) -> tuple[Text, ...]:
    if target not in extra:
        return ()
    return (text("“{target}” is the column to predict; its values are not shown to the model.", target=target),)


def _about_extra(extra: Sequence[str]) -> tuple[Text, ...]:
    if not extra:
        return ()
    return (
        ntext(
            "The model does not use this column: {columns}.",
            "The model does not use these {count} columns: {columns}.",
            len(extra),
            columns=_named(extra),
        ),
    )


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_MOST_NAMED])
    return f"{shown}, …" if len(names) > _MOST_NAMED else shown
