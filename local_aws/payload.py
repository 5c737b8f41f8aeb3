"""The body of a signed request: read, held against the hash or chunk signatures that were signed, aws-chunked undone.

Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks" and "…with
trailing headers" in the S3 API reference.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator

from local_aws.registry import AwsError
from local_aws.signature import EMPTY_SHA256, UNSIGNED_PAYLOAD, Signed

_CHUNK_LINE_MOST_BYTES = 1024
_TRAILERS_MOST_BYTES = 16 * 1024
_STREAMING = re.compile(r"STREAMING-(UNSIGNED-PAYLOAD|AWS4-HMAC-SHA256-PAYLOAD)(-TRAILER)?")


def checked(body: AsyncIterator[bytes], signed: Signed, headers: dict[str, str]) -> AsyncIterator[bytes]:
    """The payload of a request, piece by piece. Raises AwsError at the end of what was not what had been signed.

    Trailing headers (checksums) are added to `headers` when the body has ended.
    """
    if match := _STREAMING.fullmatch(signed.payload_hash):
        return _Chunks(body, signed, headers, is_signed=match[1] != UNSIGNED_PAYLOAD).pieces()
    if signed.payload_hash == UNSIGNED_PAYLOAD:
        return body
    return _hashed(body, signed.payload_hash)


async def _hashed(body: AsyncIterator[bytes], expected: str) -> AsyncIterator[bytes]:
    digest = hashlib.sha256()
    async for piece in body:
        digest.update(piece)
        yield piece
    if not hmac.compare_digest(digest.hexdigest().encode(), expected.encode()):
        raise AwsError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )


class _Chunks:
    """Undoes aws-chunked framing, `size[;chunk-signature=…]` CRLF data CRLF, and verifies the chain of signatures."""

    def __init__(self, body: AsyncIterator[bytes], signed: Signed, headers: dict[str, str], *, is_signed: bool) -> None:
        self._body = body
        self._signed = signed
        self._headers = headers
        self._is_signed = is_signed
        self._previous = signed.signature
        self._held = bytearray()
        self._total = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        while True:
            size, signature = self._chunk_line(await self._line(_CHUNK_LINE_MOST_BYTES))
            digest = hashlib.sha256()
            remaining = size
            while remaining:
                piece = await self._take(remaining)
                remaining -= len(piece)
                digest.update(piece)
                yield piece
            self._total += size
            if self._is_signed:
                self._check("PAYLOAD", signature, EMPTY_SHA256 + "\n" + digest.hexdigest())
            if size == 0:
                break
            if await self._line(0) != b"":
                raise _malformed("a chunk is longer than its size says")
        await self._trailers()
        self._check_length()

    def _chunk_line(self, line: bytes) -> tuple[int, str]:
        size, _, extension = line.partition(b";")
        try:
            return int(size, 16), extension.partition(b"chunk-signature=")[2].decode("ascii")
        except ValueError as error:
            raise _malformed(f"chunk size {size[:32]!r} is not hexadecimal") from error

    async def _trailers(self) -> None:
        trailers: dict[str, str] = {}
        read = 0
        while line := await self._line(_TRAILERS_MOST_BYTES, at_end=True):
            read += len(line)
            if read > _TRAILERS_MOST_BYTES:
                raise _malformed("the trailing headers are too long")
            name, _, value = line.decode("latin-1").partition(":")
            trailers[name.strip().lower()] = value.strip()
        signature = trailers.pop("x-amz-trailer-signature", "")
        if self._is_signed and trailers:
            canonical = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
            self._check("TRAILER", signature, hashlib.sha256(canonical.encode("latin-1")).hexdigest())
        self._headers.update(trailers)

    def _check(self, what: str, signature: str, hashes: str) -> None:
        kind = f"AWS4-HMAC-SHA256-{what}"
        to_sign = "\n".join((kind, self._signed.moment, self._signed.scope, self._previous, hashes))
        expected = hmac.digest(self._signed.key, to_sign.encode(), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise AwsError("SignatureDoesNotMatch", "The signature of a chunk does not match its content.", 403)
        self._previous = signature

    def _check_length(self) -> None:
        said = self._headers.get("x-amz-decoded-content-length")
        if said is not None and said != str(self._total):
            raise AwsError("IncompleteBody", "You did not provide the number of bytes specified by the length header")

    async def _line(self, most: int, *, at_end: bool = False) -> bytes:
        """The bytes up to the next CRLF; with `at_end`, the end of the body ends a line as well."""
        while (end := self._held.find(b"\r\n")) < 0:
            if len(self._held) > most + 2:
                raise _malformed("a line is too long")
            if not await self._fill():
                if at_end:
                    end = len(self._held)
                    break
                raise _malformed("the body ends in the middle of a chunk")
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line

    async def _take(self, most: int) -> bytes:
        if not self._held and not await self._fill():
            raise _malformed("the body ends in the middle of a chunk")
        piece = bytes(self._held[:most])
        del self._held[:most]
        return piece

    async def _fill(self) -> bool:
        async for piece in self._body:
            if piece:
                self._held += piece
                return True
        return False


def _malformed(reason: str) -> AwsError:
    return AwsError("InvalidChunkSizeError", f"The aws-chunked body is malformed: {reason}.")
