"""Where a run of the page speaks to and in which language, and how parts that run later get back there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

import i18n
from i18n import _
from services import aws, trace
from services.errors import ServiceError
from ui.failures import draw_failure

_RECOVERY_SECONDS = 5.0
"""A part that gets no answer has the whole app run again, which finds the address; not more often than this."""


@dataclass(frozen=True)
class Place:
    """The backend, language, time zone and record of calls of one run of the script."""

    backend: aws.Backend
    language: str
    timezone: str | None
    calls: trace.Calls
    wake: Callable[[], bool]
    """Makes sure that local AWS runs; quick when it does. True when it had to be started. Raises ServiceError."""
    browser_locale: str | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run a block here. Fragments, dialogs, deferred downloads and threads start without app.py's context."""
        token = _place.set(self)
        try:
            with ExitStack() as stack:
                stack.enter_context(aws.use(self.backend))
                stack.enter_context(i18n.use(self.language, self.timezone, self.browser_locale))
                stack.enter_context(trace.record(self.calls))
                yield
        finally:
            _place.reset(token)


_place: ContextVar[Place | None] = ContextVar("place", default=None)


def here() -> Place:
    """The place of the present run; a page that was started without app.py is started again with it.

    Until the first st.navigation of a process, Streamlit takes a folder named pages/ for an app of its older kind and
    runs a page by itself: so does a browser that reconnects to an app that was just started again.
    """
    place = _place.get(None)
    if place is None:
        PagesManager.uses_pages_directory = False
        st.rerun()
    return place


def live(draw: Callable[..., None], *arguments: Any, every: float | None = None) -> None:
    """Draw a part that runs again by itself: when one of its own widgets changes, and `every` so many seconds.

    Its failures are drawn in its place. A local AWS that has gone is back before it is asked; where it then answers
    at another address, the whole app runs again.
    """
    place = here()

    @wraps(draw)
    def part() -> None:
        with place.entered():
            try:
                if place.wake():
                    say_it_was_restarted()
                draw(*arguments)
            except ServiceError as error:
                draw_failure(error)
                _recover(error)

    st.fragment(part, run_every=every)()


def say_it_was_restarted() -> None:
    """Local AWS ended under the page, by whatever cause, and is back."""
    st.toast(_("Local AWS had ended and was started again. Nothing is lost."), icon=":material/restart_alt:")


def _recover(error: ServiceError) -> None:
    if error.code != "NoConnection" or not here().backend.is_local:
        return
    last = st.session_state.get("recovery", 0.0)
    if time.monotonic() - last > _RECOVERY_SECONDS:
        st.session_state["recovery"] = time.monotonic()
        st.rerun()


def ask(title: str, draw: Callable[..., None], *arguments: Any, width: Literal["small", "large"] = "small") -> None:
    """Open a dialog. `draw` ends with `st.rerun()` when the reader has decided."""
    place = here()

    @wraps(draw)
    def dialog() -> None:
        with place.entered():
            try:
                draw(*arguments)
            except ServiceError as error:
                draw_failure(error)

    st.dialog(title, width=width)(dialog)()


def deferred(make: Callable[[], Any]) -> Callable[[], Any]:
    """A function to be called later from another thread, like a download's contents, that runs at this place."""
    place = here()

    @wraps(make)
    def later() -> Any:
        with place.entered():
            return make()

    return later
