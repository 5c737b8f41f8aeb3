"""The SageMaker page: from a CSV to predictions, and back to zero."""

from __future__ import annotations

import streamlit as st

import ui
from i18n import _
from pages.sagemaker_steps import agreement, data, deploy, evaluate, predict, selection, teardown, train, wording

STEPS = {
    "data": data.draw,
    "train": train.draw,
    "evaluate": evaluate.draw,
    "deploy": deploy.draw,
    "predict": predict.draw,
    "tear-down": teardown.draw,
}

selection.restore()
ui.heading(
    "SageMaker",
    _("Turn a table into a model that predicts one of its columns: train it, deploy it, ask it, tear it down."),
    local_engine=_(
        "Answered on this machine by scikit-learn and XGBoost: real training, the SageMaker API, no AWS account."
    ),
    price=_("Amazon SageMaker bills training by the second and an endpoint by the hour, as long as it is up."),
)
step = selection.pick_segment("step", _("Step"), wording.steps(), label_visibility="collapsed")
with ui.failures():
    if agreement.reached():
        STEPS[step]()
st.space("medium")
ui.show_calls()
