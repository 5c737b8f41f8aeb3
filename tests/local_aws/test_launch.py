import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from local_aws import launch


def start(*command, **limits):
    limits = {"parent": os.getpid(), **limits}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", launch.__file__, json.dumps(limits), "--", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output(*command, **limits):
    process = start(*command, **limits)
    return process.communicate(timeout=20)[0], process.returncode


def test_the_command_takes_the_place_of_the_launcher_and_leads_its_own_session():
    process = start(sys.executable, "-c", "import os; print(os.getpid(), os.getsid(0))")
    pid, session = process.communicate(timeout=20)[0].split()
    assert int(pid) == int(session) == process.pid


def test_limits_hold_in_the_command():
    names = ("RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    show = f"import resource; print([resource.getrlimit(getattr(resource, name))[0] for name in {names}])"
    shown, _ = output(sys.executable, "-c", show, memory_bytes=1 << 30, file_bytes=1 << 20, open_files=99)
    assert json.loads(shown) == [0, 1 << 30, 1 << 20, 99]


def test_memory_over_the_limit_is_refused_to_the_command():
    said, code = output(sys.executable, "-c", "bytearray(1 << 30)", memory_bytes=300 << 20)
    assert code == 1
    assert "MemoryError" in said


def test_a_limit_that_is_already_lower_stays():
    command = [sys.executable, "-I", "-S", launch.__file__, json.dumps({"parent": 0, "open_files": 5000}), "--", "true"]
    lowered = f"import os, resource, json; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); command = {command}; "
    lowered += "command[4] = json.dumps({'parent': os.getppid(), 'open_files': 5000}); "
    lowered += "command[6:] = ['sh', '-c', 'ulimit -n']; os.execv(command[0], command)"
    said = subprocess.run([sys.executable, "-c", lowered], capture_output=True, text=True, timeout=20)
    assert said.stdout.strip() == "64"


def test_a_command_that_cannot_be_run_says_so():
    said, code = output("/no/such/command")
    assert code == 1
    assert "Cannot run /no/such/command: No such file or directory" in said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
def test_the_command_ends_with_its_parent(tmp_path):
    nested = (
        "import json, os, subprocess, sys, time\n"
        f"command = [sys.executable, '-I', '-S', {launch.__file__!r}, json.dumps({{'parent': os.getpid()}}), '--',"
        " 'sleep', '60']\n"
        "print(subprocess.Popen(command).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", nested], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    deadline = time.monotonic() + 10
    while child.name() != "sleep" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.name() == "sleep"
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_command_whose_parent_has_already_ended_does_not_start():
    said, code = output("echo", "started", parent=1 if os.getpid() != 1 else 2)
    assert code == 1
    assert "started" not in said
