"""A training job as SageMaker describes it, read back into what it was started with. Pure but for prices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services.sagemaker import prices
from services.sagemaker.job_logs import Progress

CHANNEL = "train"


@dataclass(frozen=True)
class Stage:
    """One step in a job's life as SageMaker tells it, like "Downloading" or "Training"."""

    name: str
    message: str
    started: datetime
    ended: datetime | None


@dataclass(frozen=True)
class TrainingJob:
    """A training job as it stands. Equal to what anybody else sees with DescribeTrainingJob."""

    name: str
    arn: str
    status: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
    stage: str
    """SageMaker's SecondaryStatus: Starting, Downloading, Training, Uploading, Completed, …"""
    stages: tuple[Stage, ...]
    progress: Progress | None
    """Only while the job is training and has printed some."""
    failure: str | None
    dataset: str
    target: str
    problem: str
    algorithm: str
    test_share: float
    seed: int
    excluded: tuple[str, ...]
    image: str
    role_arn: str
    instance_type: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    billable_seconds: int
    """What AWS bills; while the job runs, the seconds since it started training."""
    cost: float | None
    """Estimated dollars so far: 0.0 on local AWS, None when the price is not known."""
    metrics: dict[str, float]
    """The last value of each figure the job has reported, like "accuracy"."""
    model_data: str | None
    """s3:// of model.tar.gz once there is one."""
    output_data: str
    """s3:// of output.tar.gz, where the evaluation is."""

    @property
    def running(self) -> bool:
        return self.status in {"InProgress", "Stopping"}

    @property
    def succeeded(self) -> bool:
        return self.status == "Completed"


def job_of(reply: dict[str, Any]) -> TrainingJob:
    """A reply of DescribeTrainingJob as a TrainingJob; a job that was not started here has no target."""
    settings = {name: _decoded(value) for name, value in reply.get("HyperParameters", {}).items()}
    instance_type = reply["ResourceConfig"]["InstanceType"]
    started, ended = reply.get("TrainingStartTime"), reply.get("TrainingEndTime")
    seconds = reply.get("BillableTimeInSeconds", reply.get("TrainingTimeInSeconds"))
    if seconds is None:
        seconds = round(((ended or datetime.now(UTC)) - started).total_seconds()) if started else 0
    per_hour = prices.training_per_hour(instance_type)
    name, output = reply["TrainingJobName"], reply["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return TrainingJob(
        name=name,
        arn=reply["TrainingJobArn"],
        status=reply["TrainingJobStatus"],
        stage=reply["SecondaryStatus"],
        stages=tuple(
            Stage(step["Status"], step.get("StatusMessage", ""), step["StartTime"], step.get("EndTime"))
            for step in reply.get("SecondaryStatusTransitions", [])
        ),
        progress=None,
        failure=reply.get("FailureReason"),
        dataset=_dataset_of(reply.get("InputDataConfig", [])),
        target=str(settings.get("target", "")),
        problem=str(settings.get("problem", "")),
        algorithm=str(settings.get("algorithm", "")),
        test_share=float(settings.get("test-share", 0)),
        seed=int(settings.get("seed", 0)),
        excluded=tuple(json.loads(settings.get("exclude", "[]"))),
        image=reply["AlgorithmSpecification"].get("TrainingImage", ""),
        role_arn=reply["RoleArn"],
        instance_type=instance_type,
        created=reply["CreationTime"],
        started=started,
        ended=ended,
        billable_seconds=seconds,
        cost=None if per_hour is None else per_hour * seconds / prices.SECONDS_PER_HOUR,
        metrics={metric["MetricName"]: metric["Value"] for metric in reply.get("FinalMetricDataList", [])},
        model_data=reply.get("ModelArtifacts", {}).get("S3ModelArtifacts"),
        output_data=f"{output}/{name}/output/output.tar.gz",
    )


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _dataset_of(channels: list[dict[str, Any]]) -> str:
    """The dataset's id from where the job reads: s3://<bucket>/datasets/<id>/train/."""
    for channel in channels:
        parts = channel["DataSource"].get("S3DataSource", {}).get("S3Uri", "").split("/")
        if channel["ChannelName"] == CHANNEL and parts[3:4] == ["datasets"]:
            return str(parts[4])
    return ""
