"""Data: a sample or a CSV of one's own, what is in it, and the column to predict."""

from __future__ import annotations

from typing import BinaryIO

import streamlit as st

import ui
from i18n import _, ngettext, size
from pages.sagemaker_steps import profile, selection, target
from services.errors import ServiceError
from services.sagemaker import datasets
from services.sagemaker.datasets import Dataset, Progress, Sample
from ui import work
from ui.work import Work

_WORK = "upload"
_POLL_SECONDS = 0.3
_UPLOADS = "uploads"
_CARD_PIXELS = 210


def draw() -> None:
    found = work.find(_WORK)
    if found is not None:
        ui.live(_draw_work, found, found.running, every=_POLL_SECONDS if found.running else None)
        if found.running:
            return
    known = datasets.list_datasets()
    if not known:
        st.markdown(_("Start with a sample, or with a CSV of your own."))
        _draw_sources()
        return
    chosen = selection.pick("dataset", _("Dataset"), {one.id: one.name for one in known})
    with st.expander(_("Add data"), icon=":material/add:", key="add_data"):
        _draw_sources()
    _draw_dataset(datasets.load(chosen))


def _draw_sources() -> None:
    grid = st.grid(2, min_column_width=_CARD_PIXELS)
    for sample in datasets.samples():
        with grid.cell():
            _draw_sample(sample)
    count = selection.state().get(_UPLOADS, 0)
    uploaded = st.file_uploader(
        _("Your CSV"), type=["csv", "tsv", "txt"], key=f"data_file_{count}",
        help=_("Any separator, encoding and number format; up to 1 GB. It is kept in S3."),
    )  # fmt: skip
    if uploaded is not None:
        selection.state()[_UPLOADS] = count + 1  # the next widget is a new one, and empty
        _begin(work.take(uploaded), uploaded.name)
        st.rerun()


def _draw_sample(sample: Sample) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown(f"**{ui.said(sample.title)}**", help=ui.plain(f"{sample.source}. {sample.licence}"))
        st.caption(ui.said(sample.about))
        if st.button(_("Use this sample"), key=f"sample_{sample.name.partition('.')[0]}"):
            _begin(sample.open(), sample.name)
            st.rerun()


def _begin(source: BinaryIO, name: str) -> None:
    def act(running: Work) -> Dataset:
        return datasets.upload(source, name, progress=running.tell, cancelled=running.cancelled)

    work.begin(_WORK, name, act)


def _draw_work(found: Work, was_running: bool) -> None:
    if found.running:
        _draw_progress(found)
        return
    try:
        made: Dataset = found.result()
    except ServiceError as error:
        if was_running:
            st.rerun()
        if error.code != "Cancelled":
            ui.draw_failure(error)
        return
    work.forget(_WORK)
    selection.choose(dataset=made.id, target=None, column=None)
    st.rerun()


def _draw_progress(found: Work) -> None:
    progress: Progress | None = found.progress
    if progress is None:
        ui.working(_("Opening {file}", file=ui.plain(found.about)))
        return
    st.progress(
        progress.share,
        _(
            "{file}: {rows} read, {size} sent to S3. You can leave this page meanwhile.",
            file=ui.plain(found.about),
            rows=ngettext("{count} row", "{count} rows", progress.rows),
            size=size(progress.bytes),
        ),
    )
    if st.button(_("Cancel"), key="cancel_upload", disabled=found.cancelled()):
        found.cancel()
        st.rerun(scope="fragment")


def _draw_dataset(dataset: Dataset) -> None:
    profile.draw(dataset)
    st.subheader(_("What should be predicted?"), anchor=False)
    column = target.pick(dataset)
    target.describe(dataset, column)
    profile.notices(datasets.warnings(dataset, column))
    selection.go_button("train", primary=True)
