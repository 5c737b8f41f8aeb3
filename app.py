"""Celaje's entry: the page's frame, the language, the backend in use and the navigation."""

from __future__ import annotations

import streamlit as st

import i18n
import ui
from i18n import _
from local_aws import start
from services import trace
from services.aws import Backend
from ui import logo, sidebar


def local_backend() -> Backend:
    """Local AWS, started when it is not running; a child of this process, which ends with it."""
    running = start.ensure()
    return Backend(
        "local",
        region=running.region,
        endpoint=running.endpoint,
        access_key=running.access_key,
        secret_key=running.secret_key,
    )


st.set_page_config(page_title="Celaje", page_icon=logo.ICON, layout="wide")
ui.dress()
st.logo(logo.WORDMARK, size="large", icon_image=logo.ICON)

language = sidebar.language()
with i18n.use(language):
    pages = [st.Page("pages/sagemaker.py", title="SageMaker", icon=":material/model_training:", default=True)]
    page = st.navigation(pages)
    try:
        with st.spinner(_("Starting local AWS"), show_time=True):
            local = local_backend()
    except start.StartError as error:
        ui.local_aws_did_not_start(str(error))
        st.stop()

place = ui.Place(
    backend=sidebar.backend(local),
    language=language,
    timezone=st.context.timezone,
    calls=st.session_state.setdefault("calls_made", trace.Calls()),
)
with place.entered():
    sidebar.draw()
    page.run()
