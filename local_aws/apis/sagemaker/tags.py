"""Tags of every SageMaker resource, by ARN: AddTags, ListTags, DeleteTags."""

from __future__ import annotations

import re
from typing import Any

from local_aws import context
from local_aws.apis.sagemaker.resources import RESOURCES, Resource, Tag, find, merge_tags, retag
from local_aws.registry import AwsError, operation

_ARN = re.compile(r"arn:aws:sagemaker:([a-z0-9-]+):(\d{12}):([a-z-]+)/(.+)")


@operation("sagemaker", "AddTags")
async def add_tags(ResourceArn: str, Tags: list[Tag]) -> dict[str, Any]:
    resource, name = _resource(ResourceArn)
    return {"Tags": retag(resource, name, lambda present: merge_tags(present, Tags))}


@operation("sagemaker", "DeleteTags")
async def delete_tags(ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:
    resource, name = _resource(ResourceArn)
    retag(resource, name, lambda present: [tag for tag in present if tag["Key"] not in TagKeys])
    return {}


@operation("sagemaker", "ListTags")
async def list_tags(ResourceArn: str, NextToken: str | None = None, MaxResults: int = 50) -> dict[str, Any]:
    """All tags at once: a resource has at most as many as the smallest page that AWS allows."""
    if NextToken is not None:
        raise AwsError("ValidationException", "Invalid NextToken.")
    resource, name = _resource(ResourceArn)
    return {"Tags": find(resource, name)["Tags"]}


def _resource(arn: str) -> tuple[Resource, str]:
    """The kind and name behind an ARN of this account and region. Raises AwsError for any other."""
    match = _ARN.fullmatch(arn)
    here = context.here()
    if match is None or match[1] != here.region or match[2] != here.account or match[3] not in RESOURCES:
        raise AwsError("ValidationException", f"Could not find resource {arn}.")
    return RESOURCES[match[3]], match[4]
