"""Checksum arithmetic by itself."""

from __future__ import annotations

import os
import zlib

import pytest

from local_aws.apis.s3.checksums import combine


def crc(data: bytes, polynomial: int, width: int) -> bytes:
    """A reflected CRC, bit by bit, as its definition has it."""
    mask = (1 << width) - 1
    value = mask
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return (value ^ mask).to_bytes(width // 8, "big")


CRC32C = (0x82F63B78, 32)
CRC64NVME = (0x9A6C9329AC4BC9B5, 64)


def test_the_definition_gives_the_published_check_values():
    # Of "123456789", from the catalogue of parametrised CRC algorithms.
    assert crc(b"123456789", *CRC32C).hex() == "e3069283"
    assert crc(b"123456789", *CRC64NVME).hex() == "ae8b14860a799888"


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 7), (7, 0), (1, 1), (100, 3), (3, 1000)])
@pytest.mark.parametrize(("algorithm", "parameters"), [("CRC32C", CRC32C), ("CRC64NVME", CRC64NVME)])
def test_the_crc_of_two_runs_follows_from_theirs(algorithm, parameters, left, right):
    first, second = os.urandom(left), os.urandom(right)
    whole = crc(first + second, *parameters)
    assert combine(algorithm, crc(first, *parameters), crc(second, *parameters), right) == whole


def test_large_runs_are_combined_at_once():
    first, second = os.urandom(1000), bytes(50_000_000)
    whole = zlib.crc32(second, zlib.crc32(first)).to_bytes(4, "big")
    parts = [zlib.crc32(run).to_bytes(4, "big") for run in (first, second)]
    assert combine("CRC32", *parts, len(second)) == whole
