"""What all our SageMaker resources have in common: how they are named and tagged, and asking for many at once."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from services import aws

TAGS = {"app": "celaje"}
"""On every resource we make; nothing without it is ever changed or deleted."""

PREFIX = "celaje-"
_LONGEST_SUBJECT = 32
"""With prefix, time and random ending a name stays within SageMaker's 63 characters."""
_LONGEST_TAG_VALUE = 256
_TAG_CHARACTER = re.compile(r"[\w .:/+\-@]")
_ENCODED = re.compile(r"(?:=[0-9A-F]{2})+")
_REQUESTS_AT_ONCE = 8

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def slug(subject: str) -> str:
    """The subject in the characters SageMaker allows in names: letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:_LONGEST_SUBJECT].strip("-").lower() or "data"


def new(subject: str) -> str:
    """A name that nothing else has and that says what it is of and when it was made, like
    "celaje-breast-cancer-261120-093015-7f3a"."""
    return f"{PREFIX}{slug(subject)}-{datetime.now(UTC):%y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def tags(**values: str) -> list[dict[str, str]]:
    """Our tags in SageMaker's form: app=celaje and celaje:<key>=<value>."""
    ours = TAGS | {f"celaje:{key}": _written(value) for key, value in values.items()}
    return [{"Key": key, "Value": value} for key, value in ours.items()]


def tags_of(arn: str) -> dict[str, str]:
    """The tags of a SageMaker resource, ours with the values they were made of."""
    pages = aws.client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=arn)
    found = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    return {key: _read(value) if key.startswith("celaje:") else value for key, value in found.items()}


def is_ours(found: dict[str, str]) -> bool:
    return TAGS.items() <= found.items()


def each(ask: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Ask for several things at once, in order, on the backend of this thread."""
    todo = list(items)
    if len(todo) < 2:
        return [ask(item) for item in todo]
    with ThreadPoolExecutor(min(_REQUESTS_AT_ONCE, len(todo))) as threads:
        waiting = [threads.submit(copy_context().run, ask, item) for item in todo]
        return [answer.result() for answer in waiting]


def listed(
    operation: str, member: str, limit: int | None = None, contains: str = PREFIX, **arguments: Any
) -> list[dict[str, Any]]:
    """The summaries a SageMaker List operation gives for names that begin like ours, all or the first `limit`."""
    pages = aws.client("sagemaker").get_paginator(operation).paginate(NameContains=contains, **arguments)
    ours = (summary for page in pages for summary in page[member] if _name(summary).startswith(PREFIX))
    return list(islice(ours, limit))


def _name(summary: dict[str, Any]) -> str:
    """A summary's own name: the member whose name ends its ARN."""
    arns = [value for member, value in summary.items() if member.endswith("Arn")]
    return str(arns[0]).rpartition("/")[2]


def _written(value: str) -> str:
    """A value in the at most 256 characters that tags allow; any other as the =XX of its bytes, as in mails."""
    plain = "".join(one if _TAG_CHARACTER.fullmatch(one) else _bytes_of(one) for one in value)
    return plain[:_LONGEST_TAG_VALUE]


def _bytes_of(character: str) -> str:
    return "".join(f"={byte:02X}" for byte in character.encode())


def _read(value: str) -> str:
    return _ENCODED.sub(lambda found: bytes.fromhex(found[0].replace("=", "")).decode(errors="ignore"), value)
