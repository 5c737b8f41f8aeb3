"""The tags of objects."""

from __future__ import annotations

import pytest


@pytest.fixture
def tagged(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="old=1")
    return bucket


def tags(s3, bucket):
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]}


def test_tags_are_replaced_and_removed_and_leave_the_object_as_it_was(s3, tagged):
    before = s3.head_object(Bucket=tagged, Key="k")
    s3.put_object_tagging(Bucket=tagged, Key="k", Tagging={"TagSet": [{"Key": "ñ", "Value": "<&>"}]})
    assert tags(s3, tagged) == {"ñ": "<&>"}
    s3.delete_object_tagging(Bucket=tagged, Key="k")
    assert tags(s3, tagged) == {}
    after = s3.head_object(Bucket=tagged, Key="k")
    assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("k", "1"), ("k", "2")], "InvalidTag"),
        ([("", "1")], "InvalidTag"),
        ([("aws:k", "1")], "InvalidTag"),
        ([("k" * 129, "1")], "InvalidTag"),
        ([("k", "v" * 257)], "InvalidTag"),
        ([(str(number), "v") for number in range(11)], "BadRequest"),
    ],
)
def test_tags_against_the_rules_are_refused_and_change_nothing(s3, tagged, refusal, pairs, code):
    tag_set = {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}
    assert refusal(s3.put_object_tagging, Bucket=tagged, Key="k", Tagging=tag_set) == (code, 400)
    assert tags(s3, tagged) == {"old": "1"}


def test_what_is_not_there_has_no_tags(s3, bucket, refusal):
    assert refusal(s3.get_object_tagging, Bucket=bucket, Key="nothing") == ("NoSuchKey", 404)
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key="nothing", Tagging={"TagSet": []}) == ("NoSuchKey", 404)
    assert refusal(s3.delete_object_tagging, Bucket=bucket, Key="nothing") == ("NoSuchKey", 404)
