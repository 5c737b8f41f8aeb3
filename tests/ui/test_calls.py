"""Show the calls: equal calls share a line, and the calls can be taken away as Python."""

from __future__ import annotations

import ast
from datetime import UTC, datetime

from services.trace import Call
from ui.calls import folded, script


def call(operation: str, method: str, **parameters: object) -> Call:
    return Call("sagemaker", operation, method, parameters, {}, 200, 3.0, datetime.now(UTC), "local")


def test_a_status_asked_for_again_and_again_is_one_line_with_its_count():
    calls = [call("DescribeEndpoint", "describe_endpoint", EndpointName="a") for _ in range(5)]
    assert [(line.call.operation, line.times) for line in folded(calls)] == [("DescribeEndpoint", 5)]


def test_calls_with_other_parameters_are_lines_of_their_own_the_newest_first():
    calls = [call("DescribeEndpoint", "describe_endpoint", EndpointName=name) for name in ("a", "b")]
    assert [line.call.parameters["EndpointName"] for line in folded(calls)] == ["b", "a"]


def test_a_repeated_call_moves_to_where_it_was_made_last():
    calls = [call("A", "a"), call("B", "b"), call("A", "a")]
    assert [line.call.operation for line in folded(calls)] == ["A", "B"]


def test_the_script_is_python_in_the_order_of_the_calls():
    made = script(
        [call("CreateModel", "create_model", ModelName="m"), call("DeleteModel", "delete_model", ModelName="m")]
    )
    ast.parse(made)
    assert made.index("create_model") < made.index("delete_model")
