"""The column to predict: the likeliest ones first, and what predicting it means."""

from __future__ import annotations

import streamlit as st

from i18n import _, ngettext, percent
from pages.sagemaker_steps import selection
from services.sagemaker import datasets
from services.sagemaker.datasets import Dataset

_CLASSES_NAMED = 3


def pick(dataset: Dataset) -> str:
    """Ask for the column to predict; the best guess is chosen to begin with."""
    names = {name: name for name in datasets.target_order(dataset)}
    return selection.pick(
        "target", _("Column to predict"), names, help=_("The model learns to tell this column from the others.")
    )


def describe(dataset: Dataset, column: str) -> None:
    """What kind of question predicting this column is, in one line."""
    problem = datasets.problem(dataset, column)
    one = dataset.profile.column(column)
    if problem == "regression":
        st.caption(_("A number is predicted: regression."))
        return
    rows = max(1, dataset.profile.rows - one.missing)
    named = ", ".join(f"{value} {percent(count / rows, 0)}" for value, count in one.top[:_CLASSES_NAMED])
    classes = ngettext("{count} class", "{count} classes", one.distinct)
    st.caption(_("A class is predicted, one of {classes}: {named}", classes=classes, named=named))
