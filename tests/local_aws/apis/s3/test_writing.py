"""PutObject: what is kept, and every way in which data can fail to be what was announced."""

from __future__ import annotations

import base64
import hashlib
import socket
import zlib
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

DATA = b"hello world"


def base64_of(digest):
    return base64.b64encode(digest).decode()


def test_an_object_keeps_its_headers_metadata_and_tags(s3, bucket):
    kept = {
        "ContentType": "text/csv", "CacheControl": "no-store", "ContentDisposition": 'attachment; filename="a.csv"',
        "ContentEncoding": "gzip", "ContentLanguage": "es", "StorageClass": "STANDARD_IA",
        "WebsiteRedirectLocation": "/other", "Metadata": {"one": "1", "two": "dos tres"},
    }  # fmt: skip
    s3.put_object(Bucket=bucket, Key="k", Body=DATA, Tagging="a=1&b=x%20y", **kept)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert {name: head[name] for name in kept} == kept
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]


def test_metadata_beyond_ascii_comes_back_as_the_same_bytes(send, bucket):
    send("PUT", f"/{bucket}/k", DATA, {"x-amz-meta-name": "señal"})
    assert send("HEAD", f"/{bucket}/k")[1]["x-amz-meta-name"].encode("latin-1").decode() == "señal"


def test_the_etag_is_the_md5_and_the_type_is_binary_by_default(s3, bucket):
    reply = s3.put_object(Bucket=bucket, Key="k", Body=DATA)
    assert reply["ETag"] == f'"{hashlib.md5(DATA).hexdigest()}"'
    assert reply["ServerSideEncryption"] == "AES256"
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_001])
def test_data_of_any_size_comes_back(s3, bucket, size):
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == data


@pytest.mark.parametrize(
    "key",
    ["../../../etc/passwd", "a/../b", "a//b", "/leading", "trailing/", ".", "..", "a b+c&d=e?f#g%h", "nul\0",
     "new\nline", "ñandú/😀", "%2e%2e/%00", "\\back", "x" * 1024, "é" * 512, "~!*'()", "<xml>&amp;"],
)  # fmt: skip
def test_any_key_is_a_name_and_never_a_path(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_key_that_is_too_long_or_no_text_is_refused(s3, bucket, refusal, send):
    assert refusal(s3.put_object, Bucket=bucket, Key="é" * 513, Body=DATA) == ("KeyTooLongError", 400)
    status, _, body = send("PUT", f"/{bucket}/%ff%fe", DATA)
    assert (status, b"<Code>InvalidURI</Code>" in body) == (400, True)


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256", "SHA512", "MD5"])
def test_a_checksum_is_verified_kept_and_given_back(s3, bucket, refusal, algorithm):
    digests = {
        "CRC32": zlib.crc32(DATA).to_bytes(4, "big"),
        "SHA1": hashlib.sha1(DATA).digest(),
        "SHA256": hashlib.sha256(DATA).digest(),
        "SHA512": hashlib.sha512(DATA).digest(),
        "MD5": hashlib.md5(DATA).digest(),
    }
    member, value = f"Checksum{algorithm}", base64_of(digests[algorithm])
    assert s3.put_object(Bucket=bucket, Key="k", Body=DATA, **{member: value})[member] == value
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (head[member], head["ChecksumType"]) == (value, "FULL_OBJECT")
    assert member not in s3.head_object(Bucket=bucket, Key="k")
    wrong = base64_of(bytes(len(digests[algorithm])))
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"other", **{member: wrong}) == ("BadDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == DATA


@pytest.mark.parametrize(("algorithm", "size"), [("CRC32C", 4), ("CRC64NVME", 8), ("XXHASH64", 8)])
def test_a_checksum_that_cannot_be_computed_here_is_kept_as_sent(send, bucket, algorithm, size):
    name = f"x-amz-checksum-{algorithm.lower()}"
    assert send("PUT", f"/{bucket}/k", DATA, {name: base64_of(bytes(size))})[0] == 200
    assert send("HEAD", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"})[1][name] == base64_of(bytes(size))


def test_the_checksum_of_a_trailer_is_verified(connection, s3, bucket):
    assert chunked(connection, f"/{bucket}/k", DATA, zlib.crc32(DATA)).startswith(b"HTTP/1.1 200")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC32"] == base64_of(
        zlib.crc32(DATA).to_bytes(4, "big")
    )
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == len(DATA)
    assert b"BadDigest" in chunked(connection, f"/{bucket}/other", DATA, 7)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]


def chunked(connection, path, data, crc):
    """Send data aws-chunked with its CRC32 in a trailer, as SDKs do over TLS; gives the raw reply."""
    headers = {
        "content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": str(len(data)), "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }  # fmt: skip
    request = AWSRequest("PUT", connection.endpoint + path, headers=headers)
    signer = S3SigV4Auth(Credentials(connection.access_key, connection.secret_key), "s3", "us-east-1")
    signer.payload = lambda request: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    signer.add_auth(request)
    checksum = base64_of(crc.to_bytes(4, "big"))
    body = b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(data), data, checksum.encode())
    return exchange(connection, "PUT", path, dict(request.headers.items()), body)


def exchange(connection, method, path, headers, body, *, length=None):
    """Send bytes as they are and close the sending side; gives the raw reply."""
    where = urlsplit(connection.endpoint)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"host: {where.netloc}",
        f"content-length: {len(body) if length is None else length}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode() + body)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-MD5": base64_of(hashlib.md5(b"other").digest())}, "BadDigest"),
        ({"Content-MD5": "rubbish"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": "rubbish"}, "InvalidRequest"),
        ({"x-amz-checksum-crc32c": base64_of(bytes(3))}, "InvalidRequest"),
        ({"x-amz-checksum-crc32": base64_of(bytes(4)), "x-amz-checksum-sha1": base64_of(bytes(20))}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "CRC32"}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "ROT13"}, "InvalidRequest"),
        ({"x-amz-decoded-content-length": "-1"}, "InvalidArgument"),
        ({"x-amz-decoded-content-length": "²"}, "InvalidArgument"),
        ({"x-amz-decoded-content-length": "10"}, "IncompleteBody"),
        ({"x-amz-decoded-content-length": "12"}, "IncompleteBody"),
        ({"x-amz-decoded-content-length": str(5 * 1024**3 + 1)}, "EntityTooLarge"),
        ({"x-amz-meta-big": "x" * 2048}, "MetadataTooLarge"),
        ({"x-amz-storage-class": "CUPBOARD"}, "InvalidStorageClass"),
        ({"x-amz-server-side-encryption": "ROT13"}, "InvalidEncryptionAlgorithmError"),
        ({"x-amz-acl": "public-read"}, "AccessControlListNotSupported"),
        ({"x-amz-grant-read": "id=1"}, "AccessControlListNotSupported"),
        ({"x-amz-object-lock-mode": "GOVERNANCE"}, "InvalidRequest"),
        ({"x-amz-tagging": "a=1&a=2"}, "InvalidTag"),
        ({"x-amz-tagging": "=1"}, "InvalidTag"),
        ({"x-amz-tagging": "just text"}, "InvalidArgument"),
        ({"x-amz-tagging": "&".join(f"k{n}=v" for n in range(11))}, "BadRequest"),
    ],
)
def test_a_wrong_header_is_refused_and_nothing_is_kept(send, bucket, headers, code):
    status, _, body = send("PUT", f"/{bucket}/k", DATA, headers)
    assert (status, f"<Code>{code}</Code>".encode() in body) == (400, True), body
    assert send("HEAD", f"/{bucket}/k")[0] == 404


@pytest.mark.parametrize(
    "headers",
    [{"x-amz-storage-class": "GLACIER"}, {"x-amz-server-side-encryption-customer-algorithm": "AES256"}],
)
def test_what_local_aws_does_not_do_is_not_pretended(send, bucket, headers):
    assert send("PUT", f"/{bucket}/k", DATA, headers)[0] == 501


def test_a_write_can_be_made_to_depend_on_what_is_there(s3, bucket, refusal):
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"0"') == ("PreconditionFailed", 412)
    assert refusal(s3.put_object, Bucket=bucket, Key="new", Body=b"2", IfMatch='"0"') == ("NoSuchKey", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first["ETag"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"


def test_an_upload_broken_off_leaves_the_old_object(connection, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    request = AWSRequest("PUT", f"{connection.endpoint}/{bucket}/k", headers={})
    signer = S3SigV4Auth(Credentials(connection.access_key, connection.secret_key), "s3", "us-east-1")
    signer.payload = lambda request: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    exchange(connection, "PUT", f"/{bucket}/k", dict(request.headers.items()), b"half of it", length=1_000_000)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"old"


def test_a_body_of_unknown_length_is_refused(connection, bucket):
    request = AWSRequest("PUT", f"{connection.endpoint}/{bucket}/k", headers={})
    signer = S3SigV4Auth(Credentials(connection.access_key, connection.secret_key), "s3", "us-east-1")
    signer.payload = lambda request: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    where = urlsplit(connection.endpoint)
    lines = [f"PUT /{bucket}/k HTTP/1.1", f"host: {where.netloc}", "transfer-encoding: chunked", "connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + b"3\r\nabc\r\n0\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 411")


def test_a_bucket_that_is_not_there_takes_nothing(s3, refusal):
    assert refusal(s3.put_object, Bucket="nowhere-at-all", Key="k", Body=DATA) == ("NoSuchBucket", 404)
