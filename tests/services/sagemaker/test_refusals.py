"""SageMaker's ways of saying no become codes to act on and hints that help."""

import pytest
from botocore.exceptions import ClientError

from services.errors import ServiceError
from services.sagemaker.refusals import sagemaker_errors


def refusal(code, message, **reply):
    with pytest.raises(ServiceError) as refused, sagemaker_errors():
        raise ClientError({"Error": {"Code": code, "Message": message}, **reply}, "Operation")
    return refused.value


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", 'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/x".'),
        ("ValidationException", "Requested resource not found."),
        ("ValidationError", "Endpoint x of account 123456789012 not found."),
        ("ResourceNotFound", "RecordNotFound"),
        ("NoSuchKey", "The specified key does not exist."),
        ("404", "Not Found"),
    ],
)
def test_what_is_not_there_has_one_code(code, message):
    error = refusal(code, message)
    assert error.code == "NotFound"
    assert str(error.message) == message
    assert error.hint


def test_other_validation_errors_keep_their_code():
    assert refusal("ValidationException", "1 validation error detected").code == "ValidationException"


def test_a_quota_in_use_is_told_apart_from_one_of_zero():
    said = (
        "The account-level service limit 'ml.m5.large for endpoint usage' is {} Instances, with current utilization …"
    )
    assert "quota of zero" in str(refusal("ResourceLimitExceeded", said.format(0)).hint)
    used_up = str(refusal("ResourceLimitExceeded", said.format(2)).hint)
    assert "quota of zero" not in used_up
    assert "“ml.m5.large for endpoint usage”" in used_up
    assert refusal("ResourceLimitExceeded", "You have reached a limit.").hint


def test_the_models_own_words_come_first():
    said = "Row 3, column \"age\": 'x' is not a number."
    error = refusal("ModelError", "Received client error (400) …", OriginalStatusCode=400, OriginalMessage=said)
    assert (error.code, str(error.message)) == ("ModelError", said)
    assert "Correct the values" in str(error.hint)


def test_a_model_that_crashed_points_to_its_log():
    log = "https://console.aws.amazon.com/cloudwatch/home#logEventViewer:group=/aws/sagemaker/Endpoints/x"
    error = refusal("ModelError", "…", OriginalStatusCode=500, OriginalMessage="Traceback", LogStreamArn=log)
    assert log in str(error.hint)


def test_a_refusal_keeps_its_plain_form_through_an_outer_block():
    refused = refusal("NoSuchKey", "The specified key does not exist.")
    with pytest.raises(ServiceError) as outer, sagemaker_errors():
        raise refused
    assert outer.value is refused
