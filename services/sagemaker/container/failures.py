"""Why a training job cannot go on, in one line the owner of the data can act on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


class TrainingFailure(Exception):
    """The data or the settings do not allow a model. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class Note:
    """What the reader should know though the job went on. `code` and `values` let a page say it in any language."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
