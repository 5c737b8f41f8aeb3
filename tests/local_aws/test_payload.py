"""aws-chunked bodies, made here as the S3 API reference describes them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import pytest

from local_aws.payload import checked
from local_aws.registry import AwsError
from local_aws.signature import EMPTY_SHA256, Signed

KEY = b"k" * 32
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def head(payload_hash: str) -> Signed:
    scope = "20260101/us-east-1/s3/aws4_request"
    return Signed("s3", "us-east-1", payload_hash, "20260101T000000Z", scope, "seed", KEY)


def chunk_signature(kind: str, previous: str, hashes: str) -> str:
    to_sign = f"{kind}\n20260101T000000Z\n20260101/us-east-1/s3/aws4_request\n{previous}\n{hashes}"
    return hmac.new(KEY, to_sign.encode(), hashlib.sha256).hexdigest()


def signed_chunks(*chunks: bytes) -> bytes:
    body, previous = b"", "seed"
    for chunk in (*chunks, b""):
        hashes = f"{EMPTY_SHA256}\n{hashlib.sha256(chunk).hexdigest()}"
        previous = chunk_signature("AWS4-HMAC-SHA256-PAYLOAD", previous, hashes)
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    return body + b"\r\n"


def read(body: bytes, payload_hash: str, headers: dict[str, str] | None = None, piece: int = 7) -> bytes:
    async def pieces():
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    async def all_of_it():
        stream = checked(pieces(), head(payload_hash), headers if headers is not None else {})
        return b"".join([part async for part in stream])

    return asyncio.run(all_of_it())


def refused(*arguments, **more) -> str:
    with pytest.raises(AwsError) as error:
        read(*arguments, **more)
    return error.value.code


@pytest.mark.parametrize("piece", [1, 7, 64, 100_000])
def test_signed_chunks_are_joined_however_they_arrive(piece):
    assert read(signed_chunks(b"hello ", b"w" * 300), SIGNED, piece=piece) == b"hello " + b"w" * 300


def test_a_changed_byte_in_a_chunk_is_refused():
    assert refused(signed_chunks(b"hello").replace(b"hello", b"jello"), SIGNED) == "SignatureDoesNotMatch"


def test_chunks_in_another_order_are_refused():
    one, two = signed_chunks(b"a" * 8, b"b" * 8).split(b"\r\n", 2)[1], b"b" * 8
    assert refused(signed_chunks(b"a" * 8, b"b" * 8).replace(one, b"?" * 8).replace(two, one), SIGNED)


def test_trailers_become_headers_when_the_body_has_ended():
    headers: dict[str, str] = {}
    assert read(b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", UNSIGNED_TRAILER, headers) == b"abc"
    assert headers["x-amz-checksum-crc32"] == "NSRBwg=="


def test_signed_trailers_are_verified():
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    framed = signed_chunks(b"abc").removesuffix(b"\r\n")
    last = framed.rstrip(b"\r\n").rpartition(b"=")[2].decode()
    digest = hashlib.sha256(b"x-amz-checksum-crc32:NSRBwg==\n").hexdigest()
    good = chunk_signature("AWS4-HMAC-SHA256-TRAILER", last, digest)
    trailer = "x-amz-checksum-crc32:{}\r\nx-amz-trailer-signature:" + good + "\r\n\r\n"
    assert read(framed + trailer.format("NSRBwg==").encode(), kind) == b"abc"
    assert refused(framed + trailer.format("AAAAAA==").encode(), kind) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nab",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"5" * 2000,
        b"0\r\n" + b"h:" + b"v" * 40_000 + b"\r\n\r\n",
    ],
)
def test_malformed_chunks_are_refused(body):
    assert refused(body, UNSIGNED_TRAILER) == "InvalidChunkSizeError"


def test_a_body_of_another_length_than_it_says_is_refused():
    headers = {"x-amz-decoded-content-length": "4"}
    assert refused(b"3\r\nabc\r\n0\r\n\r\n", UNSIGNED_TRAILER, headers) == "IncompleteBody"


def test_a_hashed_body_is_held_against_its_hash():
    assert read(b"abc", hashlib.sha256(b"abc").hexdigest()) == b"abc"
    assert refused(b"abd", hashlib.sha256(b"abc").hexdigest()) == "XAmzContentSHA256Mismatch"


def test_an_unsigned_payload_passes_as_it_is():
    assert read(b"abc", "UNSIGNED-PAYLOAD") == b"abc"
