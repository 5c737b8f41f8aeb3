"""Which backend is in use, and the clients made for it."""

import contextvars
import threading

import pytest

from services import aws, trace
from services.errors import ServiceError


def test_without_a_chosen_backend_nothing_is_called():
    untouched = contextvars.Context()  # fixtures of other tests may have chosen one for all of the session
    with pytest.raises(ServiceError) as refusal:
        untouched.run(aws.client, "s3")
    assert refusal.value.code == "NoBackend"


def test_local_aws_says_who_we_are(local_aws):
    identity = aws.identity()
    assert identity.account == "000000000000"
    assert identity.arn.startswith("arn:aws:")


def test_a_client_is_made_once_for_a_backend(local_aws):
    assert aws.client("sts") is aws.client("sts")
    elsewhere = aws.Backend("local", region="eu-west-1", endpoint=local_aws.endpoint, access_key="a", secret_key="b")
    mine = aws.client("sts")
    with aws.use(elsewhere):
        assert aws.client("sts") is not mine
        assert aws.client("sts").meta.region_name == "eu-west-1"


def test_the_backend_before_is_back_after_the_block_even_when_it_fails(local_aws):
    def fail():
        with aws.use(aws.Backend("aws", region="eu-west-1")):
            assert aws.current().region == "eu-west-1"
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert aws.current() is local_aws


def test_a_thread_of_its_own_has_no_backend_until_it_chooses(local_aws):
    seen = []

    def ask():
        try:
            aws.current()
        except ServiceError as error:
            seen.append(error.code)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert seen == ["NoBackend"]


def test_keys_are_not_shown_when_a_backend_is_printed():
    printed = repr(aws.Backend("local", access_key="AKIAVISIBLE", secret_key="very secret"))
    assert "AKIAVISIBLE" not in printed
    assert "very secret" not in printed


def test_profiles_are_read_from_the_configuration_of_this_machine(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[profile workshop]\nregion = eu-west-1\n[profile demo]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert set(aws.profiles()) == {"workshop", "demo"}


def test_an_unknown_profile_is_refused():
    with aws.use(aws.Backend("aws", profile="nobody")), pytest.raises(ServiceError) as refusal:
        aws.client("s3")
    assert refusal.value.code == "ProfileNotFound"


def test_credentials_set_up_after_a_first_try_are_found(monkeypatch):
    with aws.use(aws.Backend("aws", region="ap-south-2")):
        with pytest.raises(ServiceError) as refusal:
            aws.client("sts")
        assert refusal.value.code == "NoCredentials"
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        assert aws.client("sts").meta.region_name == "ap-south-2"


def test_local_aws_says_itself_what_it_answers(local_aws):
    answers = {(answer.service, answer.operation): answer for answer in aws.local_answers()}
    assert answers["sagemaker", "CreateModel"].fidelity == "real"
    assert answers["s3", "PutBucketPolicy"].how.startswith("Kept and given back")


def test_a_backend_that_was_forgotten_is_asked_anew(local_aws):
    calls = trace.Calls()
    with trace.record(calls):
        aws.identity()
        calls.clear()
        aws.identity()
        assert not calls
        aws.forget(local_aws)
        aws.identity()
    assert [call.operation for call in calls] == ["GetCallerIdentity"]
