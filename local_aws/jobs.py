"""Work that outlives a request: commands in processes of their own, watched, bounded, ended with all they started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal

import psutil

Ended = Literal["exited", "timed-out", "out-of-memory", "too-many-processes", "stopped"]
Log = Callable[[bytes], None]

MARK = "LOCAL_AWS_JOB"
"""Environment variable by which a process is known as ours, whatever it did to its parents, groups and sessions."""

GRACE_SECONDS = 120.0
"""Between SIGTERM and SIGKILL, as SageMaker documents for StopTrainingJob."""

_LAUNCH = Path(__file__).with_name("launch.py")
_WATCH_SECONDS = 0.2
_LAST_OUTPUT_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024
_KILL_ROUNDS = 100
_KILL_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Limits:
    """What one job may use. `memory_bytes` counts for each process, and for all of the job's processes together."""

    memory_bytes: int
    seconds: float | None = None
    processes: int = 512
    open_files: int = 65_536
    file_bytes: int | None = None
    grace_seconds: float = GRACE_SECONDS


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `exit_code` is negative where a signal ended it. `peak_memory_bytes` is of samples."""

    exit_code: int
    ended: Ended
    peak_memory_bytes: int


def clean_environment(directory: Path) -> dict[str, str]:
    """The environment of a child: nothing of the user's or of local AWS's but the search path and the language.

    `directory` belongs to the child: its HOME and TMPDIR are made in it, and processes with this environment are
    found by it.
    """
    places = {"HOME": directory / "home", "TMPDIR": directory / "tmp"}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PYTHONUNBUFFERED": "1",
        MARK: str(directory.resolve()),
        **{name: str(place) for name, place in places.items()},
    }


def launch_command(command: Sequence[str], limits: Limits) -> list[str]:
    """The command that runs `command` by launch.py, under those limits the operating system itself can keep."""
    kept = {
        "parent": os.getpid(),
        "memory_bytes": limits.memory_bytes,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
    }
    return [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(kept), "--", *command]


class Jobs:
    """The jobs of one local AWS. `home` is a directory of its state: every job's own directory lies in it."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._stops: dict[str, asyncio.Event] = {}

    async def run(
        self, name: str, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], limits: Limits, log: Log
    ) -> Outcome:
        """Run a command to its end and end what it left running.

        `log` gets stdout and stderr, in order, as the bytes come; it is called in a worker thread and the job waits
        for it, so a flood stays flat in memory. `env` comes from clean_environment(). Cancelling ends the job at once.
        """
        if name in self._stops:
            raise ValueError(f"A job named {name} is running")
        stop = self._stops[name] = asyncio.Event()
        try:
            return await _run(command, cwd, env, limits, log, stop)
        finally:
            del self._stops[name]

    def stop(self, name: str) -> bool:
        """Ask a job to end: SIGTERM now, SIGKILL after its grace. False when none of that name is running."""
        if name not in self._stops:
            return False
        self._stops[name].set()
        return True

    def end_leftovers(self) -> int:
        """End every process that an earlier local AWS on this state directory left behind; how many there were."""
        return _kill(lambda: _marked(lambda directory: Path(directory).is_relative_to(self._home)))


async def _run(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], limits: Limits, log: Log, stop: asyncio.Event
) -> Outcome:
    # A pipe of our own: asyncio's process.wait() would wait until all who hold its pipe have ended, too.
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", 0) as output, os.fdopen(write_end, "wb", 0) as given:
        process = await asyncio.create_subprocess_exec(
            *launch_command(command, limits),
            cwd=cwd,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=given,
            stderr=asyncio.subprocess.STDOUT,
        )
        given.close()
        watch = _Watch(process, limits, stop)
        try:
            async with asyncio.TaskGroup() as group:
                copying = group.create_task(_copy(output, log))
                await watch.until_ended()
                await asyncio.to_thread(_end, process.pid, env[MARK])
                await asyncio.wait({copying}, timeout=_LAST_OUTPUT_SECONDS)
                copying.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            if process.returncode is None:
                await watch.kill()
                await asyncio.to_thread(_end, process.pid, env[MARK])
                await process.wait()
    return Outcome(await process.wait(), watch.ended, watch.peak)


@dataclass
class _Watch:
    """The watch over one running process and all of its session."""

    process: asyncio.subprocess.Process
    limits: Limits
    stop: asyncio.Event
    ended: Ended = "exited"
    peak: int = 0

    async def until_ended(self) -> None:
        """Return when the process has ended, by itself or by a limit."""
        exited = asyncio.ensure_future(self.process.wait())
        stopping = asyncio.ensure_future(self.stop.wait())
        deadline = time.monotonic() + (self.limits.seconds if self.limits.seconds is not None else float("inf"))
        try:
            while not exited.done():
                waited_for = {exited} if self.ended != "exited" else {exited, stopping}
                pause = min(_WATCH_SECONDS, max(deadline - time.monotonic(), 0))
                await asyncio.wait(waited_for, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if exited.done():
                    return
                if self.ended == "exited" and (stopping.done() or time.monotonic() >= deadline):
                    self.ended = "stopped" if stopping.done() else "timed-out"
                    self.process.send_signal(signal.SIGTERM)
                    deadline = time.monotonic() + self.limits.grace_seconds
                elif time.monotonic() >= deadline:
                    await self.kill()
                    deadline = float("inf")
                await self._measure()
        finally:
            exited.cancel()
            stopping.cancel()

    async def _measure(self) -> None:
        count, memory = await asyncio.to_thread(_usage, self.process.pid, self.limits.memory_bytes)
        self.peak = max(self.peak, memory)
        if memory > self.limits.memory_bytes:
            self.ended = "out-of-memory"
        elif count > self.limits.processes:
            self.ended = "too-many-processes"
        else:
            return
        await self.kill()

    async def kill(self) -> None:
        """End the process, even one that is not yet in its own session, and its session."""
        if self.process.returncode is None:
            self.process.kill()
        await asyncio.to_thread(_end, self.process.pid)


async def _copy(output: FileIO, log: Log) -> None:
    reader = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), output)
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            await asyncio.to_thread(log, chunk)
    finally:
        pipe.close()


def _usage(session: int, limit: int) -> tuple[int, int]:
    """The number of processes in a session and the memory they hold.

    Pages that processes share count once where the system can tell, which is slow: only done when it matters.
    """
    processes = list(_session(session))
    resident = sum(_resident(process) for process in processes)
    if resident > limit and len(processes) > 1 and sys.platform == "linux":
        return len(processes), sum(_proportional(process) for process in processes)
    return len(processes), resident


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def _session(session: int) -> Iterator[psutil.Process]:
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == session:
                yield psutil.Process(pid)
        except (OSError, psutil.Error):
            continue  # it ended meanwhile, or is not ours to look at


def _marked(ours: Callable[[str], bool]) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            directory = process.environ().get(MARK)
        except (OSError, psutil.Error):
            continue  # it ended meanwhile, or is not ours to look at
        if directory and process.pid != os.getpid() and ours(directory):
            yield process


def _end(session: int, directory: str | None = None) -> None:
    """Kill a session, and with `directory` every process that carries it as its mark."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)  # all of the group at one moment: a fork bomb cannot run ahead of it
    _kill(lambda: _session(session))
    if directory:
        _kill(lambda: _marked(lambda marked: marked == directory))


def _kill(find: Callable[[], Iterator[psutil.Process]]) -> int:
    """Kill all processes that `find` yields until it yields none: those killed first may have started others."""
    killed = set()
    for _ in range(_KILL_ROUNDS):
        alive = [process for process in find() if _alive(process)]
        if not alive:
            break
        for process in alive:
            killed.add(process)
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(_KILL_PAUSE_SECONDS)
    return len(killed)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
