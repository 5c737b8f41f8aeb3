"""What stands in for a training container: unpacks the source, installs what it asks for, runs the script."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil

from local_aws.apis.sagemaker import archives, instance_types, job_python, training_failures as failures
from local_aws.apis.sagemaker.training_environment import Directories, Script, command_of, kind_of, variables
from local_aws.apis.sagemaker.training_inputs import location
from local_aws.apis.sagemaker.training_metrics import Metrics
from local_aws.context import Server
from local_aws.jobs import Limits, clean_environment
from local_aws.logs import Appender
from local_aws.objects import NoSuchBucket, NoSuchKey, ObjectsError
from local_aws.store import Document

_KEPT_OUTPUT_BYTES = 16 * 1024
_MOST_PROCESSES = 512
_GIB = 1 << 30


class AlgorithmError(Exception):
    """The training failed; the text is the job's FailureReason."""


class Container:
    """The container of one training job. `place` is its own directory, `log` gets all that its commands print."""

    def __init__(self, server: Server, document: Document, script: Script, place: Path, metrics: Metrics) -> None:
        self._server = server
        self._document = document
        self._script = script
        self._place = place
        self._directories = Directories(place / "ml")
        self._metrics = metrics
        self._job = f"training-job/{place.name}"
        self._limits = _limits(document["ResourceConfig"])
        self._last_output = bytearray()
        self._stopped = False

    def stop(self) -> None:
        """Ask the command that runs to end, with SIGTERM; no further command starts."""
        self._stopped = True
        self._server.jobs.stop(self._job)

    def unpack(self) -> Path:
        """Put the source in its place and make the job's Python, which is returned. Raises AlgorithmError."""
        archive = self._place / "source.tar.gz"
        try:
            self._server.objects.copy_to(*location(self._script.source), archive)
            archives.unpack(archive, self._directories.code)
        except (NoSuchBucket, NoSuchKey) as error:
            raise AlgorithmError(failures.framework_error(f"There is no source {self._script.source}.")) from error
        except (archives.ArchiveError, ObjectsError) as error:
            raise AlgorithmError(failures.framework_error(str(error))) from error
        archive.unlink()
        return job_python.make(self._place / "python")

    async def train(self, python: Path, log: Appender, region: str) -> None:
        """Install what the source asks for, for this job only, and run the script. Raises AlgorithmError."""
        code, program = self._directories.code, self._script.program
        kind, listed = kind_of(program, code), (code / "requirements.txt").exists()
        if kind == "package" or (kind == "program" and listed):
            what = (["."] if kind == "package" else []) + (["-r", "requirements.txt"] if listed else [])
            command = job_python.install_command(python, *what)
            environment = job_python.install_environment(self._place, self._server.home / "cache")
            error = "InstallModuleError" if kind == "package" else "InstallRequirementsError"
            await self._run(log, "Installing dependencies", command, environment, error)
        if kind == "command" and (code / program).is_file():
            (code / program).chmod(0o755)
        environment = variables(self._document, self._script, self._directories, region)
        environment |= clean_environment(self._place)
        environment["PATH"] = os.pathsep.join([str(python.parent), environment["PATH"]])
        command = command_of(self._script, code, python)
        await self._run(log, "Invoking script", command, environment, "ExecuteUserScriptError")

    async def _run(
        self, log: Appender, doing: str, command: Sequence[str], environment: dict[str, str], error: str
    ) -> None:
        if self._stopped:
            return
        log.write(f"{doing} with the following command:\n{shlex.join(command)}\n".encode())
        self._last_output.clear()
        outcome = await self._server.jobs.run(
            self._job,
            command,
            cwd=self._directories.code,
            env=environment,
            limits=self._limits,
            log=partial(self._receive, log),
        )
        if self._stopped or (outcome.ended == "exited" and outcome.exit_code == 0):
            return
        raise AlgorithmError(
            failures.own_words(self._directories.failure, outcome)
            or failures.script_error(error, outcome, bytes(self._last_output), command, self._limits)
        )

    def _receive(self, log: Appender, output: bytes) -> None:
        """Keep output in the log and, as far as a failure may need it, here; look for metrics. In a worker thread."""
        log.write(output)
        self._last_output += output
        del self._last_output[:-_KEPT_OUTPUT_BYTES]
        for note in self._metrics.feed(output):
            log.write(f"\n{note}\n".encode())


def _limits(resources: Document) -> Limits:
    """What the instance type offers, as far as this machine has it."""
    volume = resources.get("VolumeSizeInGB")
    return Limits(
        memory_bytes=min(instance_types.memory_bytes(resources["InstanceType"]), psutil.virtual_memory().total),
        processes=_MOST_PROCESSES,
        file_bytes=volume * _GIB if volume else None,
    )
