"""What the training script says of the data, in sentences that can be translated. Pure.

The script writes a code, its values and an English sentence; a code unknown here keeps that sentence.
"""

from __future__ import annotations

from typing import Any

from services.text import Text, ntext, text

_LEFT_OUT = {
    "identifier": text("It names the row: a model would learn the names by heart."),
    "constant": text("It has the same value in every row."),
    "text": text("It is free text, which these algorithms do not read."),
    "all-missing": text("It has no values."),
    "excluded": text("It was left out by hand."),
}
_DROPPED = {
    "target-missing": text("The column to predict has no value."),
    "target-not-a-number": text("The column to predict is not a number."),
}
_WARNINGS = {
    "few-rows": text("With only {rows} rows the figures are rough."),
    "small-classes": text("Classes with so few rows can hardly be learnt: {named}."),
    "not-numbers": ntext(
        "{count} value of “{column}” is not a number and counts as missing.",
        "{count} values of “{column}” are not numbers and count as missing.",
        0,
    ),
    "not-dates": ntext(
        "{count} value of “{column}” is not a date and counts as missing.",
        "{count} values of “{column}” are not dates and count as missing.",
        0,
    ),
    "infinite": ntext(
        "{count} infinite value of “{column}” counts as missing.",
        "{count} infinite values of “{column}” count as missing.",
        0,
    ),
    "compared-on-sample": text("The algorithms were compared on {rows} of {of} rows."),
    "not-converged": text("The linear model was still improving when its rounds were used up."),
}
_MOST_CLASSES_NAMED = 10


def left_out(code: str, said: str) -> Text:
    """Why a column is not used."""
    return _LEFT_OUT.get(code) or text("{said}", said=said)


def dropped(code: str, said: str) -> Text:
    """Why rows were not used."""
    return _DROPPED.get(code) or text("{said}", said=said)


def warning(code: str, said: str, values: dict[str, Any]) -> Text:
    """Something the reader should know though the job went on."""
    known = _WARNINGS.get(code)
    if known is None:
        return text("{said}", said=said)
    if code == "small-classes":
        values = {"named": _named(values["classes"])}
    return Text(known.message, known.plural, values)


def _named(classes: dict[str, int]) -> str:
    """The classes with their rows, as they are written in both languages."""
    shown = [f"“{name}” ({count})" for name, count in list(classes.items())[:_MOST_CLASSES_NAMED]]
    return ", ".join([*shown, "…"] if len(classes) > _MOST_CLASSES_NAMED else shown)
