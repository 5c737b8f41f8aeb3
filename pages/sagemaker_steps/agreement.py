"""What Celaje needs in the AWS account, shown before it is made. Local AWS needs no agreement."""

from __future__ import annotations

import json

import streamlit as st

import ui
from i18n import _
from pages.sagemaker_steps import selection
from services.sagemaker import account
from services.sagemaker.account import Need

_AGREED = "prepared_backend"


def reached() -> bool:
    """Whether role and bucket are there; draws what would be made, and asks, where one is missing."""
    backend = ui.here().backend
    if selection.state().get(_AGREED) == backend:
        return True
    if not backend.is_local:
        needs = account.check()
        if not needs.ready:
            _draw(needs.missing)
            return False
    account.prepare()
    selection.state()[_AGREED] = backend
    return True


def _draw(missing: tuple[Need, ...]) -> None:
    st.subheader(_("Before the first step"), anchor=False)
    st.markdown(_("This is missing in the account. Celaje makes it when you agree; nothing else is changed."))
    for need in missing:
        with st.container(border=True):
            kind = _("Execution role") if need.kind == "role" else _("Bucket")
            st.markdown(f"**{kind}** `{need.name}`")
            st.markdown(ui.said(need.what))
            for policy in need.policies:
                with st.expander(_("Policy: {name}", name=policy.name), type="compact"):
                    st.code(json.dumps(policy.document, indent=2), language="json")
    if st.button(_("I agree: make them"), key="agree", type="primary"):
        with ui.attempt("agree"):
            account.prepare(agreed=True)
            selection.state()[_AGREED] = ui.here().backend
            st.rerun()
    ui.outcome("agree")
