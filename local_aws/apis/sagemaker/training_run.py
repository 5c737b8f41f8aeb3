"""The running of one training job: download, train, upload, with each status on disk before anyone can see it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from local_aws import context
from local_aws.apis.sagemaker import (
    training_failures as failures,
    training_inputs as inputs,
    training_outputs as outputs,
    training_status as status,
)
from local_aws.apis.sagemaker.resources import now
from local_aws.apis.sagemaker.training_checkpoints import Checkpoints
from local_aws.apis.sagemaker.training_container import AlgorithmError, Container
from local_aws.apis.sagemaker.training_environment import HOST, Directories, Script, write_config
from local_aws.apis.sagemaker.training_metrics import Metrics
from local_aws.context import Server
from local_aws.objects import ObjectsError
from local_aws.store import Document

LOG_GROUP = "/aws/sagemaker/TrainingJobs"

_CHECKPOINT_SECONDS = 5.0

_log = logging.getLogger(__name__)

# Archives and copies may take minutes: they must not take the threads in which requests are answered.
_file_threads = ThreadPoolExecutor(4, "training-files")

Result = TypeVar("Result")


class TransferError(Exception):
    """Data or artifacts could not be moved; the text is the job's FailureReason."""


def jobs_directory(server: Server) -> Path:
    """Below the jobs' directory, so that what a killed local AWS left running is found and ended with its jobs."""
    return server.home / "jobs" / "training"


class TrainingRun:
    """One training job, from its first status to its last. Lives on the event loop."""

    def __init__(self, document: Document, script: Script, metrics: Metrics, place: Path) -> None:
        """`place` is a directory of the job's own, not yet made, and removed at its end."""
        here = context.here()
        self.arn: str = document["TrainingJobArn"]
        self._document = document
        self._name: str = document["TrainingJobName"]
        self._objects = here.server.objects
        self._logs = here.server.logs.within(here.account, here.region)
        self._region = here.region
        self._place = place
        self._directories = Directories(place / "ml")
        self._metrics = metrics
        self._container = Container(here.server, document, script, place, metrics)
        self._checkpoints = _checkpoints(here.server, document, self._directories)
        self._ending: status.Ending | None = None

    async def run(self) -> None:
        """Do the job. When it is cancelled it has failed, as it would have by the end of local AWS."""
        try:
            failure = await self._work()
            metrics = await _in_thread(self._metrics.end)
            status.finish(self._name, self._ending, failure, metrics)
        except asyncio.CancelledError:
            status.finish(self._name, None, failures.INTERRUPTED, [])
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: the user gets a status, the log the cause
            _log.exception("a fault in the training job %s", self._name)
            status.finish(self._name, None, failures.internal(error), [])
        finally:
            await _in_thread(partial(shutil.rmtree, self._place, ignore_errors=True))

    def end(self, why: status.Ending) -> None:
        """Ask the job to end: SIGTERM to its script now, SIGKILL 120 seconds later."""
        if self._ending is None:
            self._ending = why
            status.enter(self._name, "Stopping", TrainingJobStatus="Stopping")
            self._container.stop()

    async def _work(self) -> str | None:
        """Go through the job; returns why it failed, None where it did not."""
        most_seconds = self._document["StoppingCondition"]["MaxRuntimeInSeconds"]
        limit: asyncio.TimerHandle | None = None
        failure = None
        try:
            await _in_thread(self._prepare)
            status.enter(self._name, "Downloading", TrainingStartTime=now())
            limit = asyncio.get_running_loop().call_later(most_seconds, self.end, "timed-out")
            await _in_thread(self._download)
            await self._train()
        except (AlgorithmError, TransferError) as error:
            failure = str(error)
        finally:
            if limit:
                limit.cancel()
        try:
            if self._directories.model.exists():
                status.enter(self._name, "Uploading")
                await _in_thread(self._upload)
        except TransferError as error:
            failure = failure or str(error)
        return failure

    def _prepare(self) -> None:
        bucket, _ = inputs.location(self._document["OutputDataConfig"]["S3OutputPath"])
        if self._objects.bucket(bucket) is None:
            raise TransferError(failures.artifact_upload(f"The specified bucket does not exist: {bucket}"))
        self._directories.make()

    def _download(self) -> None:
        write_config(self._document, self._directories)
        try:
            for channel in self._document.get("InputDataConfig", []):
                inputs.copy(self._objects, channel, self._directories.channel(channel["ChannelName"]))
            if self._checkpoints:
                self._checkpoints.restore()
        except inputs.InputError as error:
            raise TransferError(failures.data_download(str(error))) from error

    async def _train(self) -> None:
        if self._ending:
            return
        stream = f"{self._name}/{HOST}-{int(now().timestamp())}"
        log = await _in_thread(partial(self._logs.open, LOG_GROUP, stream))
        status.enter(self._name, "Training")
        keeping = asyncio.create_task(self._keep_checkpoints())
        try:
            python = await _in_thread(self._container.unpack)
            await self._container.train(python, log, self._region)
        finally:
            keeping.cancel()
            await _in_thread(log.close)

    async def _keep_checkpoints(self) -> None:
        while self._checkpoints:
            await asyncio.sleep(_CHECKPOINT_SECONDS)
            try:
                await _in_thread(self._checkpoints.keep)
            except ObjectsError as error:  # tried again at the next look, and for the last time when the job ends
                _log.warning("the checkpoints of the training job %s could not be kept: %s", self._name, error)

    def _upload(self) -> None:
        try:
            if self._checkpoints:
                self._checkpoints.keep(at_the_end=True)
            outputs.upload(self._objects, self._document["OutputDataConfig"], self._name, self._directories)
        except (ObjectsError, OSError) as error:
            raise TransferError(failures.artifact_upload(str(error))) from error


def _checkpoints(server: Server, document: Document, directories: Directories) -> Checkpoints | None:
    config = document.get("CheckpointConfig")
    return Checkpoints(server.objects, config["S3Uri"], directories.checkpoints) if config else None


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_file_threads, work)
