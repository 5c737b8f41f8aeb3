"""Endpoints: a trained model that answers. Deploy, look at, change the number of instances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.sagemaker.evaluation import Feature
from services.sagemaker.training import TrainingJob


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as it stands, with where its model came from."""

    name: str
    arn: str
    status: Literal[
        "Creating", "InService", "Updating", "SystemUpdating", "RollingBack", "Deleting", "Failed", "OutOfService"
    ]
    failure: str | None
    config: str
    model: str
    instance_type: str
    count: int
    """Instances that are wanted; on the way there `status` is "Updating"."""
    created: datetime
    job: str
    """The training job the model came from."""
    dataset: str
    target: str
    cost_per_hour: float | None
    """Estimated dollars: 0.0 on local AWS, None when the price is not known."""
    cost_so_far: float | None

    @property
    def ready(self) -> bool:
        return self.status in {"InService", "Updating", "SystemUpdating"}

    @property
    def changing(self) -> bool:
        return self.status in {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def deploy(job: TrainingJob | str, instance_type: str = "ml.m5.large", count: int = 1) -> Endpoint:
    """Create model, endpoint configuration and endpoint for a completed job, and return without waiting.

    When one of the three cannot be made, those made before it are removed again. Raises ServiceError.
    """
    raise NotImplementedError


def list_endpoints() -> list[Endpoint]:
    """Our endpoints, newest first."""
    raise NotImplementedError


def describe(name: str) -> Endpoint:
    """The endpoint as it stands now. Raises ServiceError of code "NotFound" when there is none of this name."""
    raise NotImplementedError


def features(endpoint: Endpoint) -> tuple[Feature, ...]:
    """The columns the endpoint's model wants, for a form. Read from its training job's evaluation."""
    raise NotImplementedError


def set_count(name: str, count: int) -> Endpoint:
    """Change the number of instances without a failed request."""
    raise NotImplementedError
