"""Models: a container image, where its data lies, and its environment. Create, Describe, List, Delete."""

from __future__ import annotations

import re
from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import resources
from local_aws.apis.sagemaker.resources import MODEL, Tag
from local_aws.objects import NoSuchBucket
from local_aws.registry import AwsError, operation

_S3_URI = re.compile(r"s3://([^/]+)/?(.*)")


@operation("sagemaker", "CreateModel")
async def create_model(ModelName: str, Tags: list[Tag] | None = None, **model: Any) -> dict[str, Any]:
    containers = model.get("Containers", [])
    if ("PrimaryContainer" in model) == bool(containers):
        raise AwsError("ValidationException", "Exactly one of PrimaryContainer and Containers must be given.")
    for container in containers or [model["PrimaryContainer"]]:
        _check_container(container)
    return {"ModelArn": resources.create(MODEL, ModelName, model, Tags or ())}


@operation("sagemaker", "DescribeModel")
async def describe_model(ModelName: str) -> dict[str, Any]:
    return resources.describe(MODEL, ModelName)


@operation("sagemaker", "ListModels")
async def list_models(**arguments: Any) -> dict[str, Any]:
    return resources.page(MODEL, **arguments)


@operation("sagemaker", "DeleteModel")
async def delete_model(ModelName: str) -> dict[str, Any]:
    resources.delete(MODEL, ModelName)
    return {}


def model_data(container: dict[str, Any]) -> str | None:
    """The S3 URI of a container's model archive, from either of the members that can hold it."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri: str | None = container.get("ModelDataUrl") or source.get("S3Uri")
    return uri


def s3_place(uri: str) -> tuple[str, str] | None:
    """Bucket and key of an s3:// URI; None for what is not one."""
    match = _S3_URI.fullmatch(uri)
    return (match[1], match[2]) if match else None


def _check_container(container: dict[str, Any]) -> None:
    if "Image" not in container and "ModelPackageName" not in container:
        raise AwsError("ValidationException", "A container needs an Image or a ModelPackageName.")
    uri = model_data(container)
    if uri is not None and not _is_stored(uri):
        raise AwsError("ValidationException", f"Could not find model data at {uri}.")


def _is_stored(uri: str) -> bool:
    """Whether S3 holds an object there, or, where the URI ends in a slash, any object below."""
    place = s3_place(uri)
    if place is None:
        return False
    bucket, key = place
    objects = context.here().server.objects
    try:
        if key.endswith("/") or not key:
            return bool(objects.list(bucket, key, limit=1).objects)
        return objects.info(bucket, key) is not None
    except NoSuchBucket:
        return False
