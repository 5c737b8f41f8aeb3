"""Evaluate: how good a trained model is, beside what guessing would reach."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import ui
from i18n import _, figure, ngettext, number
from pages.sagemaker_steps import charts, selection, wording
from services.sagemaker import evaluation as evaluations, training
from services.sagemaker.evaluation import Evaluation, Figure

_COLUMNS_OF_FIGURES = 4


def draw() -> None:
    jobs = {job.name: wording.job_label(job) for job in training.list_jobs() if job.succeeded}
    if not jobs:
        ui.nothing_yet(_("No model has been trained yet. Its figures and charts will be here."))
        selection.go_button("train")
        return
    job = selection.pick("job", _("Trained model"), jobs)
    found = read(job)
    ui.result(ui.said(evaluations.verdict(found)), good=_better_than_guessing(found.main))
    _draw_figures(found)
    _draw_charts(found)
    _draw_columns(found)
    selection.go_button("deploy", primary=True)


def read(job: str) -> Evaluation:
    """A job's evaluation; it never changes after the job has ended, so it is read once in a session."""
    kept: dict[str, Evaluation] = selection.state().setdefault("evaluations", {})
    if job not in kept:
        with st.spinner(_("Reading the evaluation from S3")):
            kept[job] = evaluations.load(job)
    return kept[job]


def _better_than_guessing(main: Figure) -> bool:
    if main.value is None or main.baseline is None:
        return True
    return main.value > main.baseline if main.higher_is_better else main.value < main.baseline


def _draw_figures(found: Evaluation) -> None:
    st.subheader(_("Figures on rows the model has not seen"), anchor=False)
    names, helps = wording.figures(), wording.figure_help()
    measured = [one for one in found.figures if one.value is not None]
    for first in range(0, len(measured), _COLUMNS_OF_FIGURES):
        columns = st.columns(_COLUMNS_OF_FIGURES)
        for column, one in zip(columns, measured[first : first + _COLUMNS_OF_FIGURES], strict=False):
            _draw_figure(column, one, names.get(one.name, one.name), helps.get(one.name))
    st.caption(
        _(
            "Learnt from {trained} rows, measured on {tested} held-out rows. Guessing always says the most frequent "
            "class, or the mean.",
            trained=number(found.rows_trained),
            tested=number(found.rows_tested),
        )
    )
    for warning in found.warnings:
        st.warning(ui.plain(warning), icon=":material/warning:")
    if found.rows_dropped:
        st.caption(
            ngettext(
                "{count} row without a target value was left out.",
                "{count} rows without a target value were left out.",
                found.rows_dropped,
            )
        )


def _draw_figure(place: st.delta_generator.DeltaGenerator, one: Figure, name: str, explained: str | None) -> None:
    value = one.value or 0.0
    gain = None if one.baseline is None else value - one.baseline
    place.metric(
        name,
        wording.figure_value(one.name, value),
        delta=None if gain is None else round(gain, 4),
        delta_color="normal" if one.higher_is_better else "inverse",
        delta_description=None
        if one.baseline is None
        else _("guessing: {value}", value=wording.figure_value(one.name, one.baseline)),
        help=explained,
        border=True,
    )


def _draw_charts(found: Evaluation) -> None:
    left, right = st.columns(2, gap="large")
    if found.confusion:
        with left:
            st.subheader(_("Confusion matrix"), anchor=False)
            ui.chart(
                charts.confusion(found.confusion),
                alt_text=_("Confusion matrix: true classes against predicted classes"),
                key="confusion",
            )
    if found.roc:
        with right:
            st.subheader(_("ROC curve"), anchor=False)
            ui.chart(charts.roc(found.roc), alt_text=_("True positive rate against false positive rate"), key="roc")
    if found.precision_recall:
        with left:
            st.subheader(_("Precision and recall"), anchor=False)
            ui.chart(charts.precision_recall(found.precision_recall), alt_text=_("Precision against recall"), key="pr")
    if found.residuals:
        with left:
            st.subheader(_("Predicted against true"), anchor=False)
            ui.chart(
                charts.predicted_against_true(found.residuals),
                alt_text=_("Predicted values against true values of held-out rows"),
                key="predicted_true",
            )
        with right:
            st.subheader(_("Errors"), anchor=False)
            ui.chart(charts.errors(found.residuals), alt_text=_("Histogram of the prediction errors"), key="errors")
    if found.importance:
        with right if found.confusion else left:
            st.subheader(_("What the model looks at"), anchor=False)
            ui.chart(
                charts.importance(found.importance),
                alt_text=_("Permutation importance of the columns"),
                key="importance",
            )
    if len(found.leaderboard) > 1:
        _draw_leaderboard(found)


def _draw_leaderboard(found: Evaluation) -> None:
    st.subheader(_("Leaderboard"), anchor=False)
    names = wording.algorithms()
    score = wording.figures().get(found.leaderboard_score, found.leaderboard_score)
    ui.chart(
        charts.leaderboard(found.leaderboard, names, score),
        alt_text=_("Cross-validated score of each algorithm"),
        key="leaderboard",
    )
    rows = pd.DataFrame(
        [
            {
                _("Algorithm"): names.get(one.algorithm, one.algorithm),
                score: "—" if one.score is None else figure(one.score),
                _("Standard deviation"): "—" if one.deviation is None else figure(one.deviation),
                _("Seconds"): number(one.seconds, 1),
                _("Chosen"): one.chosen,
            }
            for one in found.leaderboard
        ]
    )
    ui.table(rows, "leaderboard", key="leaderboard")


def _draw_columns(found: Evaluation) -> None:
    with st.expander(_("Figures and columns as tables"), icon=":material/table:"):
        names = wording.figures()
        figures = pd.DataFrame(
            [
                {
                    _("Figure"): names.get(one.name, one.name),
                    _("Model"): one.value,
                    _("Guessing"): one.baseline,
                }
                for one in found.figures
            ]
        )
        ui.table(figures, "figures", key="figures")
        importance = pd.DataFrame(
            [
                {_("Column"): one.feature, _("Importance"): one.mean, _("Standard deviation"): one.deviation}
                for one in found.importance
            ]
        )
        ui.table(importance, "importance", key="importance_rows")
        if found.left_out:
            st.markdown(_("**Columns the model does not use**"))
            left_out = pd.DataFrame([{_("Column"): one.column, _("Why"): one.reason} for one in found.left_out])
            ui.table(left_out, "left-out", key="left_out")
