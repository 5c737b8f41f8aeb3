"""The charts of the SageMaker page, drawn by Altair in the colours of the theme. They compute nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import pandas as pd

import ui
from i18n import _
from services.sagemaker.datasets.model import Column, Histogram
from services.sagemaker.evaluation import CalibrationBin, Candidate, Confusion, Curve, Importance, Residual

_ROW_PIXELS = 26
_AXIS_PIXELS = 84
"""What an axis with its title takes of a chart's height."""
_LEGEND_PIXELS = 36
_STRONG_SHADE = 0.58
"""From this share on the shade of a cell is so strong that its text turns to the other colour to be read."""
_MOST_BARS = 20
_MOST_CURVES = 6
"""As many as the theme has colours that can be told apart."""
_MILLISECONDS = 1000
"""In a second: a profile counts dates in seconds, Vega in milliseconds since 1970."""


def _bars(rows: int) -> int:
    """A height that gives each bar of a horizontal chart its own line."""
    return max(2, rows) * _ROW_PIXELS + _AXIS_PIXELS


def confusion(matrix: Confusion) -> alt.LayerChart:
    """True classes down, predicted classes across; the shade is the share of the true class."""
    cells = pd.DataFrame(
        [
            {"true": true, "predicted": predicted, "count": count, "share": count / max(1, sum(counts))}
            for true, counts in zip(matrix.labels, matrix.counts, strict=True)
            for predicted, count in zip(matrix.labels, counts, strict=True)
        ]
    )
    faint, strong = ("#ffffff", "#0b121c") if ui.in_dark() else ("#091521", "#ffffff")
    base = alt.Chart(cells).encode(
        x=alt.X("predicted:N", title=_("Predicted"), sort=list(matrix.labels), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("true:N", title=_("True"), sort=list(matrix.labels)),
        tooltip=[
            alt.Tooltip("true:N", title=_("True")),
            alt.Tooltip("predicted:N", title=_("Predicted")),
            alt.Tooltip("count:Q", title=_("Rows")),
            alt.Tooltip("share:Q", title=_("Share of the true class"), format=".1%"),
        ],
    )
    shade = base.mark_rect().encode(color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1]), legend=None))
    label = base.mark_text(fontSize=14).encode(
        text="count:Q", color=alt.condition(f"datum.share > {_STRONG_SHADE}", alt.value(strong), alt.value(faint))
    )
    return (shade + label).properties(height=max(120, 44 * len(matrix.labels)) + _AXIS_PIXELS)


def roc(curves: Sequence[Curve]) -> alt.LayerChart:
    """One line a class, over the diagonal that guessing would reach."""
    diagonal = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], opacity=0.6)
    return diagonal.encode(x="x:Q", y="y:Q") + _curves(curves, _("False positive rate"), _("True positive rate"))


def precision_recall(curves: Sequence[Curve]) -> alt.Chart:
    return _curves(curves, _("Recall"), _("Precision"))


def _curves(curves: Sequence[Curve], across: str, up: str) -> alt.Chart:
    points = pd.DataFrame(
        [
            {"class": curve.label, "order": order, "x": x, "y": y}
            for curve in curves[:_MOST_CURVES]
            for order, (x, y) in enumerate(zip(curve.x, curve.y, strict=True))
        ]
    )
    several = len(curves) > 1
    return (
        alt.Chart(points)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("x:Q", title=across, scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("y:Q", title=up, scale=alt.Scale(domain=[0, 1])),
            order="order:Q",
            color=alt.Color("class:N", title=_("Class"), legend=alt.Legend(orient="bottom") if several else None),
            strokeDash=alt.StrokeDash("class:N", legend=None) if several else alt.value([1, 0]),
            tooltip=[
                alt.Tooltip("class:N", title=_("Class")),
                alt.Tooltip("x:Q", title=across, format=".3f"),
                alt.Tooltip("y:Q", title=up, format=".3f"),
            ],
        )
        .properties(height=300)
    )


def calibration(bins: Sequence[CalibrationBin]) -> alt.LayerChart:
    """On the diagonal the class is as frequent as the model says; larger points stand for more rows."""
    ends = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], opacity=0.6)
    points = pd.DataFrame([{"x": one.predicted, "y": one.observed, "rows": one.rows} for one in bins])
    base = alt.Chart(points).encode(
        x=alt.X("x:Q", title=_("Predicted probability"), axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("y:Q", title=_("Real share"), axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
    )
    dots = base.mark_point(filled=True).encode(
        size=alt.Size("rows:Q", legend=None, scale=alt.Scale(range=[40, 260])),
        tooltip=[
            alt.Tooltip("x:Q", title=_("Predicted probability"), format=".1%"),
            alt.Tooltip("y:Q", title=_("Real share"), format=".1%"),
            alt.Tooltip("rows:Q", title=_("Rows")),
        ],
    )
    return (ends.encode(x="x:Q", y="y:Q") + base.mark_line(opacity=0.7) + dots).properties(height=300)


def importance(columns: Sequence[Importance], score: str) -> alt.LayerChart:
    """How much the score falls when a column is shuffled, the most important on top, with one standard deviation."""
    shown = columns[:_MOST_BARS]
    bars = pd.DataFrame(
        [
            {
                "column": one.feature,
                "mean": one.mean,
                "low": one.mean - one.deviation,
                "high": one.mean + one.deviation,
            }
            for one in shown
        ]
    )
    order = [one.feature for one in shown]
    base = alt.Chart(bars).encode(y=alt.Y("column:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)))
    drawn = base.mark_bar().encode(
        x=alt.X("mean:Q", title=_("Fall of {score} when shuffled", score=score)),
        tooltip=[
            alt.Tooltip("column:N", title=_("Column")),
            alt.Tooltip("mean:Q", title=_("Fall of {score}", score=score), format=".4f"),
        ],
    )
    spread = base.mark_rule(strokeWidth=1.5, color=ui.text_colour()).encode(x="low:Q", x2="high:Q")
    return (drawn + spread).properties(height=_bars(len(shown)))


def leaderboard(candidates: Sequence[Candidate], names: Mapping[str, str], score: str) -> alt.LayerChart:
    """The cross-validated score of each algorithm with its standard deviation; the chosen one is named so."""
    scored = [one for one in candidates if one.score is not None]
    rows = pd.DataFrame(
        [
            {
                "algorithm": names.get(one.algorithm, one.algorithm),
                "score": one.score,
                "low": (one.score or 0) - (one.deviation or 0),
                "high": (one.score or 0) + (one.deviation or 0),
                "choice": _("Chosen") if one.chosen else _("Compared"),
            }
            for one in scored
        ]
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("algorithm:N", sort=list(rows["algorithm"]), title=None, axis=alt.Axis(labelLimit=220))
    )
    dots = base.mark_point(filled=True, size=110).encode(
        x=alt.X("score:Q", title=score, scale=alt.Scale(zero=False)),
        color=alt.Color("choice:N", title=None, sort=[_("Chosen"), _("Compared")], legend=alt.Legend(orient="bottom")),
        shape=alt.Shape("choice:N", title=None, sort=[_("Chosen"), _("Compared")]),
        tooltip=[
            alt.Tooltip("algorithm:N", title=_("Algorithm")),
            alt.Tooltip("score:Q", title=score, format=".4f"),
        ],
    )
    spread = base.mark_rule(strokeWidth=2, color=ui.text_colour()).encode(x=alt.X("low:Q", title=score), x2="high:Q")
    return (spread + dots).properties(height=40 * len(scored) + _AXIS_PIXELS + _LEGEND_PIXELS)


def predicted_against_true(residuals: Sequence[Residual]) -> alt.LayerChart:
    """Each held-out row as a point; on the diagonal the prediction is right."""
    points = pd.DataFrame([{"true": one.true, "predicted": one.predicted} for one in residuals])
    ends = [float(points.min().min()), float(points.max().max())]
    diagonal = alt.Chart(pd.DataFrame({"true": ends, "predicted": ends})).mark_line(strokeDash=[4, 4], opacity=0.7)
    dots = alt.Chart(points).mark_point(filled=True, size=36, opacity=0.55)
    x = alt.X("true:Q", title=_("True"), scale=alt.Scale(zero=False))
    y = alt.Y("predicted:Q", title=_("Predicted"), scale=alt.Scale(zero=False))
    tooltip = [
        alt.Tooltip("true:Q", title=_("True"), format=",.4~g"),
        alt.Tooltip("predicted:Q", title=_("Predicted"), format=",.4~g"),
    ]
    return (diagonal.encode(x=x, y=y) + dots.encode(x=x, y=y, tooltip=tooltip)).properties(height=300)


def errors(residuals: Sequence[Residual]) -> alt.Chart:
    """How far the predictions are off, as a histogram around zero."""
    points = pd.DataFrame([{"error": one.predicted - one.true} for one in residuals])
    return (
        alt.Chart(points)
        .mark_bar()
        .encode(
            x=alt.X("error:Q", bin=alt.Bin(maxbins=40), title=_("Predicted minus true")),
            y=alt.Y("count():Q", title=_("Rows")),
            tooltip=[alt.Tooltip("count():Q", title=_("Rows"))],
        )
        .properties(height=300)
    )


def probabilities(shares: Mapping[str, float]) -> alt.LayerChart:
    """The probability of each class, the likeliest on top."""
    likeliest = sorted(shares.items(), key=lambda item: -item[1])[:10]
    rows = pd.DataFrame(likeliest, columns=["class", "share"])
    base = alt.Chart(rows).encode(
        y=alt.Y("class:N", sort=[name for name, _share in likeliest], title=None, axis=alt.Axis(labelLimit=200)),
        x=alt.X("share:Q", title=_("Probability"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        tooltip=[
            alt.Tooltip("class:N", title=_("Class")),
            alt.Tooltip("share:Q", title=_("Probability"), format=".1%"),
        ],
    )
    figures = base.mark_text(align="left", dx=4, color=ui.text_colour())
    return (base.mark_bar() + figures.encode(text=alt.Text("share:Q", format=".1%"))).properties(
        height=_bars(len(likeliest))
    )


def counts(rows: Sequence[tuple[str, int]], title: str) -> alt.Chart:
    """How often each value was predicted, in the order given."""
    frame = pd.DataFrame(list(rows), columns=["value", "rows"])
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("value:N", sort=list(frame["value"]), title=None, axis=alt.Axis(labelLimit=200)),
            x=alt.X("rows:Q", title=_("Rows"), axis=alt.Axis(tickMinStep=1)),
            tooltip=[alt.Tooltip("value:N", title=title), alt.Tooltip("rows:Q", title=_("Rows"))],
        )
        .properties(height=_bars(len(frame)))
    )


def column(one: Column) -> alt.Chart | None:
    """How the values of a column are distributed; None where there is nothing to draw."""
    if one.numbers:
        return _histogram(one.numbers.histogram, one.name, "quantitative")
    if one.dates:
        return _histogram(one.dates.histogram, one.name, "temporal")
    return counts(one.top[:_MOST_BARS], one.name) if one.top else None


def _histogram(histogram: Histogram, title: str, kind: Literal["quantitative", "temporal"]) -> alt.Chart:
    scale = _MILLISECONDS if kind == "temporal" else 1
    rows = pd.DataFrame(
        [
            {"from": low * scale, "to": high * scale, "rows": count}
            for low, high, count in zip(histogram.edges[:-1], histogram.edges[1:], histogram.counts, strict=True)
        ]
    )
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("from", type=kind, title=title, scale=alt.Scale(zero=False)),
            x2="to",
            y=alt.Y("rows:Q", title=_("Rows")),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("from", type=kind, title=_("From")),
                alt.Tooltip("to", type=kind, title=_("To")),
                alt.Tooltip("rows:Q", title=_("Rows")),
            ],
        )
        .properties(height=240)
    )
