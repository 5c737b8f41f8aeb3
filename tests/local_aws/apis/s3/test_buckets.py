"""S3 buckets through boto3: names, regions, waiters, and what a bucket is when new."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from botocore.config import Config


def test_a_new_bucket_is_listed_found_and_waited_for(s3, bucket):
    s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig={"MaxAttempts": 1})
    (entry,) = [entry for entry in s3.list_buckets()["Buckets"] if entry["Name"] == bucket]
    assert entry["BucketRegion"] == "us-east-1"
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert re.fullmatch("[0-9a-f]{64}", s3.list_buckets()["Owner"]["ID"])


def test_a_deleted_bucket_is_gone(s3, bucket, refusal):
    s3.delete_bucket(Bucket=bucket)
    s3.get_waiter("bucket_not_exists").wait(Bucket=bucket, WaiterConfig={"MaxAttempts": 1})
    assert refusal(s3.delete_bucket, Bucket=bucket) == ("NoSuchBucket", 404)
    assert refusal(s3.head_bucket, Bucket=bucket) == ("404", 404)


def test_a_bucket_with_an_object_is_not_deleted(s3, bucket, refusal):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert refusal(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Upper",
        "under_score",
        "-dash",
        "dash-",
        "a..b",
        "192.168.1.1",
        "xn--bucket",
        "b-s3alias",
        "é" * 3,
    ],
)
def test_a_name_against_the_rules_is_refused(send, name):
    status, _, body = send("PUT", f"/{quote(name)}")
    assert (status, b"<Code>InvalidBucketName</Code>" in body) == (400, True)


@pytest.mark.parametrize("name", ["abc", "a" * 63, "my.bucket.name", "1-2-3", "123"])
def test_a_name_by_the_rules_is_taken(s3, name):
    s3.create_bucket(Bucket=name)
    s3.delete_bucket(Bucket=name)


def test_the_owner_may_create_a_bucket_again_in_the_first_region_only(s3, client, bucket, refusal):
    s3.create_bucket(Bucket=bucket)
    elsewhere = {"LocationConstraint": "eu-west-1"}
    west = client("s3", config=Config(region_name="eu-west-1"))
    west.create_bucket(Bucket=f"{bucket}-west", CreateBucketConfiguration=elsewhere)
    assert refusal(west.create_bucket, Bucket=f"{bucket}-west", CreateBucketConfiguration=elsewhere) == (
        "BucketAlreadyOwnedByYou",
        409,
    )


def test_a_bucket_knows_its_region(s3, bucket, refusal):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    name = f"{bucket}-far"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "sa-east-1"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "sa-east-1"
    refused = refusal(
        s3.create_bucket, Bucket=f"{bucket}-x", CreateBucketConfiguration={"LocationConstraint": "atlantis-1"}
    )
    assert refused == ("InvalidLocationConstraint", 400)


def test_tags_given_at_creation_are_the_buckets(s3, bucket):
    tags = [{"Key": "app", "Value": "celaje"}]
    s3.create_bucket(Bucket=f"{bucket}-tagged", CreateBucketConfiguration={"Tags": tags})
    assert s3.get_bucket_tagging(Bucket=f"{bucket}-tagged")["TagSet"] == tags


def test_buckets_come_in_pages_and_by_prefix(s3, bucket):
    names = [f"paged-{bucket}-{number}" for number in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(Prefix=f"paged-{bucket}", PaginationConfig={"PageSize": 2})
    assert [[entry["Name"] for entry in page["Buckets"]] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_an_acl_that_opens_a_bucket_is_refused(s3, bucket, refusal):
    assert refusal(s3.create_bucket, Bucket=f"{bucket}-open", ACL="public-read") == (
        "AccessControlListNotSupported",
        400,
    )
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == ("AccessControlListNotSupported", 400)
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    (grant,) = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert (grant["Permission"], grant["Grantee"]["Type"]) == ("FULL_CONTROL", "CanonicalUser")


def test_somebody_elses_bucket_is_not_expected_here(s3, bucket, refusal):
    assert refusal(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="111111111111") == ("403", 403)
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="000000000000")


def test_what_local_aws_does_not_have_is_not_implemented(s3, bucket, refusal):
    assert refusal(s3.get_object_torrent, Bucket=bucket, Key="k") == ("NotImplemented", 501)
    assert refusal(s3.create_bucket, Bucket=f"{bucket}-lock", ObjectLockEnabledForBucket=True) == (
        "NotImplemented",
        501,
    )
