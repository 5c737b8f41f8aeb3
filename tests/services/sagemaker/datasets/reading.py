"""What comes out when a file is read as a dataset: the canonical bytes, and its profile."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from services.errors import ServiceError
from services.sagemaker.datasets.canonical import Conversion, Write, convert
from services.sagemaker.datasets.model import Profile
from services.sagemaker.datasets.profiling import FEWEST_COLUMNS, profiled


@dataclass
class Reading:
    canonical: bytes
    profile: Profile
    conversion: Conversion

    @property
    def codes(self) -> set[str]:
        """The codes of its notices."""
        return {notice.code for notice in self.profile.notices}

    def notice(self, code: str):
        [found] = [notice for notice in self.profile.notices if notice.code == code]
        return found

    @property
    def types(self) -> list[str]:
        return [column.type for column in self.profile.columns]


def read(data: bytes | str, fewest_columns: int = FEWEST_COLUMNS) -> Reading:
    written: list[bytes] = []

    @contextmanager
    def target() -> Iterator[Write]:
        written.clear()
        yield lambda piece: written.append(bytes(piece))

    source = io.BytesIO(data.encode() if isinstance(data, str) else data)
    conversion = convert(source, target, lambda _: None, fewest_columns)
    return Reading(b"".join(written), profiled(conversion).profile, conversion)


def refusal(data: bytes | str) -> ServiceError:
    """The error that a file is refused with; it always says what to do."""
    with pytest.raises(ServiceError) as refused:
        read(data)
    assert refused.value.hint is not None
    return refused.value


def table(header: str, *rows: str, times: int = 1) -> str:
    """A CSV of these lines, the rows over and over."""
    return "\n".join([header, *rows * times]) + "\n"
