"""The URIs of AWS's own containers: the only place that imports `sagemaker`.

That import takes 2.4 s and 70 MB, so it happens in a short-lived process of its own, once for a region; the URIs are
kept in memory, and `warm` has them ready before they are wanted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from services.errors import ServiceError
from services.sagemaker import prices
from services.text import text

SCIKIT_LEARN = ("sklearn", "1.4-2")
XGBOOST = ("xgboost", "3.0-5")
"""Framework and version as `image_uris` names them. The container code is tested with what these containers hold."""

_NEEDS_XGBOOST = {"xgboost", "compare"}
_LONGEST_LOOK_UP_SECONDS = 60
_PROJECT = Path(__file__).parents[2]

Uris = dict[str, str]
_lookups: dict[tuple[str, tuple[str, ...]], Future[Uris]] = {}
_lock = threading.Lock()
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="images")


def training_image(algorithm: str, region: str, instance_type: str = "ml.m5.large") -> str:
    """The ECR URI of the container for an algorithm: XGBoost's where it is needed, else scikit-learn's.

    Both serve what they trained, so an endpoint uses the same image. Raises ServiceError.
    """
    framework, _ = XGBOOST if algorithm in _NEEDS_XGBOOST else SCIKIT_LEARN
    return _look_up(region, instance_type).result()[_key(framework, instance_type)]


def warm(region: str) -> None:
    """Look the images of a region up in the background, so that the first job does not wait for them."""
    _look_up(region, prices.instance_types()[0].name)


def _look_up(region: str, instance_type: str) -> Future[Uris]:
    offered = tuple(instance.name for instance in prices.instance_types())
    key = (region, offered if instance_type in offered else (instance_type,))
    with _lock:
        found = _lookups.get(key)
        if found is None or (found.done() and found.exception()):
            found = _lookups[key] = _thread.submit(_ask, *key)
        return found


def _ask(region: str, instance_types: tuple[str, ...]) -> Uris:
    """Run this module as a process. It is given none of our credentials, and never asks EC2 for some."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true"}
    try:
        answer = subprocess.run(
            [sys.executable, "-m", __name__, region, *instance_types],
            capture_output=True, text=True, check=True, cwd=_PROJECT, env=environment, timeout=_LONGEST_LOOK_UP_SECONDS,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        raise ServiceError(
            text("The container image for region {region} was not found.", region=region),
            code="NoImage",
            hint=text("Check the region and the instance type, and that the package `sagemaker` is installed."),
            detail=str(getattr(error, "stderr", None) or error),
        ) from error
    uris: Uris = json.loads(answer.stdout)
    return uris


def _key(framework: str, instance_type: str) -> str:
    return f"{framework} {instance_type}"


def _retrieve(region: str, instance_types: list[str]) -> Uris:
    from sagemaker.core import image_uris

    return {
        _key(framework, instance_type): image_uris.retrieve(
            framework, region, version=version, py_version="py3", instance_type=instance_type
        )
        for framework, version in (SCIKIT_LEARN, XGBOOST)
        for instance_type in instance_types
    }


if __name__ == "__main__":
    json.dump(_retrieve(sys.argv[1], sys.argv[2:]), sys.stdout)
