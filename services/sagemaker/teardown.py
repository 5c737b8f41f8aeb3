"""Tear down: delete what was deployed, and prove by a fresh listing that nothing is left. Only what is tagged ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from botocore.exceptions import ClientError

from services import aws
from services.errors import ServiceError
from services.sagemaker import account, inventory
from services.sagemaker.inventory import Kind, Resource
from services.sagemaker.refusals import NOT_FOUND, is_absent, sagemaker_errors
from services.text import Text, text

Done = Literal["deleted", "stopped", "already-gone", "failed"]

__all__ = ["Kind", "Resource"]

_LONGEST_WAIT_SECONDS = 900
"""For one endpoint or job to be gone; AWS takes one to three minutes, more where an endpoint is just being made."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _GROWTH = 0.1, 5.0, 1.5
_BUSY = {"Creating", "Updating", "SystemUpdating", "RollingBack"}
_KEYS_AT_ONCE = 1000
"""DeleteObjects' documented limit."""


@dataclass(frozen=True)
class Outcome:
    """What was done to a resource. `why` says why it failed."""

    resource: Resource
    done: Done
    why: Text | None = None


@dataclass(frozen=True)
class Step:
    """Where a tear down is: `number` of `total`, working on `resource`."""

    number: int
    total: int
    resource: Resource


@dataclass(frozen=True)
class Receipt:
    """What was done, and what a fresh listing afterwards found of the same scope: nothing, if all went well."""

    outcomes: tuple[Outcome, ...]
    remaining: tuple[Resource, ...]
    listed: datetime

    @property
    def clean(self) -> bool:
        return not self.remaining


def plan(endpoints: Sequence[str] | None = None, *, with_artefacts: bool = False) -> tuple[Resource, ...]:
    """What a tear down would remove, in that order, without touching it.

    endpoints: these with their configurations and models; None: everything of ours, unfinished training jobs too.
    with_artefacts: also the files in S3: of the endpoints' jobs, or with None all jobs, code and datasets.
    """
    if endpoints is None:
        return (*inventory.resources(), *(inventory.all_files() if with_artefacts else ()))
    files = inventory.files_of_jobs(inventory.jobs_of(endpoints)) if with_artefacts else ()
    return (*inventory.of_endpoints(endpoints), *files)


def tear_down(
    endpoints: Sequence[str] | None = None,
    *,
    with_artefacts: bool = False,
    progress: Callable[[Step], None] = lambda _: None,
) -> Receipt:
    """Remove what `plan` lists for the same arguments, wait until it is gone, and list again.

    One resource that cannot be removed does not keep the others: its outcome says why.
    """
    planned = plan(endpoints, with_artefacts=with_artefacts)
    begun = [_begin(resource) for resource in planned]
    outcomes = []
    for number, (resource, asked) in enumerate(zip(planned, begun, strict=True), start=1):
        progress(Step(number, len(planned), resource))
        outcomes.append(_remove(resource, asked))
    return Receipt(tuple(outcomes), _remaining(planned, endpoints is None, with_artefacts), datetime.now(UTC))


def _remaining(planned: Sequence[Resource], everything: bool, with_artefacts: bool) -> tuple[Resource, ...]:
    """What a fresh listing finds of the same scope."""
    if everything:
        return plan(with_artefacts=with_artefacts)
    listed = (
        *inventory.resources(),
        *inventory.files_under(_prefix(one.name) for one in planned if one.kind == "files"),
    )
    wanted = {(resource.kind, resource.name) for resource in planned}
    return tuple(resource for resource in listed if (resource.kind, resource.name) in wanted)


def _begin(resource: Resource) -> bool:
    """Begin what takes minutes, so that all goes on at the same time. A refusal is told when its turn comes."""
    ask = {"endpoint": _delete_endpoint, "training-job": _stop_job}.get(resource.kind)
    if ask is None:
        return False
    try:
        with sagemaker_errors():
            ask(resource.name)
    except ServiceError:
        return False
    return True


def _remove(resource: Resource, asked: bool) -> Outcome:
    try:
        with sagemaker_errors():
            return Outcome(resource, _REMOVERS[resource.kind](resource.name, asked))
    except ServiceError as error:
        if error.code == NOT_FOUND:
            return Outcome(resource, "already-gone")
        return Outcome(resource, "failed", error.message)


def _remove_endpoint(name: str, asked: bool) -> Done:
    """Delete an endpoint and wait until it is gone; one that is being made or changed is waited for first."""
    for _ in _pauses():
        status = _endpoint_status(name)
        if status is None:
            return "deleted" if asked else "already-gone"
        if status == "Deleting" or asked:
            asked = True
            continue
        try:
            _delete_endpoint(name)
            asked = True
        except ClientError as error:
            if status not in _BUSY or error.response["Error"]["Code"] != "ValidationException":
                raise
    raise _took_too_long(name)


def _endpoint_status(name: str) -> str | None:
    try:
        return str(aws.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointStatus"])
    except ClientError as error:
        if not is_absent(error):
            raise
        return None


def _delete_endpoint(name: str) -> None:
    aws.client("sagemaker").delete_endpoint(EndpointName=name)


def _remove_config(name: str, _: bool) -> Done:
    aws.client("sagemaker").delete_endpoint_config(EndpointConfigName=name)
    return "deleted"


def _remove_model(name: str, _: bool) -> Done:
    aws.client("sagemaker").delete_model(ModelName=name)
    return "deleted"


def _end_job(name: str, asked: bool) -> Done:
    """Stop a job and wait until it has ended: until then it may write to S3 and costs money."""
    for _ in _pauses():
        status = aws.client("sagemaker").describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
        if status == "InProgress" and not asked:
            _stop_job(name)
            asked = True
        elif status not in {"InProgress", "Stopping"}:
            return "stopped" if asked else "already-gone"
    raise _took_too_long(name)


def _stop_job(name: str) -> None:
    aws.client("sagemaker").stop_training_job(TrainingJobName=name)


def _delete_files(uri: str, _: bool) -> Done:
    """Delete every object under a prefix of our bucket, and what uploads that never ended left there."""
    place, prefix, s3 = account.place(), _prefix(uri), aws.client("s3")
    uploads = inventory.unfinished_uploads(place, prefix)
    for upload in uploads:
        s3.abort_multipart_upload(**place.owned, Key=upload["Key"], UploadId=upload["UploadId"])
    keys = [{"Key": item["Key"]} for item in inventory.objects(place, prefix)]
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        batch = {"Objects": keys[start : start + _KEYS_AT_ONCE], "Quiet": True}
        refused = s3.delete_objects(**place.owned, Delete=batch).get("Errors", [])
        if refused:
            raise ServiceError(
                text("{said}", said=refused[0].get("Message", "")), code=refused[0].get("Code", "Unknown")
            )
    return "deleted" if keys or uploads else "already-gone"


def _prefix(uri: str) -> str:
    """The key prefix of s3://bucket/prefix."""
    return uri.removeprefix("s3://").partition("/")[2]


def _pauses() -> Iterator[None]:
    """Come back soon at first, then less and less often, until the longest wait is over."""
    until, pause = time.monotonic() + _LONGEST_WAIT_SECONDS, _FIRST_PAUSE_SECONDS
    while time.monotonic() < until:
        yield
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE_SECONDS, pause * _GROWTH)


def _took_too_long(name: str) -> ServiceError:
    return ServiceError(
        text("{name} was still there after {minutes} minutes.", name=name, minutes=_LONGEST_WAIT_SECONDS // 60),
        code="Timeout",
        hint=text("Tear down again in a few minutes: it goes on from where it is."),
    )


_REMOVERS: dict[Kind, Callable[[str, bool], Done]] = {
    "training-job": _end_job,
    "endpoint": _remove_endpoint,
    "endpoint-config": _remove_config,
    "model": _remove_model,
    "files": _delete_files,
}
