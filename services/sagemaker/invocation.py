"""One request to an endpoint, made again while what keeps it from an answer is passing."""

from __future__ import annotations

import time
from collections.abc import Callable

from services import aws
from services.errors import ServiceError
from services.sagemaker import endpoints
from services.sagemaker.refusals import NOT_FOUND, sagemaker_errors
from services.text import text

LARGEST_BODY_BYTES = 5_000_000
"""Under what InvokeEndpoint takes, with room for a request's other parts."""

_PASSING = {
    "NoConnection",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "InternalFailure",
    "InternalServerException",
    "InternalDependencyException",
    "ModelNotReadyException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_LONGEST_WAIT_SECONDS = 120
"""An endpoint that restarts is back within this time."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0


def invoke(
    endpoint: str, body: bytes, *, content_type: str, accept: str, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """The model's answer to a body of at most LARGEST_BODY_BYTES.

    Raises ServiceError: of code "ModelError" when the model refuses the rows, "NotFound" when the endpoint was deleted.
    """
    until, pause = time.monotonic() + _LONGEST_WAIT_SECONDS, _FIRST_PAUSE_SECONDS
    while True:
        try:
            return _invoke(endpoint, body, content_type, accept)
        except ServiceError as error:
            if time.monotonic() >= until or cancelled() or not _is_passing(endpoint, error):
                raise
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause)


def _invoke(endpoint: str, body: bytes, content_type: str, accept: str) -> bytes:
    with sagemaker_errors():
        reply = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=content_type, Accept=accept
        )
        answer: bytes = reply["Body"].read()
    return answer


def _is_passing(endpoint: str, error: ServiceError) -> bool:
    """Whether it is worth asking again. An endpoint "not found" may only be on its way back into service."""
    if error.code in _PASSING:
        return True
    if error.code != NOT_FOUND:
        return False
    try:
        found = endpoints.find(endpoint)
    except ServiceError as second:
        return second.code in _PASSING
    if found is None or found.status == "Deleting":
        raise ServiceError(
            text("The endpoint {name} was deleted.", name=endpoint),
            code=NOT_FOUND,
            hint=text("Deploy the model again, then predict again."),
            detail=error.detail,
        ) from error
    return found.changing or found.ready
