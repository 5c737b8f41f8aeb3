"""What of ours is there: endpoints, configurations, models, unfinished jobs, files. Only what is tagged as ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from services import aws
from services.sagemaker import account, bucket, names, training
from services.sagemaker.refusals import is_absent, sagemaker_errors
from services.text import Text, ntext, text

Kind = Literal["training-job", "endpoint", "endpoint-config", "model", "files"]


@dataclass(frozen=True)
class Resource:
    """Something of ours. Of kind "files" the name is an s3:// prefix; of kind "training-job" it still runs."""

    kind: Kind
    name: str
    detail: Text
    """Status, instance or size, to tell it from others."""


@dataclass(frozen=True)
class _Listing:
    """How SageMaker lists one kind of resource. `noun` begins its members' names."""

    kind: Kind
    operation: str
    member: str
    noun: str
    filters: tuple[dict[str, Any], ...] = ({},)


_UNFINISHED: tuple[dict[str, Any], ...] = ({"StatusEquals": "InProgress"}, {"StatusEquals": "Stopping"})
_LISTINGS = (
    _Listing("training-job", "list_training_jobs", "TrainingJobSummaries", "TrainingJob", _UNFINISHED),
    _Listing("endpoint", "list_endpoints", "Endpoints", "Endpoint"),
    _Listing("endpoint-config", "list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
    _Listing("model", "list_models", "Models", "Model"),
)
"""In the order they can be removed."""
_MEGABYTE = 1_000_000


def resources() -> tuple[Resource, ...]:
    """All of ours that costs money or that an endpoint left behind, in the order it can be removed."""
    with sagemaker_errors():
        return tuple(resource for listing in _LISTINGS for resource in _listed(listing))


def of_endpoints(endpoints: Sequence[str]) -> tuple[Resource, ...]:
    """These endpoints with their configurations and models, in the order they can be removed."""
    with sagemaker_errors():
        wanted = {part for name in endpoints for part in _parts(name)}
    return tuple(resource for resource in resources() if (resource.kind, resource.name) in wanted)


def jobs_of(endpoints: Sequence[str]) -> list[str]:
    """The training jobs that the models of these endpoints came from, as far as the endpoints are still there."""
    with sagemaker_errors():
        found = names.listed("list_endpoints", "Endpoints")
        tags = [names.tags_of(one["EndpointArn"]) for one in found if one["EndpointName"] in endpoints]
    return sorted({one["celaje:job"] for one in tags if "celaje:job" in one})


def files_of_jobs(jobs: Iterable[str]) -> tuple[Resource, ...]:
    """What these training jobs left in S3."""
    return files_under(training.files_of(job) for job in jobs)


def all_files() -> tuple[Resource, ...]:
    """Every folder of our bucket: datasets, code, jobs."""
    place = account.place()
    with sagemaker_errors():
        if not bucket.is_ours(place):
            return ()
        pages = aws.client("s3").get_paginator("list_objects_v2").paginate(**place.owned, Delimiter="/")
        folders = {prefix["Prefix"] for page in pages for prefix in page.get("CommonPrefixes", [])}
        folders |= {f"{upload['Key'].partition('/')[0]}/" for upload in unfinished_uploads(place, "")}
    return files_under(sorted(folders))


def files_under(prefixes: Iterable[str]) -> tuple[Resource, ...]:
    """Those of the prefixes of our bucket that hold anything, each as one resource."""
    place = account.place()
    with sagemaker_errors():
        if not bucket.is_ours(place):
            return ()
        found = [_files(place, prefix) for prefix in prefixes]
    return tuple(resource for resource in found if resource is not None)


def objects(place: bucket.Place, prefix: str) -> Iterator[dict[str, Any]]:
    """The objects under a prefix. Raises boto3's errors."""
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(**place.owned, Prefix=prefix)
    return (item for page in pages for item in page.get("Contents", []))


def unfinished_uploads(place: bucket.Place, prefix: str) -> list[dict[str, Any]]:
    """Multipart uploads that were begun and never ended: AWS bills their parts. Raises boto3's errors."""
    pages = aws.client("s3").get_paginator("list_multipart_uploads").paginate(**place.owned, Prefix=prefix)
    return [upload for page in pages for upload in page.get("Uploads", [])]


def _files(place: bucket.Place, prefix: str) -> Resource | None:
    sizes = [item["Size"] for item in objects(place, prefix)]
    sizes += [0 for _ in unfinished_uploads(place, prefix)]
    if not sizes:
        return None
    size = sum(sizes) / _MEGABYTE
    detail = ntext("{count} file, {size:.1f} MB", "{count} files, {size:.1f} MB", len(sizes), size=size)
    return Resource("files", f"s3://{place.name}/{prefix}", detail)


def _listed(listing: _Listing) -> list[Resource]:
    summaries = [
        summary
        for arguments in listing.filters
        for summary in names.listed(listing.operation, listing.member, **arguments)
    ]
    ours = names.each(lambda summary: _is_ours(summary[f"{listing.noun}Arn"]), summaries)
    return [
        Resource(listing.kind, summary[f"{listing.noun}Name"], _detail(listing, summary))
        for summary, is_ours in zip(summaries, ours, strict=True)
        if is_ours
    ]


def _detail(listing: _Listing, summary: dict[str, Any]) -> Text:
    status = summary.get(f"{listing.noun}Status")
    if status:
        return text("{status}", status=status)
    return text("created {date}", date=summary["CreationTime"].date().isoformat())


def _is_ours(arn: str) -> bool:
    """Whether the resource carries our tag; no when it was deleted since it was listed."""
    try:
        return names.is_ours(names.tags_of(arn))
    except ClientError as error:
        if not is_absent(error):
            raise
        return False


def _parts(endpoint: str) -> list[tuple[Kind, str]]:
    """The endpoint, its configuration and its models. Where one is gone already, the next has its name: `deploy`
    gives all three the same."""
    sagemaker = aws.client("sagemaker")
    config, models = endpoint, [endpoint]
    try:
        config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    except ClientError as error:
        if not is_absent(error):
            raise
    try:
        variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        models = [variant["ModelName"] for variant in variants if "ModelName" in variant]
    except ClientError as error:
        if not is_absent(error):
            raise
    return [("endpoint", endpoint), ("endpoint-config", config), *(("model", model) for model in models)]
