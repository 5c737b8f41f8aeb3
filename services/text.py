"""A sentence for the reader that is translated later, where it is shown: a message id and the values to put in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """An English gettext message id in str.format syntax, and its values. With `plural`, `values["count"]` chooses."""

    message: str
    plural: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        chosen = self.plural if self.plural and self.values.get("count") != 1 else self.message
        return chosen.format(**self.values)


def text(message: str, **values: Any) -> Text:
    """Mark a sentence for translation. `message` must be a literal, so that the catalogue can be extracted."""
    return Text(message, values=values)


def ntext(singular: str, plural: str, count: int, **values: Any) -> Text:
    """Mark a sentence that has a plural form; both may use {count}."""
    return Text(singular, plural, {"count": count, **values})
