"""The statuses of a training job and how they follow each other, kept in its document."""

from __future__ import annotations

import math
from typing import Any, Literal

from local_aws import context
from local_aws.apis.sagemaker.resources import TRAINING_JOB, change, find, now
from local_aws.apis.sagemaker.training_failures import INTERRUPTED
from local_aws.context import Here, Server
from local_aws.store import Document

Ending = Literal["stopped", "timed-out"]

STARTING = "Starting"
RUNNING = ("InProgress", "Stopping")
"""The TrainingJobStatus of a job that is not over."""

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
"""AWS's StatusMessage of each SecondaryStatus."""


def first() -> Document:
    """The members of a job's document that hold its status, for a new job."""
    return {
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": STARTING,
        "SecondaryStatusTransitions": [_transition(STARTING)],
    }


def enter(name: str, secondary: str, **fields: Any) -> None:
    """Begin the next secondary status and set other members with it. On disk when this returns."""
    document = find(TRAINING_JOB, name)
    change(TRAINING_JOB, name, SecondaryStatus=secondary, **_followed(document, secondary), **fields)


def finish(name: str, ending: Ending | None, failure: str | None, metrics: list[dict[str, Any]]) -> None:
    """Enter the last status. `ending` says who asked the job to end, `failure` why it failed by itself."""
    if ending:
        job_status, secondary, failure = "Stopped", "Stopped" if ending == "stopped" else "MaxRuntimeExceeded", None
    else:
        job_status = secondary = "Failed" if failure else "Completed"
    document = find(TRAINING_JOB, name)
    followed = _followed(document, secondary)
    end = followed["SecondaryStatusTransitions"][-1]["EndTime"] = now()
    times: Document = {}
    if begin := document.get("TrainingStartTime"):
        seconds = max(1, math.ceil((end - begin).total_seconds()))
        times = {"TrainingEndTime": end, "TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    change(
        TRAINING_JOB,
        name,
        TrainingJobStatus=job_status,
        SecondaryStatus=secondary,
        FailureReason=failure,
        FinalMetricDataList=metrics or None,
        **times,
        **followed,
    )


def recover(server: Server) -> None:
    """Give every job that an earlier local AWS was ended in the midst of its last status."""
    for account, region in server.store.scopes(TRAINING_JOB.kind):
        with context.at(Here(server, account, region)):
            for document in context.here().documents.all(TRAINING_JOB.kind):
                if document["TrainingJobStatus"] in RUNNING:
                    stopping = document["TrainingJobStatus"] == "Stopping"
                    finish(document["TrainingJobName"], "stopped" if stopping else None, INTERRUPTED, [])


def _followed(document: Document, secondary: str) -> Document:
    moment = now()
    *past, latest = document["SecondaryStatusTransitions"]
    return {"SecondaryStatusTransitions": [*past, latest | {"EndTime": moment}, _transition(secondary)]}


def _transition(secondary: str) -> Document:
    return {"Status": secondary, "StartTime": now(), "StatusMessage": _MESSAGES[secondary]}
