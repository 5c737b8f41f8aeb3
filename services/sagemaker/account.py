"""What SageMaker needs in the account: an execution role and a private bucket. Found, or made with least privilege."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from services import aws
from services.errors import ServiceError
from services.sagemaker import bucket, policies, role
from services.sagemaker.refusals import sagemaker_errors
from services.text import Text, text

State = Literal["ready", "missing", "incomplete"]


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
    state: State
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
    ours, trust, permissions = _wanted()
    with sagemaker_errors():
        role_state, bucket_state = role.state(trust, permissions), bucket.state(ours)
    tls_only = policies.tls_only(ours.partition, ours.name)
    return Needs(
        ours.account,
        aws.current().region,
        (
            Need(
                "role",
                role.NAME,
                role_state,
                text(
                    "The role SageMaker works under. Only SageMaker may take it, and only to use the bucket {bucket}, "
                    "write its own logs and metrics, and pull AWS's scikit-learn and XGBoost images.",
                    bucket=ours.name,
                ),
                (Policy("trust", trust), Policy("permissions", permissions)),
            ),
            Need(
                "bucket",
                ours.name,
                bucket_state,
                text(
                    "The place for datasets, code and results: no public access, encrypted, and reached over encrypted "
                    "connections only."
                ),
                () if aws.current().is_local else (Policy("bucket", tls_only),),
            ),
        ),
    )


def prepare(agreed: bool = False) -> Account:
    """The role and the bucket, made where they are missing.

    On local AWS they are made without asking. On AWS only when `agreed`: otherwise a ServiceError of code
    "NotAgreed" is raised when one is missing, and one that is incomplete is used as its owner left it. May be called
    any number of times, and at the same time.
    """
    ours, trust, permissions = _wanted()
    region = aws.current().region
    if not agreed and not aws.current().is_local:
        if any(need.state == "missing" for need in check().items):
            raise ServiceError(
                text("Celaje's role and bucket are not in this account yet."),
                code="NotAgreed",
                hint=text("Look at what would be made and agree to it, then try again."),
            )
        role_arn = f"arn:{ours.partition}:iam::{ours.account}:role/{role.NAME}"
        return Account(role_arn, ours.name, ours.account, region)
    with sagemaker_errors():
        role_arn = role.make(trust, permissions)
        bucket.make(ours)
    return Account(role_arn, ours.name, ours.account, region)


def place() -> bucket.Place:
    """The bucket as it is or would be called, whether it is there or not. Raises ServiceError."""
    identity = aws.identity()
    return bucket.Place(
        f"celaje-{identity.account}-{aws.current().region}", identity.account, identity.arn.split(":")[1]
    )


def _wanted() -> tuple[bucket.Place, policies.Document, policies.Document]:
    """The bucket and the role's two policies, as they should be in this account and region."""
    ours = place()
    allowed = policies.permissions(ours.partition, ours.account, aws.current().region, ours.name)
    return ours, policies.trust(ours.account), allowed
