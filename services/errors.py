"""What failed, why, and what the user can do about it: ServiceError, and AWS's errors turned into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as BotoConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    WaiterError,
)

from services.text import Text, text


class ServiceError(Exception):
    """Raised by every function in services/ that cannot do what was asked.

    message: what failed and why. code: AWS's error code, or our own in the same style. hint: what to do now.
    detail: the raw error text, to be shown on request.
    """

    def __init__(self, message: Text, *, code: str, hint: Text | None = None, detail: str = "") -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code
        self.hint = hint
        self.detail = detail


_NO_ACCESS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_BAD_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"}


def _hint_for(code: str) -> Text | None:
    if code in _NO_ACCESS:
        return text("Your AWS identity lacks this permission. Ask the owner of the account to grant it.")
    if code in _BAD_CREDENTIALS:
        return text("The credentials are wrong or have expired. Sign in to AWS again, then retry.")
    if code in _THROTTLED:
        return text("AWS asks for fewer requests. Wait a few seconds, then retry.")
    if code in {"ResourceLimitExceeded", "LimitExceededException", "ServiceQuotaExceededException"}:
        return text("A quota of the account is used up. Tear something down, or ask AWS for a higher quota.")
    return None


def from_client_error(error: ClientError) -> ServiceError:
    """AWS refused the call: keep its code and its own words."""
    reply = error.response.get("Error", {})
    code = reply.get("Code", "Unknown")
    said = reply.get("Message") or str(error)
    return ServiceError(text("{said}", said=said), code=code, hint=_hint_for(code), detail=str(error))


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turn every boto3 and botocore error raised in the block into a ServiceError."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise ServiceError(
            text("No AWS credentials were found on this machine."),
            code="NoCredentials",
            hint=text("Run `aws configure` or `aws sso login`, or switch back to local AWS in the sidebar."),
            detail=str(error),
        ) from error
    except ParamValidationError as error:
        raise ServiceError(
            text("The request is not valid: {reason}", reason=str(error)), code="ParamValidation", detail=str(error)
        ) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise ServiceError(
            text("No answer came from AWS."),
            code="NoConnection",
            hint=text("If you use local AWS, it restarts by itself: retry in a moment. Otherwise check the network."),
            detail=str(error),
        ) from error
    except WaiterError as error:
        raise ServiceError(
            text("The resource did not get ready: {reason}", reason=str(error)), code="WaiterError", detail=str(error)
        ) from error
    except BotoCoreError as error:
        raise ServiceError(text("{said}", said=str(error)), code=type(error).__name__, detail=str(error)) from error
