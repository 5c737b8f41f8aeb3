"""The platform services (IAM, STS, CloudWatch, …) by MiniStack, mounted behind our gateway: only those on the list."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from local_aws.incoming import Incoming, Send

SERVICES = frozenset({"iam", "sts", "monitoring", "logs", "events", "scheduler", "lambda", "states"})
"""Signing names. Its AI services are fakes and its S3 holds whole objects in memory: neither is reachable."""

_READING_VERBS = ("Get", "List", "Describe", "Head", "Filter", "Query", "Simulate", "Test", "Assume")
_FREQUENT_WRITES = {"PutLogEvents", "PutMetricData"}
"""Saved with the next other change or at the end: writing the whole state for each would cost more than it keeps."""

_STATES = {"monitoring": "cloudwatch", "logs": "cloudwatch_logs", "events": "eventbridge", "states": "stepfunctions"}
"""Where MiniStack's name of a service's state is not its signing name."""


class Platform:
    """MiniStack in this process. Configured by its environment variables, so there is one per process."""

    services = SERVICES

    def __init__(self, home: Path, account: str, port: int) -> None:
        os.environ.update(
            {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(home / "platform"),
                "S3_PERSIST": "0",
                "MINISTACK_ACCOUNT_ID": account,
                "MINISTACK_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "SFTP_ENABLED": "0",
                "IOT_MTLS_ENABLED": "0",
            }
        )
        self._ministack = importlib.import_module("ministack.app")
        self._events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._done: asyncio.Queue[str] = asyncio.Queue()
        self._lifespan: asyncio.Task[None] | None = None

    async def start(self) -> None:
        async def send(message: MutableMapping[str, Any]) -> None:
            await self._done.put(message["type"])

        scope = {"type": "lifespan"}
        self._lifespan = asyncio.create_task(self._ministack.app(scope, self._events.get, send))
        await self._events.put({"type": "lifespan.startup"})
        await self._done.get()

    async def stop(self) -> None:
        """Save everything and end MiniStack's own threads."""
        if self._lifespan is None:
            return
        await self._events.put({"type": "lifespan.shutdown"})
        await self._done.get()
        await self._lifespan

    async def answer(self, signing_name: str, operation: str, request: Incoming, body: bytes, send: Send) -> None:
        """Pass a request for one of `services` on; a change is on disk before its reply goes out."""
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            return given.pop() if given else await request.receive()

        async def save_then_send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300 and _changes(operation):
                self._save(signing_name)
            if message["type"] == "http.response.start":
                # MiniStack invites pages of every origin to read its answers; we do not.
                message["headers"] = [
                    (n, v) for n, v in message["headers"] if not n.lower().startswith(b"access-control-")
                ]
            await send(message)

        await self._ministack.app(request.scope, receive, save_then_send)

    def _save(self, signing_name: str) -> None:
        persistence = importlib.import_module("ministack.core.persistence")
        name = _STATES.get(signing_name, signing_name)
        state = self._ministack._build_persistence_save_dict().get(name)
        if state is not None:
            persistence.save_state(name, state())


def _changes(operation: str) -> bool:
    return operation not in _FREQUENT_WRITES and not operation.startswith(_READING_VERBS)
