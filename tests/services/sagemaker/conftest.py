"""AWS as moto plays it, for the paths that only the AWS backend takes; and a trained, deployed model on local AWS."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from moto import mock_aws

from local_aws.start import Connection
from services import aws
from services.sagemaker import account, endpoints, training
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.training import TrainingJob
from tests.services.sagemaker.scenes import ended, put_dataset, settled, staff


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


@dataclass(frozen=True)
class Deployed:
    job: TrainingJob
    endpoint: Endpoint


@pytest.fixture(scope="session")
def backend(connection: Connection) -> aws.Backend:
    return aws.Backend(
        "local",
        region=connection.region,
        endpoint=connection.endpoint,
        access_key=connection.access_key,
        secret_key=connection.secret_key,
    )


@pytest.fixture(scope="session")
def deployed(backend: aws.Backend) -> Deployed:
    """A model that tells who leaves, trained on 400 rows, behind an endpoint of the shared local AWS."""
    with aws.use(backend):
        job = ended(training.start(put_dataset("staff", staff(400)), "left", algorithm="hist-gradient-boosting"))
        assert job.succeeded, job.failure
        return Deployed(job, settled(endpoints.deploy(job)))
