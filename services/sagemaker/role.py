"""The execution role: what SageMaker's jobs and endpoints may do in the account. Raises boto3's errors."""

from __future__ import annotations

import json
from typing import Any, Literal

from services import aws
from services.sagemaker import names
from services.sagemaker.policies import Document

NAME = "celaje-sagemaker"
_ABOUT = "What Celaje's SageMaker jobs and endpoints may do"


def state(trust: Document, permissions: Document) -> Literal["ready", "missing", "incomplete"]:
    """Whether the role is there, and trusts and allows exactly this."""
    found = _find()
    if found is None:
        return "missing"
    return "ready" if _trusts(found, trust) and _policy() == permissions and _tagged(found) else "incomplete"


def make(trust: Document, permissions: Document) -> str:
    """Make the role, or set what differs in the one that is there, and return its ARN."""
    iam = aws.client("iam")
    found = _find() or _create(trust)
    if not _trusts(found, trust):
        iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(trust))
    if _policy() != permissions:
        iam.put_role_policy(RoleName=NAME, PolicyName=_policy_name(), PolicyDocument=json.dumps(permissions))
    if not _tagged(found):
        iam.tag_role(RoleName=NAME, Tags=names.tags())
    arn: str = found["Arn"]
    return arn


def _create(trust: Document) -> dict[str, Any]:
    iam = aws.client("iam")
    try:
        made: dict[str, Any] = iam.create_role(
            RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust), Description=_ABOUT, Tags=names.tags()
        )["Role"]
    except iam.exceptions.EntityAlreadyExistsException:  # another session was quicker
        made = iam.get_role(RoleName=NAME)["Role"]
    else:
        iam.get_waiter("role_exists").wait(RoleName=NAME)
    return made


def _find() -> dict[str, Any] | None:
    iam = aws.client("iam")
    try:
        found: dict[str, Any] = iam.get_role(RoleName=NAME)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def _policy_name() -> str:
    """Roles are of all regions, the policy is of one: each region has its own."""
    return f"{NAME}-{aws.current().region}"


def _policy() -> Document | None:
    iam = aws.client("iam")
    try:
        document: Document = iam.get_role_policy(RoleName=NAME, PolicyName=_policy_name())["PolicyDocument"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return document


def _trusts(found: dict[str, Any], trust: Document) -> bool:
    return bool(found["AssumeRolePolicyDocument"] == trust)


def _tagged(found: dict[str, Any]) -> bool:
    return names.is_ours({tag["Key"]: tag["Value"] for tag in found.get("Tags", [])})
