"""Celaje's entry: the page's frame, the language, the backend in use and the navigation."""

# ruff: noqa: E402 - local AWS takes as long to start as the imports below: a first visit does both at once

from __future__ import annotations

import contextlib
import threading

import streamlit as st

from local_aws import start


def start_early() -> None:
    with contextlib.suppress(start.StartError):  # the run meets it again, and draws it
        start.ensure()


if not st.session_state:
    threading.Thread(target=start_early, daemon=True).start()

import i18n
import ui
from i18n import _
from services import trace
from services.aws import Backend
from services.errors import ServiceError
from services.text import text
from ui import logo, sidebar


def local_aws() -> start.Connection:
    """Local AWS, started when it is not running; a child of this process, which ends with it. Raises ServiceError."""
    try:
        return start.ensure()
    except start.StartError as error:
        raise ServiceError(
            text("Local AWS did not start."),
            code="NoLocalAws",
            hint=text("Its own words below say why. Mend that, then reload the page."),
            detail=str(error),
        ) from error


st.set_page_config(page_title="Celaje", page_icon=logo.ICON, layout="wide")
st.logo(logo.WORDMARK, size="large", icon_image=logo.ICON)
language = sidebar.language()

with i18n.use(language):
    ui.dress()
    page = st.navigation(
        [st.Page("pages/sagemaker.py", title="SageMaker", icon=":material/model_training:", default=True)]
    )
    try:
        with st.spinner(_("Starting local AWS"), show_time=True):
            running = local_aws()
    except ServiceError as error:
        ui.draw_failure(error)
        st.stop()

local = Backend("local", running.region, running.endpoint, None, running.access_key, running.secret_key)
place = ui.Place(
    backend=sidebar.backend(local),
    language=language,
    timezone=st.context.timezone,
    browser_locale=st.context.locale,
    calls=st.session_state.setdefault("calls_made", trace.Calls()),
    wake=lambda: local_aws().started,
)
with place.entered():
    if running.started and place.calls:
        ui.say_it_was_restarted()
    sidebar.draw(running.account)
    page.run()
