"""Finds the local AWS of a state directory, or starts one as a child that ends with this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.credentials import DEFAULT_REGION, load_or_make
from local_aws.state import Running, default_home, is_held, running

_LONGEST_START_SECONDS = 30
_POLL_SECONDS = 0.02

_children: dict[Path, subprocess.Popen[bytes]] = {}
_starting = threading.Lock()


class StartError(RuntimeError):
    """Local AWS did not start; the message says what its log says."""


@dataclass(frozen=True)
class Connection:
    """Where a running local AWS is reached, and with which keys."""

    endpoint: str
    account: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = DEFAULT_REGION
    started: bool = False
    """Whether this call started it."""


def ensure(home: Path | None = None) -> Connection:
    """Make sure that local AWS runs on a state directory (default $CELAJE_HOME); quick when it does.

    Raises StartError.
    """
    home = (home or default_home()).resolve()
    found = running(home)
    started = False
    if found is None:
        with _starting:
            found = running(home)
            if found is None:
                _start(home)
                found, started = _wait(home), True
    keys = load_or_make(home)
    return Connection(found.endpoint, keys.account, keys.access_key, keys.secret_key, started=started)


def stop(home: Path) -> None:
    """End a local AWS that this process started; without effect on one that somebody else did."""
    child = _children.pop(home.resolve(), None)
    if child is not None:
        child.communicate()


def _start(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "local_aws", "serve", "--state", str(home), "--until-input-closes"]
    with (home / "serve.log").open("ab") as log:
        _children[home] = subprocess.Popen(
            command,
            cwd=Path(__file__).parent.parent,
            env={key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )


def _wait(home: Path) -> Running:
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while time.monotonic() < deadline:
        if found := running(home):
            return found
        # A child that ended may have found another one just starting: that one will announce itself.
        if _children[home].poll() is not None and not is_held(home):
            break
        time.sleep(_POLL_SECONDS)
    tail = (home / "serve.log").read_text(errors="replace")[-2000:]
    raise StartError(f"Local AWS did not start. The end of {home / 'serve.log'}: {tail}")
