"""Celaje's entry: the page's frame, the language, the backend in use and the navigation."""

from __future__ import annotations

import streamlit as st

import i18n
import ui
from i18n import _
from local_aws import start
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
ui.dress()
st.logo(logo.WORDMARK, size="large", icon_image=logo.ICON)
language = sidebar.language()

with i18n.use(language):
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
    calls=st.session_state.setdefault("calls_made", trace.Calls()),
    wake=lambda: local_aws().started,
)
with place.entered():
    if running.started and place.calls:
        ui.say_it_was_restarted()
    sidebar.draw()
    page.run()
