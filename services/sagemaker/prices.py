"""What SageMaker's instances cost on AWS: an estimate from a dated price list. Local AWS costs nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceType:
    """An instance type and what it costs an hour in US dollars, on demand in us-east-1."""

    name: str
    vcpus: int
    memory_gib: float
    training: float | None
    """Dollars an hour for a training job; None where AWS does not offer it."""
    hosting: float | None
    """Dollars an hour for a real-time endpoint; None where AWS does not offer it."""


def instance_types() -> tuple[InstanceType, ...]:
    """The instance types to choose from, cheapest first."""
    raise NotImplementedError


def training_per_hour(instance_type: str, count: int = 1) -> float | None:
    """Estimated dollars an hour on the backend in use: 0.0 on local AWS, None when the price is not known."""
    raise NotImplementedError


def hosting_per_hour(instance_type: str, count: int = 1) -> float | None:
    """Estimated dollars an hour on the backend in use: 0.0 on local AWS, None when the price is not known."""
    raise NotImplementedError
