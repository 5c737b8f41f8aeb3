"""The recurring parts of a page: its head, the sentence of a result, tables and charts with their download."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from i18n import _, for_charts
from services.sagemaker.formulas import harmless_names
from ui.place import ask, deferred, here

# Streamlit writes primary buttons in white, which the dark theme's lighter blue is too light for.
_STYLE = """<style>
button[kind="primary"], button[kind="primaryFormSubmit"] { color: light-dark(#ffffff, #0b121c); }
</style>"""

# Streamlit's uploader speaks English only: its words give way to ours.
_UPLOADER_STYLE = """<style>
[data-testid="stFileUploaderDropzone"] [data-testid="stBaseButton-secondary"] p,
[data-testid="stFileUploaderDropzoneInstructions"] span { font-size: 0; }
[data-testid="stFileUploaderDropzone"] [data-testid="stBaseButton-secondary"] p::after,
[data-testid="stFileUploaderDropzoneInstructions"] span::after { font-size: 0.875rem; }
[data-testid="stFileUploaderDropzone"] [data-testid="stBaseButton-secondary"] p::after { content: BUTTON; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { content: LIMIT; }
</style>"""


def dress() -> None:
    """What the theme cannot say, in the reader's language where it is words."""
    st.html(_STYLE)
    words = {"BUTTON": _("Choose a file"), "LIMIT": _("or drop it here, up to 1 GB")}
    style = _UPLOADER_STYLE
    for place, word in words.items():
        style = style.replace(place, json.dumps(word, ensure_ascii=False))
    st.html(style)


def heading(title: str, sentence: str, *, local_engine: str, price: str) -> None:
    """The head of a page: what it does for the reader, which engine answers, and what it costs on AWS."""
    st.title(title, anchor=False)
    st.markdown(sentence)
    if here().backend.is_local:
        st.caption(f":material/computer: {local_engine}")
    else:
        st.caption(f":material/cloud: {price}")


def result(sentence: str, *, good: bool = True) -> None:
    """The result in plain words, before any chart or table."""
    if good:
        st.success(sentence, icon=":material/check_circle:")
    else:
        st.warning(sentence, icon=":material/info:")


def table(frame: pd.DataFrame, name: str, *, key: str, config: dict[str, Any] | None = None, **options: Any) -> None:
    """A table and a button that downloads it as `name`.csv."""
    st.dataframe(frame, hide_index=True, column_config=config, key=f"{key}_table", **options)
    download(_("Download this table"), lambda: csv(frame), f"{name}.csv", key=f"{key}_download", kind="tertiary")


def csv(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV in which no cell is taken for a formula by a spreadsheet."""
    safe = frame.map(lambda cell: harmless_names([cell])[0] if isinstance(cell, str) else cell)
    return safe.set_axis(harmless_names(list(frame.columns)), axis="columns").to_csv(index=False).encode()


def download(
    label: str, make: Callable[[], Any], file_name: str, *, key: str, mime: str = "text/csv", kind: Any = "secondary"
) -> None:
    """A download whose contents are made when the reader asks for it, not at each run of the page."""
    st.download_button(
        label, deferred(make), file_name, mime, key=key, type=kind, icon=":material/download:", on_click="ignore"
    )


def in_dark() -> bool:
    return st.context.theme.type == "dark"


def text_colour() -> str:
    """The theme's colour for text in a chart, where the theme itself does not reach."""
    return "#c5d2df" if in_dark() else "#3d4f61"


def chart(drawing: alt.Chart | alt.LayerChart, *, alt_text: str, key: str) -> None:
    """A chart with its description for readers who do not see it."""
    # Streamlit's own grey for axes and legends is too pale on the light background.
    colour = text_colour()
    drawing = drawing.configure(locale=for_charts())
    drawing = drawing.configure_axis(labelColor=colour, titleColor=colour)
    drawing = drawing.configure_legend(labelColor=colour, titleColor=colour)
    st.altair_chart(drawing, width="stretch", alt=alt_text, key=key)


def confirm(title: str, sentence: str, yes: str, act: Callable[[], None]) -> None:
    """Ask in a dialog before something that costs money or cannot be undone; `act` when the answer is yes."""
    ask(title, _draw_question, sentence, yes, act)


def _draw_question(sentence: str, yes: str, act: Callable[[], None]) -> None:
    st.markdown(sentence)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Cancel"), key="confirm_no"):
            st.rerun()
        if st.button(yes, type="primary", key="confirm_yes"):
            act()
            st.rerun()


def nothing_yet(sentence: str) -> None:
    """The empty state: what will be here and how to get it."""
    with st.container(border=True):
        st.markdown(f":material/cloud: {sentence}")


def working(sentence: str) -> None:
    """The working state where no share is known: what is being done."""
    st.info(sentence, icon="spinner")
