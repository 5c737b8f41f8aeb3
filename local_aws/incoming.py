"""One HTTP request as it arrives by ASGI: its head at once, its body when asked for. Knows no operation."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from local_aws.registry import AwsError
from local_aws.signature import Head

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete."""


class Incoming:
    """One HTTP request as it comes in: its head at once, its body when asked for."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.id = str(uuid.uuid4())
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.raw_query: str = scope["query_string"].decode("latin-1")
        self.query = parse_qsl(self.raw_query, keep_blank_values=True) if self.raw_query else []
        self.headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            text = value.decode("latin-1")
            key = name.decode("latin-1")
            self.headers[key] = f"{self.headers[key]},{text}" if key in self.headers else text
        self.signing_name = ""
        self.reached_handler = False
        self.replying = False
        # A client that expects "100 Continue" keeps its body back until somebody asks for it.
        self.keeps_body_back = self.headers.get("expect", "").lower() == "100-continue"
        self.target = self.headers.get("x-amz-target", "").rpartition(".")[2]

    @property
    def head(self) -> Head:
        return Head(self.method, self.raw_path, self.raw_query, self.headers)

    @property
    def protocol(self) -> str:
        """How to word an error for this request, as far as it can be told."""
        if self.target:
            return "json"
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return "query"
        return "rest-xml" if self.signing_name in ("", "s3") else "rest-json"

    async def chunks(self) -> AsyncIterator[bytes]:
        self.keeps_body_back = False
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            if piece := message.get("body"):
                yield piece
            if not message.get("more_body"):
                return

    async def gone(self) -> None:
        """Return when the client has closed the connection. Only to be waited for when the body has been read."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def read_all(self, most: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for piece in self.chunks():
            size += len(piece)
            if size <= most:
                pieces.append(piece)
        if size > most:
            raise AwsError("RequestEntityTooLargeException", f"The request body has more than {most} bytes.", 413)
        return b"".join(pieces)
