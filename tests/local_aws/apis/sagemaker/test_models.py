"""Models are kept as they were described, and refused where AWS refuses them."""

from typing import Any

import pytest

from tests.local_aws.apis.sagemaker.serving import BUCKET, ROLE, SKLEARN, Serving, refusal


def test_a_model_is_described_as_it_was_created(serving: Serving):
    uri = serving.put({"a": "b"})
    container = {
        "Image": SKLEARN,
        "ModelDataUrl": uri,
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "WORD": "ñ"},
    }
    arn = serving.sagemaker.create_model(
        ModelName="described", ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=True
    )["ModelArn"]
    described = serving.sagemaker.describe_model(ModelName="described")
    assert described["PrimaryContainer"] == container
    assert described["EnableNetworkIsolation"] is True
    assert (described["ModelArn"], described["ExecutionRoleArn"]) == (arn, ROLE)
    serving.sagemaker.delete_model(ModelName="described")
    assert refusal(serving.sagemaker.describe_model, ModelName="described")[0] == "ValidationException"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({}, "Exactly one of PrimaryContainer and Containers"),
        ({"PrimaryContainer": {"Image": SKLEARN}, "Containers": [{"Image": SKLEARN}]}, "Exactly one"),
        ({"PrimaryContainer": {"Environment": {}}}, "needs an Image"),
        (
            {"PrimaryContainer": {"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/none"}},
            f"Could not find model data at s3://{BUCKET}/none.",
        ),
        (
            {"Containers": [{"Image": SKLEARN, "ModelDataUrl": "s3://no-bucket-of-this-name/x"}]},
            "Could not find model data at s3://no-bucket-of-this-name/x.",
        ),
    ],
)
def test_a_model_that_cannot_be_is_refused(serving: Serving, model: dict[str, Any], words: str):
    code, message = refusal(serving.sagemaker.create_model, ModelName="refused", ExecutionRoleArn=ROLE, **model)
    assert code == "ValidationException"
    assert words in message
