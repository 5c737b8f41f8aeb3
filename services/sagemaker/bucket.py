"""The bucket that datasets, code and results are kept in: private, encrypted, ours. Raises boto3's errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from services import aws
from services.errors import ServiceError
from services.sagemaker import names, policies
from services.text import text

_REGION_WITHOUT_CONSTRAINT = "us-east-1"
_TAKEN = {"BucketAlreadyExists", "403", "AccessDenied", "Forbidden"}


@dataclass(frozen=True)
class Place:
    """A bucket's name, and the account that must own it: whoever else took the name first gets none of our data."""

    name: str
    account: str
    partition: str

    @property
    def owned(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account}


_PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


def state(place: Place) -> Literal["ready", "missing", "incomplete"]:
    """Whether the bucket is there, with every setting it should have."""
    if not _exists(place):
        return "missing"
    return "incomplete" if any(lacks(place) for lacks, _ in _settings()) else "ready"


def is_ours(place: Place) -> bool:
    """Whether the bucket is there and carries our tag."""
    return _exists(place) and not _lacks_tags(place)


def make(place: Place) -> None:
    """Make the bucket, or add the settings that the one that is there lacks."""
    if not _exists(place):
        _create(place)
    for lacks, add in _settings():
        if lacks(place):
            add(place)


def _settings() -> tuple[tuple[Callable[[Place], bool], Callable[[Place], None]], ...]:
    """What the bucket should have: whether it lacks it, and how to add it. Local AWS has no public side and no TLS."""
    everywhere = ((_lacks_tags, _add_tags),)
    on_aws = ((_lacks_privacy, _add_privacy), (_lacks_encryption, _add_encryption), (_lacks_policy, _add_policy))
    return everywhere if aws.current().is_local else (*on_aws, *everywhere)


def _lacks_privacy(place: Place) -> bool:
    found = _read("get_public_access_block", place, "NoSuchPublicAccessBlockConfiguration")
    return found.get("PublicAccessBlockConfiguration") != _PRIVATE


def _add_privacy(place: Place) -> None:
    aws.client("s3").put_public_access_block(**place.owned, PublicAccessBlockConfiguration=_PRIVATE)


def _lacks_encryption(place: Place) -> bool:
    """Whether nothing is encrypted by default; a key of the owner's own (aws:kms) is as good as ours."""
    return not _read("get_bucket_encryption", place, "ServerSideEncryptionConfigurationNotFoundError")


def _add_encryption(place: Place) -> None:
    aws.client("s3").put_bucket_encryption(**place.owned, ServerSideEncryptionConfiguration=_ENCRYPTED)


def _lacks_policy(place: Place) -> bool:
    present = _policy(place)
    return present != policies.with_statements_of(policies.tls_only(place.partition, place.name), present)


def _add_policy(place: Place) -> None:
    merged = policies.with_statements_of(policies.tls_only(place.partition, place.name), _policy(place))
    aws.client("s3").put_bucket_policy(**place.owned, Policy=json.dumps(merged))


def _policy(place: Place) -> policies.Document | None:
    found = _read("get_bucket_policy", place, "NoSuchBucketPolicy")
    return json.loads(found["Policy"]) if found else None


def _lacks_tags(place: Place) -> bool:
    return not names.is_ours(_tags(place))


def _add_tags(place: Place) -> None:
    merged = _tags(place) | names.TAGS
    tag_set = [{"Key": key, "Value": value} for key, value in merged.items()]
    aws.client("s3").put_bucket_tagging(**place.owned, Tagging={"TagSet": tag_set})


def _tags(place: Place) -> dict[str, str]:
    found = _read("get_bucket_tagging", place, "NoSuchTagSet")
    return {tag["Key"]: tag["Value"] for tag in found.get("TagSet", [])}


def _read(operation: str, place: Place, absent: str) -> dict[str, Any]:
    """One setting of the bucket; empty where S3 says by the code `absent` that it is not set."""
    try:
        reply: dict[str, Any] = getattr(aws.client("s3"), operation)(**place.owned)
    except ClientError as error:
        if error.response["Error"]["Code"] != absent:
            raise
        return {}
    return reply


def _exists(place: Place) -> bool:
    try:
        aws.client("s3").head_bucket(**place.owned)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in {"404", "NoSuchBucket"}:
            return False
        if code in _TAKEN:
            raise _somebody_elses(place, error) from error
        raise
    return True


def _create(place: Place) -> None:
    s3, region = aws.client("s3"), aws.current().region
    where: dict[str, Any] = (
        {} if region == _REGION_WITHOUT_CONSTRAINT else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    try:
        s3.create_bucket(Bucket=place.name, **where)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return  # another session was quicker
    except s3.exceptions.BucketAlreadyExists as error:
        raise _somebody_elses(place, error) from error
    except ClientError as error:
        if error.response["Error"]["Code"] != "OperationAborted":  # another session is making it right now
            raise
    s3.get_waiter("bucket_exists").wait(**place.owned)


def _somebody_elses(place: Place, error: ClientError) -> ServiceError:
    return ServiceError(
        text("The bucket {bucket} belongs to another account, or you may not look at it.", bucket=place.name),
        code="BucketTaken",
        hint=text(
            "Bucket names are unique in all of AWS. If it is not yours, use another region: its bucket has another "
            "name. If it is, ask the owner of the account for access."
        ),
        detail=str(error),
    )
