"""Names and tags of what we make are such as SageMaker accepts."""

import re

import pytest

from services import aws
from services.sagemaker import names

SAGEMAKER_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@pytest.mark.parametrize(
    "subject",
    ["breast-cancer", "Previsión de ventas 2026", "x" * 300, "日本語", "", "---", "a--b_c.d/e", "-" * 31 + "ab"],
)
def test_any_subject_gives_a_name_sagemaker_accepts(subject):
    name = names.new(subject)
    assert SAGEMAKER_NAME.fullmatch(name)
    assert name.startswith("celaje-")


def test_a_name_says_what_it_is_of():
    assert names.new("Previsión de ventas").startswith("celaje-prevision-de-ventas-")


def test_two_names_of_one_subject_differ():
    assert len({names.new("data") for _ in range(50)}) == 50


def test_tags_hold_ours_and_what_the_resource_came_from():
    tags = names.tags(dataset="ventas-7f3a", target="Año de compra")
    assert tags == [
        {"Key": "app", "Value": "celaje"},
        {"Key": "celaje:dataset", "Value": "ventas-7f3a"},
        {"Key": "celaje:target", "Value": "Año de compra"},
    ]


@pytest.mark.parametrize("target", ["¿Compró? (sí/no)", "a=b", "100%\n\t", "日本", "🙂 & <b>", "=41", "plain name"])
def test_any_name_of_a_column_comes_back_from_its_tag(local_aws, target):
    sagemaker, name = aws.client("sagemaker"), names.new("tags")
    arn = sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn="arn:aws:iam::000000000000:role/celaje-sagemaker",
        PrimaryContainer={"Image": "any"},
        Tags=names.tags(target=target),
    )["ModelArn"]
    assert names.tags_of(arn) == {"app": "celaje", "celaje:target": target}
    sagemaker.delete_model(ModelName=name)


def test_a_tag_is_never_longer_than_aws_allows():
    assert len(names.tags(target="x" * 1000)[1]["Value"]) == 256


def test_many_are_asked_for_in_order(local_aws):
    assert names.each(lambda number: number * 2, range(100)) == list(range(0, 200, 2))
