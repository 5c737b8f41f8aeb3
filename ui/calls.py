""" "Show the calls": every AWS call of the session with its request, reply, time and the code to make it yourself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from i18n import _, clock, ngettext, number
from services.trace import Call
from ui.parts import download
from ui.place import here, live

_SHOWN_AT_FIRST = 12


@dataclass
class _Line:
    """The same call made `times` times, like a status that is asked for again and again."""

    call: Call
    times: int


def show_calls() -> None:
    """The calls made so far, folded away until asked for."""
    live(_draw)


def _draw() -> None:
    with st.expander(_("Show the calls"), icon=":material/code:", key="calls", on_change="rerun") as box:
        if not box.open:
            return
        calls = list(here().calls)
        if not calls:
            st.markdown(_("No AWS call was made yet."))
            return
        _draw_lines(calls)


def _draw_lines(calls: list[Call]) -> None:
    changing = st.toggle(_("Only calls that changed something"), key="calls_changing")
    lines = [line for line in folded(calls) if not changing or not _only_reads(line.call)]
    st.markdown(
        ngettext("{count} call in {seconds} s.", "{count} calls in {seconds} s.", len(calls),
                 seconds=number(sum(call.milliseconds for call in calls) / 1000, 1))
        + " " + _("The newest is first; equal calls share a line.")
    )  # fmt: skip
    everything = len(lines) <= _SHOWN_AT_FIRST or st.toggle(_("Show older calls"), key="calls_older")
    for line in lines if everything else lines[:_SHOWN_AT_FIRST]:
        _draw_line(line)
    download(_("Download as Python"), lambda: script(calls), "calls.py", key="calls_script", mime="text/x-python")


def _draw_line(line: _Line) -> None:
    call = line.call
    label = f"**{call.operation}** · {call.service} · {number(call.milliseconds, 0)} ms · {clock(call.started)}"
    if line.times > 1:
        label += f" · ×{number(line.times)}"
    icon = ":material/error:" if call.failed else ":material/check:"
    with st.expander(label, type="step", icon=icon):
        request, reply, code = st.tabs([_("Request"), _("Reply"), "Python"])
        request.code(_json(call.parameters), language="json")
        reply.code(_json(call.reply), language="json")
        code.code(call.code(), language="python")


def _only_reads(call: Call) -> bool:
    return call.operation.startswith(("Get", "List", "Describe", "Head", "Search", "Filter"))


def folded(calls: Iterable[Call]) -> list[_Line]:
    """Equal calls as one line, with the last of them; the newest first."""
    lines: dict[tuple[str, str, str], _Line] = {}
    for call in calls:
        key = (call.service, call.operation, _json(call.parameters))
        earlier = lines.pop(key, None)
        lines[key] = _Line(call, 1 + (earlier.times if earlier else 0))
    return list(reversed(lines.values()))


def script(calls: Iterable[Call]) -> str:
    """The calls in the order they were made, as Python."""
    return "\n".join(line.call.code() for line in reversed(folded(calls)))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
