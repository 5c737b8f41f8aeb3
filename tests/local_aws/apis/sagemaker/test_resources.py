"""Names, lists, pages and errors that all SageMaker resources share."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_aws.apis.sagemaker.resources import merge_tags
from local_aws.registry import AwsError
from tests.local_aws.apis.sagemaker.serving import ROLE, SKLEARN, refusal

ARN = "arn:aws:sagemaker:us-east-1:000000000000"


@pytest.fixture
def sagemaker(client: Callable[..., Any]) -> Any:
    return client("sagemaker")


@pytest.fixture
def prefix() -> str:
    """Begins the names of one test, which share a local AWS with others'."""
    return f"r{uuid.uuid4().hex[:8]}"


def make_models(sagemaker: Any, names: list[str]) -> None:
    for name in names:
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": SKLEARN})


def test_a_taken_name_is_refused_as_aws_words_it(sagemaker: Any, prefix: str):
    make_models(sagemaker, [prefix])
    refused = refusal(sagemaker.create_model, ModelName=prefix, PrimaryContainer={"Image": SKLEARN})
    assert refused == ("ValidationException", f'Cannot create already existing model "{ARN}:model/{prefix}".')


@pytest.mark.parametrize(
    ("method", "member", "arn"),
    [
        ("describe_model", "ModelName", "model"),
        ("delete_model", "ModelName", "model"),
        ("describe_endpoint", "EndpointName", "endpoint"),
        ("delete_endpoint", "EndpointName", "endpoint"),
        ("describe_endpoint_config", "EndpointConfigName", "endpoint configuration"),
        ("delete_endpoint_config", "EndpointConfigName", "endpoint configuration"),
    ],
)
def test_a_missing_resource_is_refused_as_aws_words_it(sagemaker: Any, method: str, member: str, arn: str):
    kind = arn.replace(" configuration", "-config")
    refused = refusal(getattr(sagemaker, method), **{member: "none-of-this-name"})
    assert refused == ("ValidationException", f'Could not find {arn} "{ARN}:{kind}/none-of-this-name".')


@pytest.mark.parametrize("name", ["with_underscore", "-leading", "trailing-", "x" * 64, "", "a/b", "ñ"])
def test_a_name_that_breaks_the_pattern_is_refused(sagemaker: Any, name: str):
    code, message = refusal(sagemaker.create_model, ModelName=name, PrimaryContainer={"Image": SKLEARN})
    assert code == "ValidationException"
    assert "at 'modelName' failed to satisfy constraint" in message


def test_pages_hold_every_name_once_whatever_happens_between_them(sagemaker: Any, prefix: str):
    names = [f"{prefix}-{number}" for number in range(7)]
    make_models(sagemaker, names)
    listing = {"NameContains": prefix, "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 3}
    first = sagemaker.list_models(**listing)
    sagemaker.delete_model(ModelName=names[0])
    make_models(sagemaker, [f"{prefix}-0a"])
    second = sagemaker.list_models(**listing, NextToken=first["NextToken"])
    third = sagemaker.list_models(**listing, NextToken=second["NextToken"])
    seen = [model["ModelName"] for page in (first, second, third) for model in page["Models"]]
    assert seen == names
    assert "NextToken" not in third


@pytest.mark.parametrize("operation", ["list_models", "list_endpoints", "list_endpoint_configs"])
def test_boto3s_paginators_end(sagemaker: Any, prefix: str, operation: str):
    make_models(sagemaker, [f"{prefix}-{number}" for number in range(3)])
    pages = list(sagemaker.get_paginator(operation).paginate(NameContains=prefix, PaginationConfig={"PageSize": 1}))
    assert len(pages) == (3 if operation == "list_models" else 1)


def test_the_newest_come_first_and_ten_on_a_page(sagemaker: Any, prefix: str):
    names = [f"{prefix}-{number:02}" for number in range(12)]
    make_models(sagemaker, names)
    page = sagemaker.list_models(NameContains=prefix)
    assert len(page["Models"]) == 10
    times = [model["CreationTime"] for model in page["Models"]]
    assert times == sorted(times, reverse=True)
    assert set(page["Models"][0]) == {"ModelName", "ModelArn", "CreationTime"}


def test_filters_by_time_include_the_moment_after_and_exclude_it_before(sagemaker: Any, prefix: str):
    make_models(sagemaker, [prefix])
    created = sagemaker.describe_model(ModelName=prefix)["CreationTime"]
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=1)

    def found(**times: datetime) -> int:
        return len(sagemaker.list_models(NameContains=prefix, **times)["Models"])

    assert found(CreationTimeAfter=created) == 1
    assert found(CreationTimeBefore=created) == 0
    assert found(CreationTimeAfter=created + timedelta(seconds=1)) == 0
    assert found(CreationTimeBefore=created + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("token", ["nonsense", "W10=", "eyJhIjoxfQ==", "é", "WyJtb2RlbCIsIk5hbWUiLHRydWUsWzEsMl1d"])
def test_a_token_that_no_list_gave_is_refused(sagemaker: Any, token: str):
    assert refusal(sagemaker.list_models, NextToken=token)[0] == "ValidationException"


def test_a_token_of_another_sorting_is_refused(sagemaker: Any, prefix: str):
    make_models(sagemaker, [f"{prefix}-{number}" for number in range(2)])
    token = sagemaker.list_models(NameContains=prefix, SortBy="Name", MaxResults=1)["NextToken"]
    assert refusal(sagemaker.list_models, NameContains=prefix, NextToken=token)[0] == "ValidationException"


def test_more_results_than_aws_allows_are_refused(sagemaker: Any):
    assert refusal(sagemaker.list_models, MaxResults=101)[0] == "ValidationException"


def test_adding_a_tag_that_is_there_replaces_its_value():
    present = [{"Key": "app", "Value": "a"}, {"Key": "team", "Value": "x"}]
    merged = merge_tags(present, [{"Key": "app", "Value": "b"}])
    assert merged == [{"Key": "app", "Value": "b"}, {"Key": "team", "Value": "x"}]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "ValidationException"),
        ([{"Key": "aws:mine", "Value": "1"}], "ValidationException"),
        ([{"Key": str(number), "Value": ""} for number in range(51)], "ResourceLimitExceeded"),
    ],
)
def test_tags_that_aws_refuses_are_refused(tags: list[dict[str, str]], code: str):
    with pytest.raises(AwsError) as refused:
        merge_tags([], tags)
    assert refused.value.code == code
