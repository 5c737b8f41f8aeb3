"""The figures that a training job prints, found by the regular expressions of its metric definitions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex

from local_aws.apis.sagemaker.resources import now

_LONGEST_SEARCH_SECONDS = 0.5
"""An expression that takes longer on one piece of output is dropped: one can be written that never ends."""
_WHOLE_TEXT_ANCHORS = (r"\A", r"\Z", r"\z", r"\G", "(?<", r"\K")
_LONGEST_LINE = 64 * 1024


class InvalidMetric(Exception):
    """A metric definition's expression is not valid; says why."""


@dataclass
class _Metric:
    name: str
    line: regex.Pattern[str]
    """Matches one line, as SageMaker applies it."""
    text: regex.Pattern[str] | None
    """Matches in a text of lines wherever it matches in one of them: to pass over those without."""
    value: float | None = None
    moment: datetime | None = None


class Metrics:
    """Fed a job's output piece by piece, keeps the last value of each metric. Used by one thread at a time."""

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        """Raises InvalidMetric."""
        self._metrics = [_compiled(definition["Name"], definition["Regex"]) for definition in definitions]
        self._rest = ""

    def feed(self, output: bytes) -> list[str]:
        """Look through more output; returns what there is to tell the user, of expressions that took too long."""
        if not self._metrics:
            return []
        text = self._rest + output.decode(errors="replace")
        whole, newline, self._rest = text.rpartition("\n")
        self._rest = self._rest[-_LONGEST_LINE:]
        return self._search(whole) if newline else []

    def end(self) -> list[dict[str, Any]]:
        """Look at a last line without its end, and return the FinalMetricDataList."""
        self._search(self._rest)
        return [
            {"MetricName": metric.name, "Value": metric.value, "Timestamp": metric.moment}
            for metric in self._metrics
            if metric.value is not None
        ]

    def _search(self, text: str) -> list[str]:
        dropped = []
        for metric in tuple(self._metrics):
            try:
                _look(metric, text)
            except TimeoutError:
                self._metrics.remove(metric)
                dropped.append(f"The regular expression of the metric {metric.name} takes too long; it is dropped.")
        return dropped


def _compiled(name: str, expression: str) -> _Metric:
    try:
        line = regex.compile(expression)
        whole = any(anchor in expression for anchor in _WHOLE_TEXT_ANCHORS)
        return _Metric(name, line, None if whole else regex.compile(expression, regex.MULTILINE))
    except (regex.error, RecursionError, OverflowError) as error:
        raise InvalidMetric(f"The regular expression of the metric {name} is not valid: {error}") from error


def _look(metric: _Metric, text: str) -> None:
    """Keep the last value in a text of whole lines. `concurrent` lets other threads run meanwhile."""
    limits = {"timeout": _LONGEST_SEARCH_SECONDS, "concurrent": True}
    if metric.text and not metric.text.search(text, **limits):
        return
    for line in reversed(text.split("\n")):
        for match in reversed(list(metric.line.finditer(line, **limits))):
            value = _number(match)
            if value is not None:
                metric.value, metric.moment = value, now()
                return


def _number(match: regex.Match[str]) -> float | None:
    """The first group as a number; None where there is no group, or none that JSON can carry."""
    if not match.re.groups or match[1] is None:
        return None
    try:
        value = float(match[1])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
