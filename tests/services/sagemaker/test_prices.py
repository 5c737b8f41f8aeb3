"""Prices are estimates for AWS; local AWS costs nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from services import aws
from services.sagemaker import prices

ON_AWS = aws.Backend("aws", region="us-east-1")


def test_an_hour_on_aws_costs_its_list_price_for_each_instance():
    with aws.use(ON_AWS):
        assert prices.training_per_hour("ml.m5.large") == 0.115
        assert prices.hosting_per_hour("ml.m5.xlarge", count=3) == pytest.approx(0.69)


def test_local_aws_costs_nothing(local_aws):
    assert prices.training_per_hour("ml.m5.4xlarge") == 0.0
    assert prices.hosting_per_hour("ml.anything") == 0.0


def test_an_unknown_price_is_not_guessed():
    with aws.use(ON_AWS):
        assert prices.hosting_per_hour("ml.p5.48xlarge") is None
        assert prices.training_per_hour("ml.t2.medium") is None


def test_cost_grows_with_time_and_never_runs_backwards():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert prices.over(0.23, start, start + timedelta(minutes=30)) == pytest.approx(0.115)
    assert prices.over(0.23, start, start - timedelta(minutes=30)) == 0.0
    assert prices.over(None, start, start + timedelta(hours=1)) is None


def test_the_cheapest_instance_type_comes_first():
    costs = [max(one.training or 0, one.hosting or 0) for one in prices.instance_types()]
    assert costs == sorted(costs)
