"""Endpoint configurations: which models on how many instances, with what share of the traffic."""

from __future__ import annotations

from typing import Any

from local_aws.apis.sagemaker import resources
from local_aws.apis.sagemaker.resources import ENDPOINT_CONFIG, MODEL, Tag
from local_aws.registry import AwsError, approximate, operation

_NOT_HERE = ("AsyncInferenceConfig", "DataCaptureConfig", "ExplainerConfig", "ShadowProductionVariants")
_NOT_HERE_IN_VARIANT = ("ServerlessConfig", "InstancePools", "ManagedInstanceScaling")


@operation(
    "sagemaker",
    "CreateEndpointConfig",
    fidelity=approximate(
        "Real-time variants on instances only: no serverless, asynchronous, shadow or capture settings"
    ),
)
async def create_endpoint_config(
    EndpointConfigName: str, ProductionVariants: list[dict[str, Any]], Tags: list[Tag] | None = None, **rest: Any
) -> dict[str, Any]:
    for member in _NOT_HERE:
        if member in rest:
            raise _not_here(member)
    names = [variant["VariantName"] for variant in ProductionVariants]
    if len(set(names)) != len(names):
        raise AwsError("ValidationException", "Variant names must be unique within an endpoint configuration.")
    variants = [_variant(variant) for variant in ProductionVariants]
    if not any(variant["InitialVariantWeight"] for variant in variants):
        raise AwsError("ValidationException", "At least one variant must have a weight greater than 0.")
    document = rest | {"ProductionVariants": variants}
    return {"EndpointConfigArn": resources.create(ENDPOINT_CONFIG, EndpointConfigName, document, Tags or ())}


@operation("sagemaker", "DescribeEndpointConfig")
async def describe_endpoint_config(EndpointConfigName: str) -> dict[str, Any]:
    return resources.describe(ENDPOINT_CONFIG, EndpointConfigName)


@operation("sagemaker", "ListEndpointConfigs")
async def list_endpoint_configs(**arguments: Any) -> dict[str, Any]:
    return resources.page(ENDPOINT_CONFIG, **arguments)


@operation("sagemaker", "DeleteEndpointConfig")
async def delete_endpoint_config(EndpointConfigName: str) -> dict[str, Any]:
    resources.delete(ENDPOINT_CONFIG, EndpointConfigName)
    return {}


def _variant(variant: dict[str, Any]) -> dict[str, Any]:
    """A production variant with its defaults, once it is known to be one that can run here."""
    name = variant["VariantName"]
    for member in _NOT_HERE_IN_VARIANT:
        if member in variant:
            raise _not_here(member)
    for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
        if member not in variant:
            raise AwsError("ValidationException", f"Production variant {name} needs {member}.")
    resources.find(MODEL, variant["ModelName"])
    return {"InitialVariantWeight": 1.0} | variant


def _not_here(member: str) -> AwsError:
    return AwsError("ValidationException", f"Local AWS does not offer {member}.")
