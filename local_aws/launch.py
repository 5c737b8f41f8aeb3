"""Become another command under limits, in a session of its own, ending when local AWS ends. Imports nothing of ours.

Run as `python -I -S launch.py LIMITS_JSON -- COMMAND...`. LIMITS_JSON has "parent", the pid of local AWS, and any of
"memory_bytes", "file_bytes" and "open_files"; what the operating system cannot limit is left to the watch of jobs.py.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal this process gets when its parent ends. It outlives execve."""

_MAX_TASKS = 16_384
"""Threads and processes of the whole user: far above a working desktop, far below what a fork bomb needs to hurt."""


def main(arguments: list[str]) -> None:
    limits = json.loads(arguments[0])
    command = arguments[arguments.index("--") + 1 :]
    os.setsid()
    _end_with(limits["parent"])
    _be_ended_first()
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_DATA, limits.get("memory_bytes"))
    _bound(resource.RLIMIT_FSIZE, limits.get("file_bytes"))
    _bound(resource.RLIMIT_NOFILE, limits.get("open_files"))
    _bound(resource.RLIMIT_NPROC, _MAX_TASKS)
    try:
        os.execvpe(command[0], command, os.environ)  # noqa: S606
    except OSError as error:
        sys.exit(f"Cannot run {command[0]}: {error.strerror}")


def _end_with(parent: int) -> None:
    """Be killed when `parent` ends, where the system knows how (Linux); elsewhere the next start ends leftovers."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("Local AWS ended before its job began")


def _be_ended_first() -> None:
    """When memory runs out, let the kernel end this process rather than local AWS or the user's own."""
    if sys.platform == "linux":
        try:
            with open("/proc/self/oom_score_adj", "w") as score:
                score.write("1000")
        except OSError as error:  # a sandbox may forbid it; the job can run without
            print(f"The kernel may end others before this job: {error}", file=sys.stderr)


def _bound(kind: int, limit: int | None) -> None:
    """Lower a limit; one that is lower already stays."""
    if limit is None:
        return
    hard = resource.getrlimit(kind)[1]
    bounded = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (bounded, bounded))


if __name__ == "__main__":
    main(sys.argv[1:])
