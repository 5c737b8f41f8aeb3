"""Amazon SageMaker Runtime: InvokeEndpoint."""

from __future__ import annotations

from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import deployments
from local_aws.apis.sagemaker.fleet import DownError, Fleet, NoSuchVariantError, ReplacedError, Variant
from local_aws.apis.sagemaker.instance import Instance
from local_aws.apis.sagemaker.model_connection import DiedError, OverloadedError, Reply, encode_request
from local_aws.registry import AwsError, operation

_NOT_HERE = ("TargetModel", "TargetContainerHostname", "InferenceComponentName", "EnableExplanations", "SessionId")
_MOST_REPLY_BYTES = 6_291_456
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


@operation("sagemaker-runtime", "InvokeEndpoint")
async def invoke_endpoint(
    EndpointName: str,
    Body: bytes = b"",
    ContentType: str = "",
    Accept: str = "",
    CustomAttributes: str = "",
    TargetVariant: str | None = None,
    **rest: Any,
) -> dict[str, Any]:
    for member in _NOT_HERE:
        if member in rest:
            raise AwsError("ValidationError", f"{member} is not supported by endpoint {EndpointName}.")
    request = encode_request(Body, ContentType, Accept, CustomAttributes)
    while True:
        fleet = await _fleet(EndpointName)
        variant = _variant(fleet, EndpointName, TargetVariant)
        try:
            instance, reply = await fleet.serve(variant, request)
        except ReplacedError:
            continue
        except TimeoutError:
            raise _model_error(EndpointName, variant, None, 0, _TIMED_OUT) from None
        except DiedError:
            raise _model_error(EndpointName, variant, None, 500, "The model server ended over this request.") from None
        except DownError as error:
            raise _model_error(EndpointName, variant, None, 500, str(error)) from None
        except OverloadedError:
            raise AwsError("ServiceUnavailable", "The endpoint has more requests than it can take.", 503) from None
        return _answer(EndpointName, variant, instance, reply)


async def _fleet(name: str) -> Fleet:
    """The fleet that serves the endpoint. Raises AwsError where none does."""
    try:
        fleet = await deployments.live(name)
    except TimeoutError:
        raise AwsError("ServiceUnavailable", f"Endpoint {name} is not yet back in service.", 503) from None
    if fleet is None:
        raise AwsError("ValidationError", f"Endpoint {name} of account {context.here().account} not found.")
    return fleet


def _variant(fleet: Fleet, endpoint: str, target: str | None) -> Variant:
    try:
        return fleet.choose(target)
    except NoSuchVariantError:
        raise AwsError("ValidationError", f"Variant {target} not found for endpoint {endpoint}.") from None


def _answer(endpoint: str, variant: Variant, instance: Instance, reply: Reply) -> dict[str, Any]:
    if not 200 <= reply.status < 300:
        text = reply.body.decode("utf-8", "replace")
        raise _model_error(endpoint, variant, instance, reply.status, text)
    if len(reply.body) > _MOST_REPLY_BYTES:
        raise _model_error(endpoint, variant, instance, reply.status, None)
    answer = {"Body": reply.body, "ContentType": reply.content_type, "InvokedProductionVariant": variant.name}
    if reply.custom_attributes:
        answer["CustomAttributes"] = reply.custom_attributes
    return answer


def _model_error(
    endpoint: str, variant: Variant, instance: Instance | None, status: int, message: str | None
) -> AwsError:
    """An error of the container, in AWS's words. `status` 0 stands for no answer, no message for one too large."""
    here = context.here()
    group = deployments.log_group(endpoint)
    log = f"log-group:{group}" + (f":log-stream:{variant.name}/{instance.id}" if instance else "")
    who = "client" if 400 <= status < 500 else "server"
    said = "and could not load the entire response body" if message is None else f'with message "{message}"'
    console = f"https://{here.region}.console.aws.amazon.com/cloudwatch/home?region={here.region}"
    return AwsError(
        "ModelError",
        f"Received {who} error ({status}) from primary {said}. "
        f"See {console}#logEventViewer:group={group} in account {here.account} for more information.",
        424,
        {"OriginalStatusCode": status, "OriginalMessage": message or "", "LogStreamArn": here.arn("logs", log)},
    )
