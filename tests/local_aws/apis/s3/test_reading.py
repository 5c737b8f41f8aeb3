"""GetObject and HeadObject: ranges, parts, conditions, and what presigned URLs may change."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config

DATA = b"0123456789"


@pytest.fixture
def written(s3, bucket):
    return s3.put_object(Bucket=bucket, Key="k", Body=DATA)


@pytest.mark.parametrize(
    ("wanted", "expected", "place"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=0-", DATA, "bytes 0-9/10"),
        ("bytes=3-5", b"345", "bytes 3-5/10"),
        ("bytes=9-", b"9", "bytes 9-9/10"),
        ("bytes=8-1000", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-1000", DATA, "bytes 0-9/10"),
    ],
)
def test_a_range_is_given(s3, bucket, written, wanted, expected, place):
    reply = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert (reply["Body"].read(), reply["ContentRange"], reply["ContentLength"]) == (expected, place, len(expected))
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert "ChecksumCRC32" not in reply
    head = s3.head_object(Bucket=bucket, Key="k", Range=wanted)
    assert (head["ContentLength"], head["ContentRange"]) == (len(expected), place)


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=9999999999999-"])
def test_a_range_outside_the_object_is_refused(s3, bucket, written, refusal, wanted):
    assert refusal(s3.get_object, Bucket=bucket, Key="k", Range=wanted) == ("InvalidRange", 416)
    assert refusal(s3.head_object, Bucket=bucket, Key="k", Range=wanted) == ("416", 416)


def test_no_range_of_nothing_exists(s3, bucket, refusal):
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert refusal(s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-") == ("InvalidRange", 416)


@pytest.mark.parametrize(
    "wanted",
    ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=²-", "bytes=" + "9" * 5000 + "-"],
)
def test_a_range_that_is_none_is_ignored(send, bucket, written, wanted):
    status, headers, body = send("GET", f"/{bucket}/k", headers={"range": wanted})
    assert (status, body, "content-range" in headers) == (200, DATA, False)


def test_a_range_of_another_version_gives_this_one_whole(send, bucket, written):
    headers = {"range": "bytes=0-1", "if-range": written["ETag"]}
    assert send("GET", f"/{bucket}/k", headers=headers)[0] == 206
    assert send("GET", f"/{bucket}/k", headers=headers | {"if-range": '"another"'})[2] == DATA


def test_conditions_on_the_etag(s3, bucket, written, refusal):
    s3.get_object(Bucket=bucket, Key="k", IfMatch=written["ETag"])
    assert refusal(s3.get_object, Bucket=bucket, Key="k", IfMatch='"other"') == ("PreconditionFailed", 412)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=written["ETag"]) == ("304", 304)
    assert refusal(s3.head_object, Bucket=bucket, Key="k", IfNoneMatch="*") == ("304", 304)
    s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"other"')


def test_conditions_on_the_time(s3, bucket, written, refusal):
    now = datetime.now(UTC)
    before, after = now - timedelta(hours=1), now + timedelta(hours=1)
    s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=before, IfUnmodifiedSince=after)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", IfModifiedSince=after) == ("304", 304)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince=before) == ("PreconditionFailed", 412)
    # The ETag has the last word where both are given.
    s3.get_object(Bucket=bucket, Key="k", IfMatch=written["ETag"], IfUnmodifiedSince=before)
    s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"other"', IfModifiedSince=after)


def test_a_date_that_is_none_is_no_condition(send, bucket, written):
    for text in ("yesterday", "Mon, 99 Foo 2020 00:00:00 GMT", ""):
        assert send("GET", f"/{bucket}/k", headers={"if-unmodified-since": text})[0] == 200


def test_what_is_not_there_is_not_found(s3, bucket, refusal):
    assert refusal(s3.get_object, Bucket=bucket, Key="nothing") == ("NoSuchKey", 404)
    assert refusal(s3.head_object, Bucket=bucket, Key="nothing") == ("404", 404)
    assert refusal(s3.get_object, Bucket="nowhere-at-all", Key="k") == ("NoSuchBucket", 404)
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="nothing", WaiterConfig={"MaxAttempts": 1})


def test_an_object_is_waited_for(s3, bucket, written):
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="k", WaiterConfig={"MaxAttempts": 1})


def test_only_the_version_named_null_exists(s3, bucket, written, refusal):
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == DATA
    assert refusal(s3.get_object, Bucket=bucket, Key="k", VersionId="abc") == ("InvalidArgument", 400)


def test_an_object_not_made_of_parts_is_its_own_first_part(s3, bucket, written, refusal):
    reply = s3.get_object(Bucket=bucket, Key="k", PartNumber=1)
    assert (reply["Body"].read(), "PartsCount" in reply) == (DATA, False)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", PartNumber=2) == ("InvalidPartNumber", 416)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1") == ("InvalidRequest", 400)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", PartNumber=0) == ("InvalidArgument", 400)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_gives_the_object_and_may_name_its_headers(client, bucket, written, version):
    s3 = client("s3", config=Config(signature_version=version))
    asked = {"ResponseContentType": "text/x", "ResponseContentDisposition": 'attachment; filename="a b.txt"'}
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k", **asked})
    with urllib.request.urlopen(url) as reply:
        assert (reply.read(), reply.headers["Content-Type"]) == (DATA, "text/x")
        assert reply.headers["Content-Disposition"] == 'attachment; filename="a b.txt"'


def test_a_presigned_url_cannot_smuggle_headers_in(client, bucket, written):
    bad = {"Bucket": bucket, "Key": "k", "ResponseContentType": "text/x\r\nset-cookie: a=b"}
    url = client("s3").generate_presigned_url("get_object", Params=bad)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url)
    assert error.value.code == 400


def test_a_presigned_url_takes_an_object(client, s3, bucket):
    url = client("s3").generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new"})
    request = urllib.request.Request(url, data=DATA, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 200
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == DATA


def test_attributes_are_given_as_asked_for(s3, bucket, written, refusal):
    found = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "Checksum"])
    assert (found["ObjectSize"], found["ETag"]) == (10, written["ETag"].strip('"'))
    assert found["Checksum"]["ChecksumCRC32"] == written["ChecksumCRC32"]
    assert "StorageClass" not in found
    assert refusal(s3.get_object_attributes, Bucket=bucket, Key="nothing", ObjectAttributes=["ETag"])[0] == "NoSuchKey"
    wrong = refusal(s3.get_object_attributes, Bucket=bucket, Key="k", ObjectAttributes=["Colour"])
    assert wrong == ("InvalidArgument", 400)
    (grant,) = s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"


def test_a_reader_gets_the_object_it_began_with(s3, bucket):
    old, new = b"old" * 3_000_000, b"new" * 100
    s3.put_object(Bucket=bucket, Key="k", Body=old)
    reply = s3.get_object(Bucket=bucket, Key="k")
    begun = reply["Body"].read(100_000)
    s3.put_object(Bucket=bucket, Key="k", Body=new)
    assert begun + reply["Body"].read() == old
