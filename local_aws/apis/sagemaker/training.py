"""SageMaker training jobs: create, describe, list, stop, delete. What runs is in training_run."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import training_outputs as outputs, training_request as request, training_status as status
from local_aws.apis.sagemaker.resources import TRAINING_JOB, Tag, create, delete, describe, find, limit_exceeded, page
from local_aws.apis.sagemaker.training_environment import Directories
from local_aws.apis.sagemaker.training_run import TrainingRun, jobs_directory
from local_aws.context import Server
from local_aws.registry import AwsError, approximate, on_start, on_stop, operation

MOST_RUNNING = 20
"""Training jobs at a time; each is a process of its own on this machine."""

_DEFAULT_MOST_SECONDS = 86_400
_RUN = approximate(
    "Runs AWS's scikit-learn and XGBoost images in script mode, as a process on one instance with the packages "
    "installed here; /opt/ml lies elsewhere, which SM_* variables and arguments tell; the role is not assumed, and "
    "network isolation, VPC, KMS keys, spot instances, debugger and profiler have no effect."
)

_runs: dict[TrainingRun, asyncio.Task[None]] = {}
"""The jobs that run, and those that clean up after themselves."""


@operation("sagemaker", "CreateTrainingJob", fidelity=_RUN)
async def create_training_job(TrainingJobName: str, Tags: list[Tag] | None = None, **given: Any) -> dict[str, Any]:
    server = context.here().server
    place = jobs_directory(server) / f"{TrainingJobName}-{secrets.token_hex(4)}"
    document = {
        "StoppingCondition": {},
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "ProfilingStatus": "Disabled",
        **given,
    }
    document["StoppingCondition"] = {"MaxRuntimeInSeconds": _DEFAULT_MOST_SECONDS} | document["StoppingCondition"]
    script = request.script(document, Directories(place / "ml"))
    metrics = request.metrics(document)
    request.check_channels(document)
    request.check_places(document)
    if len(_runs) >= MOST_RUNNING:
        raise limit_exceeded("Number of instances across training jobs", MOST_RUNNING, len(_runs), 1)
    artifacts = outputs.model_artifacts(document["OutputDataConfig"], TrainingJobName)
    document |= status.first() | {"ModelArtifacts": {"S3ModelArtifacts": artifacts}}
    arn = create(TRAINING_JOB, TrainingJobName, document, Tags or [])
    run = TrainingRun(find(TRAINING_JOB, TrainingJobName), script, metrics, place)
    _runs[run] = server.spawn(run.run())
    _runs[run].add_done_callback(lambda _: _runs.pop(run))
    return {"TrainingJobArn": arn}


@operation("sagemaker", "DescribeTrainingJob")
async def describe_training_job(TrainingJobName: str) -> dict[str, Any]:
    return describe(TRAINING_JOB, TrainingJobName)


@operation("sagemaker", "ListTrainingJobs")
async def list_training_jobs(
    WarmPoolStatusEquals: str | None = None, TrainingPlanArnEquals: str | None = None, **how: Any
) -> dict[str, Any]:
    if WarmPoolStatusEquals or TrainingPlanArnEquals:  # no job here has a warm pool or a plan
        return {TRAINING_JOB.list_member: []}
    return page(TRAINING_JOB, **how)


@operation("sagemaker", "StopTrainingJob")
async def stop_training_job(TrainingJobName: str) -> None:
    document = find(TRAINING_JOB, TrainingJobName)
    now_in = document["TrainingJobStatus"]
    if now_in not in status.RUNNING:
        raise AwsError(
            "ValidationException", f"The request was rejected because the training job is in status {now_in}."
        )
    for run in _runs:
        if run.arn == document["TrainingJobArn"]:
            run.end("stopped")


@operation("sagemaker", "DeleteTrainingJob")
async def delete_training_job(TrainingJobName: str) -> None:
    document = find(TRAINING_JOB, TrainingJobName)
    if document["TrainingJobStatus"] in status.RUNNING:
        raise AwsError(
            "ResourceInUse",
            f"The training job {document['TrainingJobArn']} is in status {document['TrainingJobStatus']}: "
            "only a job that is Completed, Failed or Stopped can be deleted.",
        )
    delete(TRAINING_JOB, TrainingJobName)


@on_start
async def recover(server: Server) -> None:
    """What ran when the last local AWS on this state directory ended has failed."""
    status.recover(server)
    await asyncio.to_thread(shutil.rmtree, jobs_directory(server), ignore_errors=True)


@on_stop
async def end_all(server: Server) -> None:
    """End what runs; each job gets its last status."""
    tasks = list(_runs.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
