"""Endpoints: Create, Describe, List, Update, Delete, and UpdateEndpointWeightsAndCapacities."""

from __future__ import annotations

import secrets
from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import deployments, resources
from local_aws.apis.sagemaker.deployments import Plan
from local_aws.apis.sagemaker.resources import ENDPOINT, ENDPOINT_CONFIG, MODEL, Tag
from local_aws.registry import AwsError, approximate, operation
from local_aws.store import Document

MOST_INSTANCES = 10
"""Over all endpoints. Each is a process with a model in this machine's memory."""

_IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_PROCESSES = (
    "An instance is a process on this machine, for AWS's scikit-learn and XGBoost images, with no network of its own"
)


@operation("sagemaker", "CreateEndpoint", fidelity=approximate(_PROCESSES))
async def create_endpoint(
    EndpointName: str, EndpointConfigName: str, Tags: list[Tag] | None = None, DeploymentConfig: Any = None
) -> dict[str, Any]:
    plan = _plan(EndpointConfigName)
    _check_room(EndpointName, plan)
    document = {
        "EndpointConfigName": EndpointConfigName,
        "EndpointStatus": "Creating",
        "ProductionVariants": deployments.summaries(plan, serving=None),
        "plan": plan,
    }
    if DeploymentConfig:
        document["LastDeploymentConfig"] = DeploymentConfig
    arn = resources.create(ENDPOINT, EndpointName, document, Tags or ())
    deployments.bring_up(EndpointName, plan)
    return {"EndpointArn": arn}


@operation("sagemaker", "DescribeEndpoint")
async def describe_endpoint(EndpointName: str) -> dict[str, Any]:
    return resources.describe(ENDPOINT, EndpointName)


@operation("sagemaker", "ListEndpoints")
async def list_endpoints(**arguments: Any) -> dict[str, Any]:
    return resources.page(ENDPOINT, **arguments)


@operation(
    "sagemaker", "UpdateEndpoint", fidelity=approximate("All traffic moves at once, whatever DeploymentConfig says")
)
async def update_endpoint(
    EndpointName: str,
    EndpointConfigName: str,
    RetainAllVariantProperties: bool = False,
    ExcludeRetainedVariantProperties: list[dict[str, str]] | None = None,
    DeploymentConfig: Any = None,
    RetainDeploymentConfig: bool = False,
) -> dict[str, Any]:
    document = _at_rest(EndpointName)
    plan = _plan(EndpointConfigName)
    if RetainAllVariantProperties:
        excluded = {one["VariantPropertyType"] for one in ExcludeRetainedVariantProperties or ()}
        _retain(plan, document["plan"], excluded)
    _check_room(EndpointName, plan)
    pending = {
        "EndpointConfigName": EndpointConfigName,
        "ProductionVariants": deployments.summaries(plan, serving=None),
        "StartTime": resources.now(),
    }
    resources.change(
        ENDPOINT,
        EndpointName,
        EndpointStatus="Updating",
        FailureReason=None,
        PendingDeploymentSummary=pending,
        LastDeploymentConfig=document.get("LastDeploymentConfig") if RetainDeploymentConfig else DeploymentConfig,
        pending=plan,
    )
    deployments.replace(EndpointName, plan, document["plan"])
    return {"EndpointArn": document["EndpointArn"]}


@operation("sagemaker", "UpdateEndpointWeightsAndCapacities")
async def update_endpoint_weights_and_capacities(
    EndpointName: str, DesiredWeightsAndCapacities: list[dict[str, Any]]
) -> dict[str, Any]:
    document = _at_rest(EndpointName)
    before: Plan = document["plan"]
    variants = {variant["VariantName"]: dict(variant) for variant in before["variants"]}
    for desired in DesiredWeightsAndCapacities:
        variant = variants.get(desired["VariantName"])
        if variant is None:
            raise AwsError(
                "ValidationException", f'The variant "{desired["VariantName"]}" is not part of this endpoint.'
            )
        if desired.get("DesiredInstanceCount") == 0:
            raise AwsError("ValidationException", "DesiredInstanceCount must be at least 1.")
        variant["InitialInstanceCount"] = desired.get("DesiredInstanceCount", variant["InitialInstanceCount"])
        variant["InitialVariantWeight"] = desired.get("DesiredWeight", variant["InitialVariantWeight"])
    if not any(variant["InitialVariantWeight"] for variant in variants.values()):
        raise AwsError("ValidationException", "At least one variant must have a weight greater than 0.")
    plan = before | {"variants": list(variants.values())}
    _check_room(EndpointName, plan)
    shown = deployments.summaries(plan, serving=before)
    resources.change(ENDPOINT, EndpointName, EndpointStatus="Updating", FailureReason=None, ProductionVariants=shown)
    deployments.scale(EndpointName, plan, before)
    return {"EndpointArn": document["EndpointArn"]}


@operation("sagemaker", "DeleteEndpoint")
async def delete_endpoint(EndpointName: str) -> dict[str, Any]:
    document = resources.find(ENDPOINT, EndpointName)
    _refuse_in_progress(document)
    resources.change(ENDPOINT, EndpointName, EndpointStatus="Deleting")
    deployments.tear_down(EndpointName, document.get("plan"))
    return {}


def _at_rest(name: str) -> Document:
    """The document of an endpoint that can be changed now. Raises AwsError."""
    document = resources.find(ENDPOINT, name)
    _refuse_in_progress(document)
    if document["EndpointStatus"] != "InService":
        raise AwsError(
            "ValidationException",
            f'Cannot update endpoint "{document["EndpointArn"]}" in status {document["EndpointStatus"]}. '
            "Only DeleteEndpoint can be called on it.",
        )
    return document


def _refuse_in_progress(document: Document) -> None:
    if document["EndpointStatus"] in _IN_PROGRESS:
        raise AwsError("ValidationException", f'Cannot update in-progress endpoint "{document["EndpointArn"]}".')


def _plan(config_name: str) -> Plan:
    """What a configuration asks for now. Raises AwsError when it, or one of its models, is missing."""
    config = resources.find(ENDPOINT_CONFIG, config_name)
    variants = []
    for variant in config["ProductionVariants"]:
        model = resources.find(MODEL, variant["ModelName"])
        containers = model.get("Containers") or [model["PrimaryContainer"]]
        variants.append(variant | {"containers": containers})
    return {"id": secrets.token_hex(8), "variants": variants}


def _retain(plan: Plan, before: Plan, excluded: set[str]) -> None:
    """Keep the numbers of instances and the weights that variants of the same name have now."""
    counts, weights = deployments.counts(before), deployments.weights(before)
    for variant in plan["variants"]:
        name = variant["VariantName"]
        if "DesiredInstanceCount" not in excluded:
            variant["InitialInstanceCount"] = counts.get(name, variant["InitialInstanceCount"])
        if "DesiredWeight" not in excluded:
            variant["InitialVariantWeight"] = weights.get(name, variant["InitialVariantWeight"])


def _check_room(name: str, plan: Plan) -> None:
    """Raise AwsError when the instances of all endpoints, with this one as planned, would be too many."""
    others = [
        sum(deployments.counts(document["plan"]).values())
        for document in context.here().documents.all(ENDPOINT.kind)
        if document["EndpointName"] != name and "plan" in document
    ]
    wanted = sum(deployments.counts(plan).values())
    if sum(others) + wanted > MOST_INSTANCES:
        raise resources.limit_exceeded(
            "Number of instances across active endpoints", MOST_INSTANCES, sum(others), wanted
        )
