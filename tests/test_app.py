"""The frame of the app: language, backend, sidebar."""

from __future__ import annotations

import pytest
from moto import mock_aws
from streamlit.testing.v1 import AppTest

from local_aws import start
from tests.pages.reading import texts


def test_the_app_opens_on_the_sagemaker_page(app):
    app.run()
    assert not app.exception
    assert app.title[0].value == "SageMaker"


def test_the_sidebar_says_that_local_aws_is_used_and_costs_nothing(app):
    app.run()
    assert "Local AWS" in texts(app)
    assert "no cost" in texts(app)


def test_a_browser_in_spanish_gets_spanish(app):
    app.context["locale"] = "es-MX"
    app.run()
    assert "Todo queda en este equipo" in texts(app)


def test_the_language_is_switched_in_the_sidebar_and_kept_in_the_address(app):
    app.run()
    app.segmented_control(key="language").set_value("es").run()
    assert "Todo queda en este equipo" in texts(app)
    assert app.query_params["lang"] == "es"


def test_the_language_of_the_address_goes_before_the_browsers(app):
    app.query_params["lang"] = "es"
    app.run()
    assert "Todo queda en este equipo" in texts(app)


def test_a_language_in_the_address_that_is_none_of_ours_is_ignored(app):
    app.query_params["lang"] = "xx"
    app.run()
    assert "Everything stays on this machine" in texts(app)


def test_every_call_can_be_shown_with_its_code(app):
    app.run()
    app.session_state["calls"] = True
    app.run()
    assert any(block.value.startswith("import boto3\n") for block in app.code)


def test_a_local_aws_that_does_not_start_is_told_with_its_reason(app, monkeypatch):
    def refuse(home=None):
        raise start.StartError("the port is taken")

    monkeypatch.setattr(start, "ensure", refuse)
    app.run()
    assert "Local AWS did not start" in texts(app)
    assert app.code[0].value.endswith("the port is taken")
    assert not app.exception


@pytest.fixture
def credentials(monkeypatch):
    """An AWS account as moto plays it: 123456789012."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    with mock_aws():
        yield


def open_account_choice(app: AppTest) -> None:
    app.run()
    app.session_state["use_aws"] = True
    app.run()


def calls_to_aws(app: AppTest) -> list[str]:
    return [call.operation for call in app.session_state["calls_made"] if call.backend == "aws"]


def test_nothing_is_asked_of_aws_before_the_reader_says_so(app, credentials):
    open_account_choice(app)
    assert calls_to_aws(app) == []


def test_the_account_is_shown_before_it_is_used(app, credentials):
    open_account_choice(app)
    app.button(key="aws_look").click().run()
    assert "123456789012" in texts(app)
    assert calls_to_aws(app) == ["GetCallerIdentity"]
    assert "Local AWS" in texts(app)


def test_once_agreed_the_account_is_used_until_the_reader_goes_back(app, credentials):
    open_account_choice(app)
    app.button(key="aws_look").click().run()
    app.button(key="aws_use").click().run()
    assert "123456789012" in texts(app)
    assert "Everything stays on this machine" not in texts(app)
    app.button(key="use_local").click().run()
    assert "Everything stays on this machine" in texts(app)


def test_missing_credentials_are_told_where_the_account_was_asked_for(app):
    open_account_choice(app)
    app.selectbox(key="aws_region").set_value("eu-west-3")
    app.button(key="aws_look").click().run()
    assert "No AWS credentials were found" in texts(app)
    assert not app.exception


def test_a_page_that_is_run_without_its_frame_gets_it(app, home, monkeypatch):
    """So a browser finds it that reconnects after the app was started again."""
    monkeypatch.undo()
    monkeypatch.setenv("CELAJE_HOME", str(home))
    for _again in range(2):
        app.run()
        assert not app.exception
        assert "Local AWS" in texts(app)


def test_what_local_aws_answers_is_told_on_request(app):
    app.run()
    app.button(key="answers").click().run()
    answers = next(frame.value for frame in app.dataframe if "Fidelity" in frame.value.columns)
    row = answers[answers["Operation"] == "InvokeEndpoint"].iloc[0]
    assert row["Service"] == "sagemaker-runtime"
    assert row["Fidelity"] == "Real"
    assert (answers["Difference"] != "").any()
