"""CopyObject: what comes along, what is replaced, and what may not be copied."""

from __future__ import annotations

import base64
import hashlib
import os
from urllib.parse import quote

import pytest

DATA = b"copied data"


@pytest.fixture
def source(s3, bucket):
    """An object with everything that a copy may bring along."""
    s3.put_object(
        Bucket=bucket, Key="src/ñ +%", Body=DATA, ContentType="text/csv", Metadata={"a": "1"}, Tagging="t=1",
        CacheControl="no-store", StorageClass="STANDARD_IA",
    )  # fmt: skip
    return {"Bucket": bucket, "Key": "src/ñ +%"}


def test_a_copy_brings_data_headers_metadata_and_tags_along(s3, bucket, source):
    reply = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    original, copy = (s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED") for key in (source["Key"], "copy"))
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == DATA
    for member in ("ETag", "ContentType", "Metadata", "CacheControl", "ChecksumCRC32", "TagCount"):
        assert copy[member] == original[member]
    assert reply["CopyObjectResult"]["ETag"] == copy["ETag"]
    assert "StorageClass" not in copy
    s3.delete_object(**source)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == DATA


def test_a_copy_may_be_given_other_headers_and_tags(s3, bucket, source):
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"},
                   ContentType="text/plain", TaggingDirective="REPLACE", Tagging="u=2&v=3")  # fmt: skip
    copy = s3.get_object(Bucket=bucket, Key="copy")
    assert (copy["Metadata"], copy["ContentType"], copy["TagCount"]) == ({"b": "2"}, "text/plain", 2)
    assert "CacheControl" not in copy


def test_a_copy_in_place_has_to_change_something(s3, bucket, source, refusal):
    assert refusal(s3.copy_object, CopySource=source, **source) == ("InvalidRequest", 400)
    s3.copy_object(CopySource=source, **source, MetadataDirective="REPLACE", Metadata={"new": "1"})
    found = s3.get_object(**source)
    assert (found["Body"].read(), found["Metadata"]) == (DATA, {"new": "1"})


def test_a_copy_of_an_object_made_of_parts_has_the_etag_of_its_data(s3, bucket):
    data = os.urandom(6 * 1024 * 1024)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, piece in enumerate((data[: 5 * 1024 * 1024], data[5 * 1024 * 1024 :]), 1):
        part = s3.upload_part(
            Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=piece, ChecksumAlgorithm="SHA256"
        )
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    result = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/parts")["CopyObjectResult"]
    assert result["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert result["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data


def test_a_copy_may_be_given_another_checksum(s3, bucket, source, refusal):
    found = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, ChecksumAlgorithm="SHA1")["CopyObjectResult"]
    assert found["ChecksumSHA1"] == base64.b64encode(hashlib.sha1(DATA).digest()).decode()
    refused = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source, ChecksumAlgorithm="CRC64NVME")
    assert refused == ("NotImplemented", 501)


def test_conditions_on_the_source_and_on_what_is_there(s3, bucket, source, refusal):
    etag = s3.head_object(**source)["ETag"]
    call = {"Bucket": bucket, "Key": "copy", "CopySource": source}
    assert refusal(s3.copy_object, **call, CopySourceIfMatch='"other"') == ("PreconditionFailed", 412)
    assert refusal(s3.copy_object, **call, CopySourceIfNoneMatch=etag) == ("PreconditionFailed", 412)
    s3.copy_object(**call, CopySourceIfMatch=etag, IfNoneMatch="*")
    assert refusal(s3.copy_object, **call, IfNoneMatch="*") == ("PreconditionFailed", 412)


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        ("", "InvalidArgument", 400),
        ("no-key", "InvalidArgument", 400),
        ("Bad_Bucket/key", "InvalidArgument", 400),
        ("{bucket}/nothing", "NoSuchKey", 404),
        ("nowhere-at-all/key", "NoSuchBucket", 404),
        ("{bucket}/%ff", "InvalidURI", 400),
        ("{bucket}/" + "x" * 1025, "KeyTooLongError", 400),
        ("{bucket}/k?versionId=abc", "InvalidArgument", 400),
        ("arn:aws:s3:us-east-1:1:accesspoint/x/object/k", "InvalidArgument", 400),
    ],
)
def test_a_source_that_is_none_is_refused(send, bucket, given, code, status):
    headers = {"x-amz-copy-source": given.format(bucket=bucket)}
    found, _, body = send("PUT", f"/{bucket}/copy", headers=headers)
    assert (found, f"<Code>{code}</Code>".encode() in body) == (status, True), body


def test_a_source_may_begin_with_a_slash_and_name_its_only_version(send, bucket, source):
    headers = {"x-amz-copy-source": f"/{bucket}/{quote(source['Key'])}?versionId=null"}
    assert send("PUT", f"/{bucket}/copy", headers=headers)[0] == 200


def test_an_unknown_directive_is_refused(s3, bucket, source, refusal):
    refused = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="SHUFFLE")
    assert refused == ("InvalidArgument", 400)
