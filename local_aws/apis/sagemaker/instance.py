"""One instance of an endpoint as the gateway sees it: its process started, spoken to, restarted when it dies, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from local_aws.apis.sagemaker.model_server import REPLY_HEAD, REQUEST_HEAD
from local_aws.jobs import Limits, clean_environment, launch_command
from local_aws.logs import Appender

MOST_WAITING = 1000
"""Requests in line at one instance; its process answers one at a time."""

_SERVER = Path(__file__).with_name("model_server.py")
_LOG_CHUNK_BYTES = 64 * 1024
_END_SECONDS = 3.0
_HEALTHY_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0


class StartError(Exception):
    """The model server did not get ready; says why."""


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


@dataclass(frozen=True)
class Program:
    """What a model server runs: the script's module, where it is imported from, and what its process may use."""

    module: str
    path: tuple[Path, ...]
    model_directory: Path
    framework: str
    environment: dict[str, str]
    memory_bytes: int
    startup_seconds: float


def encode_request(body: bytes, content_type: str, accept: str, custom_attributes: str) -> bytes:
    """A request as the model server reads it. The texts are ASCII, as InvokeEndpoint's model says."""
    head = REQUEST_HEAD.pack(len(body), len(content_type), len(accept), len(custom_attributes))
    return b"".join((head, body, f"{content_type}{accept}{custom_attributes}".encode("latin-1")))


class _Connection(asyncio.Protocol):
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


class Instance:
    """One model server. `changed` is called when it begins or ceases to serve.

    `state`: "starting" also while it is being restarted; "down" after a restart failed, until the next attempt.
    """

    def __init__(self, id: str, program: Program, directory: Path, log: Appender, changed: Callable[[], None]) -> None:
        self.id = id
        self.state: Literal["starting", "serving", "down", "ended"] = "starting"
        self.reason = ""
        self._program = program
        self._directory = directory
        self._log = log
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._connection: _Connection | None = None
        self._logging: asyncio.Task[None] | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._served_since = 0.0

    @property
    def line(self) -> int:
        """How many requests it has not answered."""
        return len(self._connection.waiting) if self._connection else 0

    def send(self, request: bytes) -> asyncio.Future[Reply]:
        """Pass a request on. The future raises DiedError or NotServedError when the server ends first."""
        if self._connection is None or self.state != "serving":
            raise NotServedError
        if self.line >= MOST_WAITING:
            raise OverloadedError
        return self._connection.send(request)

    def give_up_on(self, answer: asyncio.Future[Reply]) -> None:
        """The caller waits no longer. A server that is stuck in this very request is killed, and so restarted."""
        connection = self._connection
        is_stuck = connection and connection.waiting and connection.waiting[0] is answer and not answer.done()
        answer.cancel()
        if is_stuck:
            self._kill()

    async def start(self) -> None:
        """Start the server and wait until its model is loaded. Raises StartError with the script's own error."""
        self.state = "starting"
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            _, connection = await loop.create_unix_connection(lambda: _Connection(self._lost), sock=ours)
            self._connection = connection
            await self._launch(theirs.fileno())
        try:
            async with asyncio.timeout(self._program.startup_seconds):
                ready = await connection.expect()
        except TimeoutError:
            await self._end()
            raise StartError(f"It was not ready within {self._program.startup_seconds:.0f} seconds.") from None
        except (DiedError, asyncio.CancelledError) as error:
            await self._end()
            if isinstance(error, DiedError):
                raise StartError(f"Its process ended with {self._exit()} while it loaded the model.") from None
            raise
        if ready.status != 200:
            await self._end()
            raise StartError(ready.body.decode("utf-8", "replace"))
        self.state = "serving"
        self._served_since = loop.time()
        self._changed()

    async def end(self) -> None:
        """End the server; who waits for it gets an error."""
        self.state = "ended"
        if self._reviving:
            self._reviving.cancel()
            await asyncio.wait({self._reviving})
        await self._end()
        await asyncio.to_thread(self._log.close)
        self._changed()

    async def _launch(self, inherited: int) -> None:
        program = self._program
        settings = {
            "socket": inherited,
            "program": program.module,
            "framework": program.framework,
            "model_directory": str(program.model_directory),
            "path": [str(path) for path in program.path],
        }
        command = [sys.executable, "-P", str(_SERVER), json.dumps(settings)]
        environment = await asyncio.to_thread(clean_environment, self._directory)
        self._process = await asyncio.create_subprocess_exec(
            *launch_command(command, Limits(memory_bytes=program.memory_bytes)),
            cwd=self._directory,
            env=program.environment | environment,
            pass_fds=(inherited,),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._logging = asyncio.create_task(self._keep_log(self._process.stdout))

    async def _keep_log(self, output: asyncio.StreamReader | None) -> None:
        while output and (chunk := await output.read(_LOG_CHUNK_BYTES)):
            await asyncio.to_thread(self._log.write, chunk)

    def _lost(self) -> None:
        if self.state != "serving":
            return
        self.state = "starting"
        self._changed()
        self._reviving = asyncio.create_task(self._revive())

    async def _revive(self) -> None:
        """Start again, at once after a healthy time, with growing pauses where starting fails or it dies at once."""
        loop = asyncio.get_running_loop()
        await self._end()
        pause = 0.0 if loop.time() - self._served_since > _HEALTHY_SECONDS else _FIRST_PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            note = f"The model server ended with {self._exit()}; it is started again.\n"
            await asyncio.to_thread(self._log.write, note.encode())
            try:
                await self.start()
                return
            except StartError as error:
                self.reason = str(error)
            self.state = "down"
            self._changed()
            pause = min(max(2 * pause, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)

    def _kill(self) -> None:
        process = self._process
        if process and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()  # before launch.py has made its session there is no group yet
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def _end(self) -> None:
        """Close the socket, which ends the server; kill what does not end, and all it started."""
        if self._connection:
            self._connection.transport.close()
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            self._kill()
            await process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if self._logging:
            await asyncio.wait({self._logging}, timeout=_END_SECONDS)
            self._logging.cancel()

    def _exit(self) -> str:
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit code {code}"
