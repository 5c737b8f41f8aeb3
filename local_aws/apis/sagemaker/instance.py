"""One instance of an endpoint as the gateway sees it: its process started, spoken to, restarted when it dies, ended."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_aws.apis.sagemaker.model_connection import Connection, DiedError, NotServedError, OverloadedError, Reply
from local_aws.jobs import Limits, clean_environment, launch_command
from local_aws.logs import Appender

MOST_WAITING = 1000
"""Requests in line at one instance; its process answers one at a time."""

_SERVER = Path(__file__).with_name("model_server.py")
_LOG_CHUNK_BYTES = 64 * 1024
_END_SECONDS = 3.0
_LAST_WORDS_SECONDS = 0.1
"""What a server wrote before it ended is read within this time."""
_HEALTHY_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0


class StartError(Exception):
    """The model server did not get ready; says why."""


@dataclass(frozen=True)
class Program:
    """What a model server runs: the script's module, where it is imported from, and what its process may use."""

    python: Path
    module: str
    code: Path
    model_directory: Path
    framework: str
    environment: dict[str, str]
    memory_bytes: int
    startup_seconds: float
    answer_seconds: float


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
        self._connection: Connection | None = None
        self._logging: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
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
        try:
            await self._load()
        except DiedError:
            raise StartError(f"Its process ended with {self._exit()} while it loaded the model.") from None
        except TimeoutError:
            raise StartError(f"It was not ready within {self._program.startup_seconds:.0f} seconds.") from None
        except OSError as error:
            raise StartError(f"Its process could not be started: {error}") from error
        self.state = "serving"
        self._served_since = asyncio.get_running_loop().time()
        self._changed()

    async def _load(self) -> None:
        """Launch the process and await its first frame. Whatever goes wrong, nothing of it is left."""
        is_loaded = False
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            with theirs:
                _, self._connection = await loop.create_unix_connection(lambda: Connection(self._lost), sock=ours)
                first = self._connection.expect()
                process = await self._launch(theirs.fileno())
            self._watching = asyncio.create_task(_close_at_end_of(process, self._connection))
            async with asyncio.timeout(self._program.startup_seconds):
                loaded = await first
            if loaded.status != 200:
                raise StartError(loaded.body.decode("utf-8", "replace"))
            if self._connection.transport.is_closing():
                raise DiedError
            is_loaded = True
        finally:
            if not is_loaded:
                await self._end()

    async def end(self) -> None:
        """End the server; who waits for it gets an error."""
        self.state = "ended"
        if self._reviving:
            self._reviving.cancel()
            await asyncio.wait({self._reviving})
        await self._end()
        await asyncio.to_thread(self._log.close)
        await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)
        self._changed()

    async def _launch(self, inherited: int) -> asyncio.subprocess.Process:
        program = self._program
        settings = {
            "socket": inherited,
            "program": program.module,
            "framework": program.framework,
            "model_directory": str(program.model_directory),
            "code": str(program.code),
        }
        command = [str(program.python), "-P", str(_SERVER), json.dumps(settings)]
        environment = await asyncio.to_thread(clean_environment, self._directory)
        environment["PATH"] = os.pathsep.join([str(program.python.parent), environment["PATH"]])
        self._process = process = await asyncio.create_subprocess_exec(
            *launch_command(command, Limits(memory_bytes=program.memory_bytes)),
            cwd=self._directory,
            env=program.environment | environment,
            pass_fds=(inherited,),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._logging = asyncio.create_task(self._keep_log(process.stdout))
        return process

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


async def _close_at_end_of(process: asyncio.subprocess.Process, connection: Connection) -> None:
    """Close the connection when the server ends, even where a process that it forked still holds its other end."""
    await process.wait()
    await asyncio.sleep(_LAST_WORDS_SECONDS)
    connection.transport.abort()
