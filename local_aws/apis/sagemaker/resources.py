"""SageMaker's resources as documents: one table of kinds, and create, find, change, list and delete for all."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws import context, models
from local_aws.registry import AwsError
from local_aws.store import Document

Tag = dict[str, str]

MOST_TAGS = 50
"""Per resource (https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html)."""
_DEFAULT_PAGE = 10
"""ListEndpoints documents 10; the other lists behave alike."""


@dataclass(frozen=True)
class Resource:
    """One kind of resource. `kind` names it in the store and in its ARN, `noun` begins its members' names.

    `words` is what AWS calls it in a sentence. `taken` and `missing` are AWS's messages with the ARN as {arn}.
    """

    kind: str
    noun: str
    list_member: str
    words: str
    has_status: bool = False
    ascending: bool = False
    taken_code: str = "ValidationException"
    taken: str = 'Cannot create already existing {words} "{arn}".'
    missing: str = 'Could not find {words} "{arn}".'

    @property
    def name_member(self) -> str:
        return f"{self.noun}Name"

    @property
    def arn_member(self) -> str:
        return f"{self.noun}Arn"

    @property
    def status_member(self) -> str | None:
        return f"{self.noun}Status" if self.has_status else None

    @property
    def summary_shape(self) -> Any:
        """The shape of one item of the List operation's reply."""
        operation = models.operation_model("sagemaker", f"List{self.noun}s")
        return operation.output_shape.members[self.list_member].member

    def arn(self, name: str) -> str:
        return context.here().arn("sagemaker", f"{self.kind}/{name}")


TRAINING_JOB = Resource(
    "training-job",
    "TrainingJob",
    "TrainingJobSummaries",
    "training job",
    has_status=True,
    ascending=True,
    taken_code="ResourceInUse",
    taken="Training job names must be unique within an AWS account and region, "
    "and a training job with this name already exists ({arn})",
    missing="Requested resource not found.",
)
MODEL = Resource("model", "Model", "Models", "model")
ENDPOINT_CONFIG = Resource("endpoint-config", "EndpointConfig", "EndpointConfigs", "endpoint configuration")
ENDPOINT = Resource("endpoint", "Endpoint", "Endpoints", "endpoint", has_status=True)

RESOURCES = {resource.kind: resource for resource in (TRAINING_JOB, MODEL, ENDPOINT_CONFIG, ENDPOINT)}


def now() -> datetime:
    """The time as SageMaker reports it: to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def create(resource: Resource, name: str, document: Document, tags: Iterable[Tag] = ()) -> str:
    """Store a new resource and return its ARN. Raises AwsError when the name is taken or the tags are not valid."""
    arn, moment = resource.arn(name), now()
    stamped = document | {
        resource.name_member: name,
        resource.arn_member: arn,
        "CreationTime": moment,
        "LastModifiedTime": moment,
        "Tags": merge_tags([], tags),
    }
    if not context.here().documents.add(resource.kind, name, stamped):
        raise AwsError(resource.taken_code, resource.taken.format(words=resource.words, arn=arn))
    return arn


def find(resource: Resource, name: str) -> Document:
    """The resource's document. Raises AwsError, as AWS words it, where there is none."""
    document = context.here().documents.get(resource.kind, name)
    if document is None:
        raise not_found(resource, name)
    return document


def describe(resource: Resource, name: str) -> Document:
    """What a Describe operation returns: the document's members that its output shape has. Raises as find()."""
    shape = models.operation_model("sagemaker", f"Describe{resource.noun}").output_shape
    return dict(_project(shape, find(resource, name)))


def _project(shape: Any, value: Any) -> Any:
    """A value without the members that a botocore shape does not have."""
    match shape.type_name:
        case "structure":
            return {name: _project(shape.members[name], one) for name, one in value.items() if name in shape.members}
        case "list":
            return [_project(shape.member, item) for item in value]
        case "map":
            return {key: _project(shape.value, item) for key, item in value.items()}
        case _:
            return value


def change(resource: Resource, name: str, **fields: Any) -> Document:
    """Set members of the document (None removes one) and its LastModifiedTime, and return it as it now is."""

    def changed(document: Document) -> Document:
        merged = document | fields | {"LastModifiedTime": now()}
        return {member: value for member, value in merged.items() if value is not None}

    document = context.here().documents.change(resource.kind, name, changed)
    if document is None:
        raise not_found(resource, name)
    return document


def retag(resource: Resource, name: str, tags_of: Callable[[list[Tag]], list[Tag]]) -> list[Tag]:
    """Replace a resource's tags by `tags_of(tags)`, which may raise, and return them. Tagging is no modification."""
    document = context.here().documents.change(
        resource.kind, name, lambda document: document | {"Tags": tags_of(document["Tags"])}
    )
    if document is None:
        raise not_found(resource, name)
    tags: list[Tag] = document["Tags"]
    return tags


def delete(resource: Resource, name: str) -> None:
    """Remove the document. Raises AwsError where there is none."""
    if not context.here().documents.delete(resource.kind, name):
        raise not_found(resource, name)


def not_found(resource: Resource, name: str) -> AwsError:
    return AwsError("ValidationException", resource.missing.format(words=resource.words, arn=resource.arn(name)))


def limit_exceeded(limit: str, most: int, used: int, more: int, unit: str = "Instances") -> AwsError:
    """A quota of the account would be passed: `used` units are in use and `more` were asked for."""
    return AwsError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{limit}' is {most} {unit}, with current utilization of {used} {unit} and a "
        f"request delta of {more} {unit}. Please use AWS Service Quotas to request an increase for this quota. "
        "If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.",
    )


def merge_tags(present: Iterable[Tag], added: Iterable[Tag]) -> list[Tag]:
    """The tags after adding some: a key that is there gets the new value. Raises AwsError where they are not valid."""
    added = list(added)
    keys = [tag["Key"] for tag in added]
    if len(set(keys)) != len(keys):
        raise AwsError("ValidationException", "Duplicate tag keys found in the request.")
    for key in keys:
        if key.lower().startswith("aws:"):
            raise AwsError("ValidationException", f"Tag key '{key}' is not valid: the prefix aws: is reserved.")
    merged = {tag["Key"]: tag.get("Value", "") for tag in (*present, *added)}
    if len(merged) > MOST_TAGS:
        raise AwsError(
            "ResourceLimitExceeded", f"A resource can have at most {MOST_TAGS} tags; it would have {len(merged)}."
        )
    return [{"Key": key, "Value": value} for key, value in merged.items()]


def page(
    resource: Resource,
    *,
    MaxResults: int = _DEFAULT_PAGE,
    NextToken: str | None = None,
    SortBy: str = "CreationTime",
    SortOrder: str | None = None,
    **filters: Any,
) -> dict[str, Any]:
    """One page of a List operation, given its arguments: {list member: summaries, "NextToken": where more follow}.

    A token holds the last resource returned, so that pages stay whole while others are created and deleted.
    """
    descending = (SortOrder or ("Ascending" if resource.ascending else "Descending")) == "Descending"
    sort_member = {"Name": resource.name_member, "Status": f"{resource.noun}Status"}.get(SortBy, SortBy)

    def position(document: Document) -> list[str]:
        value = document[sort_member]
        return [value.isoformat() if isinstance(value, datetime) else value, document[resource.name_member]]

    listing = [resource.kind, SortBy, descending]
    found = [
        document for document in context.here().documents.all(resource.kind) if _matches(resource, document, filters)
    ]
    found.sort(key=position, reverse=descending)
    if NextToken is not None:
        last = _decode_token(NextToken, listing)
        found = [one for one in found if (position(one) < last if descending else position(one) > last)]
    shown = found[:MaxResults]
    reply: dict[str, Any] = {resource.list_member: [_project(resource.summary_shape, one) for one in shown]}
    if len(found) > len(shown):
        reply["NextToken"] = _encode_token(listing, position(shown[-1]))
    return reply


def _matches(resource: Resource, document: Document, filters: dict[str, Any]) -> bool:
    """Whether a document passes a List operation's filters. "After" includes the moment itself, as AWS documents it."""
    if filters.get("NameContains", "") not in document[resource.name_member]:
        return False
    if "StatusEquals" in filters and document.get(resource.status_member or "") != filters["StatusEquals"]:
        return False
    return all(
        ("CreationTimeAfter" not in filters or document["CreationTime"] >= filters["CreationTimeAfter"],
         "CreationTimeBefore" not in filters or document["CreationTime"] < filters["CreationTimeBefore"],
         "LastModifiedTimeAfter" not in filters or document["LastModifiedTime"] >= filters["LastModifiedTimeAfter"],
         "LastModifiedTimeBefore" not in filters or document["LastModifiedTime"] < filters["LastModifiedTimeBefore"])
    )  # fmt: skip


def _encode_token(listing: list[Any], last: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([*listing, last]).encode()).decode()


def _decode_token(token: str, listing: list[Any]) -> list[str]:
    """The last position shown. Raises AwsError for a token that no List operation with this sorting has given."""
    refusal = AwsError("ValidationException", "Invalid NextToken.")
    try:
        *sorting, last = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise refusal from error
    if sorting != listing or not (isinstance(last, list) and len(last) == 2 and all(isinstance(x, str) for x in last)):
        raise refusal
    return last
