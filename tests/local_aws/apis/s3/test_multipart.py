"""Multipart uploads through boto3: parts, their checksums, their listings, and every way to complete them wrongly."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib

import pytest

from local_aws.apis.s3.checksums import slow_crc

MIN = 5 * 1024 * 1024
BIG = os.urandom(MIN)


@pytest.fixture
def start(s3, bucket):
    def started(key="k", **settings):
        reply = s3.create_multipart_upload(Bucket=bucket, Key=key, **settings)
        return {"Bucket": bucket, "Key": key, "UploadId": reply["UploadId"]}

    return started


def feed(s3, upload, *parts, **settings):
    """Upload parts numbered from 1; gives what CompleteMultipartUpload wants to hear of them."""
    chosen = []
    for number, data in enumerate(parts, 1):
        reply = s3.upload_part(**upload, PartNumber=number, Body=data, **settings)
        sums = {name: value for name, value in reply.items() if name.startswith("Checksum")}
        chosen.append({"PartNumber": number, "ETag": reply["ETag"], **sums})
    return chosen


def complete(s3, upload, chosen, **settings):
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen}, **settings)


def test_parts_become_one_object(s3, bucket, start):
    upload = start(ContentType="text/csv", Metadata={"a": "1"}, Tagging="t=1")
    reply = complete(s3, upload, feed(s3, upload, BIG, b"tail"))
    digests = hashlib.md5(BIG).digest() + hashlib.md5(b"tail").digest()
    assert reply["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert reply["Location"].endswith(f"/{bucket}/k")
    found = s3.get_object(Bucket=bucket, Key="k")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (BIG + b"tail", "text/csv", {"a": "1"})
    assert found["TagCount"] == 1


def test_a_range_reaches_across_parts(s3, bucket, start):
    upload = start()
    complete(s3, upload, feed(s3, upload, BIG, b"tail"))
    found = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={MIN - 2}-{MIN + 1}")["Body"].read()
    assert found == BIG[-2:] + b"ta"


def test_parts_can_be_read_one_by_one(s3, bucket, start, refusal):
    upload = start(ChecksumAlgorithm="CRC32")
    chosen = feed(s3, upload, BIG, b"tail")
    complete(s3, upload, chosen)
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=2, ChecksumMode="ENABLED")
    assert (part["Body"].read(), part["PartsCount"]) == (b"tail", 2)
    assert part["ChecksumCRC32"] == chosen[1]["ChecksumCRC32"]
    assert refusal(s3.get_object, Bucket=bucket, Key="k", PartNumber=3) == ("InvalidPartNumber", 416)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts"], MaxParts=1)
    parts = attributes["ObjectParts"]
    assert (parts["TotalPartsCount"], parts["IsTruncated"], parts["Parts"][0]["Size"]) == (2, True, MIN)


def base64_of(digest):
    return base64.b64encode(digest).decode()


def test_a_composite_checksum_is_that_of_the_parts_checksums(s3, bucket, start):
    upload = start(ChecksumAlgorithm="SHA256")
    reply = complete(s3, upload, feed(s3, upload, BIG, b"tail", ChecksumAlgorithm="SHA256"))
    digests = hashlib.sha256(BIG).digest() + hashlib.sha256(b"tail").digest()
    assert reply["ChecksumSHA256"] == f"{base64_of(hashlib.sha256(digests).digest())}-2"
    assert reply["ChecksumType"] == "COMPOSITE"


def test_a_composite_crc_that_only_clients_compute_is_made_of_what_they_sent(s3, start):
    upload = start(ChecksumAlgorithm="CRC32C")
    # The CRC32C of 32 zero bytes (RFC 3720, B.4).
    crc = bytes.fromhex("8a9136aa")
    part = s3.upload_part(**upload, PartNumber=1, Body=bytes(32), ChecksumCRC32C=base64_of(crc))
    reply = complete(s3, upload, [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32C": base64_of(crc)}])
    assert reply["ChecksumCRC32C"] == f"{base64_of(slow_crc('CRC32C', crc))}-1"


def test_a_full_crc_is_that_of_the_whole_object(s3, bucket, start, refusal):
    upload = start(ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    chosen = feed(s3, upload, BIG, BIG[::-1], b"tail")
    whole = base64_of(zlib.crc32(BIG + BIG[::-1] + b"tail").to_bytes(4, "big"))
    kind = {"ChecksumType": "FULL_OBJECT"}
    wrong = base64_of(bytes(4))
    refused = refusal(complete, s3=s3, upload=upload, chosen=chosen, ChecksumCRC32=wrong, **kind)
    assert refused == ("BadDigest", 400)
    reply = complete(s3, upload, chosen, ChecksumCRC32=whole, **kind)
    assert (reply["ChecksumCRC32"], reply["ChecksumType"]) == (whole, "FULL_OBJECT")
    s3.get_object(Bucket=bucket, Key="k")["Body"].read()


def test_parts_have_the_checksum_that_the_upload_was_started_with(s3, start, refusal):
    upload = start(ChecksumAlgorithm="SHA256")
    refused = refusal(s3.upload_part, **upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
    assert refused == ("InvalidRequest", 400)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"ChecksumAlgorithm": "ROT13"}, "InvalidRequest"),
        ({"ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}, "InvalidRequest"),
        ({"StorageClass": "CUPBOARD"}, "InvalidStorageClass"),
        ({"Tagging": "a=1&a=2"}, "InvalidTag"),
    ],
)
def test_an_upload_that_could_not_end_well_is_not_started(s3, bucket, refusal, settings, code):
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="k", **settings) == (code, 400)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda parts: parts[::-1], "InvalidPartOrder"),
        (lambda parts: [parts[0], parts[0]], "InvalidPartOrder"),
        (lambda parts: [{**parts[0], "ETag": '"0"'}], "InvalidPart"),
        (lambda parts: [{**parts[0], "ChecksumCRC32": "AAAAAA=="}], "InvalidPart"),
        (lambda parts: [*parts, {"PartNumber": 9, "ETag": parts[0]["ETag"]}], "InvalidPart"),
        (lambda parts: [{"ETag": parts[0]["ETag"]}], "MalformedXML"),
        (lambda parts: [{"PartNumber": 1}], "MalformedXML"),
        (lambda parts: [], "MalformedXML"),
        (lambda parts: parts, "EntityTooSmall"),
    ],
)
def test_a_wrong_completion_is_refused_and_can_be_put_right(s3, bucket, start, refusal, spoil, code):
    upload = start()
    chosen = feed(s3, upload, b"small", b"last")
    assert refusal(complete, s3=s3, upload=upload, chosen=spoil(chosen)) == (code, 400)
    complete(s3, upload, chosen[:1])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"small"


def test_a_completion_is_held_against_size_and_conditions(s3, bucket, start, refusal):
    upload = start()
    chosen = feed(s3, upload, b"data")
    call = {"s3": s3, "upload": upload, "chosen": chosen}
    assert refusal(complete, **call, MpuObjectSize=5) == ("InvalidRequest", 400)
    s3.put_object(Bucket=bucket, Key="k", Body=b"there already")
    assert refusal(complete, **call, IfNoneMatch="*") == ("PreconditionFailed", 412)
    complete(**call, MpuObjectSize=4)


def test_a_completion_may_be_repeated_when_its_answer_was_lost(s3, start, refusal):
    upload = start()
    chosen = feed(s3, upload, b"data")
    first = complete(s3, upload, chosen)
    again = complete(s3, upload, chosen)
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    s3.put_object(Bucket=upload["Bucket"], Key="k", Body=b"newer")
    assert refusal(complete, s3=s3, upload=upload, chosen=chosen) == ("NoSuchUpload", 404)


def test_a_part_sent_again_replaces_the_first(s3, bucket, start):
    upload = start()
    feed(s3, upload, b"first")
    complete(s3, upload, feed(s3, upload, b"second"))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


def test_an_aborted_upload_is_gone(s3, bucket, start, refusal):
    upload = start()
    feed(s3, upload, b"x")
    s3.abort_multipart_upload(**upload)
    gone = ("NoSuchUpload", 404)
    assert refusal(s3.abort_multipart_upload, **upload) == gone
    assert refusal(s3.upload_part, **upload, PartNumber=1, Body=b"x") == gone
    assert refusal(s3.list_parts, **upload) == gone
    assert refusal(complete, s3=s3, upload=upload, chosen=[{"PartNumber": 1, "ETag": "x"}]) == gone
    assert refusal(s3.upload_part, **upload | {"Bucket": "nowhere-at-all"}, PartNumber=1, Body=b"") == (
        "NoSuchBucket",
        404,
    )


@pytest.mark.parametrize("number", ["0", "10001", "-1", "one", "", "1e3"])
def test_a_part_number_out_of_range_is_refused(send, start, number):
    upload = start()
    path = f"/{upload['Bucket']}/k?partNumber={number}&uploadId={upload['UploadId']}"
    status, _, body = send("PUT", path, b"x")
    assert (status, b"<Code>InvalidArgument</Code>" in body) == (400, True)


def test_a_part_damaged_on_its_way_is_not_kept(s3, start, refusal):
    upload = start()
    refused = refusal(s3.upload_part, **upload, PartNumber=1, Body=b"x", ChecksumCRC32="AAAAAA==")
    assert refused == ("BadDigest", 400)
    assert "Parts" not in s3.list_parts(**upload)


def test_parts_are_listed_in_pages(s3, start):
    upload = start(ChecksumAlgorithm="CRC32")
    feed(s3, upload, b"1", b"22", b"333")
    pages = list(s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2}))
    assert [[part["Size"] for part in page["Parts"]] for page in pages] == [[1, 2], [3]]
    assert (pages[0]["ChecksumAlgorithm"], pages[0]["ChecksumType"]) == ("CRC32", "COMPOSITE")
    assert pages[0]["Parts"][0]["ChecksumCRC32"] == base64_of(zlib.crc32(b"1").to_bytes(4, "big"))


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_uploads_are_listed_in_pages_and_rolled_up(s3, bucket, start, size):
    keys = ["a/1", "a/2", "b", "b", "z/1", "é"]
    ids = [start(key)["UploadId"] for key in keys]
    paginator = s3.get_paginator("list_multipart_uploads")
    pages = list(paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": size}))
    assert [entry["Key"] for page in pages for entry in page.get("Uploads", [])] == keys
    assert {entry["UploadId"] for page in pages for entry in page.get("Uploads", [])} == set(ids)
    pages = list(paginator.paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}))
    assert [entry["Key"] for page in pages for entry in page.get("Uploads", [])] == ["b", "b", "é"]
    assert [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])] == ["a/", "z/"]
    (upload,) = s3.list_multipart_uploads(Bucket=bucket, Prefix="z")["Uploads"]
    assert (upload["Key"], upload["StorageClass"]) == ("z/1", "STANDARD")


def test_a_part_may_be_a_copy_of_a_range(s3, bucket, start, refusal):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = start(ChecksumAlgorithm="SHA1")
    source = {"CopySource": {"Bucket": bucket, "Key": "source"}, "PartNumber": 1}
    result = s3.upload_part_copy(**upload, **source, CopySourceRange="bytes=2-5")["CopyPartResult"]
    assert result["ETag"] == f'"{hashlib.md5(b"2345").hexdigest()}"'
    assert result["ChecksumSHA1"] == base64_of(hashlib.sha1(b"2345").digest())
    for wrong in ("bytes=0-10", "bytes=5-2", "bytes=2-", "2-5"):
        refused = refusal(s3.upload_part_copy, **upload, **source, CopySourceRange=wrong)
        assert refused == ("InvalidArgument", 400)
    complete(s3, upload, [{"PartNumber": 1, "ETag": result["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2345"


def test_boto3_uploads_and_downloads_a_large_file_in_parts(s3, bucket, tmp_path):
    data = os.urandom(17 * 1024 * 1024)
    (tmp_path / "in").write_bytes(data)
    s3.upload_file(str(tmp_path / "in"), bucket, "large", ExtraArgs={"Metadata": {"a": "1"}})
    assert s3.head_object(Bucket=bucket, Key="large", PartNumber=1)["PartsCount"] == 3
    s3.download_file(bucket, "large", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == data
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data
