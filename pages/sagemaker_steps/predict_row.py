"""The what-if form: one widget a column with its real range or categories; the prediction follows every change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

import ui
from i18n import _, figure, ngettext, percent
from pages.sagemaker_steps import charts
from services.sagemaker import evaluation, prediction
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.evaluation import Feature
from services.sagemaker.prediction import Predictions

_IN_VIEW = 9
_FOLDED_AT_LEAST = 4
"""Fewer columns than this are not worth a click."""
_MOST_WIDGETS = 90
"""Beyond these the columns keep their typical value: a form of thousands of widgets helps nobody."""
_SLIDER_STEPS = 200


def draw(endpoint: Endpoint) -> None:
    features = _by_importance(endpoint)
    st.markdown(_("Change a value and see how the prediction changes. The columns that matter most come first."))
    answer = st.container()
    values: dict[str, Any] = {one.name: one.typical for one in features}
    in_view = _IN_VIEW if len(features) >= _IN_VIEW + _FOLDED_AT_LEAST else len(features)
    values |= _draw_widgets(features[:in_view], endpoint)
    more = features[in_view:_MOST_WIDGETS]
    if more:
        with st.expander(ngettext("{count} more column", "{count} more columns", len(more)), key="more_columns"):
            values |= _draw_widgets(more, endpoint)
    rest = len(features) - _MOST_WIDGETS
    if rest > 0:
        st.caption(
            ngettext("{count} column keeps its typical value.", "{count} columns keep their typical value.", rest)
        )
    with answer:
        _draw_answer(endpoint, prediction.predict_rows(endpoint, [values]))


def _by_importance(endpoint: Endpoint) -> list[Feature]:
    """The columns the model wants, those it looks at most first."""
    found = evaluation.load(endpoint.job)
    rank = {one.feature: place for place, one in enumerate(found.importance)}
    return sorted(found.features, key=lambda one: rank.get(one.name, len(rank)))


def _draw_widgets(features: Sequence[Feature], endpoint: Endpoint) -> dict[str, Any]:
    grid = st.grid(3, min_column_width=220, gap="medium")
    values = {}
    for feature in features:
        with grid.cell():
            values[feature.name] = _WIDGETS[feature.type](feature, f"what_if_{endpoint.model}_{feature.name}")
    return values


def _draw_number(feature: Feature, key: str) -> float | int | None:
    low, high, typical = (_number(one) for one in (feature.minimum, feature.maximum, feature.typical))
    if low is None or high is None or typical is None or low >= high:
        return st.number_input(ui.plain(feature.name), value=typical, key=key)
    if feature.whole_numbers:
        return st.slider(ui.plain(feature.name), int(low), int(high), int(typical), key=key)
    step = (high - low) / _SLIDER_STEPS
    decimals = max(0, -int(f"{step:e}".split("e")[1]) + 1)
    return st.slider(ui.plain(feature.name), low, high, typical, step=step, format=f"%.{decimals}f", key=key)


def _draw_category(feature: Feature, key: str) -> str | None:
    index = feature.categories.index(str(feature.typical)) if feature.typical in feature.categories else None
    return st.selectbox(ui.plain(feature.name), feature.categories, index=index, key=key, placeholder=_("missing"))


def _draw_date(feature: Feature, key: str) -> str | None:
    low, high, typical = (_date(one) for one in (feature.minimum, feature.maximum, feature.typical))
    if low is None or high is None or typical is None:
        return st.text_input(ui.plain(feature.name), value=str(feature.typical or ""), key=key) or None
    day = st.date_input(ui.plain(feature.name), typical, min_value=low, max_value=high, key=key)
    return None if day is None else datetime(day.year, day.month, day.day).strftime(feature.date_format or "%Y-%m-%d")


_WIDGETS: dict[str, Callable[[Feature, str], Any]] = {
    "numeric": _draw_number,
    "category": _draw_category,
    "date": _draw_date,
}


def _number(value: float | str | None) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def _date(value: float | str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _draw_answer(endpoint: Endpoint, answer: Predictions) -> None:
    first = answer.rows[0]
    if first.confidence is None:
        value = figure(float(first.prediction))
        ui.result(_("Predicted {target}: **{value}**", target=ui.plain(endpoint.target), value=ui.plain(value)))
    else:
        ui.result(
            _(
                "Predicted {target}: **{value}**, with a probability of {share}",
                target=ui.plain(endpoint.target),
                value=ui.plain(first.prediction),
                share=percent(first.confidence),
            )
        )
        ui.chart(charts.probabilities(first.probabilities), alt_text=_("Probability of each class"), key="what_if")
    for note in answer.notes:
        st.caption(ui.said(note))
