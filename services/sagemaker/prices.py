"""What SageMaker's instances cost on AWS: an estimate from a dated price list. Local AWS costs nothing.

On-demand dollars an hour in us-east-1, from https://aws.amazon.com/sagemaker/pricing/ as public copies of that page
gave them in 2025; other regions differ, storage and traffic (cents) are not counted. The bill is what AWS says it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services import aws

AS_OF = "2025"
SOURCE = "https://aws.amazon.com/sagemaker/pricing/"
SECONDS_PER_HOUR = 3600


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


_TYPES = (
    InstanceType("ml.t3.medium", 2, 4, 0.05, None),
    InstanceType("ml.t2.medium", 2, 4, None, 0.056),
    InstanceType("ml.m5.large", 2, 8, 0.115, 0.115),
    InstanceType("ml.c5.xlarge", 4, 8, 0.204, 0.204),
    InstanceType("ml.m5.xlarge", 4, 16, 0.23, 0.23),
    InstanceType("ml.c5.2xlarge", 8, 16, 0.408, 0.408),
    InstanceType("ml.m5.2xlarge", 8, 32, 0.461, 0.461),
    InstanceType("ml.m5.4xlarge", 16, 64, 0.922, 0.922),
)
_BY_NAME = {instance.name: instance for instance in _TYPES}


def instance_types() -> tuple[InstanceType, ...]:
    """The instance types to choose from, cheapest first."""
    return _TYPES


def training_per_hour(instance_type: str, count: int = 1) -> float | None:
    """Estimated dollars an hour on the backend in use: 0.0 on local AWS, None when the price is not known."""
    known = _BY_NAME.get(instance_type)
    return _on_this_backend(known.training if known else None, count)


def hosting_per_hour(instance_type: str, count: int = 1) -> float | None:
    """Estimated dollars an hour on the backend in use: 0.0 on local AWS, None when the price is not known."""
    known = _BY_NAME.get(instance_type)
    return _on_this_backend(known.hosting if known else None, count)


def over(per_hour: float | None, since: datetime, until: datetime) -> float | None:
    """What a rate comes to between two moments; AWS bills by the second."""
    if per_hour is None:
        return None
    return per_hour * max(0.0, (until - since).total_seconds()) / SECONDS_PER_HOUR


def _on_this_backend(price: float | None, count: int) -> float | None:
    if aws.current().is_local:
        return 0.0
    return None if price is None else price * count
