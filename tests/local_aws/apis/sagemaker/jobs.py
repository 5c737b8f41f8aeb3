"""What tests need to train with a script of their own: sources, channels, jobs, their logs and archives."""

from __future__ import annotations

import io
import tarfile
import time
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.local_aws.apis.sagemaker.serving import ROLE, SKLEARN, archive

BUCKET = "training-of-tests"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
OVER = ("Completed", "Failed", "Stopped")


class Training:
    """Starts training jobs in one local AWS, with names of its own."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.s3, self.sagemaker, self.logs = client("s3"), client("sagemaker"), client("logs")
        try:
            self.s3.head_bucket(Bucket=BUCKET)
        except ClientError:
            self.s3.create_bucket(Bucket=BUCKET)

    def put(self, key: str, body: bytes | str) -> str:
        """Store an object under a folder of its own and return its URI."""
        key = f"{uuid.uuid4().hex}/{key}"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def source(self, files: dict[str, str | bytes]) -> str:
        return self.put("source/sourcedir.tar.gz", archive(files))

    def request(
        self,
        script: str = "",
        files: dict[str, str | bytes] | None = None,
        hyperparameters: dict[str, str] | None = None,
        channels: dict[str, str] | None = None,
        seconds: int = 60,
        **members: Any,
    ) -> dict[str, Any]:
        """The input of CreateTrainingJob for a script; `channels` maps names to S3 URIs."""
        settings = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": self.source({"train.py": script, **(files or {})}),
            **(hyperparameters or {}),
        }
        inputs = [
            {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
            for name, uri in (channels or {}).items()
        ]
        return {
            "TrainingJobName": f"job-{uuid.uuid4().hex[:12]}",
            "AlgorithmSpecification": {"TrainingImage": SKLEARN, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "HyperParameters": settings,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
            **({"InputDataConfig": inputs} if inputs else {}),
            **members,
        }

    def start(self, script: str = "", **how: Any) -> str:
        """Start a job and return its name."""
        request = self.request(script, **how)
        self.sagemaker.create_training_job(**request)
        return str(request["TrainingJobName"])

    def run(self, script: str = "", **how: Any) -> dict[str, Any]:
        """Start a job, wait for its end, and return its description."""
        return self.end(self.start(script, **how))

    def describe(self, name: str) -> dict[str, Any]:
        description: dict[str, Any] = self.sagemaker.describe_training_job(TrainingJobName=name)
        return description

    def end(self, name: str) -> dict[str, Any]:
        """Wait for a job's end and return its description."""
        return self.until(name, lambda job: job["TrainingJobStatus"] in OVER)

    def until(self, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 40
        while not reached(job := self.describe(name)):
            assert time.monotonic() < deadline, job
            assert job["TrainingJobStatus"] not in OVER, job
            time.sleep(0.02)
        return job

    def until_printed(self, name: str, line: str) -> None:
        deadline = time.monotonic() + 20
        while line not in self.printed(name):
            assert time.monotonic() < deadline, self.printed(name)
            time.sleep(0.02)

    def stream(self, name: str) -> str:
        """The name of a job's log stream; empty before there is one."""
        try:
            found = self.logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")
        except self.logs.exceptions.ResourceNotFoundException:
            return ""
        return found["logStreams"][0]["logStreamName"] if found["logStreams"] else ""

    def printed(self, name: str) -> list[str]:
        """The lines a job has printed so far, without those that say which command runs."""
        stream = self.stream(name)
        if not stream:
            return []
        reply = self.logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True)
        lines = [event["message"] for event in reply["events"]]
        return lines[lines.index("Invoking script with the following command:") + 2 :] if len(lines) > 1 else lines

    def objects(self, name: str) -> list[str]:
        """The keys below a job's output, without that part of the path."""
        prefix = f"out/{name}/output/"
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [item["Key"].removeprefix(prefix) for item in found]

    def unpacked(self, name: str, artifact: str) -> dict[str, bytes]:
        """The files of a job's model.tar.gz or output.tar.gz."""
        body = self.s3.get_object(Bucket=BUCKET, Key=f"out/{name}/output/{artifact}")["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as members:
            return {member.name: members.extractfile(member).read() for member in members if member.isfile()}
