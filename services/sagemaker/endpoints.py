"""Endpoints: a trained model that answers. Deploy, look at, change the number of instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services import aws
from services.errors import ServiceError
from services.sagemaker import evaluation, names, prices, training
from services.sagemaker.evaluation import Feature
from services.sagemaker.refusals import NOT_FOUND, sagemaker_errors
from services.sagemaker.training import TrainingJob
from services.text import text

VARIANT = "AllTraffic"
_ENVIRONMENT = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
"""Where AWS's containers find the inference code that train.py packed beside the model."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as it stands, with where its model came from."""

    name: str
    arn: str
    status: Literal[
        "Creating", "InService", "Updating", "SystemUpdating", "RollingBack", "Deleting", "Failed", "OutOfService"
    ]
    failure: str | None
    config: str
    model: str
    instance_type: str
    count: int
    """Instances that are wanted; on the way there `status` is "Updating"."""
    created: datetime
    job: str
    """The training job the model came from."""
    dataset: str
    target: str
    cost_per_hour: float | None
    """Estimated dollars: 0.0 on local AWS, None when the price is not known."""
    cost_so_far: float | None

    @property
    def ready(self) -> bool:
        return self.status in {"InService", "Updating", "SystemUpdating"}

    @property
    def changing(self) -> bool:
        return self.status in {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def deploy(job: TrainingJob | str, instance_type: str = "ml.m5.large", count: int = 1) -> Endpoint:
    """Create model, endpoint configuration and endpoint for a completed job, and return without waiting.

    When one of the three cannot be made, those made before it are removed again. Raises ServiceError.
    """
    trained = training.describe(job) if isinstance(job, str) else job
    if not trained.succeeded or trained.model_data is None:
        raise ServiceError(
            text("The training job {job} has no model to deploy.", job=trained.name),
            code="NoModel",
            hint=text("Wait until the job is completed, or train again when it failed."),
        )
    name = names.new(trained.dataset)
    undo: list[Callable[[], None]] = []
    try:
        for make, remove in _steps(name, trained, instance_type, count):
            with sagemaker_errors():
                make()
            undo.append(remove)
    except ServiceError as error:
        raise _after_removing(undo, error) from error
    return describe(name)


def list_endpoints() -> list[Endpoint]:
    """Our endpoints, newest first."""
    with sagemaker_errors():
        summaries = names.listed("list_endpoints", "Endpoints", SortBy="CreationTime", SortOrder="Descending")
        found = names.each(find, [summary["EndpointName"] for summary in summaries])
    return [endpoint for endpoint in found if endpoint is not None]


def describe(name: str) -> Endpoint:
    """The endpoint as it stands now. Raises ServiceError of code "NotFound" when there is none of this name."""
    with sagemaker_errors():
        sagemaker = aws.client("sagemaker")
        reply = sagemaker.describe_endpoint(EndpointName=name)
        config = sagemaker.describe_endpoint_config(EndpointConfigName=reply["EndpointConfigName"])
        return _endpoint(reply, config["ProductionVariants"][0], names.tags_of(reply["EndpointArn"]))


def find(name: str) -> Endpoint | None:
    """The endpoint as it stands now, None when it, or its configuration, is not there."""
    try:
        return describe(name)
    except ServiceError as error:
        if error.code != NOT_FOUND:
            raise
        return None


def features(endpoint: Endpoint) -> tuple[Feature, ...]:
    """The columns the endpoint's model wants, for a form. Read from its training job's evaluation."""
    return evaluation.load(endpoint.job).features


def set_count(name: str, count: int) -> Endpoint:
    """Change the number of instances without a failed request."""
    with sagemaker_errors():
        aws.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=name,
            DesiredWeightsAndCapacities=[{"VariantName": VARIANT, "DesiredInstanceCount": count}],
        )
    return describe(name)


def _steps(
    name: str, job: TrainingJob, instance_type: str, count: int
) -> tuple[tuple[Callable[[], Any], Callable[[], Any]], ...]:
    """How to make each of the three resources of this name, and how to remove it again."""
    sagemaker = aws.client("sagemaker")
    tags = names.tags(dataset=job.dataset, target=job.target, job=job.name)
    container = {"Image": job.image, "ModelDataUrl": job.model_data, "Environment": _ENVIRONMENT}
    variant = {
        "VariantName": VARIANT,
        "ModelName": name,
        "InstanceType": instance_type,
        "InitialInstanceCount": count,
        "InitialVariantWeight": 1.0,
    }
    return (
        (
            lambda: sagemaker.create_model(
                ModelName=name, ExecutionRoleArn=job.role_arn, PrimaryContainer=container, Tags=tags
            ),
            lambda: sagemaker.delete_model(ModelName=name),
        ),
        (
            lambda: sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags),
            lambda: sagemaker.delete_endpoint_config(EndpointConfigName=name),
        ),
        (
            lambda: sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags),
            lambda: sagemaker.delete_endpoint(EndpointName=name),
        ),
    )


def _after_removing(undo: list[Callable[[], None]], error: ServiceError) -> ServiceError:
    """The error after what was made is removed; when that fails too, the hint says where the rest can be removed."""
    try:
        with sagemaker_errors():
            for remove in reversed(undo):
                remove()
    except ServiceError as second:
        return ServiceError(
            error.message,
            code=error.code,
            hint=text("A part of it was made and could not be removed: Tear down does. ({why})", why=second.message),
            detail=error.detail,
        )
    return error


def _endpoint(reply: dict[str, Any], variant: dict[str, Any], tags: dict[str, str]) -> Endpoint:
    """`variant` is the configuration's: SageMaker tells of the running one only once there is one."""
    running: dict[str, Any] = next(iter(reply.get("ProductionVariants", [])), {})
    count = running.get("DesiredInstanceCount", variant["InitialInstanceCount"])
    up = reply["EndpointStatus"] != "Failed"
    per_hour = prices.hosting_per_hour(variant["InstanceType"], count) if up else 0.0
    return Endpoint(
        name=reply["EndpointName"],
        arn=reply["EndpointArn"],
        status=reply["EndpointStatus"],
        failure=reply.get("FailureReason"),
        config=reply["EndpointConfigName"],
        model=variant["ModelName"],
        instance_type=variant["InstanceType"],
        count=count,
        created=reply["CreationTime"],
        job=tags.get("celaje:job", ""),
        dataset=tags.get("celaje:dataset", ""),
        target=tags.get("celaje:target", ""),
        cost_per_hour=per_hour,
        cost_so_far=prices.over(per_hour, reply["CreationTime"], datetime.now(UTC)),
    )
