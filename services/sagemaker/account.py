"""What SageMaker needs in the account: an execution role and a private bucket. Found, or made with least privilege."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from services.text import Text

ROLE_NAME = "celaje-sagemaker"
TAGS = {"app": "celaje"}
"""On every resource we make; nothing without it is ever changed or deleted."""


@dataclass(frozen=True)
class Account:
    """Where SageMaker's work runs and keeps its files."""

    role_arn: str
    bucket: str
    account: str
    region: str


@dataclass(frozen=True)
class Policy:
    """A policy document exactly as it is sent to AWS. `name` is "trust", "permissions" or "bucket"."""

    name: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Need:
    """One thing SageMaker needs. `incomplete`: it is there, but lacks a setting that `prepare` would add."""

    kind: Literal["role", "bucket"]
    name: str
    state: Literal["ready", "missing", "incomplete"]
    what: Text
    """What it is for and what it may do, in one or two sentences."""
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class Needs:
    """What is there and what `prepare` would make."""

    account: str
    region: str
    items: tuple[Need, ...]

    @property
    def ready(self) -> bool:
        return all(need.state == "ready" for need in self.items)

    @property
    def missing(self) -> tuple[Need, ...]:
        """What `prepare` would make or complete."""
        return tuple(need for need in self.items if need.state != "ready")


def check() -> Needs:
    """Look, without changing anything, for the role and the bucket. Raises ServiceError."""
    raise NotImplementedError


def prepare(agreed: bool = False) -> Account:
    """The role and the bucket, made where they are missing.

    On local AWS they are made without asking. On AWS only when `agreed`: otherwise a ServiceError of code
    "NotAgreed" is raised when something is missing. May be called any number of times, and at the same time.
    """
    raise NotImplementedError
