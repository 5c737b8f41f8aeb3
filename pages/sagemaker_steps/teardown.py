"""Tear down: what is there, its removal, and the receipt that proves nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

import ui
from i18n import _, clock, ngettext
from pages.sagemaker_steps import selection
from services.errors import ServiceError
from services.sagemaker import endpoints, teardown
from services.sagemaker.teardown import Outcome, Receipt, Resource, Step
from ui import work
from ui.work import Work

_WORK = "teardown"
_POLL_SECONDS = 0.5
_EVERYTHING = "everything"


def draw() -> None:
    found = work.find(_WORK)
    if found is not None:
        ui.live(_draw_work, found, found.running, every=_POLL_SECONDS if found.running else None)
        if found.running:
            return
    _draw_plan()


def _draw_plan() -> None:
    names = [one.name for one in endpoints.list_endpoints()]
    scope = _pick_scope(names)
    with_artefacts = st.toggle(
        _("Delete the files in S3 too: datasets, models, evaluations"),
        key="teardown_artefacts",
        persist_state="session",
    )
    planned = teardown.plan(scope, with_artefacts=with_artefacts)
    if not planned:
        ui.nothing_yet(_("Nothing is left to tear down: no endpoint, no model, no running job."))
        return
    st.markdown(
        ngettext("{count} resource will be deleted:", "{count} resources will be deleted, in this order:", len(planned))
    )
    ui.table(_rows(planned), "tear-down", key="plan")
    if st.button(
        ngettext("Delete {count} resource", "Delete {count} resources", len(planned)),
        key="tear_down",
        type="primary",
        icon=":material/delete_forever:",
    ):
        ui.confirm(
            _("Tear down?"),
            ngettext(
                "{count} resource will be deleted. This cannot be undone.",
                "{count} resources will be deleted. This cannot be undone.",
                len(planned),
            ),
            _("Delete"),
            partial(_begin, scope, with_artefacts),
        )


def _pick_scope(names: Sequence[str]) -> list[str] | None:
    """One endpoint with what belongs to it, or None for everything of ours."""
    options = {_EVERYTHING: _("Everything Celaje has made")} | {name: name for name in names}
    picked = selection.pick("scope", _("What to tear down"), options)
    return None if picked == _EVERYTHING else [picked]


def _rows(resources: Sequence[Resource]) -> pd.DataFrame:
    kinds = _kinds()
    return pd.DataFrame(
        [
            {_("Kind"): kinds[one.kind], _("Name"): one.name, _("Details"): ui.status(ui.told(one.detail))}
            for one in resources
        ]
    )


def _kinds() -> dict[str, str]:
    return {
        "training-job": _("Running training job"),
        "endpoint": _("Endpoint"),
        "endpoint-config": _("Endpoint configuration"),
        "model": _("Model"),
        "files": _("Files in S3"),
    }


def _begin(scope: list[str] | None, with_artefacts: bool) -> None:
    def act(running: Work) -> Receipt:
        return teardown.tear_down(scope, with_artefacts=with_artefacts, progress=running.tell)

    work.begin(_WORK, _EVERYTHING if scope is None else scope[0], act)


def _draw_work(found: Work, was_running: bool) -> None:
    if found.running:
        step: Step | None = found.progress
        st.progress(
            0.0 if step is None else (step.number - 1) / step.total,
            _("Getting ready")
            if step is None
            else _("Deleting {kind} {name}", kind=_kinds()[step.resource.kind], name=ui.plain(step.resource.name)),
        )
        return
    if was_running:
        st.rerun()
    try:
        receipt: Receipt = found.result()
    except ServiceError as error:
        ui.draw_failure(error)
        return
    _draw_receipt(receipt)


def _draw_receipt(receipt: Receipt) -> None:
    st.subheader(_("Receipt"), anchor=False)
    when = clock(receipt.listed)
    if receipt.clean:
        ui.result(_("Nothing is left: a fresh listing at {time} found 0 resources.", time=when))
    else:
        ui.result(
            ngettext(
                "{count} resource is still there, by a fresh listing at {time}.",
                "{count} resources are still there, by a fresh listing at {time}.",
                len(receipt.remaining),
                time=when,
            ),
            good=False,
        )
        ui.table(_rows(receipt.remaining), "remaining", key="remaining")
    ui.table(_outcome_rows(receipt.outcomes), "receipt", key="receipt")
    if st.button(_("Close the receipt"), key="close_receipt", type="tertiary"):
        work.forget(_WORK)
        st.rerun()


def _outcome_rows(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    kinds = _kinds()
    done = {
        "deleted": _("Deleted"),
        "stopped": _("Stopped"),
        "already-gone": _("Already gone"),
        "failed": _("Failed"),
    }
    return pd.DataFrame(
        [
            {
                _("Kind"): kinds[one.resource.kind],
                _("Name"): one.resource.name,
                _("Result"): done[one.done],
                _("Why"): ui.told(one.why) if one.why else "",
            }
            for one in outcomes
        ]
    )
