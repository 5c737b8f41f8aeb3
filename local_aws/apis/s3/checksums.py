"""Checksums of objects: those sent with the data are verified, those of parts become the whole object's.

Source: "Checking object integrity in Amazon S3" in the S3 user guide. CRC32C, CRC64NVME and the XXHASH family need
more than the standard library to be computed over data at speed: what was sent is kept, and a CRC of parts is combined.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from local_aws.apis.s3.errors import invalid_request
from local_aws.objects import Checksum, Part
from local_aws.registry import AwsError

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
DIGEST_BYTES = {
    "CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16,
    "XXHASH64": 8, "XXHASH3": 8, "XXHASH128": 16,
}  # fmt: skip
_REFLECTED_POLYNOMIALS = {"CRC32": 0xEDB88320, "CRC32C": 0x82F63B78, "CRC64NVME": 0x9A6C9329AC4BC9B5}
_PREFIX = "x-amz-checksum-"


class Digest(Protocol):
    """What hashlib's objects do."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_COMPUTABLE: dict[str, Callable[[], Digest]] = {
    "CRC32": _Crc32,
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}


def is_computable(algorithm: str) -> bool:
    return algorithm in _COMPUTABLE


def algorithm_named(name: str) -> str:
    """The algorithm of a header's value, in upper case. Raises AwsError on one that S3 does not have."""
    algorithm = name.upper()
    if algorithm not in DIGEST_BYTES:
        raise invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types."
        )
    return algorithm


class Verifier:
    """Follows a body and holds it against the checksums that came with it, in headers or trailers.

    `expected` is the algorithm that a multipart upload was started with: it is computed even if the client sent none.
    """

    def __init__(self, headers: Mapping[str, str], expected: str = "") -> None:
        self._headers = headers
        self._md5 = _content_md5(headers)
        self.algorithm = _announced(headers) or expected
        if expected and self.algorithm != expected:
            raise invalid_request(
                f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, "
                f"actual checksum Type: {self.algorithm.lower()}"
            )
        self._digest = _COMPUTABLE[self.algorithm]() if self.algorithm in _COMPUTABLE else None

    def update(self, data: bytes) -> None:
        if self._digest is not None:
            self._digest.update(data)

    def check(self, body: bytes) -> None:
        """Follow and finish a body that is whole already."""
        self.update(body)
        self.finish(hashlib.md5(body, usedforsecurity=False).digest())

    def finish(self, md5: bytes) -> Checksum | None:
        """The checksum to keep, once the body has ended. Raises AwsError where a checksum differs."""
        if self._md5 is not None and self._md5 != md5:
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)
        if not self.algorithm:
            return None
        sent = self._headers.get(_PREFIX + self.algorithm.lower())
        if sent is not None:
            check_value(self.algorithm, sent)
        if self._digest is None:
            return Checksum(self.algorithm, sent) if sent else None
        computed = base64.b64encode(self._digest.digest()).decode()
        if sent is not None and sent != computed:
            raise bad_digest(self.algorithm)
        return Checksum(self.algorithm, computed)


def digest_of(algorithm: str) -> Digest:
    """A running digest of a computable algorithm. Raises AwsError on another one."""
    if algorithm not in _COMPUTABLE:
        raise AwsError("NotImplemented", f"Local AWS cannot compute {algorithm} over data that it holds.", 501)
    return _COMPUTABLE[algorithm]()


def sent_value(headers: Mapping[str, str], algorithm: str) -> str | None:
    return headers.get(_PREFIX + algorithm.lower())


def bad_digest(algorithm: str) -> AwsError:
    return AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.", 400)


def check_value(algorithm: str, value: str) -> None:
    """Raise AwsError unless this is base64 of as many bytes as the algorithm gives."""
    if len(_decoded(value)) != DIGEST_BYTES[algorithm]:
        raise invalid_request(f"Value for {_PREFIX}{algorithm.lower()} header is invalid.")


def as_headers(checksum: Checksum | None) -> dict[str, str]:
    if checksum is None:
        return {}
    return {_PREFIX + checksum.algorithm.lower(): checksum.value, "x-amz-checksum-type": checksum.kind}


def as_members(checksum: Checksum | None, *, kind: bool = True) -> dict[str, str]:
    """The same as members of an XML reply, like ChecksumCRC32."""
    if checksum is None:
        return {}
    members = {f"Checksum{checksum.algorithm}": checksum.value}
    return members | {"ChecksumType": checksum.kind} if kind else members


def default_kind(algorithm: str) -> str:
    """The kind of a multipart object's checksum where the client does not choose."""
    return FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE


def check_kind(algorithm: str, kind: str) -> str:
    """The kind itself. Raises AwsError where the algorithm does not have it: only CRCs can be combined."""
    allowed = {FULL_OBJECT} if algorithm == "CRC64NVME" else {COMPOSITE}
    if algorithm in _REFLECTED_POLYNOMIALS:
        allowed = allowed | {FULL_OBJECT}
    if kind not in allowed:
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return kind


def of_parts(algorithm: str, kind: str, parts: Sequence[Part]) -> Checksum | None:
    """A multipart object's checksum from those of its parts; None where a part has none."""
    values = [_decoded(part.checksum.value) for part in parts if part.checksum and part.checksum.algorithm == algorithm]
    if len(values) != len(parts):
        return None
    if kind == FULL_OBJECT:
        total = values[0]
        for value, part in zip(values[1:], parts[1:], strict=True):
            total = combine(algorithm, total, value, part.size)
        return Checksum(algorithm, base64.b64encode(total).decode(), kind)
    if algorithm in _COMPUTABLE:
        digest = _COMPUTABLE[algorithm]()
        digest.update(b"".join(values))
        composite = digest.digest()
    elif algorithm in _REFLECTED_POLYNOMIALS:
        composite = slow_crc(algorithm, b"".join(values))
    else:
        return None
    return Checksum(algorithm, f"{base64.b64encode(composite).decode()}-{len(parts)}", kind)


def slow_crc(algorithm: str, data: bytes) -> bytes:
    """A CRC bit by bit, for data of some kilobytes."""
    polynomial, size = _REFLECTED_POLYNOMIALS[algorithm], DIGEST_BYTES[algorithm]
    every_bit = (1 << 8 * size) - 1
    value = every_bit
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return (value ^ every_bit).to_bytes(size)


def combine(algorithm: str, first: bytes, second: bytes, second_size: int) -> bytes:
    """The CRC of two runs of bytes from the CRC of each and the second's length.

    Appending n zero bytes multiplies a CRC by x^(8n) modulo the polynomial; zlib's crc32_combine() does the same.
    """
    polynomial, width = _REFLECTED_POLYNOMIALS[algorithm], 8 * len(first)
    shifted = _multiply(int.from_bytes(first), _power_of_x(8 * second_size, polynomial, width), polynomial, width)
    return (shifted ^ int.from_bytes(second)).to_bytes(len(first))


def _multiply(left: int, right: int, polynomial: int, width: int) -> int:
    """left * right modulo the polynomial, bits reflected: the highest bit is the constant term."""
    product = 0
    for bit in range(width - 1, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = (right >> 1) ^ (polynomial if right & 1 else 0)
    return product


def _power_of_x(exponent: int, polynomial: int, width: int) -> int:
    result, square = 1 << (width - 1), 1 << (width - 2)
    while exponent:
        if exponent & 1:
            result = _multiply(result, square, polynomial, width)
        square = _multiply(square, square, polynomial, width)
        exponent >>= 1
    return result


def _announced(headers: Mapping[str, str]) -> str:
    """The algorithm of the checksum that comes with a body, "" where none does."""
    names = [name for name in headers if name.startswith(_PREFIX)]
    names += [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")]
    found = {name.removeprefix(_PREFIX).upper() for name in names if name.startswith(_PREFIX)} & DIGEST_BYTES.keys()
    if len(found) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    wanted = headers.get("x-amz-sdk-checksum-algorithm")
    if wanted is not None and algorithm_named(wanted) not in found:
        raise invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        )
    return found.pop() if found else ""


def _content_md5(headers: Mapping[str, str]) -> bytes | None:
    sent = headers.get("content-md5")
    if sent is None:
        return None
    if len(decoded := _decoded(sent)) != DIGEST_BYTES["MD5"]:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, {"Content-MD5": sent})
    return decoded


def _decoded(value: str) -> bytes:
    """Base64 decoded; b"", which is no checksum, where it is not base64."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
