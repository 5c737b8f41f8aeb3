"""Metric definitions over output, without a server."""

import time

import pytest

from local_aws.apis.sagemaker.training_metrics import InvalidMetric, Metrics


def found(pieces, **expressions):
    metrics = Metrics([{"Name": name, "Regex": expression} for name, expression in expressions.items()])
    for piece in pieces:
        assert metrics.feed(piece) == []
    return {metric["MetricName"]: metric["Value"] for metric in metrics.end()}


def test_the_last_value_of_each_metric_is_kept():
    output = [b"loss=0.5; acc=1\nloss=0.25;\nother\n", b"nothing\n"]
    assert found(output, loss=r"loss=([0-9.]+)", acc=r"acc=(\d)", absent="x=(1)") == {"loss": 0.25, "acc": 1.0}


def test_of_several_values_on_a_line_the_last_counts():
    assert found([b"loss=1 loss=2\n"], loss=r"loss=(\d)") == {"loss": 2.0}


def test_a_line_may_come_in_pieces_and_without_its_end():
    assert found([b"lo", b"ss=0.", b"5\nacc=", b"7"], loss=r"loss=([0-9.]+)", acc=r"acc=(\d)") == {
        "loss": 0.5,
        "acc": 7.0,
    }


@pytest.mark.parametrize(
    "expression", [r"^loss=(\d)$", r"\Aloss=(\d)\Z", r"(?<!x)loss=(\d)", r"loss=([^,]+)", r"^.*loss=(.*)$"]
)
def test_an_expression_applies_to_each_line_by_itself(expression):
    assert found([b"before\nloss=3\nafter, more\n"], loss=expression) == {"loss": 3.0}


@pytest.mark.parametrize("output", [b"loss=abc\n", b"loss=\n", b"loss=nan\n", b"loss=inf\n"])
def test_what_is_no_number_is_no_value(output):
    assert found([b"loss=1\n", output], loss=r"loss=(.*)") == {"loss": 1.0}


def test_an_expression_without_a_group_finds_no_value():
    assert found([b"loss=1\n"], loss=r"loss=\d") == {}


def test_bytes_that_are_no_text_disturb_nothing():
    assert found([b"\xff\xfe loss=1\n"], loss=r"loss=(\d)") == {"loss": 1.0}


@pytest.mark.parametrize("expression", ["loss=(", "*", "(?P<n>a)(?P<n", "[z-a]"])
def test_an_expression_that_is_not_valid_is_refused(expression):
    with pytest.raises(InvalidMetric, match="The regular expression of the metric loss is not valid"):
        Metrics([{"Name": "loss", "Regex": expression}])


def test_an_expression_that_never_ends_is_dropped_in_time():
    metrics = Metrics([{"Name": "evil", "Regex": "(x+x+)+y"}, {"Name": "good", "Regex": r"(\d)"}])
    began = time.monotonic()
    (note,) = metrics.feed(b"x" * 5000 + b" 7\n")
    assert "evil" in note
    assert metrics.feed(b"x" * 5000 + b" 8\n") == []
    assert time.monotonic() - began < 3
    assert [metric["Value"] for metric in metrics.end()] == [8.0]


def test_a_line_without_an_end_stays_flat_in_memory():
    metrics = Metrics([{"Name": "loss", "Regex": r"loss=(\d)"}])
    for _ in range(200):
        metrics.feed(b"x" * 65536)
    assert len(metrics._rest) <= 65536
