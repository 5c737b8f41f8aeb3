"""Text on the screen: what comes from data or from AWS is shown as it is, never read as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import i18n
from i18n import _
from services.text import Text

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$:^=-])")


def plain(value: object) -> str:
    """A value to put into a sentence or a label, with the characters that mean something in Markdown escaped."""
    return _MARKDOWN.sub(r"\\\1", str(value))


def said(sentence: Text) -> str:
    """A sentence made in services/, in the reader's language, its values shown as they are."""
    return i18n.say(_plain_values(sentence))


def told(sentence: Text) -> str:
    """The same for a table's cell or a chart, which never read Markdown."""
    return i18n.say(sentence)


def _plain_values(sentence: Text) -> Text:
    return replace(sentence, values={key: _plain(value) for key, value in sentence.values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return _plain_values(value)
    return plain(value) if isinstance(value, str) else value


def status(word: str) -> str:
    """A status of SageMaker as its console words it; one that is new to us as it is."""
    words = {
        "InProgress": _("In progress"),
        "Completed": _("Completed"),
        "Failed": _("Failed"),
        "Stopping": _("Stopping"),
        "Stopped": _("Stopped"),
        "Creating": _("Creating"),
        "InService": _("In service"),
        "Updating": _("Updating"),
        "SystemUpdating": _("System updating"),
        "RollingBack": _("Rolling back"),
        "Deleting": _("Deleting"),
        "OutOfService": _("Out of service"),
    }
    return words.get(word, word)
