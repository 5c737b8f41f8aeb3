"""The gateway's end of the socket to a model server: requests in line, each matched with its reply."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from local_aws.apis.sagemaker.model_server import REPLY_HEAD, REQUEST_HEAD


class DiedError(Exception):
    """The model server ended while it worked on this request."""


class NotServedError(Exception):
    """The model server ended before it began with this request: another one may serve it."""


class OverloadedError(Exception):
    """The model server has a full line."""


class Reply(NamedTuple):
    """What a model server answered. `status` is HTTP's."""

    status: int
    body: bytes
    content_type: str
    custom_attributes: str


def encode_request(body: bytes, content_type: str, accept: str, custom_attributes: str) -> bytes:
    """A request as the model server reads it. The texts are ASCII, as InvokeEndpoint's model says."""
    head = REQUEST_HEAD.pack(len(body), len(content_type), len(accept), len(custom_attributes))
    return b"".join((head, body, f"{content_type}{accept}{custom_attributes}".encode("latin-1")))


class Connection(asyncio.Protocol):
    """Sends requests and matches replies to them: the server answers in order."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self._received = bytearray()
        self.waiting: deque[asyncio.Future[Reply]] = deque()
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def send(self, request: bytes) -> asyncio.Future[Reply]:
        answer = self.expect()
        self.transport.write(request)
        return answer

    def expect(self) -> asyncio.Future[Reply]:
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.waiting.append(answer)
        return answer

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        start = 0
        while len(received) - start >= REPLY_HEAD.size:
            body, status, content_type, attributes = REPLY_HEAD.unpack_from(received, start)
            texts_at = start + REPLY_HEAD.size
            body_at = texts_at + content_type + attributes
            end = body_at + body
            if len(received) < end:
                break
            if not self.waiting:
                self.transport.abort()  # nobody asked: something else than the server writes to the socket
                return
            texts = received[texts_at:body_at].decode("latin-1")
            answer = self.waiting.popleft()
            if not answer.done():
                answer.set_result(
                    Reply(status, bytes(received[body_at:end]), texts[:content_type], texts[content_type:])
                )
            start = end
        del received[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        """Only the first in line can have been begun; the others never were."""
        error: Exception = DiedError()
        while self.waiting:
            answer = self.waiting.popleft()
            if not answer.done():
                answer.set_exception(error)
            error = NotServedError()
        self._lost()
