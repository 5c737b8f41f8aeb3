"""What is running now and what it costs an hour, for the sidebar: quick, a few list calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Running:
    """An endpoint or a training job of ours that is up, so costs money on AWS."""

    kind: Literal["endpoint", "training-job"]
    name: str
    status: str
    since: datetime
    cost_per_hour: float | None
    """Estimated dollars: 0.0 on local AWS, None when the price is not known."""


def now() -> tuple[Running, ...]:
    """Our endpoints and unfinished training jobs, newest first. Raises ServiceError."""
    raise NotImplementedError


def cost_per_hour(running: tuple[Running, ...]) -> float:
    """Estimated dollars an hour of all that is running, as far as prices are known."""
    raise NotImplementedError
