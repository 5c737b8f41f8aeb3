"""What the reader has chosen on the SageMaker page, kept in the address, so that a reload and a link find it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from i18n import _
from pages.sagemaker_steps import wording

_STATE = "sagemaker"
KINDS = ("step", "dataset", "target", "column", "job", "endpoint", "scope")


def state() -> dict[str, Any]:
    """The page's own corner of the session: what is chosen, and what was read once and cannot change any more."""
    corner: dict[str, Any] = st.session_state.setdefault(_STATE, {})
    return corner


def restore() -> None:
    """Put the choices back into the address, which a visit to another page has emptied."""
    for kind in KINDS:
        if kind not in st.query_params and kind in state():
            st.query_params[kind] = state()[kind]


def chosen(kind: str) -> str | None:
    return st.query_params.get(kind) or state().get(kind)


def choose(**choices: str | None) -> None:
    """Set choices by kind; None takes one back."""
    for kind, value in choices.items():
        if value is None:
            state().pop(kind, None)
            st.query_params.pop(kind, None)
        else:
            state()[kind] = st.query_params[kind] = value


def pick(kind: str, label: str, options: Mapping[str, str], *, default: str | None = None, **settings: Any) -> str:
    """A selection box over {value: label} that shows and changes the choice of a kind, first the default."""
    return _mirror(kind, options, default, lambda key, changed: st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, on_change=changed, **settings
    ))  # fmt: skip


def pick_segment(kind: str, label: str, options: Mapping[str, str], **settings: Any) -> str:
    """Like `pick`, with all options in view."""
    return _mirror(kind, options, None, lambda key, changed: st.segmented_control(
        label, list(options), format_func=options.__getitem__, required=True, key=key, on_change=changed, **settings
    ))  # fmt: skip


def _mirror(
    kind: str, options: Mapping[str, str], default: str | None, draw: Callable[[str, Callable[[], None]], Any]
) -> str:
    """The widget mirrors the choice and reports changes to it, so the choice may also be changed by other means."""
    key = f"{_STATE}_{kind}"
    value = chosen(kind)
    if value is None or value not in options:
        value = default if default is not None and default in options else next(iter(options))
        choose(**{kind: value})
    st.session_state[key] = value
    draw(key, lambda: choose(**{kind: st.session_state[key]}))
    return value


def go_button(step: str, *, primary: bool = False) -> None:
    """A button that leads to another step."""
    label = _("Go to {step}", step=wording.steps()[step])
    lead(label, f"{_STATE}_go_{step}", primary=primary, icon=":material/arrow_forward:", step=step)


def lead(label: str, key: str, *, primary: bool = False, icon: str | None = None, **choices: str) -> None:
    """A button that makes choices and draws the page anew, also from a part that else runs by itself."""
    if st.button(label, key=key, type="primary" if primary else "secondary", icon=icon):
        choose(**choices)
        st.rerun()
