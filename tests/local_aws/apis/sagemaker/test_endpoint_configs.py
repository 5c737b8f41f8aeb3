"""Endpoint configurations are kept with AWS's defaults, and refused where they cannot be served."""

from typing import Any

import pytest

from tests.local_aws.apis.sagemaker.serving import Serving, refusal


def variant(serving: Serving, **changes: Any) -> dict[str, Any]:
    given = {
        "VariantName": "AllTraffic",
        "ModelName": serving.model(),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def test_a_configuration_is_described_with_the_weight_that_aws_gives(serving: Serving):
    name = serving.config(variant(serving))
    described = serving.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert described["ProductionVariants"][0]["InitialVariantWeight"] == 1.0
    assert described["EndpointConfigArn"].endswith(f":endpoint-config/{name}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ModelName": "none-of-this-name"}, "Could not find model "),
        ({"InstanceType": None}, "needs InstanceType"),
        ({"InitialInstanceCount": None}, "needs InitialInstanceCount"),
        ({"InstanceType": "ml.m5.gigantic"}, "enum value set"),
        ({"InitialInstanceCount": 0}, "greater than or equal to 1"),
        ({"InitialVariantWeight": 0.0}, "weight greater than 0"),
        ({"InitialVariantWeight": -1.0}, "greater than or equal to 0"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}, "does not offer ServerlessConfig"),
    ],
)
def test_a_variant_that_cannot_be_served_is_refused(serving: Serving, changes: dict[str, Any], words: str):
    refused = refusal(
        serving.sagemaker.create_endpoint_config,
        EndpointConfigName="refused",
        ProductionVariants=[variant(serving, **changes)],
    )
    assert refused[0] == "ValidationException"
    assert words in refused[1]


def test_two_variants_of_one_name_are_refused(serving: Serving):
    twice = [variant(serving), variant(serving)]
    refused = refusal(serving.sagemaker.create_endpoint_config, EndpointConfigName="refused", ProductionVariants=twice)
    assert "unique" in refused[1]


def test_data_capture_is_refused_rather_than_left_out_in_silence(serving: Serving):
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://x/y",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    refused = refusal(
        serving.sagemaker.create_endpoint_config,
        EndpointConfigName="refused",
        ProductionVariants=[variant(serving)],
        DataCaptureConfig=capture,
    )
    assert "DataCaptureConfig" in refused[1]
