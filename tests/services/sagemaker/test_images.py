"""Container images come from AWS's own catalogue."""

import threading

import pytest

from services.errors import ServiceError
from services.sagemaker import images

REGION = "us-east-1"


def test_scikit_learns_container_is_used_unless_xgboost_is_needed():
    assert "/sagemaker-scikit-learn:" in images.training_image("random-forest", REGION)
    assert "/sagemaker-scikit-learn:" in images.training_image("linear", REGION, "ml.m5.xlarge")
    assert "/sagemaker-xgboost:" in images.training_image("xgboost", REGION)
    assert "/sagemaker-xgboost:" in images.training_image("compare", REGION)


def test_the_image_lies_in_the_region():
    assert ".dkr.ecr.us-east-1.amazonaws.com/" in images.training_image("linear", REGION)


def test_a_region_or_instance_without_an_image_is_refused_with_a_way_out():
    with pytest.raises(ServiceError) as refusal:
        images.training_image("linear", "mars-north-1")
    assert refusal.value.code == "NoImage"
    assert refusal.value.hint
    assert "mars-north-1" in refusal.value.detail


def test_a_warmed_catalogue_is_asked_once():
    images.warm(REGION)
    images.training_image("linear", REGION)
    before = threading.active_count()
    assert images.training_image("xgboost", REGION, "ml.c5.xlarge")
    assert threading.active_count() == before
