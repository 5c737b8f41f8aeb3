"""AWS's errors as a reader meets them: what failed, its code, and what to do."""

import dataclasses
import socket

import pytest

from services import aws
from services.errors import ServiceError, aws_errors


def refused(call):
    with pytest.raises(ServiceError) as refusal, aws_errors():
        call()
    return refusal.value


def test_awss_own_code_and_words_are_kept(local_aws):
    error = refused(lambda: aws.client("s3").head_bucket(Bucket="nobody-has-this-bucket"))
    assert error.code == "404"
    error = refused(lambda: aws.client("iam").get_role(RoleName="nobody"))
    assert error.code == "NoSuchEntity"
    assert "nobody" in str(error.message)
    assert error.detail


def test_wrong_keys_come_with_the_hint_to_sign_in_again(local_aws):
    wrong = dataclasses.replace(local_aws, secret_key="not the key")
    with aws.use(wrong):
        error = refused(lambda: aws.client("sts").get_caller_identity())
    assert error.code == "SignatureDoesNotMatch"
    assert "Sign in to AWS again" in str(error.hint)


def test_no_credentials_at_all_says_how_to_get_some():
    with aws.use(aws.Backend("aws", region="ap-south-1")):
        error = refused(lambda: aws.client("sts").get_caller_identity())
    assert error.code == "NoCredentials"
    assert "aws configure" in str(error.hint)


def test_a_silent_server_is_told_apart_from_a_refusal():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    backend = aws.Backend("local", endpoint=f"http://127.0.0.1:{port}", access_key="a", secret_key="b")
    with aws.use(backend):
        error = refused(lambda: aws.client("sts").get_caller_identity())
    assert error.code == "NoConnection"
    assert error.hint


def test_a_call_botocore_refuses_itself_names_the_parameter(local_aws):
    error = refused(lambda: aws.client("s3").get_object(Bucket="some-bucket"))
    assert error.code == "ParamValidation"
    assert "Key" in str(error.message)


def test_other_errors_pass_unchanged():
    with pytest.raises(ZeroDivisionError), aws_errors():
        _ = 1 / 0
