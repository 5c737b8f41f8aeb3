"""Deploy: put a trained model behind an endpoint that answers."""

from __future__ import annotations

from functools import partial

import streamlit as st

import ui
from i18n import _, moment, money, ngettext
from pages.sagemaker_steps import selection, wording
from services.sagemaker import endpoints, prices, training
from services.sagemaker.endpoints import Endpoint

_POLL_SECONDS = 2.0
_MOST_INSTANCES = 10
_DEFAULT_INSTANCE = "ml.m5.large"


def draw() -> None:
    jobs = {job.name: job for job in training.list_jobs() if job.succeeded}
    if jobs:
        _draw_form({name: wording.job_label(job) for name, job in jobs.items()})
    else:
        ui.nothing_yet(_("No model has been trained yet. Train one, then it can be deployed here."))
        selection.go_button("train")
    ui.outcome("deploy")
    up = endpoints.list_endpoints()
    if not up:
        if jobs:
            st.caption(_("No endpoint is up."))
        return
    st.subheader(_("Endpoints"), anchor=False)
    every = _POLL_SECONDS if any(one.changing for one in up) else None
    ui.live(_draw_endpoints, every is not None, every=every)


def _draw_form(jobs: dict[str, str]) -> None:
    job = selection.pick("job", _("Trained model"), jobs)
    left, right = st.columns([3, 1])
    types = [one.name for one in prices.instance_types() if one.hosting is not None]
    instance_type = left.selectbox(
        _("Instance type"),
        types,
        index=types.index(_DEFAULT_INSTANCE),
        format_func=lambda name: wording.instance(name, prices.hosting_per_hour(name)),
        key="deploy_instance",
        persist_state="session",
    )
    count = right.number_input(
        _("Instances"), 1, _MOST_INSTANCES, value=1, key="deploy_count", persist_state="session",
        help=_("Several instances answer more requests at once and go on when one fails."),
    )  # fmt: skip
    price = prices.hosting_per_hour(instance_type, count)
    if not ui.here().backend.is_local:
        st.caption(
            _("Costs {price} from now on, used or not, until it is torn down.", price=wording.price_per_hour(price))
        )
    if st.button(_("Deploy"), key="deploy", type="primary", icon=":material/rocket_launch:"):
        act = partial(_deploy, job, instance_type, count)
        if ui.here().backend.is_local:
            act()
            st.rerun()
        ui.confirm(
            _("Deploy to AWS?"),
            _(
                "An endpoint on {type} costs {price}, whether it is used or not, until you tear it down.",
                type=instance_type,
                price=wording.price_per_hour(price),
            ),
            _("Deploy"),
            act,
        )


def _deploy(job: str, instance_type: str, count: int) -> None:
    with ui.attempt("deploy"):
        selection.choose(endpoint=endpoints.deploy(job, instance_type, count).name)


def _draw_endpoints(changing: bool) -> None:
    up = endpoints.list_endpoints()
    if changing and not any(one.changing for one in up):
        st.rerun()
    for one in up:
        with st.container(border=True):
            _draw_endpoint(one)


def _draw_endpoint(one: Endpoint) -> None:
    st.markdown(f"{_icon(one)} **{ui.plain(one.name)}** · {ui.status(one.status)}")
    st.caption(
        _(
            "Predicts {target} with the model of {job}, since {when}, on {instances}",
            target=ui.plain(one.target),
            job=ui.plain(one.job),
            when=moment(one.created),
            instances=ngettext(
                "{count} instance {type}", "{count} instances {type}", one.count, type=one.instance_type
            ),
        )
    )
    if not ui.here().backend.is_local and one.cost_so_far is not None:
        st.caption(
            _(
                "Costs {price}; about {total} so far.",
                price=wording.price_per_hour(one.cost_per_hour),
                total=ui.plain(money(one.cost_so_far)),
            )
        )
    if one.failure:
        st.error(ui.plain(one.failure), icon=":material/error:")
    if one.changing:
        ui.working(_("SageMaker is working on it. You can leave this page meanwhile."))
    with st.container(horizontal=True):
        if one.ready:
            selection.lead(_("Predict with it"), f"predict_{one.name}", primary=True, endpoint=one.name, step="predict")
            with st.popover(_("Change instances"), key=f"change_{one.name}"):
                _draw_count(one)
        selection.lead(_("Tear it down"), f"tear_down_{one.name}", scope=one.name, step="tear-down")


def _draw_count(one: Endpoint) -> None:
    count = st.number_input(_("Instances"), 1, _MOST_INSTANCES, one.count, key=f"count_{one.name}_{one.count}")
    price = prices.hosting_per_hour(one.instance_type, count)
    if not ui.here().backend.is_local:
        st.caption(_("Costs {price} from now on.", price=wording.price_per_hour(price)))
    if st.button(_("Change"), key=f"change_count_{one.name}", disabled=count == one.count):
        with ui.attempt("count"):
            endpoints.set_count(one.name, count)
            st.rerun()
    ui.outcome("count")


def _icon(one: Endpoint) -> str:
    if one.status == "InService":
        return ":green[:material/check_circle:]"
    if one.status in {"Failed", "OutOfService"}:
        return ":red[:material/error:]"
    return ":material/pending:"
