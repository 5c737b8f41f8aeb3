"""Names and tags of what we make are such as SageMaker accepts."""

import re

import pytest

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
    tags = names.tags(dataset="ventas-7f3a", target="¿Compró? (sí/no)")
    assert tags[0] == {"Key": "app", "Value": "celaje"}
    assert {"Key": "celaje:dataset", "Value": "ventas-7f3a"} in tags
    assert tags[2] == {"Key": "celaje:target", "Value": "_Compró_ _sí/no_"}


def test_a_tag_is_never_longer_than_aws_allows():
    assert len(names.tags(target="x" * 1000)[1]["Value"]) == 256


def test_many_are_asked_for_in_order(local_aws):
    assert names.each(lambda number: number * 2, range(100)) == list(range(0, 200, 2))
