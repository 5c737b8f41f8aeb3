"""One local AWS process: its state directory, its port, its start and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from local_aws import credentials, registry, state
from local_aws.context import Server
from local_aws.gateway import Gateway
from local_aws.jobs import Jobs
from local_aws.logs import Logs
from local_aws.objects import Objects
from local_aws.platform import Platform
from local_aws.store import Store

HOST = "127.0.0.1"
_CONNECTIONS_BACKLOG = 512
_KEEP_ALIVE_SECONDS = 120
_LONGEST_SHUTDOWN_SECONDS = 5

_log = logging.getLogger(__name__)


def serve(home: Path, port: int | None, *, until_input_closes: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input closes, which is when the parent process ended.

    port: None takes the port of the last time where it is free, so that URLs given out stay good; else any.
    Raises AlreadyRunningError, OSError when the port is taken.
    """
    with (
        state.hold(home),
        _listening(home, port) as listener,
        asyncio.Runner(loop_factory=_event_loop()) as runner,
    ):
        runner.run(_serve(home, listener, until_input_closes))


async def _serve(home: Path, listener: socket.socket, until_input_closes: bool) -> None:
    number = listener.getsockname()[1]
    keys = credentials.load_or_make(home)
    registry.discover()
    server = Server(
        home=home,
        endpoint=f"http://{HOST}:{number}",
        credentials=keys,
        store=Store(home / "documents.sqlite"),
        objects=Objects(home / "objects"),
        logs=Logs(home / "logs"),
        jobs=Jobs(home / "jobs"),
    )
    platform = Platform(home, keys.account, number)
    await platform.start()
    await asyncio.to_thread(server.jobs.end_leftovers)
    for hook in registry.start_hooks():
        await hook(server)
    config = uvicorn.Config(
        Gateway(server, platform),
        http="httptools",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LONGEST_SHUTDOWN_SECONDS,
    )
    web = _Web(config)
    if until_input_closes:
        _when_input_closes(web.stop)
    state.announce(home, server.endpoint)
    _log.info("local AWS serves %s on %s", server.endpoint, home)
    try:
        await web.serve(sockets=[listener])
    finally:
        state.withdraw(home)
        for hook in registry.stop_hooks():
            await hook(server)
        await platform.stop()
        server.objects.close()
        server.store.close()


class _Web(uvicorn.Server):
    """uvicorn, ended by SIGTERM as by a clean stop: the signal is not raised a second time."""

    def stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        yield


def _event_loop() -> type[asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    loop: type[asyncio.AbstractEventLoop] = uvloop.Loop
    return loop


def _when_input_closes(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            stop()

    loop.add_reader(descriptor, read)


@contextlib.contextmanager
def _listening(home: Path, port: int | None) -> Iterator[socket.socket]:
    remembered = home / "port"
    wanted = [port] if port is not None else [*_remembered_port(remembered), 0]
    listener = _bound(wanted)
    try:
        listener.listen(_CONNECTIONS_BACKLOG)
        remembered.write_text(str(listener.getsockname()[1]))
        yield listener
    finally:
        listener.close()


def _remembered_port(file: Path) -> list[int]:
    try:
        return [int(file.read_text())]
    except (FileNotFoundError, ValueError):
        return []


def _bound(ports: list[int]) -> socket.socket:
    for number in ports:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        try:
            listener.bind((HOST, number))
            return listener
        except OSError:
            listener.close()
            if number == ports[-1]:
                raise
    raise ValueError("no port was given")
