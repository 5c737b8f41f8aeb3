"""DeleteObject and DeleteObjects."""

from __future__ import annotations

import base64
import hashlib

import boto3
import pytest


def test_an_object_is_deleted_once_and_it_is_no_error_twice(s3, bucket, refusal):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_object(Bucket=bucket, Key="k")
    assert refusal(s3.get_object, Bucket=bucket, Key="k") == ("NoSuchKey", 404)
    assert refusal(s3.delete_object, Bucket="nowhere-at-all", Key="k") == ("NoSuchBucket", 404)


def test_a_deletion_can_be_made_to_depend_on_the_etag(s3, bucket, refusal):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    assert refusal(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"other"') == ("PreconditionFailed", 412)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_many_are_deleted_at_once_and_each_is_answered_for(s3, bucket):
    keys = ["a", "b/../c", "ñ <&>", "never there"]
    for key in keys[:3]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    objects = [{"Key": key} for key in keys] + [{"Key": "x" * 1025}, {"Key": "a", "VersionId": "v1"}]
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[:5]})
    assert [entry["Key"] for entry in reply["Deleted"]] == keys
    assert [error["Code"] for error in reply["Errors"]] == ["KeyTooLongError"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[5:]})
    assert [error["Code"] for error in reply["Errors"]] == ["NoSuchVersion"]


def test_a_quiet_deletion_tells_only_of_errors(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="kept", Body=b"x")["ETag"]
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    objects = [{"Key": "kept", "ETag": '"other"'}, {"Key": "gone", "ETag": etag}]
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    assert ("Deleted" in reply, [error["Code"] for error in reply["Errors"]]) == (False, ["PreconditionFailed"])
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]


def test_at_most_a_thousand_are_deleted_at_once(s3, bucket, refusal):
    objects = [{"Key": str(number)} for number in range(1001)]
    assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": objects}) == ("MalformedXML", 400)
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[:1000]})["Deleted"]) == 1000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MalformedXML"),
        (b"<Delete/>", "MalformedXML"),
        (b"<Delete><Object/></Delete>", "MalformedXML"),
        (b"<Delete><Object><Key>k</Key></Object><Quiet>loud</Quiet></Delete>", "MalformedXML"),
    ],
)
def test_a_list_that_is_wrong_is_refused(send, bucket, body, code):
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    status, _, reply = send("POST", f"/{bucket}?delete", body, headers)
    assert (status, f"<Code>{code}</Code>".encode() in reply) == (400, True)


def test_a_list_without_a_digest_or_key_is_refused(send, bucket):
    body = b"<Delete><Object><Key></Key></Object></Delete>"
    assert b"<Code>InvalidRequest</Code>" in send("POST", f"/{bucket}?delete", body)[2]
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    assert b"<Code>UserKeyMustBeSpecified</Code>" in send("POST", f"/{bucket}?delete", body, headers)[2]


def test_a_bucket_resource_empties_itself(connection, s3, bucket):
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"x")
    resource = boto3.resource(
        "s3",
        endpoint_url=connection.endpoint,
        region_name="us-east-1",
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
    )
    resource.Bucket(bucket).object_versions.delete()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
