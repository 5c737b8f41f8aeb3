"""Requests put together by chance from odd pieces: whatever they are, local AWS must not fault over them."""

from __future__ import annotations

import random

import pytest

METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
PATHS = [
    "/",
    "/{b}",
    "/{b}/",
    "/{b}/k",
    "/{b}//",
    "/{b}/%00",
    "/{b}/%ff",
    "/{b}/%2e%2e/x",
    "/Bad_Name/k",
    "/%20",
    "//",
    "/{b}/k%",
]
QUERIES = [
    "acl", "tagging", "policy", "uploads", "delete", "versioning", "encryption", "lifecycle", "location", "attributes",
    "uploadId=x", "uploadId=", "uploadId=%00", "partNumber=1", "partNumber=%ff", "partNumber=99999999999999999999",
    "list-type=2", "list-type=3", "max-keys=-1", "max-keys=%E0%A5%A7", "prefix=%ff", "delimiter=%00",
    "marker=%F0%9F%98%80",
    "continuation-token=AAAA", "start-after=%ff", "encoding-type=url", "versionId=null", "versionId=x",
    "x-id=GetObject",
    "response-content-type=%0d%0a", "response-expires=x", "max-parts=x", "max-uploads=0", "key-marker=%ff",
    "max-buckets=0",
    "upload-id-marker=x", "versions", "notification", "website", "cors", "publicAccessBlock", "unheard-of", "=", "&&",
]  # fmt: skip
HEADERS = [
    ("range", "bytes=0-"), ("range", "bytes=99999999999999999999999-"), ("if-match", ""), ("if-none-match", ","),
    ("if-modified-since", "99 99 9999"), ("if-unmodified-since", "Thu, 01 Jan 99999 00:00:00 GMT"),
    ("content-md5", "é"),
    ("if-modified-since", "Mon, 01 Jan 0001 00:00:00 +2359"), ("if-range", "Mon, 01 Jan 0001 00:00:00 -2359"),
    ("x-amz-checksum-crc32", "é"), ("x-amz-checksum-crc32", ""), ("x-amz-checksum-sha256", "AA"),
    ("x-amz-trailer", ",,"),
    ("x-amz-sdk-checksum-algorithm", ""), ("x-amz-checksum-algorithm", "é"), ("x-amz-checksum-type", "x"),
    ("x-amz-copy-source", ""), ("x-amz-copy-source", "%ff/%ff"), ("x-amz-copy-source", "?"),
    ("x-amz-copy-source", "{b}/k"),
    ("x-amz-copy-source-range", "bytes=1-0"), ("x-amz-copy-source-if-modified-since", "x"), ("x-amz-meta-", "x"),
    ("x-amz-decoded-content-length", "1e9"), ("x-amz-decoded-content-length", "-0"), ("x-amz-tagging", "%ff=%ff&&=&a"),
    ("x-amz-tagging", "é=é"), ("x-amz-acl", "x"), ("x-amz-storage-class", ""), ("x-amz-object-attributes", ",é"),
    ("x-amz-object-attributes", "ObjectParts"), ("x-amz-max-parts", "x"), ("x-amz-part-number-marker", "-1"),
    ("x-amz-mp-object-size", "x"), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-expected-bucket-owner", "é"),
    ("content-encoding", "aws-chunked,,é"), ("content-type", ""), ("expires", "é"), ("content-type", "é\x01"),
]  # fmt: skip
BODIES = [
    b"", b"x", b"\x00" * 100, b"<", b"<a/>", b"\xff\xfe<a/>", b"<Delete><Object><Key>k</Key></Object></Delete>", b"{}",
    b"<CompleteMultipartUpload><Part><PartNumber>99999999999</PartNumber><ETag>&#x1;</ETag></Part></CompleteMultipartUpload>",
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>zz</ETag></Part></CompleteMultipartUpload>",
    b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
    b'<?xml version="1.0" encoding="x"?><a/>',
    b'<CreateBucketConfiguration><LocationConstraint/></CreateBucketConfiguration>', b"<a xmlns=''/>",
    b"<VersioningConfiguration>\xc3\xa9</VersioningConfiguration>",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_no_request_makes_local_aws_fault(s3, bucket, send, seed):
    chance = random.Random(seed)
    s3.put_object(Bucket=bucket, Key="alive", Body=b"still")
    faults = []
    for _ in range(250):
        method, path, body = chance.choice(METHODS), chance.choice(PATHS).format(b=bucket), chance.choice(BODIES)
        query = "&".join(chance.sample(QUERIES, chance.randint(0, 3)))
        headers = dict(chance.sample(HEADERS, chance.randint(0, 3)))
        headers = {name: value.format(b=bucket) for name, value in headers.items()}
        status, _, reply = send(method, f"{path}?{query}" if query else path, body, headers)
        if status >= 500 and status != 501:
            faults.append((method, path, query, headers, body, reply[:200]))
    assert faults == []
    assert s3.get_object(Bucket=bucket, Key="alive")["Body"].read() == b"still"
