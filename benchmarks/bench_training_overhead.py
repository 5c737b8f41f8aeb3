"""What a training job costs beyond its script: CreateTrainingJob until Completed beside `python train.py`, in turn."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from local_aws import start  # noqa: E402

CONTAINER = PROJECT / "services" / "sagemaker" / "container"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ROLE = "arn:aws:iam::000000000000:role/celaje-sagemaker"
BUCKET = "benchmark-of-training"
TRAINING = {"target": "target", "algorithm": "random-forest"}
NOTHING = "print('nothing')\n"
_PAUSE_SECONDS = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both ways in turn; the median counts")
    parser.add_argument("--rows", type=int, default=2_000, help="of the file to train on, with 30 columns")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, local_aws(Path(home) / "state") as connection:
        data = Path(home) / "data.csv"
        data.write_text(table(given.rows))
        nothing = Path(home) / "nothing"
        nothing.mkdir()
        (nothing / "train.py").write_text(NOTHING)
        compare("a script that does nothing", Jobs(connection, nothing, data), {}, given.rounds)
        what = f"train.py, random forest, {given.rows} rows, {data.stat().st_size / 1e6:.1f} MB"
        compare(what, Jobs(connection, CONTAINER, data), TRAINING, given.rounds)


def compare(what: str, jobs: Jobs, settings: dict[str, str], rounds: int) -> None:
    direct, job = [], []
    for number in range(rounds):
        direct.append(jobs.directly(settings))
        job.append(jobs.as_a_job(settings, f"job-{time.time_ns()}-{number}"))
    beyond = median(job) - median(direct)
    print(
        f"{what}:\n  python train.py {median(direct):6.2f} s   training job {median(job):6.2f} s   more {beyond:5.2f} s"
    )


class Jobs:
    """One source directory and one file, trained on in two ways."""

    def __init__(self, connection: start.Connection, source: Path, data: Path) -> None:
        keys = {"aws_access_key_id": connection.access_key, "aws_secret_access_key": connection.secret_key}
        self._source, self._data = source, data
        self._sagemaker, s3 = (
            boto3.client(service, endpoint_url=connection.endpoint, region_name=connection.region, **keys)
            for service in ("sagemaker", "s3")
        )
        s3.create_bucket(Bucket=BUCKET)
        s3.upload_file(str(data), BUCKET, "train/data.csv")
        s3.put_object(Bucket=BUCKET, Key="sourcedir.tar.gz", Body=packed(source))

    def directly(self, settings: dict[str, str]) -> float:
        with tempfile.TemporaryDirectory() as place:
            places = {"SM_MODEL_DIR": "model", "SM_OUTPUT_DATA_DIR": "output", "SM_CHANNEL_TRAIN": "train"}
            environment = os.environ | {name: f"{place}/{folder}" for name, folder in places.items()}
            for folder in places.values():
                Path(place, folder).mkdir()
            Path(place, "train", "data.csv").symlink_to(self._data)
            arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "train.py", *arguments],
                cwd=self._source, env=environment, stdout=subprocess.DEVNULL, check=True,
            )  # fmt: skip
            return time.perf_counter() - began

    def as_a_job(self, settings: dict[str, str], name: str) -> float:
        began = time.perf_counter()
        self._sagemaker.create_training_job(**request(name, settings))
        while (job := self._sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
            time.sleep(_PAUSE_SECONDS)
        seconds = time.perf_counter() - began
        if job["TrainingJobStatus"] != "Completed":
            raise RuntimeError(job.get("FailureReason"))
        return seconds


def request(name: str, settings: dict[str, str]) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "accuracy", "Regex": "metric accuracy=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/sourcedir.tar.gz",
            **settings,
        },
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def packed(source: Path) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        for path in sorted(source.rglob("*.py")):
            members.add(path, path.relative_to(source))
    return archive.getvalue()


def table(rows: int) -> str:
    """A seeded file of 30 numeric columns and a target with two classes."""
    from sklearn.datasets import make_classification

    features, target = make_classification(rows, 30, n_informative=10, random_state=1)
    lines = [",".join([*(f"column_{number}" for number in range(30)), "target"])]
    lines += [
        ",".join([*(f"{value:.5f}" for value in row), "yes" if label else "no"])
        for row, label in zip(features, target, strict=True)
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def local_aws(home: Path) -> Iterator[start.Connection]:
    connection = start.ensure(home)
    try:
        yield connection
    finally:
        start.stop(home)


if __name__ == "__main__":
    main()
