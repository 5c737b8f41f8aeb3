"""The sidebar: the language, which backend and account is in use, and what runs there now."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

import i18n
from i18n import _, money
from services import aws
from services.errors import ServiceError
from services.sagemaker import running
from ui.failures import attempt, draw_failure, outcome
from ui.place import ask, here, live
from ui.words import plain, status

_REFRESH_SECONDS = 15
_AWS_BACKEND = "aws_backend"
_CANDIDATE = "aws_candidate"
_RUNNING = "running_now"


def language() -> str:
    """The reader's language: as chosen before, as the address says, or as the browser says."""
    if "language" not in st.session_state:
        asked = st.query_params.get("lang")
        st.session_state.language = asked if asked in i18n.LANGUAGES else i18n.choose(st.context.locale)
    return str(st.session_state.language)


def backend(local: aws.Backend) -> aws.Backend:
    """The AWS account the reader has confirmed in this session, else local AWS."""
    chosen: aws.Backend | None = st.session_state.get(_AWS_BACKEND)
    return chosen or local


def draw(local_account: str) -> None:
    """Draw the sidebar. The language stays in the address, so that a reload and a shared link keep it."""
    with st.sidebar:
        _draw_backend(local_account)
        live(_draw_running, every=_REFRESH_SECONDS)
        st.segmented_control(
            _("Language"),
            list(i18n.LANGUAGES),
            format_func=i18n.LANGUAGES.__getitem__,
            required=True,
            key="language",
            persist_state="session",
        )
    st.query_params["lang"] = i18n.current()


def _draw_backend(local_account: str) -> None:
    used = here().backend
    with st.container(border=True, gap="xsmall"):
        if used.is_local:
            st.markdown(":material/computer: " + _("**Local AWS**"))
            st.caption(_("Everything stays on this machine. No account, no cost."))
        else:
            st.markdown(":material/cloud: " + _("**AWS account**"))
            st.caption(plain(aws.identity().arn))
        account = local_account if used.is_local else aws.identity().account
        st.caption(_("Region {region}, account {account}", region=used.region, account=account))
        if used.is_local:
            if st.button(_("What it answers"), key="answers", type="tertiary", icon=":material/fact_check:"):
                ask(_("What local AWS answers, and how truly"), _draw_answers, width="large")
            with st.expander(_("Use an AWS account"), key="use_aws", type="compact", on_change="rerun") as choice:
                if choice.open:
                    _draw_account_choice()
                    outcome("account")
        if not used.is_local and st.button(_("Back to local AWS"), key="use_local", type="tertiary"):
            del st.session_state[_AWS_BACKEND]
            st.rerun()


def _draw_answers() -> None:
    """The list comes from local AWS itself, which writes it in English as it writes its errors."""
    st.markdown(_("Anything else gets the error that AWS gives for an unknown operation, never an invented answer."))
    answers = aws.local_answers()
    st.dataframe(
        pd.DataFrame(
            {
                _("Service"): [answer.service for answer in answers],
                _("Operation"): [answer.operation for answer in answers],
                _("Fidelity"): [_("Real") if answer.fidelity == "real" else _("Approximate") for answer in answers],
                _("Difference"): [answer.how for answer in answers],
            }
        ),
        hide_index=True,
        column_config={
            _("Fidelity"): st.column_config.Column(width="small"),
            _("Difference"): st.column_config.Column(width="large"),
        },
        key="answers_table",
    )
    st.caption(_("IAM, STS, CloudWatch, EventBridge, Scheduler, Lambda and Step Functions are answered by MiniStack."))


def _draw_account_choice() -> None:
    """Nothing is called until the reader asks whose account it is, and nothing else until they agree to it."""
    st.markdown(_("Celaje uses the credentials this machine already has. What you run there costs money."))
    profiles = aws.profiles()
    profile = st.selectbox(
        _("Profile"),
        profiles,
        index=None,
        key="aws_profile",
        placeholder=_("The default credentials"),
        disabled=not profiles,
    )
    regions = aws.regions()
    region = st.selectbox(_("Region"), regions, index=regions.index(aws.DEFAULT_REGION), key="aws_region")
    candidate = aws.Backend("aws", region, profile=profile)
    if st.button(_("Which account is this?"), key="aws_look"):
        aws.forget(candidate)
        st.session_state.pop(_CANDIDATE, None)
        with attempt("account"), aws.use(candidate):
            aws.identity()
            st.session_state[_CANDIDATE] = candidate
    if st.session_state.get(_CANDIDATE) != candidate:
        return
    with aws.use(candidate):
        identity = aws.identity()
    st.info(
        _("Account **{account}**, as {arn}", account=identity.account, arn=plain(identity.arn)),
        icon=":material/account_circle:",
    )
    if st.button(_("Use this account"), key="aws_use", type="primary"):
        st.session_state[_AWS_BACKEND] = candidate
        st.rerun()


def _draw_running() -> None:
    st.markdown(_("**Running now**"))
    try:
        up = _running()
    except ServiceError as error:
        if error.code == "NoConnection":
            raise
        draw_failure(error)
        return
    if not up:
        st.caption(_("Nothing is running."))
        return
    for one in up:
        icon = ":material/bolt:" if one.kind == "endpoint" else ":material/model_training:"
        st.caption(f"{icon} {plain(one.name)} · {status(one.status)}")
    if here().backend.is_local:
        st.caption(_("No cost"))
    else:
        st.caption(_("About {price} an hour", price=plain(money(running.cost_per_hour(up)))))


def _running() -> tuple[running.Running, ...]:
    """Asked at each run on local AWS; on AWS not more often than the list refreshes by itself."""
    place = here()
    if place.backend.is_local:
        return running.now()
    asked, backend_asked, up = st.session_state.get(_RUNNING, (0.0, None, ()))
    if backend_asked != place.backend or time.monotonic() - asked > _REFRESH_SECONDS - 1:
        up = running.now()
        st.session_state[_RUNNING] = (time.monotonic(), place.backend, up)
    return up
