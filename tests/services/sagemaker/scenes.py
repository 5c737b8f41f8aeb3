"""What several tests of the SageMaker services play with: a dataset, waiting for jobs and endpoints, AWS refusing."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from services import aws
from services.sagemaker import account, endpoints, training
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.training import TrainingJob

LONGEST_WAIT_SECONDS = 90


@contextmanager
def refusing(service: str, operation: str, code: str, message: str = "Refused.", times: int = 1) -> Iterator[None]:
    """Have AWS refuse an operation the next times it is asked for."""
    left = [times]

    def answer(**_: object) -> None:
        if left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    events, event = aws.client(service).meta.events, f"before-call.{service}.{operation}"
    events.register_first(event, answer)
    try:
        yield
    finally:
        events.unregister(event, answer)


def staff(rows: int, seed: int = 7) -> str:
    """A canonical CSV of people who leave or stay: mostly the young ones with low pay, so that a model can learn it."""
    dice = random.Random(seed)
    lines = ["age,office,hired,pay,left"]
    for _ in range(rows):
        age, pay = dice.randint(18, 65), dice.randint(800, 4000)
        left = (age < 30 and pay < 2500) ^ (dice.random() < 0.03)
        office, hired = (
            dice.choice(["Lima", "Bogotá", "Quito"]),
            f"{dice.randint(2010, 2024)}-{dice.randint(1, 12):02d}-15",
        )
        lines.append(f"{age},{office},{hired},{pay},{'yes' if left else 'no'}")
    return "\n".join(lines) + "\n"


def put_dataset(name: str, content: str) -> str:
    place = account.prepare()
    aws.client("s3").put_object(Bucket=place.bucket, Key=f"datasets/{name}/train/data.csv", Body=content.encode())
    return name


def ended(job: TrainingJob) -> TrainingJob:
    """The job once it has ended."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while job.running and time.monotonic() < until:
        time.sleep(0.1)
        job = training.describe(job.name)
    return job


def settled(endpoint: Endpoint) -> Endpoint:
    """The endpoint once it has stopped changing."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while endpoint.changing and time.monotonic() < until:
        time.sleep(0.05)
        endpoint = endpoints.describe(endpoint.name)
    return endpoint
