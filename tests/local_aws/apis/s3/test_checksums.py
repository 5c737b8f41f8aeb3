"""Checksum arithmetic by itself."""

from __future__ import annotations

import os
import zlib

import pytest

from local_aws.apis.s3.checksums import combine, slow_crc


@pytest.mark.parametrize(
    ("algorithm", "check"), [("CRC32", "cbf43926"), ("CRC32C", "e3069283"), ("CRC64NVME", "ae8b14860a799888")]
)
def test_crcs_have_their_published_check_values(algorithm, check):
    # Of "123456789", from the catalogue of parametrised CRC algorithms.
    assert slow_crc(algorithm, b"123456789").hex() == check


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 7), (7, 0), (1, 1), (100, 3), (3, 1000)])
@pytest.mark.parametrize("algorithm", ["CRC32C", "CRC64NVME"])
def test_the_crc_of_two_runs_follows_from_theirs(algorithm, left, right):
    first, second = os.urandom(left), os.urandom(right)
    found = combine(algorithm, slow_crc(algorithm, first), slow_crc(algorithm, second), right)
    assert found == slow_crc(algorithm, first + second)


def test_large_runs_are_combined_at_once():
    first, second = os.urandom(1000), bytes(50_000_000)
    whole = zlib.crc32(second, zlib.crc32(first)).to_bytes(4, "big")
    parts = [zlib.crc32(run).to_bytes(4, "big") for run in (first, second)]
    assert combine("CRC32", *parts, len(second)) == whole
