"""What tests need to serve a script of their own: archives, models, configurations, endpoints, all by boto3."""

from __future__ import annotations

import io
import tarfile
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROLE = "arn:aws:iam::000000000000:role/celaje-sagemaker"
BUCKET = "models-of-tests"

ECHO = """
def model_fn(model_dir):
    return "a model"

def transform_fn(model, body, content_type, accept):
    return body, accept
"""
"""The smallest script that serves: it answers what it is sent."""


def archive(files: dict[str, str | bytes]) -> bytes:
    """A tar.gz of these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            members.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def wheel(name: str, content: str) -> bytes:
    """An installable package of one module."""
    packed = io.BytesIO()
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(packed, "w") as members:
        members.writestr(f"{name}.py", content)
        members.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        members.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        members.writestr(f"{about}/RECORD", f"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return packed.getvalue()


class Serving:
    """Makes models and endpoints in one local AWS, with names of its own."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.s3, self.sagemaker, self.runtime = client("s3"), client("sagemaker"), client("sagemaker-runtime")
        self.endpoints: list[str] = []
        try:
            self.s3.head_bucket(Bucket=BUCKET)
        except ClientError:
            self.s3.create_bucket(Bucket=BUCKET)

    def put(self, files: dict[str, str | bytes]) -> str:
        """Store an archive and return its S3 URI."""
        key = f"{uuid.uuid4().hex}/model.tar.gz"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=archive(files))
        return f"s3://{BUCKET}/{key}"

    def model(self, script: str | None = ECHO, files: dict[str, str | bytes] | None = None, **container: Any) -> str:
        """Create a model that serves a script, with more files in its archive, and return its name."""
        content = dict(files or {}) | ({"code/inference.py": script} if script else {})
        name = f"m-{uuid.uuid4().hex[:12]}"
        container = {"Image": SKLEARN, "ModelDataUrl": self.put(content)} | container
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
        return name

    def config(self, *variants: dict[str, Any]) -> str:
        """Create an endpoint configuration of these variants, which need only a ModelName, and return its name."""
        name = f"c-{uuid.uuid4().hex[:12]}"
        usual = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[usual | variant for variant in variants]
        )
        return name

    def begin(self, *variants: dict[str, Any]) -> str:
        """Create an endpoint and return its name at once."""
        name = f"e-{uuid.uuid4().hex[:12]}"
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=self.config(*variants))
        self.endpoints.append(name)
        return name

    def endpoint(self, script: str = ECHO, files: dict[str, str | bytes] | None = None, **container: Any) -> str:
        """An endpoint in service with one variant of one instance that serves a script."""
        name = self.begin({"ModelName": self.model(script, files, **container)})
        description = self.settled(name)
        assert description["EndpointStatus"] == "InService", description.get("FailureReason")
        return name

    def settled(self, name: str, seconds: float = 30) -> dict[str, Any]:
        """The endpoint's description once nothing is in progress; empty when it is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.exists(name):
                return {}
            described: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
            if described["EndpointStatus"] not in ("Creating", "Updating", "Deleting"):
                return described
            time.sleep(0.02)
        raise TimeoutError(name)

    def invoke(self, name: str, body: bytes | str = b"", **arguments: Any) -> bytes:
        return bytes(self.runtime.invoke_endpoint(EndpointName=name, Body=body, **arguments)["Body"].read())

    def delete(self, name: str) -> None:
        """Delete an endpoint and wait until it is gone."""
        if self.settled(name):
            self.sagemaker.delete_endpoint(EndpointName=name)
        while self.exists(name):
            time.sleep(0.02)

    def exists(self, name: str) -> bool:
        return bool(self.sagemaker.list_endpoints(NameContains=name)["Endpoints"])

    def clean(self) -> None:
        for name in self.endpoints:
            self.delete(name)


@contextmanager
def serving_in(client: Callable[..., Any]) -> Iterator[Serving]:
    serving = Serving(client)
    yield serving
    serving.clean()


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and message with which AWS refuses a call."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call was not refused")
