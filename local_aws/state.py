"""The state directory: who runs on it, and the lock that only one local AWS holds. Imports nothing heavy."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_LONGEST_WAIT_FOR_A_LOOK_SECONDS = 0.5
"""running() holds the lock for an instant to see whether it is free; a start at that instant tries again."""


class AlreadyRunningError(RuntimeError):
    """Another local AWS holds this state directory."""


@dataclass(frozen=True)
class Running:
    """What a running local AWS says of itself. Holds no secret."""

    pid: int
    endpoint: str


def default_home() -> Path:
    """$CELAJE_HOME, else .celaje in the project."""
    return Path(os.environ.get("CELAJE_HOME") or Path(__file__).parent.parent / ".celaje")


def running(home: Path) -> Running | None:
    """The local AWS that runs on a state directory, if one does and is ready: it holds the lock."""
    if not is_held(home):
        return None  # an announcement that is there is left over
    try:
        return Running(**json.loads((home / "running.json").read_text()))
    except FileNotFoundError:
        return None  # it is just starting or stopping


def is_held(home: Path) -> bool:
    """Whether a process holds the state directory, though it may not answer yet."""
    try:
        with (home / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def announce(home: Path, endpoint: str) -> None:
    """Say that this process answers from now on."""
    draft = home / "running.draft"
    draft.write_text(json.dumps(asdict(Running(os.getpid(), endpoint))))
    draft.replace(home / "running.json")


def withdraw(home: Path) -> None:
    (home / "running.json").unlink(missing_ok=True)


@contextlib.contextmanager
def hold(home: Path) -> Iterator[None]:
    """Hold the state directory; the lock ends with the process, however it ends. Raises AlreadyRunningError."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + _LONGEST_WAIT_FOR_A_LOOK_SECONDS
    with (home / "lock").open("a+") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise AlreadyRunningError(f"A local AWS already runs on {home}.") from error
                time.sleep(0.01)
        withdraw(home)  # of a process that was killed
        yield
