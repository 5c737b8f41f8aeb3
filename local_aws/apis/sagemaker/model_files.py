"""Lays out what a model server needs on disk: model archive, inference code and its requirements."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

from local_aws.apis.sagemaker import images, instance_types, job_python
from local_aws.apis.sagemaker.archives import ArchiveError, unpack
from local_aws.apis.sagemaker.instance import Program, StartError
from local_aws.apis.sagemaker.models import model_data, s3_place
from local_aws.context import Here
from local_aws.jobs import Limits, Log
from local_aws.logs import Logs
from local_aws.objects import NoSuchBucket, NoSuchKey, Objects

SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"
PROGRAM = "SAGEMAKER_PROGRAM"
SERVER_TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"
_CODE_IN_MODEL = ("", "/opt/ml/model/code", "file:///opt/ml/model/code")
_DEFAULT_STARTUP_SECONDS = 480
"""AWS gives a container 8 minutes to answer its first health check where the variant does not say."""
MOST_ANSWER_SECONDS = 60
"""A container must answer within this time (InvokeEndpoint's documentation)."""
_MOST_INSTALL_SECONDS = 1800
_INSTALL_MEMORY_BYTES = 4 << 30
_READY = ".ready"


async def prepare(here: Here, variant: dict[str, Any], directory: Path, logs: Logs, log_group: str) -> Program:
    """Make a variant's files, unless they are whole from an earlier time, and say how to run them.

    variant: of an endpoint configuration, with its model's "containers". Raises StartError as AWS words FailureReason.
    """
    container = _only_container(variant["containers"])
    framework = images.framework(container["Image"])
    if framework is None:
        raise StartError(images.refusal(container["Image"]))
    environment: dict[str, str] = container.get("Environment", {})
    model, code = directory / "model", directory / "model" / "code"
    if environment.get(SUBMIT_DIRECTORY, "") not in _CODE_IN_MODEL:
        code = directory / "code"
    own_python = directory / "python"
    if not (directory / _READY).exists():
        await asyncio.to_thread(_fetch, here.server.objects, container, model, code)
        if (code / "requirements.txt").is_file():
            with logs.open(log_group, f"{variant['VariantName']}/requirements") as log:
                await _install(here, code, own_python, directory / "install", log.write)
        (directory / _READY).touch()
    return Program(
        module=environment.get(PROGRAM, "inference.py").removesuffix(".py").replace("/", "."),
        code=code,
        python=own_python / "bin" / "python" if own_python.exists() else Path(sys.executable),
        model_directory=model,
        framework=framework,
        environment=environment | _container_environment(here.region, model),
        memory_bytes=instance_types.memory_bytes(variant["InstanceType"]),
        startup_seconds=variant.get("ContainerStartupHealthCheckTimeoutInSeconds", _DEFAULT_STARTUP_SECONDS),
        answer_seconds=_answer_seconds(environment),
    )


def _answer_seconds(environment: dict[str, str]) -> float:
    """How long the container lets its server work on one request: SageMaker's limit, or less where it is told so."""
    told = environment.get(SERVER_TIMEOUT, str(MOST_ANSWER_SECONDS))
    if not told.isdecimal() or int(told) < 1:
        raise StartError(f"{SERVER_TIMEOUT} must be a number of seconds, not {told!r}.")
    return min(int(told), MOST_ANSWER_SECONDS)


def _only_container(containers: list[dict[str, Any]]) -> dict[str, Any]:
    if len(containers) != 1 or "Image" not in containers[0] or containers[0].get("Mode") == "MultiModel":
        raise StartError(
            "Local AWS serves models of one container with an image: no pipelines, packages, multi-models."
        )
    return containers[0]


def _container_environment(region: str, model: Path) -> dict[str, str]:
    """What AWS's containers find in their environment; and no way to credentials of the machine."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_BASE_DIR": str(model.parent),
        "SM_MODEL_DIR": str(model),
    }


async def _install(here: Here, code: Path, python: Path, directory: Path, log: Log) -> None:
    """Make a Python with what requirements.txt asks for. Raises StartError."""
    await asyncio.to_thread(shutil.rmtree, python, ignore_errors=True)
    interpreter = await asyncio.to_thread(job_python.make, python)
    outcome = await here.server.jobs.run(
        f"requirements of {directory}",
        job_python.install_command(interpreter, "--requirement", "requirements.txt"),
        cwd=code,
        env=job_python.install_environment(directory, here.server.home / "cache"),
        limits=Limits(memory_bytes=_INSTALL_MEMORY_BYTES, seconds=_MOST_INSTALL_SECONDS),
        log=log,
    )
    if outcome.ended != "exited" or outcome.exit_code:
        how = f"exit code {outcome.exit_code}" if outcome.ended == "exited" else outcome.ended
        raise StartError(f"Installing requirements.txt failed ({how}). Please check CloudWatch logs for this endpoint.")


def _fetch(objects: Objects, container: dict[str, Any], model: Path, code: Path) -> None:
    """Download and unpack. What an interrupted attempt left is dropped first."""
    shutil.rmtree(model, ignore_errors=True)
    model.mkdir(parents=True)
    uri = model_data(container)
    if uri is not None:
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        if source.get("CompressionType") == "None":
            _copy_below(objects, uri, model)
        else:
            _unpack(objects, uri, model, "model data")
    if code.parent != model:
        shutil.rmtree(code, ignore_errors=True)
        _unpack(objects, container["Environment"][SUBMIT_DIRECTORY], code, "inference code")
    if not code.is_dir():
        raise StartError(
            "The model data archive has no directory code/, and SAGEMAKER_SUBMIT_DIRECTORY names no other."
        )


def _unpack(objects: Objects, uri: str, into: Path, what: str) -> None:
    archive = into.with_suffix(".tar.gz")
    try:
        objects.copy_to(*_place(uri, what), archive)
        unpack(archive, into)
    except (NoSuchBucket, NoSuchKey):
        raise _not_found(uri, what) from None
    except ArchiveError as error:
        raise StartError(
            f'Failed to extract {what} archive for container "primary" from URL "{uri}". '
            f"Please ensure that the object located at the URL is a valid tar.gz archive. {error}"
        ) from error
    finally:
        archive.unlink(missing_ok=True)


def _copy_below(objects: Objects, uri: str, into: Path) -> None:
    """Copy the objects below a prefix, uncompressed as they are."""
    bucket, prefix = _place(uri, "model data")
    try:
        found = list(objects.all(bucket, prefix))
        for info in found:
            target = into / info.key.removeprefix(prefix).lstrip("/")
            if not target.resolve().is_relative_to(into.resolve()):
                raise StartError(f"The key {info.key} of the model data climbs out of its prefix.")
            target.parent.mkdir(parents=True, exist_ok=True)
            objects.copy_to(bucket, info.key, target)
    except (NoSuchBucket, NoSuchKey):
        found = []
    if not found:
        raise _not_found(uri, "model data")


def _place(uri: str, what: str) -> tuple[str, str]:
    place = s3_place(uri)
    if place is None:
        raise StartError(f"Local AWS reads {what} only from s3:// URLs, not from {uri}.")
    return place


def _not_found(uri: str, what: str) -> StartError:
    return StartError(
        f'Failed to download {what} for container "primary" from URL: "{uri}". Please ensure that there is an object '
        "located at the URL and that the role passed to CreateModel has permissions to download the object."
    )
