"""Training jobs: start, follow, stop. All is read back from SageMaker and CloudWatch Logs, nothing is kept here."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Literal

from services import aws
from services.errors import ServiceError
from services.sagemaker import account, images, job_logs, names, source
from services.sagemaker.job import CHANNEL, Stage, TrainingJob, job_of
from services.sagemaker.job_logs import LogLine, LogPage, Progress
from services.sagemaker.refusals import ROLE_NOT_READY, sagemaker_errors
from services.text import text

__all__ = ["LogLine", "LogPage", "Progress", "Stage", "TrainingJob"]

Problem = Literal["auto", "binary", "multiclass", "regression"]
Algorithm = Literal["compare", "random-forest", "hist-gradient-boosting", "xgboost", "linear"]

PROBLEMS: tuple[Problem, ...] = ("auto", "binary", "multiclass", "regression")
ALGORITHMS: tuple[Algorithm, ...] = ("compare", "random-forest", "hist-gradient-boosting", "xgboost", "linear")

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "f1_macro",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "rmse",
    "mae",
    "r2",
)
"""The figures train.py prints as `metric name=value`; SageMaker picks them out of the log by these names."""

_JOBS = "jobs"
_VOLUME_GIB = 30
_LONGEST_HYPERPARAMETER = 2500
_ROLE_TRIES, _ROLE_PAUSE_SECONDS = 8, 5
"""A new role may be used some seconds after it was made."""
_MOST_KEPT = 500

_ended: OrderedDict[tuple[aws.Backend, str], TrainingJob] = OrderedDict()
_lock = threading.Lock()


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
    place = account.prepare()
    name = names.new(dataset)
    with sagemaker_errors():
        submit = source.upload(place)
    settings = {
        "sagemaker_program": source.PROGRAM,
        "sagemaker_submit_directory": submit,
        "sagemaker_region": place.region,
        "sagemaker_job_name": name,
        "sagemaker_container_log_level": 20,
        "target": target,
        "problem": problem,
        "algorithm": algorithm,
        "test-share": test_share,
        "seed": seed,
        # A list's JSON as a text of its own: the containers' toolkit would hand a list over as Python writes it.
        **({"exclude": json.dumps(list(exclude), ensure_ascii=False)} if exclude else {}),
    }
    request = {
        "TrainingJobName": name,
        "RoleArn": place.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": images.training_image(algorithm, place.region, instance_type),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": metric, "Regex": rf"metric {metric}=([-+0-9.eE]+)"} for metric in METRICS],
        },
        "HyperParameters": _encoded(settings),
        "InputDataConfig": [_channel(place.bucket, dataset)],
        "OutputDataConfig": {"S3OutputPath": f"s3://{place.bucket}/{_JOBS}"},
        "ResourceConfig": {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": _VOLUME_GIB},
        "StoppingCondition": {"MaxRuntimeInSeconds": max_seconds},
        "Tags": names.tags(dataset=dataset, target=target),
    }
    _create(request)
    return describe(name)


def list_jobs(dataset: str | None = None, limit: int = 50) -> list[TrainingJob]:
    """Our training jobs, newest first; those of one dataset when its id is given. Without `progress`."""
    with sagemaker_errors():
        summaries = names.listed(
            "list_training_jobs",
            "TrainingJobSummaries",
            limit=None if dataset else limit,
            contains=names.PREFIX + names.slug(dataset) if dataset else names.PREFIX,
            SortBy="CreationTime",
            SortOrder="Descending",
        )
        jobs = names.each(_of_summary, summaries)
    return [job for job in jobs if job.target and dataset in {None, job.dataset}][:limit]


def describe(name: str) -> TrainingJob:
    """The job as it stands now. Raises ServiceError of code "NotFound" when there is none of this name."""
    with sagemaker_errors():
        job = _described(name)
        return replace(job, progress=job_logs.progress(name)) if job.stage == "Training" else job


def stop(name: str) -> None:
    """Ask SageMaker to stop a job. A job that has ended already is left as it is."""
    with sagemaker_errors():
        if _described(name).status == "InProgress":
            aws.client("sagemaker").stop_training_job(TrainingJobName=name)


def logs(name: str, after: str | None = None) -> LogPage:
    """What the job has printed after the token `after`, or from the beginning; empty when there is nothing new."""
    with sagemaker_errors():
        return job_logs.page(name, after)


def files_of(job: str) -> str:
    """The prefix within the bucket under which SageMaker keeps the job's model and output."""
    return f"{_JOBS}/{job}/"


def _encoded(settings: dict[str, Any]) -> dict[str, str]:
    """Hyperparameters as the SageMaker SDK sends them: each value as JSON."""
    encoded = {name: json.dumps(value, ensure_ascii=False) for name, value in settings.items()}
    if any(len(value) > _LONGEST_HYPERPARAMETER for value in encoded.values()):
        raise ServiceError(
            text(
                "Too many columns are left out by hand: SageMaker takes {most} characters.",
                most=_LONGEST_HYPERPARAMETER,
            ),
            code="TooManyExcluded",
            hint=text("Remove the columns from the file before uploading it, or leave out fewer."),
        )
    return encoded


def _channel(bucket: str, dataset: str) -> dict[str, Any]:
    where = f"s3://{bucket}/datasets/{dataset}/{CHANNEL}/"
    return {
        "ChannelName": CHANNEL,
        "ContentType": "text/csv",
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": where, "S3DataDistributionType": "FullyReplicated"}
        },
    }


def _create(request: dict[str, Any]) -> None:
    for tries_left in reversed(range(_ROLE_TRIES)):
        try:
            with sagemaker_errors():
                aws.client("sagemaker").create_training_job(**request)
            return
        except ServiceError as error:
            if error.code != ROLE_NOT_READY or not tries_left:
                raise
        time.sleep(_ROLE_PAUSE_SECONDS)


def _of_summary(summary: dict[str, Any]) -> TrainingJob:
    """The job of a listing. One that has ended never changes, so it is asked for once."""
    key = (aws.current(), summary["TrainingJobArn"])
    with _lock:
        known = _ended.get(key)
    if known is not None:
        return known
    job = _described(summary["TrainingJobName"])
    if not job.running:
        with _lock:
            _ended[key] = job
            while len(_ended) > _MOST_KEPT:
                _ended.popitem(last=False)
    return job


def _described(name: str) -> TrainingJob:
    return job_of(aws.client("sagemaker").describe_training_job(TrainingJobName=name))
