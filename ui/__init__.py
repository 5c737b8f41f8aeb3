"""What every page shares on the screen: how results, failures, progress, choices and AWS calls look. Holds no page."""

from ui.calls import show_calls
from ui.failures import attempt, draw_failure, failures, outcome
from ui.parts import (
    chart,
    confirm,
    csv,
    download,
    dress,
    heading,
    in_dark,
    nothing_yet,
    result,
    table,
    text_colour,
    working,
)
from ui.place import Place, ask, deferred, here, live, say_it_was_restarted
from ui.words import plain, said, status, told

__all__ = [
    "Place",
    "ask",
    "attempt",
    "chart",
    "confirm",
    "csv",
    "deferred",
    "download",
    "draw_failure",
    "dress",
    "failures",
    "heading",
    "here",
    "in_dark",
    "live",
    "nothing_yet",
    "outcome",
    "plain",
    "result",
    "said",
    "say_it_was_restarted",
    "show_calls",
    "status",
    "table",
    "text_colour",
    "told",
    "working",
]
