"""Checks input against the constraints of a botocore shape and words violations as AWS does. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex
from botocore.model import Shape

from local_aws.registry import AwsError

_LONGEST_VALUE_QUOTED = 256


def validate(shape: Shape, value: dict[str, Any], code: str = "ValidationException") -> None:
    """Raise AwsError naming every member that breaks a constraint of the model, in AWS's own wording."""
    found = list(_violations(shape, value, ""))
    if not found:
        return
    count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    raise AwsError(code, f"{count} detected: " + "; ".join(found))


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from _structure(shape, value, path)
        case "list":
            yield from _size(shape, value, path)
            for number, item in enumerate(value, 1):
                yield from _violations(shape.member, item, f"{path}.{number}.member")
        case "map":
            yield from _size(shape, value, path)
            for key, item in value.items():
                yield from _violations(shape.key, key, f"{path}.key")
                yield from _violations(shape.value, item, f"{path}.{key}.member")
        case "string":
            yield from _string(shape, value, path)
        case "blob":
            yield from _size(shape, value, path)
        case "integer" | "long" | "float" | "double":
            yield from _range(shape, value, path)


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        yield from _violations(shape.members[name], item, _join(path, name))


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    limits = shape.metadata
    yield from _size(shape, value, path)
    if (pattern := limits.get("pattern")) and not _compiled(pattern).fullmatch(value):
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    if (allowed := limits.get("enum")) and value not in allowed:
        yield _broken(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def _size(shape: Shape, value: Any, path: str) -> Iterator[str]:
    limits, size = shape.metadata, len(value)
    if size < limits.get("min", 0):
        yield _broken(value, path, f"Member must have length greater than or equal to {limits['min']}")
    if size > limits.get("max", size):
        yield _broken(value, path, f"Member must have length less than or equal to {limits['max']}")


def _range(shape: Shape, value: float, path: str) -> Iterator[str]:
    limits = shape.metadata
    if value < limits.get("min", value):
        yield _broken(value, path, f"Member must have value greater than or equal to {limits['min']}")
    if value > limits.get("max", value):
        yield _broken(value, path, f"Member must have value less than or equal to {limits['max']}")


def _broken(value: Any, path: str, constraint: str) -> str:
    quoted = f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)
    if len(quoted) > _LONGEST_VALUE_QUOTED:
        quoted = quoted[:_LONGEST_VALUE_QUOTED] + "…"
    return f"Value '{quoted}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> regex.Pattern[str]:
    # AWS's patterns are Java's: \p{L} and the like, which the standard library's re lacks.
    return regex.compile(pattern)
