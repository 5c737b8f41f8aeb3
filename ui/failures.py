"""How a failure looks: what happened, what to do about it, and AWS's own words on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from i18n import _
from services.errors import ServiceError
from ui.words import said

_KEPT = "failures"


def draw_failure(error: ServiceError) -> None:
    """Draw a failure where the result would have been."""
    lines = [f"**{said(error.message)}**"]
    if error.hint:
        lines.append(said(error.hint))
    st.error("\n\n".join(lines), icon=":material/error:")
    with st.expander(_("What AWS said"), type="compact"):
        st.code(f"{error.code}\n{error.detail or error.message}", language=None, wrap_lines=True)


@contextmanager
def failures() -> Iterator[None]:
    """Draw a ServiceError raised in the block instead of ending the page with it."""
    try:
        yield
    except ServiceError as error:
        draw_failure(error)


@contextmanager
def attempt(action: str) -> Iterator[None]:
    """Do what a click asked for. Its failure stays to be drawn by `outcome` until the same action is tried again."""
    kept: dict[str, ServiceError] = st.session_state.setdefault(_KEPT, {})
    kept.pop(action, None)
    try:
        yield
    except ServiceError as error:
        kept[action] = error


def outcome(action: str) -> None:
    """Draw the failure of the last attempt at an action, if it failed."""
    error = st.session_state.get(_KEPT, {}).get(action)
    if error is not None:
        draw_failure(error)
