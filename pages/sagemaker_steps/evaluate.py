"""Evaluate: how good a trained model is, beside what guessing would reach."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd
import streamlit as st

import ui
from i18n import _, figure, ngettext, number
from pages.sagemaker_steps import charts, selection, wording
from services.sagemaker import evaluation, training
from services.sagemaker.evaluation import Evaluation, Figure

_FIGURES_IN_A_ROW = 4
_FIGURE_PIXELS = 150


def draw() -> None:
    jobs = {job.name: wording.job_label(job) for job in training.list_jobs() if job.succeeded}
    if not jobs:
        ui.nothing_yet(_("No model has been trained yet. Its figures and charts will be here."))
        selection.go_button("train")
        return
    job = selection.pick("job", _("Trained model"), jobs)
    found = evaluation.load(job)
    ui.result(ui.said(evaluation.verdict(found)), good=_better_than_guessing(found.main))
    _draw_figures(found)
    _draw_charts(found)
    if found.leaderboard_score is not None:
        _draw_leaderboard(found, found.leaderboard_score)
    _draw_tables(found)
    selection.go_button("deploy", primary=True)


def _better_than_guessing(main: Figure) -> bool:
    if main.value is None or main.baseline is None:
        return True
    return main.value > main.baseline if main.higher_is_better else main.value < main.baseline


def _draw_figures(found: Evaluation) -> None:
    st.subheader(_("Figures on rows the model has not seen"), anchor=False)
    measured = [one for one in found.figures if one.value is not None]
    grid = st.grid(_FIGURES_IN_A_ROW, min_column_width=_FIGURE_PIXELS)
    for one in measured:
        with grid.cell():
            _draw_figure(one)
    st.caption(
        _(
            "{algorithm}, learnt from {trained} rows and measured on {tested} held-out rows. "
            "Guessing always says {guess}.",
            algorithm=wording.algorithms().get(found.algorithm, found.algorithm),
            trained=number(found.rows_trained),
            tested=number(found.rows_tested),
            guess=_guess(found),
        )
    )
    if found.positive is not None:
        st.caption(_("F1, ROC AUC and PR AUC are of the class {class_name}.", class_name=ui.plain(found.positive)))
    for warning in found.warnings:
        st.warning(ui.said(warning), icon=":material/warning:")
    for dropped in found.dropped:
        rows = ngettext("{count} row was left out", "{count} rows were left out", dropped.rows)
        st.caption(f"{rows}: {ui.said(dropped.reason)}")


def _guess(found: Evaluation) -> str:
    return f"“{ui.plain(found.guess)}”" if isinstance(found.guess, str) else figure(found.guess)


def _draw_figure(one: Figure) -> None:
    value, guessing = one.value or 0.0, one.baseline
    with st.container(border=True, gap="xsmall"):
        st.metric(
            wording.figures().get(one.name, one.name),
            wording.figure_value(one.name, value),
            delta=None if guessing is None else wording.figure_value(one.name, value - guessing),
            delta_color="normal" if one.higher_is_better else "inverse",
            help=wording.figure_help().get(one.name),
        )
        if guessing is not None:
            st.caption(_("Guessing: {value}", value=wording.figure_value(one.name, guessing)))


Drawing = tuple[str, str, Callable[[], alt.Chart | alt.LayerChart]]
"""A chart's title, its description for readers who do not see it, and what draws it."""


def _draw_charts(found: Evaluation) -> None:
    """The charts that this problem has, in two columns on a desktop and one on a phone."""
    drawings = _drawings(found)
    for first in range(0, len(drawings), 2):
        columns = st.columns(2, gap="large")
        for place, (title, description, make) in enumerate(drawings[first : first + 2]):
            with columns[place]:
                st.subheader(title, anchor=False)
                ui.chart(make(), alt_text=description, key=f"chart_{first + place}")


def _drawings(found: Evaluation) -> list[Drawing]:
    drawings: list[Drawing] = []
    if found.confusion is not None:
        matrix = found.confusion
        drawings.append(
            (
                _("Confusion matrix"),
                _("Confusion matrix: true classes against predicted classes"),
                lambda: charts.confusion(matrix),
            )
        )
    if found.residuals:
        drawings += [
            (
                _("Predicted against true"),
                _("Predicted values against true values of held-out rows"),
                lambda: charts.predicted_against_true(found.residuals),
            ),
            (_("Errors"), _("Histogram of the prediction errors"), lambda: charts.errors(found.residuals)),
        ]
    if found.importance:
        drawings.append(
            (
                _("What the model looks at"),
                _("Permutation importance of the columns"),
                lambda: charts.importance(
                    found.importance, wording.figures().get(found.importance_figure, found.importance_figure)
                ),
            )
        )
    if found.roc:
        drawings.append(
            (_("ROC curve"), _("True positive rate against false positive rate"), lambda: charts.roc(found.roc))
        )
    if found.precision_recall:
        drawings.append(
            (
                _("Precision and recall"),
                _("Precision against recall"),
                lambda: charts.precision_recall(found.precision_recall),
            )
        )
    if found.calibration:
        drawings.append(
            (
                _("Can the probabilities be trusted?"),
                _("Real share of the class against its predicted probability"),
                lambda: charts.calibration(found.calibration),
            )
        )
    return drawings


def _draw_leaderboard(found: Evaluation, score: str) -> None:
    st.subheader(_("Leaderboard"), anchor=False)
    names = wording.algorithms()
    score_name = wording.figures().get(score, score)
    ui.chart(
        charts.leaderboard(found.leaderboard, names, score_name),
        alt_text=_("Cross-validated score of each algorithm"),
        key="leaderboard_chart",
    )
    rows = pd.DataFrame(
        [
            {
                _("Algorithm"): names.get(one.algorithm, one.algorithm),
                score_name: one.score,
                _("Standard deviation"): one.deviation,
                _("Seconds"): one.seconds,
                _("Chosen"): one.chosen,
                _("Failed"): one.failed or "",
            }
            for one in found.leaderboard
        ]
    )
    if not any(one.failed for one in found.leaderboard):
        rows = rows.drop(columns=_("Failed"))
    ui.table(rows, "leaderboard", key="leaderboard")


def _draw_tables(found: Evaluation) -> None:
    with st.expander(_("All figures as tables"), icon=":material/table:", key="tables", on_change="rerun") as box:
        if not box.open:
            return
        ui.table(_figure_rows(found), "figures", key="figures")
        if found.per_class:
            st.markdown(_("**Each class**"))
            ui.table(_class_rows(found), "classes", key="classes")
        st.markdown(_("**Importance of the columns**"))
        ui.table(_importance_rows(found), "importance", key="importance")
        if found.left_out:
            st.markdown(_("**Columns the model does not use**"))
            rows = [{_("Column"): one.column, _("Why"): ui.told(one.reason)} for one in found.left_out]
            ui.table(pd.DataFrame(rows), "left-out", key="left_out")


def _figure_rows(found: Evaluation) -> pd.DataFrame:
    names = wording.figures()
    return pd.DataFrame(
        [
            {_("Figure"): names.get(one.name, one.name), _("Model"): one.value, _("Guessing"): one.baseline}
            for one in found.figures
        ]
    )


def _class_rows(found: Evaluation) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                _("Class"): one.label,
                _("Precision"): one.precision,
                _("Recall"): one.recall,
                _("F1"): one.f1,
                _("Rows"): one.rows,
            }
            for one in found.per_class
        ]
    )


def _importance_rows(found: Evaluation) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {_("Column"): one.feature, _("Importance"): one.mean, _("Standard deviation"): one.deviation}
            for one in found.importance
        ]
    )
