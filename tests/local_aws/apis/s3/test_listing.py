"""Listings through boto3 and its paginators: order, pages, delimiters, encodings and wrong arguments."""

from __future__ import annotations

import pytest

KEYS = ["a/1", "a/2", "b", "c/d/1", "c/e", "é", "ｱ", "😀", "z z+%/&<x>", "\x01control"]


@pytest.fixture
def filled(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def keys_of(pages, member="Contents"):
    return [entry["Key"] for page in pages for entry in page.get(member, [])]


@pytest.mark.parametrize("paginator", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_key_comes_once_in_the_order_of_its_bytes(s3, filled, paginator, size):
    pages = s3.get_paginator(paginator).paginate(Bucket=filled, PaginationConfig={"PageSize": size})
    assert keys_of(pages) == sorted(KEYS, key=str.encode)


@pytest.mark.parametrize("paginator", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_delimiter_rolls_keys_up_on_pages_of_any_size(s3, filled, paginator, size):
    pages = list(
        s3.get_paginator(paginator).paginate(Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size})
    )
    found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
    assert found == ["a/", "c/", "z z+%/"]
    member = "Versions" if paginator == "list_object_versions" else "Contents"
    assert keys_of(pages, member) == ["\x01control", "b", "é", "ｱ", "😀"]


def test_an_entry_says_what_the_object_is(s3, filled):
    (entry,) = s3.list_objects_v2(Bucket=filled, Prefix="b", FetchOwner=True)["Contents"]
    head = s3.head_object(Bucket=filled, Key="b")
    assert (entry["Size"], entry["ETag"], entry["StorageClass"]) == (1, head["ETag"], "STANDARD")
    assert entry["ChecksumAlgorithm"] == ["CRC32"]
    assert entry["LastModified"].replace(microsecond=0) == head["LastModified"]
    assert len(entry["Owner"]["ID"]) == 64


def test_a_page_says_how_it_was_asked_for(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, Prefix="c/", Delimiter="/", MaxKeys=1, StartAfter="c/a")
    assert (page["Prefix"], page["Delimiter"], page["MaxKeys"], page["KeyCount"]) == ("c/", "/", 1, 1)
    assert (page["StartAfter"], page["IsTruncated"], page["CommonPrefixes"]) == ("c/a", True, [{"Prefix": "c/d/"}])
    rest = s3.list_objects_v2(
        Bucket=filled, Prefix="c/", Delimiter="/", ContinuationToken=page["NextContinuationToken"]
    )
    assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["c/e"], False)


def test_a_marker_continues_the_first_version_of_the_listing(s3, filled):
    page = s3.list_objects(Bucket=filled, MaxKeys=2)
    assert ("NextMarker" in page, page["IsTruncated"]) == (False, True)
    rest = s3.list_objects(Bucket=filled, Marker=page["Contents"][-1]["Key"])
    assert keys_of([page, rest]) == sorted(KEYS, key=str.encode)


def test_no_keys_are_given_when_none_are_asked_for(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"], "Contents" in page) == (0, False, False)


def test_an_empty_bucket_has_an_empty_listing(s3, bucket):
    page = s3.list_objects_v2(Bucket=bucket)
    assert (page["KeyCount"], page["IsTruncated"], "Contents" in page) == (0, False, False)


def test_keys_are_written_as_they_are_where_no_encoding_is_asked_for(send, filled):
    _, _, body = send("GET", f"/{filled}?list-type=2&prefix=z")
    assert b"<Key>z z+%/&#x26;&#x3c;x&#x3e;</Key>" in body


@pytest.mark.parametrize(
    "query",
    [
        "list-type=2&max-keys=-1", "list-type=2&max-keys=many", "max-keys=99999999999999999999", "max-keys=%C2%B2",
        "list-type=2&continuation-token=%21", "list-type=2&continuation-token=_w==", "list-type=2&encoding-type=rot13",
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused(send, bucket, query):
    status, _, body = send("GET", f"/{bucket}?{query}")
    assert (status, b"<Code>InvalidArgument</Code>" in body) == (400, True)


def test_a_bucket_that_is_not_there_cannot_be_listed(s3, refusal):
    assert refusal(s3.list_objects_v2, Bucket="nowhere-at-all") == ("NoSuchBucket", 404)
    assert refusal(s3.list_objects_v2, Bucket="nowhere-at-all", MaxKeys=0) == ("NoSuchBucket", 404)


def test_every_object_is_its_only_version(s3, filled):
    versions = s3.list_object_versions(Bucket=filled, Prefix="a/")["Versions"]
    assert [(version["Key"], version["VersionId"], version["IsLatest"]) for version in versions] == [
        ("a/1", "null", True),
        ("a/2", "null", True),
    ]
