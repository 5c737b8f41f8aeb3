"""SageMaker's refusals in plain words: what is not there, what a quota forbids, what the model itself said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from services.errors import ServiceError, aws_errors
from services.text import Text, text

NOT_FOUND = "NotFound"
ROLE_NOT_READY = "RoleNotReady"
_ABSENT_CODES = {"ResourceNotFound", "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "NoSuchEntity", "404"}
_INVALID_CODES = {"ValidationException", "ValidationError"}
_ABSENT = re.compile(r"could not find|not found|does not exist", re.IGNORECASE)
"""SageMaker has no code of its own for what is not there: it says so in a validation error."""
_QUOTA = re.compile(r"service limit '(?P<quota>[^']+)' is (?P<limit>\d+)")


@contextmanager
def sagemaker_errors() -> Iterator[None]:
    """`aws_errors`, with SageMaker's own ways of saying no made plain: codes "NotFound" and "RoleNotReady", quotas
    with the way to raise them, and a model's own error message."""
    try:
        with aws_errors():
            yield
    except ServiceError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") == error.code:
            raise _plain(cause, error) from cause
        raise


def is_absent(refusal: ClientError) -> bool:
    """Whether AWS refused because the thing is not there."""
    reply = refusal.response.get("Error", {})
    code, said = reply.get("Code"), reply.get("Message") or ""
    return code in _ABSENT_CODES or (code in _INVALID_CODES and bool(_ABSENT.search(said)))


def _plain(refusal: ClientError, error: ServiceError) -> ServiceError:
    said = str(error.message)
    if error.code == "ModelError":
        return _model_error(refusal, error)
    if error.code == "ResourceLimitExceeded":
        return ServiceError(error.message, code=error.code, hint=_about_quota(said), detail=error.detail)
    if is_absent(refusal):
        hint = text("It was deleted meanwhile, or belongs to another account or region. Reload the page.")
        return ServiceError(error.message, code=NOT_FOUND, hint=hint, detail=error.detail)
    if error.code == "ValidationException" and "assume role" in said.lower():
        hint = text("A new role takes up to a minute until SageMaker may use it. Retry in a moment.")
        return ServiceError(error.message, code=ROLE_NOT_READY, hint=hint, detail=error.detail)
    return error


def _model_error(refusal: ClientError, error: ServiceError) -> ServiceError:
    """The container answered with an error: its own words say what is wrong with the rows or the model."""
    words = refusal.response.get("OriginalMessage") or str(error.message)
    status = refusal.response.get("OriginalStatusCode", 500)
    hint = (
        text("Correct the values, then predict again.")
        if status < 500
        else text(
            "The log of the endpoint says more: {log}", log=refusal.response.get("LogStreamArn", "/aws/sagemaker")
        )
    )
    return ServiceError(text("{said}", said=words), code=error.code, hint=hint, detail=error.detail)


def _about_quota(said: str) -> Text:
    found = _QUOTA.search(said)
    if found is None:
        return text("A quota of the account is used up. Tear something down, or ask AWS for a higher quota.")
    if int(found["limit"]) == 0:
        return text(
            "New AWS accounts often start with a quota of zero for this. In the AWS console open Service Quotas, "
            "choose Amazon SageMaker, look for “{quota}” and ask for 1; small requests are usually granted within a "
            "day. Or choose another instance type: each has a quota of its own.",
            quota=found["quota"],
        )
    return text(
        "All that the quota “{quota}” allows is in use. Tear something down, choose another instance type, or ask for "
        "more in the AWS console under Service Quotas, Amazon SageMaker.",
        quota=found["quota"],
    )
