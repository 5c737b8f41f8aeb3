from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from local_aws import wire
from local_aws.models import operation_model
from local_aws.registry import AwsError


def parse(service, operation, body=b"", *, path=None, query=(), headers=None):
    return wire.parse(
        operation_model(service, operation),
        path_parameters=path or {},
        query=list(query),
        headers=headers or {},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def refusal(*arguments, **more) -> AwsError:
    with pytest.raises(AwsError) as error:
        parse(*arguments, **more)
    return error.value


def test_timestamps_become_datetimes_and_blobs_bytes():
    given = parse("sagemaker", "ListModels", {"CreationTimeAfter": 1700000000.5, "MaxResults": 3})
    assert given == {"CreationTimeAfter": datetime(2023, 11, 14, 22, 13, 20, 500000, UTC), "MaxResults": 3}
    image = parse("rekognition", "DetectText", {"Image": {"Bytes": "aG9sYQ=="}})
    assert image["Image"]["Bytes"] == b"hola"


def test_a_blob_payload_is_the_body_and_headers_are_members():
    headers = {"content-type": "text/csv"}
    given = parse("sagemaker-runtime", "InvokeEndpoint", b"1,2\n", path={"EndpointName": "e"}, headers=headers)
    assert given == {"EndpointName": "e", "Body": b"1,2\n", "ContentType": "text/csv"}


def test_query_parameters_are_members_of_their_type():
    given = parse("lambda", "ListFunctions", query=[("MaxItems", "7"), ("Marker", "x")])
    assert given == {"MaxItems": 7, "Marker": "x"}


def test_every_broken_constraint_is_named_in_awss_words():
    error = refusal("sagemaker", "DescribeModel", {"ModelName": "-bad-"})
    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value '-bad-' at 'modelName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?"
    )
    two = refusal("sagemaker", "ListModels", {"MaxResults": 0, "SortOrder": "Sideways"}).message
    assert two.startswith("2 validation errors detected: ")
    assert "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or" in two
    assert "Member must satisfy enum value set: [Ascending, Descending]" in two


def test_a_missing_member_is_named_with_its_path():
    error = refusal("sagemaker", "AddTags", {"ResourceArn": "arn:aws:sagemaker:x", "Tags": [{"Key": "k"}]})
    assert "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null" in error.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"MaxResults": "ten"}', "STRING_VALUE cannot be converted to integer"),
        (b'{"MaxResults": 1.5}', "NUMBER_VALUE cannot be converted to integer"),
        (b'{"NameContains": 5}', "NUMBER_VALUE cannot be converted to string"),
        (b'{"CreationTimeAfter": "soon"}', "cannot be converted to timestamp"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"NameContains": "\\ud800"}', "half of a surrogate pair"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_a_serialization_exception(body, said):
    error = refusal("sagemaker", "ListModels", body)
    assert (error.code, error.status) == ("SerializationException", 400)
    assert said in error.message


def test_a_blob_that_is_not_base64_is_refused():
    assert "not valid Base64" in refusal("rekognition", "DetectText", {"Image": {"Bytes": "%%%"}}).message


def test_members_unknown_to_the_model_are_ignored_as_aws_does():
    assert parse("sagemaker", "ListModels", {"Wrong": 1, "MaxResults": None}) == {}


def test_replies_are_written_by_the_model():
    model = operation_model("sagemaker", "ListModels")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    reply = wire.serialise(
        model, {"Models": [{"ModelName": "m", "ModelArn": "a", "CreationTime": moment}], "NextToken": None}, "id"
    )
    assert json.loads(reply.body) == {"Models": [{"ModelName": "m", "ModelArn": "a", "CreationTime": 1767225600.0}]}
    assert reply.headers["content-type"] == "application/x-amz-json-1.1"


def test_a_reply_with_a_payload_puts_the_rest_in_headers():
    model = operation_model("sagemaker-runtime", "InvokeEndpoint")
    reply = wire.serialise(model, {"Body": b"0.5", "ContentType": "text/csv", "InvokedProductionVariant": "A"}, "id")
    assert reply.body == b"0.5"
    assert reply.headers["content-type"] == "text/csv"
    assert reply.headers["x-amzn-invoked-production-variant"] == "A"


def test_a_reply_that_is_not_in_the_model_is_a_bug_that_shows():
    with pytest.raises(KeyError):
        wire.serialise(operation_model("sagemaker", "ListModels"), {"Modells": []}, "id")


def test_errors_are_written_as_each_protocol_writes_them():
    error = AwsError("NoSuchKey", "No <such> key", 404, {"Key": "a&b"})
    assert json.loads(wire.serialise_error("json", error, "id").body)["__type"] == "NoSuchKey"
    xml = wire.serialise_error("rest-xml", error, "id", "/b/ñ").body.decode()
    assert "<Code>NoSuchKey</Code><Message>No &lt;such&gt; key</Message><Key>a&amp;b</Key>" in xml
    assert b"<Code>NoSuchKey</Code>" in wire.serialise_error("query", error, "id").body
