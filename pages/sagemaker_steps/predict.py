"""Predict: ask an endpoint what-if questions about one row, or for a whole file."""

from __future__ import annotations

import streamlit as st

import ui
from i18n import _
from pages.sagemaker_steps import predict_file, predict_row, selection
from services.sagemaker import endpoints
from services.sagemaker.endpoints import Endpoint


def draw() -> None:
    ready = {one.name: one for one in endpoints.list_endpoints() if one.ready}
    if not ready:
        ui.nothing_yet(_("No endpoint is in service. Deploy a model, then ask it for predictions here."))
        selection.go_button("deploy")
        return
    labels = {name: _("{endpoint}: predicts {target}", endpoint=name, target=one.target) for name, one in ready.items()}
    endpoint = ready[selection.pick("endpoint", _("Endpoint"), labels)]
    row, file = st.tabs([_("What if"), _("A whole file")], key="predict_tabs", on_change="rerun")
    if row.open:
        with row:
            ui.live(predict_row.draw, endpoint)
    if file.open:
        with file:
            _draw_file(endpoint)
    selection.go_button("tear-down")


def _draw_file(endpoint: Endpoint) -> None:
    predict_file.draw(endpoint)
