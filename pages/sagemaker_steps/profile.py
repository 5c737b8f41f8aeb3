"""What is in a dataset: its columns with their distributions, its first rows, and what is worth knowing about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

import ui
from i18n import _, figure, ngettext, number, percent, size
from pages.sagemaker_steps import charts, selection, wording
from services.sagemaker import datasets
from services.sagemaker.datasets import Column, Dataset, Notice, Profile

_NOTICES_IN_VIEW = 3
_MOST_BARS = 10


def draw(dataset: Dataset) -> None:
    profile = dataset.profile
    ui.result(summary(profile))
    notices(profile.notices)
    columns, rows = st.tabs([_("Columns"), _("First rows")], key="profile_tabs", on_change="rerun")
    if columns.open:
        with columns:
            _draw_columns(dataset)
    if rows.open:
        with rows:
            frame = pd.DataFrame(list(profile.first_rows), columns=list(profile.names))
            ui.table(frame, "first-rows", key="first_rows")


def summary(profile: Profile) -> str:
    """The dataset in one sentence."""
    kinds = Counter(column.type for column in profile.columns)
    sentence = _(
        "{rows} and {columns} ({size}): {kinds}.",
        rows=ngettext("{count} row", "{count} rows", profile.rows),
        columns=ngettext("{count} column", "{count} columns", len(profile.columns)),
        size=size(profile.bytes),
        kinds=", ".join(wording.columns_of_type(kind, count) for kind, count in kinds.most_common()),
    )
    missing = sum(column.missing for column in profile.columns)
    cells = profile.rows * len(profile.columns)
    if not missing or not cells:
        return sentence + " " + _("No value is missing.")
    return sentence + " " + _("{share} of the values are missing.", share=percent(missing / cells))


def notices(found: Sequence[Notice]) -> None:
    """What is worth telling, the gravest first, each with what to do about it."""
    order = {"stop": 0, "warning": 1, "note": 2}
    ranked = sorted(found, key=lambda one: order[one.severity])
    first = max(_NOTICES_IN_VIEW, sum(one.severity == "stop" for one in ranked))
    for notice in ranked[:first]:
        _draw_notice(notice)
    rest = ranked[first:]
    if rest:
        with st.expander(ngettext("{count} more remark", "{count} more remarks", len(rest))):
            for notice in rest:
                _draw_notice(notice)


def _draw_notice(notice: Notice) -> None:
    lines = [ui.said(notice.message)]
    if notice.hint:
        lines.append(ui.said(notice.hint))
    body = "\n\n".join(lines)
    if notice.severity == "stop":
        st.error(body, icon=":material/block:")
    elif notice.severity == "warning":
        st.warning(body, icon=":material/warning:")
    else:
        st.info(body, icon=":material/info:")


def _draw_columns(dataset: Dataset) -> None:
    profile = dataset.profile
    types = wording.column_types()
    rows = pd.DataFrame(
        [
            {
                _("Column"): one.name,
                _("Type"): types[one.type],
                _("Distribution"): list(_bars(one)),
                _("Missing"): one.missing / max(1, profile.rows),
                _("Distinct"): one.distinct,
                _("Typical"): _typical(one),
                _("Range"): _range(one),
            }
            for one in profile.columns
        ]
    )
    st.dataframe(
        rows,
        hide_index=True,
        key="profile_columns",
        column_config={
            _("Column"): st.column_config.TextColumn(width="medium", pinned=True),
            _("Distribution"): st.column_config.BarChartColumn(width="small", y_min=0),
            _("Missing"): st.column_config.NumberColumn(format="percent"),
        },
    )
    ui.live(_draw_closer, dataset)


def _draw_closer(dataset: Dataset) -> None:
    profile = dataset.profile
    names = {name: name for name in profile.names}
    likeliest = datasets.target_order(dataset)[0]
    name = selection.pick("column", _("Look closer at a column"), names, default=likeliest)
    one = profile.column(name)
    left, right = st.columns([2, 1], gap="large")
    with left:
        drawn = charts.column(one)
        if drawn is None:
            st.caption(_("There is nothing to draw: no two values are alike, or there are none."))
        else:
            ui.chart(drawn, alt_text=_("Distribution of {column}", column=name), key="column_chart")
    with right:
        st.markdown("  \n".join(f"{label}: **{ui.plain(value)}**" for label, value in _facts(one, profile)))


def _facts(one: Column, profile: Profile) -> list[tuple[str, str]]:
    facts = [
        (_("Type"), wording.column_types()[one.type]),
        (_("Missing"), f"{number(one.missing)} ({percent(one.missing / max(1, profile.rows))})"),
        (_("Distinct"), number(one.distinct) if one.distinct_exact else _("about {count}", count=number(one.distinct))),
    ]
    if one.unreadable:
        facts.append((_("Not readable as this type"), number(one.unreadable)))
    if one.numbers:
        facts += [
            (_("Minimum"), figure(one.numbers.minimum)),
            (_("Median"), figure(one.numbers.median)),
            (_("Mean"), figure(one.numbers.mean)),
            (_("Maximum"), figure(one.numbers.maximum)),
            (_("Standard deviation"), figure(one.numbers.deviation)),
        ]
    if one.dates:
        facts += [(_("Earliest"), one.dates.earliest), (_("Latest"), one.dates.latest)]
    if one.top and not one.numbers:
        facts.append((_("Most frequent"), f"{one.top[0][0]} ({number(one.top[0][1])})"))
    return facts


def _bars(one: Column) -> Sequence[int]:
    """As many as a table's cell can show: in thinner ones the colour is lost."""
    if shown := one.numbers or one.dates:
        counts = shown.histogram.counts
        together = -(-len(counts) // _MOST_BARS)
        return [sum(counts[first : first + together]) for first in range(0, len(counts), together)]
    return [count for _value, count in one.top[:_MOST_BARS]]


def _typical(one: Column) -> str:
    if one.numbers:
        return figure(one.numbers.median)
    return one.top[0][0] if one.top else ""


def _range(one: Column) -> str:
    if one.numbers:
        return f"{figure(one.numbers.minimum)} – {figure(one.numbers.maximum)}"
    if one.dates:
        return f"{one.dates.earliest[:10]} – {one.dates.latest[:10]}"
    return ", ".join(value for value, _count in one.top[:3])
