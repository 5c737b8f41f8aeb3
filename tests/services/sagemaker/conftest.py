"""AWS as moto plays it, for the paths that only the AWS backend takes."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from services import aws
from services.sagemaker import account


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[aws.Backend]:
    """The services package talks to a made-up AWS account, 123456789012, for the length of a test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    backend = aws.Backend("aws", region="us-east-1")
    with mock_aws(), aws.use(backend):
        yield backend


@pytest.fixture
def ready(on_aws: aws.Backend) -> account.Account:
    """That account with the role and the bucket made."""
    made = account.prepare(agreed=True)
    # moto applies a Deny whatever its condition says, so that nobody could read the bucket.
    aws.client("s3").delete_bucket_policy(Bucket=made.bucket)
    return made
