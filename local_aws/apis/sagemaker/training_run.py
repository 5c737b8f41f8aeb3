"""The running of one training job: download, train, upload, with each status on disk before anyone can see it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
    """The job cannot begin to train; the text is its FailureReason."""


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
            try:
                failure = await self._work()
                metrics = await _in_thread(self._metrics.end)
            finally:
                # Before the last status is written: where the disk is full, that makes room for it.
                await _in_thread(partial(shutil.rmtree, self._place, ignore_errors=True))
        except asyncio.CancelledError:
            status.finish(self._name, self._ending, failures.INTERRUPTED, [])
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: the user gets a status, the log the cause
            _log.exception("a fault in the training job %s", self._name)
            status.finish(self._name, self._ending, failures.internal(error), [])
        else:
            status.finish(self._name, self._ending, failure, metrics)

    def end(self, why: status.Ending) -> None:
        """Ask the job to end: SIGTERM to its script now, SIGKILL 120 seconds later."""
        if self._ending is None:
            self._ending = why
            status.enter(self._name, "Stopping", TrainingJobStatus="Stopping")
            self._container.stop()

    async def _work(self) -> str | None:
        """Go through the job; returns why it failed, None where it did not."""
        try:
            await _in_thread(self._prepare)
            if self._is_to_end():
                return None
            status.enter(self._name, "Downloading", TrainingStartTime=now())
            with self._time_limit():
                await _in_thread(self._download)
                if self._is_to_end():
                    return None
                failure = await self._train()
            status.enter(self._name, "Uploading")
            not_stored = await _in_thread(self._upload)
            return failure or not_stored
        except TransferError as error:
            return str(error)

    def _is_to_end(self) -> bool:
        return self._ending is not None

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        seconds = self._document["StoppingCondition"]["MaxRuntimeInSeconds"]
        limit = asyncio.get_running_loop().call_later(seconds, self.end, "timed-out")
        try:
            yield
        finally:
            limit.cancel()

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

    async def _train(self) -> str | None:
        """Run the container; returns why it failed, None where it did not."""
        stream = f"{self._name}/{HOST}-{int(now().timestamp())}"
        log = await _in_thread(partial(self._logs.open, LOG_GROUP, stream))
        status.enter(self._name, "Training")
        keeping = asyncio.create_task(self._keep_checkpoints())
        try:
            python = await _in_thread(self._container.unpack)
            await self._container.train(python, log, self._region)
        except AlgorithmError as error:
            return str(error)
        finally:
            keeping.cancel()
            await _in_thread(log.close)
        return None

    async def _keep_checkpoints(self) -> None:
        while self._checkpoints:
            await asyncio.sleep(_CHECKPOINT_SECONDS)
            try:
                await _in_thread(self._checkpoints.keep)
            except ObjectsError as error:  # tried again at the next look, and for the last time when the job ends
                _log.warning("the checkpoints of the training job %s could not be kept: %s", self._name, error)

    def _upload(self) -> str | None:
        """Store what the job has left, also of one that failed; returns why that failed, None where it did not."""
        try:
            if self._checkpoints:
                self._checkpoints.keep(at_the_end=True)
            outputs.upload(self._objects, self._document["OutputDataConfig"], self._name, self._directories)
        except (ObjectsError, OSError) as error:
            return failures.artifact_upload(str(error))
        return None


def _checkpoints(server: Server, document: Document, directories: Directories) -> Checkpoints | None:
    config = document.get("CheckpointConfig")
    return Checkpoints(server.objects, config["S3Uri"], directories.checkpoints) if config else None


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_file_threads, work)
