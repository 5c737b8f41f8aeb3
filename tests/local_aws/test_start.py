from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_aws import start
from local_aws.state import default_home, running

PROJECT = Path(__file__).parent.parent.parent


def test_many_sessions_at_once_get_the_same_local_aws(tmp_path):
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: start.ensure(tmp_path), range(6)))
    start.stop(tmp_path)
    assert len({connection.endpoint for connection in found}) == 1
    assert [connection.started for connection in found].count(True) == 1


def test_two_processes_at_once_get_the_same_local_aws(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from local_aws import start;"
        "print(start.ensure(Path(sys.argv[1])).endpoint, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": PROJECT}
    processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
    endpoints = {process.stdout.readline() for process in processes}
    for process in processes:
        process.communicate("")
    assert len(endpoints) == 1


def test_the_child_ends_when_its_parent_is_killed(tmp_path):
    script = (
        "import sys; from pathlib import Path; from local_aws import start;"
        "start.ensure(Path(sys.argv[1])); print(flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    parent.stdout.readline()
    assert running(tmp_path) is not None
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while running(tmp_path) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(tmp_path) is None


def test_one_that_was_killed_is_started_again_at_the_same_address(tmp_path):
    first = start.ensure(tmp_path)
    os.kill(running(tmp_path).pid, signal.SIGKILL)
    while running(tmp_path) is not None:
        time.sleep(0.01)
    second = start.ensure(tmp_path)
    start.stop(tmp_path)
    assert second.started
    assert second.endpoint == first.endpoint


def test_the_state_directory_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("CELAJE_HOME", str(tmp_path))
    assert default_home() == tmp_path
    monkeypatch.delenv("CELAJE_HOME")
    assert default_home() == PROJECT / ".celaje"


def test_one_that_cannot_start_is_reported_at_once_with_its_log(tmp_path):
    (tmp_path / "documents.sqlite").write_bytes(b"this is not a database, and long enough to be seen as none" * 20)
    begun = time.monotonic()
    with pytest.raises(start.StartError, match="not a database"):
        start.ensure(tmp_path)
    assert time.monotonic() - begun < 15
