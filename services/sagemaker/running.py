"""What is running now and what it costs an hour, for the sidebar: quick, a few list calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services import aws
from services.sagemaker import endpoints, names, prices, training
from services.sagemaker.refusals import sagemaker_errors


@dataclass(frozen=True)
class Running:
    """An endpoint or a training job of ours that is up, so costs money on AWS."""

    kind: Literal["endpoint", "training-job"]
    name: str
    status: str
    since: datetime
    cost_per_hour: float | None
    """Estimated dollars: 0.0 on local AWS, None when the price is not known."""


def now() -> tuple[Running, ...]:
    """Our endpoints and unfinished training jobs, newest first. Raises ServiceError."""
    with sagemaker_errors():
        up = names.each(_endpoint, names.listed("list_endpoints", "Endpoints"))
        jobs = names.each(_job, names.listed("list_training_jobs", "TrainingJobSummaries", StatusEquals="InProgress"))
    found = [running for running in (*up, *jobs) if running is not None]
    return tuple(sorted(found, key=lambda running: running.since, reverse=True))


def cost_per_hour(running: tuple[Running, ...]) -> float:
    """Estimated dollars an hour of all that is running, as far as prices are known."""
    return sum(one.cost_per_hour or 0.0 for one in running)


def _endpoint(summary: dict[str, Any]) -> Running | None:
    name, status = summary["EndpointName"], summary["EndpointStatus"]
    if aws.current().is_local:
        return Running("endpoint", name, status, summary["CreationTime"], 0.0)
    found = endpoints.find(name)
    return Running("endpoint", name, found.status, found.created, found.cost_per_hour) if found else None


def _job(summary: dict[str, Any]) -> Running:
    name, status = summary["TrainingJobName"], summary["TrainingJobStatus"]
    if aws.current().is_local:
        return Running("training-job", name, status, summary["CreationTime"], 0.0)
    job = training.describe(name)
    return Running("training-job", name, job.status, job.created, prices.training_per_hour(job.instance_type))
