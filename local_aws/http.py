"""A request and a response whose bodies may be larger than memory. Knows no AWS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Request:
    """One HTTP request after its signature was checked.

    `path` is percent-decoded, `raw_path` as sent. `query` holds the decoded parameters in order, a bare `?acl` as
    ("acl", ""). Header names are lower case. `body` yields the payload with any aws-chunked framing already removed
    and verified; it raises AwsError when the payload's hash, chunk signature or length is wrong, so what was read
    must not be kept until the iterator has ended.
    """

    method: str
    path: str
    raw_path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: AsyncIterator[bytes]
    region: str
    request_id: str

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter, None where it is absent."""
        return next((value for key, value in self.query if key == name), None)

    async def read(self) -> bytes:
        """The whole body, for operations whose payload is small by its nature."""
        return b"".join([chunk async for chunk in self.body])


@dataclass
class Response:
    """One HTTP response. A body given as an iterator is streamed; set `content-length` in `headers` when known."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] = b""
