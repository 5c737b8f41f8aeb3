"""Training jobs: start, follow, stop. All is read back from SageMaker and CloudWatch Logs, nothing is kept here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Problem = Literal["auto", "binary", "multiclass", "regression"]
Algorithm = Literal["compare", "random-forest", "hist-gradient-boosting", "xgboost", "linear"]

PROBLEMS: tuple[Problem, ...] = ("auto", "binary", "multiclass", "regression")
ALGORITHMS: tuple[Algorithm, ...] = ("compare", "random-forest", "hist-gradient-boosting", "xgboost", "linear")


@dataclass(frozen=True)
class Stage:
    """One step in a job's life as SageMaker tells it, like "Downloading" or "Training"."""

    name: str
    message: str
    started: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Progress:
    """How far the training script says it is: `share` from 0 to 1, and its own words for what it is doing."""

    share: float
    stage: str


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


@dataclass(frozen=True)
class LogLine:
    when: datetime
    message: str


@dataclass(frozen=True)
class LogPage:
    """Some lines of a job's log in order, and the token to ask for the lines after them."""

    lines: tuple[LogLine, ...]
    token: str | None


def start(
    dataset: str,
    target: str,
    problem: Problem = "auto",
    algorithm: Algorithm = "compare",
    test_share: float = 0.2,
    seed: int = 42,
    exclude: tuple[str, ...] = (),
    instance_type: str = "ml.m5.large",
    max_seconds: int = 3600,
) -> TrainingJob:
    """Start a job that learns `target` from the dataset with this id, and return it as SageMaker describes it.

    The role and the bucket must be there on AWS (`account.prepare`). Raises ServiceError.
    """
    raise NotImplementedError


def list_jobs(dataset: str | None = None, limit: int = 50) -> list[TrainingJob]:
    """Our training jobs, newest first; those of one dataset when its id is given. Without `progress`."""
    raise NotImplementedError


def describe(name: str) -> TrainingJob:
    """The job as it stands now. Raises ServiceError of code "NotFound" when there is none of this name."""
    raise NotImplementedError


def stop(name: str) -> None:
    """Ask SageMaker to stop a job. A job that has ended already is left as it is."""
    raise NotImplementedError


def logs(name: str, after: str | None = None) -> LogPage:
    """What the job has printed after the token `after`, or from the beginning; empty when there is nothing new."""
    raise NotImplementedError
