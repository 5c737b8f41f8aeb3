"""Tear down: delete what was deployed, and prove by a fresh listing that nothing is left. Only what is tagged ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.text import Text

Kind = Literal["training-job", "endpoint", "endpoint-config", "model", "files"]


@dataclass(frozen=True)
class Resource:
    """Something of ours. Of kind "files" the name is an s3:// prefix; of kind "training-job" it still runs."""

    kind: Kind
    name: str
    detail: Text
    """Status, instance or size, to tell it from others."""


@dataclass(frozen=True)
class Outcome:
    """What was done to a resource. `why` says why it failed."""

    resource: Resource
    done: Literal["deleted", "stopped", "already-gone", "failed"]
    why: Text | None = None


@dataclass(frozen=True)
class Step:
    """Where a tear down is: `number` of `total`, working on `resource`."""

    number: int
    total: int
    resource: Resource


@dataclass(frozen=True)
class Receipt:
    """What was done, and what a fresh listing afterwards found of the same scope: nothing, if all went well."""

    outcomes: tuple[Outcome, ...]
    remaining: tuple[Resource, ...]
    listed: datetime

    @property
    def clean(self) -> bool:
        return not self.remaining


def plan(endpoints: Sequence[str] | None = None, *, with_artefacts: bool = False) -> tuple[Resource, ...]:
    """What a tear down would remove, in that order, without touching it.

    endpoints: these with their configurations and models; None: everything of ours, unfinished training jobs too.
    with_artefacts: also the files in S3: of the endpoints' jobs, or with None all jobs, code and datasets.
    """
    raise NotImplementedError


def tear_down(
    endpoints: Sequence[str] | None = None,
    *,
    with_artefacts: bool = False,
    progress: Callable[[Step], None] = lambda _: None,
) -> Receipt:
    """Remove what `plan` lists for the same arguments, wait until it is gone, and list again.

    One resource that cannot be removed does not keep the others: its outcome says why.
    """
    raise NotImplementedError
