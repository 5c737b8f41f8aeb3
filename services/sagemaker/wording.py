"""What the training script says of the data, in sentences that can be translated. Pure.

The script writes a code, its values and an English sentence; a code unknown here keeps that sentence.
"""

from __future__ import annotations

from typing import Any

from services.text import Text, text

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
_WARNINGS: dict[str, str] = {}


def left_out(code: str, said: str) -> Text:
    """Why a column is not used."""
    return _LEFT_OUT.get(code) or text("{said}", said=said)


def dropped(code: str, said: str) -> Text:
    """Why rows were not used."""
    return _DROPPED.get(code) or text("{said}", said=said)


def warning(code: str, said: str, values: dict[str, Any]) -> Text:
    """Something the reader should know though the job went on."""
    return text("{said}", said=said)
