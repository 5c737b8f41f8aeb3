"""Predict a whole file: it goes on when the reader leaves the page, can be cancelled, and ends in a download."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from typing import BinaryIO

import pandas as pd
import streamlit as st

import ui
from i18n import _, ngettext, number
from pages.sagemaker_steps import charts
from services.errors import ServiceError
from services.sagemaker import datasets, evaluation, prediction
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.prediction import FilePredictions, FileProgress
from ui import work
from ui.work import Work

_WORK = "prediction"
_POLL_SECONDS = 0.5
_PREVIEW_ROWS = 100


@dataclass(frozen=True)
class _Answer:
    """The predictions and the CSV they are in, a temporary file that goes when nobody refers to it any more."""

    predictions: FilePredictions
    target: str
    added: int
    """How many columns the predictions are: one, and for classes the probability of each."""
    csv: BinaryIO


def draw(endpoint: Endpoint) -> None:
    st.markdown(
        _("Every row gets a prediction. The result is your file with the prediction and the probabilities added.")
    )
    uploaded = st.file_uploader(_("CSV file"), type=["csv", "tsv", "txt"], key="prediction_file")
    found = work.find(_WORK)
    busy = found is not None and found.running
    with st.container(horizontal=True):
        asked = st.button(_("Predict the file"), key="predict_file", type="primary", disabled=uploaded is None or busy)
        if asked and uploaded is not None:
            found = _begin(endpoint, uploaded, uploaded.name)
        sample = _sample(endpoint)
        if sample is not None and st.button(
            _("Try it with the first rows of the data"), key="predict_sample", disabled=busy
        ):
            found = _begin(endpoint, sample, _("first rows.csv"))
    if found is not None:
        ui.live(_draw_work, found, found.running, every=_POLL_SECONDS if found.running else None)


def _sample(endpoint: Endpoint) -> BinaryIO | None:
    """The first rows of the dataset the model was trained on; None where the dataset is gone."""
    try:
        profile = datasets.load(endpoint.dataset).profile
    except ServiceError as error:
        if error.code != "NotFound":
            raise
        return None
    rows = pd.DataFrame(list(profile.first_rows), columns=list(profile.names))
    return io.BytesIO(rows.drop(columns=endpoint.target, errors="ignore").to_csv(index=False).encode())


def _begin(endpoint: Endpoint, source: BinaryIO, name: str) -> Work:
    def act(running: Work) -> _Answer:
        csv = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the answer
        predictions = prediction.predict_file(endpoint, source, csv, running.tell, running.cancelled)
        added = 1 + len(evaluation.load(endpoint.job).classes)
        return _Answer(predictions, endpoint.target, added, csv)

    return work.begin(_WORK, name, act)


def _draw_work(found: Work, was_running: bool) -> None:
    if found.running:
        _draw_progress(found)
        return
    if was_running:
        st.rerun()
    try:
        answer: _Answer = found.result()
    except ServiceError as error:
        ui.draw_failure(error)
        return
    _draw_answer(found, answer)


def _draw_progress(found: Work) -> None:
    progress: FileProgress | None = found.progress
    rows = progress.rows if progress else 0
    st.progress(
        min(1.0, progress.share or 0.0) if progress else 0.0,
        _(
            "{file}: {rows}. You can leave this page meanwhile.",
            file=ui.plain(found.about),
            rows=ngettext("{count} row predicted", "{count} rows predicted", rows),
        ),
    )
    if st.button(_("Cancel"), key="cancel_prediction", disabled=found.cancelled()):
        found.cancel()
        st.rerun(scope="fragment")


def _draw_answer(found: Work, answer: _Answer) -> None:
    predictions = answer.predictions
    rows = ngettext("{count} row", "{count} rows", predictions.rows)
    if predictions.complete:
        ui.result(_("{rows} of {file} predicted.", rows=rows, file=ui.plain(found.about)))
    else:
        ui.result(
            _("Cancelled: {rows} of {file} predicted until then.", rows=rows, file=ui.plain(found.about)), good=False
        )
    for note in predictions.notes:
        st.info(ui.said(note), icon=":material/info:")
    if predictions.distribution:
        st.markdown(f"**{ui.plain(answer.target)}**")
        ui.chart(
            charts.counts(predictions.distribution, answer.target),
            alt_text=_("How often each value was predicted"),
            key="prediction_counts",
        )
    answer.csv.seek(0)
    preview = pd.read_csv(answer.csv, nrows=_PREVIEW_ROWS)
    names = list(preview.columns)
    order = names[-answer.added :] + names[: -answer.added]
    st.dataframe(preview, hide_index=True, column_order=order, key="prediction_preview")
    if predictions.rows > _PREVIEW_ROWS:
        st.caption(_("The first {count} rows. The download has them all.", count=number(_PREVIEW_ROWS)))
    ui.download(
        _("Download the predictions"),
        lambda: _contents(answer.csv),
        f"predictions-{found.about.rsplit('.', 1)[0]}.csv",
        key="prediction_download",
        kind="primary",
    )


def _contents(csv: BinaryIO) -> bytes:
    csv.seek(0)
    return csv.read()
