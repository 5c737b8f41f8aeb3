"""What an ML instance type offers, from its name: the memory that a process on it may use."""

from __future__ import annotations

_GIB = 1 << 30
_SIZES = {"medium": 0.5, "large": 1.0, "xlarge": 2.0}
_GIB_OF_LARGE = {"t": 8.0, "m": 8.0, "c": 4.0, "r": 16.0}
"""Memory of the size "large" by family; each size doubles it (https://aws.amazon.com/sagemaker/ai/pricing/)."""
_GIB_OF_OTHER_LARGE = 8.0
"""Families with accelerators, which this machine does not have: what a general-purpose instance offers."""


def memory_bytes(instance_type: str) -> int:
    """The memory of an instance type such as "ml.m5.xlarge"."""
    _, family, size = instance_type.split(".")
    multiple = size.removesuffix("xlarge")
    larges = 2.0 * int(multiple) if multiple.isdigit() else _SIZES.get(size, 2.0)
    return int(_GIB * larges * _GIB_OF_LARGE.get(family[0], _GIB_OF_OTHER_LARGE))
