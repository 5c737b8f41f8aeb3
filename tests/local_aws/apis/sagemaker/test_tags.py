"""Tags by ARN, for every kind of resource."""

from typing import Any

import pytest

from tests.local_aws.apis.sagemaker.serving import SKLEARN, Serving, refusal

ARN = "arn:aws:sagemaker:us-east-1:000000000000"


def test_tags_are_added_listed_and_deleted_on_each_kind(serving: Serving):
    endpoint = serving.endpoint()
    config = serving.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    model = serving.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]["ModelName"]
    for arn in (f"{ARN}:endpoint/{endpoint}", f"{ARN}:endpoint-config/{config}", f"{ARN}:model/{model}"):
        added = serving.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "app", "Value": "celaje"}])
        assert added["Tags"] == [{"Key": "app", "Value": "celaje"}]
        serving.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "año", "Value": "ñ"}])
        serving.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["app", "never-there"])
        pages = serving.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        assert [tag for page in pages for tag in page["Tags"]] == [{"Key": "año", "Value": "ñ"}]


def test_tags_given_at_creation_are_listed_and_not_described(serving: Serving):
    name = serving.model()
    tagged = f"{name}-tagged"
    tags = [{"Key": "app", "Value": "celaje"}]
    arn = serving.sagemaker.create_model(ModelName=tagged, PrimaryContainer={"Image": SKLEARN}, Tags=tags)["ModelArn"]
    assert serving.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    assert "Tags" not in serving.sagemaker.describe_model(ModelName=tagged)


def test_tagging_is_no_modification(serving: Serving):
    name = serving.endpoint()
    before = serving.sagemaker.describe_endpoint(EndpointName=name)
    serving.sagemaker.add_tags(ResourceArn=before["EndpointArn"], Tags=[{"Key": "a", "Value": "b"}])
    after = serving.sagemaker.describe_endpoint(EndpointName=name)
    assert after["LastModifiedTime"] == before["LastModifiedTime"]


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}:model/none-of-this-name",
        f"{ARN}:notebook-instance/x",
        "arn:aws:sagemaker:eu-west-1:000000000000:model/x",
        "arn:aws:sagemaker:us-east-1:111111111111:model/x",
    ],
)
def test_an_arn_of_nothing_here_is_refused(serving: Serving, arn: str):
    calls: list[tuple[Any, dict[str, Any]]] = [
        (serving.sagemaker.list_tags, {}),
        (serving.sagemaker.add_tags, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (serving.sagemaker.delete_tags, {"TagKeys": ["a"]}),
    ]
    for call, arguments in calls:
        assert refusal(call, ResourceArn=arn, **arguments)[0] == "ValidationException"


def test_a_token_that_was_never_given_is_refused(serving: Serving):
    arn = f"{ARN}:model/{serving.model()}"
    assert refusal(serving.sagemaker.list_tags, ResourceArn=arn, NextToken="x")[0] == "ValidationException"
