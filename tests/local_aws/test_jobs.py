import asyncio
import os
import subprocess
import sys
import time

import psutil
import pytest

from local_aws import jobs
from local_aws.jobs import Jobs, Limits, clean_environment

MEBIBYTE = 1 << 20


class Workshop:
    """One state directory with jobs, and the output of the last one."""

    def __init__(self, home):
        self.home = home
        self.jobs = Jobs(home)
        self.output = bytearray()

    async def run(self, script, name="job", **limits):
        directory = self.home / "jobs" / name
        environment = clean_environment(directory)
        return await self.jobs.run(
            name,
            [sys.executable, "-c", script],
            cwd=directory,
            env=environment,
            limits=Limits(**{"memory_bytes": 2048 * MEBIBYTE, "grace_seconds": 5, **limits}),
            log=self.output.extend,
        )

    async def until(self, condition):
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, "it never came about"
            await asyncio.sleep(0.01)


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_output_of_both_streams_comes_in_order_and_the_exit_code_is_kept(workshop):
    script = "import sys; print('one'); print('two', file=sys.stderr); print('three'); sys.exit(7)"
    outcome = asyncio.run(workshop.run(script))
    assert workshop.output.decode().split() == ["one", "two", "three"]
    assert (outcome.exit_code, outcome.ended) == (7, "exited")


def test_a_signal_is_a_negative_exit_code(workshop):
    outcome = asyncio.run(workshop.run("import os; os.kill(os.getpid(), 11)"))
    assert (outcome.exit_code, outcome.ended) == (-11, "exited")


def test_a_job_sees_nothing_of_the_environment_it_was_started_from(workshop, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-users-own")
    monkeypatch.setenv("SOME_TOKEN", "secret")
    asyncio.run(workshop.run("import os; print(*sorted(os.environ))"))
    expected = {"HOME", "LANG", "LC_CTYPE", "PATH", "PYTHONUNBUFFERED", "TMPDIR", jobs.MARK}
    assert set(workshop.output.decode().split()) <= expected


def test_home_and_temporary_files_lie_in_the_jobs_own_directory(workshop):
    asyncio.run(workshop.run("import os, tempfile; print(os.path.expanduser('~')); print(tempfile.gettempdir())"))
    assert all(line.startswith(str(workshop.home / "jobs" / "job")) for line in workshop.output.decode().split())


def test_a_job_past_its_time_is_asked_to_end_and_may_save(workshop):
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved'), sys.exit(0)))\n"
        "print('ready'); time.sleep(60)"
    )
    outcome = asyncio.run(workshop.run(script, seconds=1))
    assert (outcome.exit_code, outcome.ended) == (0, "timed-out")
    assert b"saved" in workshop.output


def test_a_job_that_ignores_the_request_is_killed_after_its_grace(workshop):
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(60)"

    async def stop():
        work = asyncio.create_task(workshop.run(script, grace_seconds=0.3))
        await workshop.until(lambda: b"ready" in workshop.output)
        began = time.monotonic()
        assert workshop.jobs.stop("job")
        return await work, time.monotonic() - began

    outcome, seconds = asyncio.run(stop())
    assert (outcome.exit_code, outcome.ended) == (-9, "stopped")
    assert 0.3 <= seconds < 5


def test_stopping_what_does_not_run_is_reported(workshop):
    assert not workshop.jobs.stop("nobody")


def test_memory_that_all_processes_hold_together_is_limited(workshop):
    script = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0: break\n"
        "held = os.urandom(1) * (80 << 20)\n"
        "time.sleep(60)"
    )
    outcome = asyncio.run(workshop.run(script, memory_bytes=200 * MEBIBYTE))
    assert outcome.ended == "out-of-memory"
    assert outcome.exit_code == -9
    assert outcome.peak_memory_bytes > 200 * MEBIBYTE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells shared pages from own ones")
def test_pages_that_processes_share_count_once(workshop):
    script = (
        "import os, time\nheld = b'x' * (80 << 20)\nfor _ in range(3):\n    if os.fork() == 0: break\ntime.sleep(1)"
    )
    assert asyncio.run(workshop.run(script, memory_bytes=200 * MEBIBYTE)).ended == "exited"


def test_a_job_that_starts_too_many_processes_is_ended_with_all_of_them(workshop):
    script = (
        "import os, time\n"
        "for _ in range(200):\n"
        "    if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "print('forked'); time.sleep(60)"
    )
    outcome = asyncio.run(workshop.run(script, processes=50))
    assert outcome.ended == "too-many-processes"
    assert not list(jobs._marked(lambda directory: directory.startswith(str(workshop.home))))


def test_what_a_job_leaves_running_is_ended_even_in_another_session(workshop):
    script = (
        "import subprocess, sys\nchild = subprocess.Popen(['sleep', '60'], start_new_session=True)\nprint(child.pid)"
    )
    began = time.monotonic()
    outcome = asyncio.run(workshop.run(script))
    assert outcome.ended == "exited"
    assert not running(int(workshop.output))
    assert time.monotonic() - began < 5


def test_a_flood_of_output_stays_flat_in_memory_and_leaves_the_loop_free(workshop):
    total = 100 * MEBIBYTE
    received = 0

    def count(chunk):
        nonlocal received
        received += len(chunk)

    async def flood():
        longest = 0.0
        work = asyncio.create_task(
            workshop.jobs.run(
                "flood",
                [
                    sys.executable,
                    "-c",
                    f"import sys\nfor _ in range({total >> 16}): sys.stdout.write('x' * 65535 + '\\n')",
                ],
                cwd=workshop.home,
                env=clean_environment(workshop.home / "flood"),
                limits=Limits(2048 * MEBIBYTE),
                log=count,
            )
        )
        while not work.done():
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)
        return longest

    before = psutil.Process().memory_info().rss
    longest = asyncio.run(flood())
    assert received == total
    assert psutil.Process().memory_info().rss - before < 30 * MEBIBYTE
    assert longest < 1


def test_a_log_that_fails_ends_the_job_and_is_reported(workshop):
    def refuse(chunk):
        raise OSError("no room")

    async def run():
        await workshop.jobs.run(
            "job",
            [sys.executable, "-c", "import os, time; print(os.getpid()); time.sleep(60)"],
            cwd=workshop.home,
            env=clean_environment(workshop.home / "job"),
            limits=Limits(2048 * MEBIBYTE),
            log=refuse,
        )

    with pytest.raises(OSError, match="no room"):
        asyncio.run(run())
    assert not list(jobs._marked(lambda directory: directory.startswith(str(workshop.home))))


def test_a_cancelled_job_ends_at_once(workshop):
    async def cancel():
        work = asyncio.create_task(workshop.run("import os, time; print(os.getpid()); time.sleep(60)"))
        await workshop.until(lambda: workshop.output.endswith(b"\n"))
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(cancel())
    assert not running(int(workshop.output))


def test_one_name_runs_once_at_a_time(workshop):
    async def twice():
        first = asyncio.create_task(workshop.run("print('ready'); import time; time.sleep(60)"))
        await workshop.until(lambda: b"ready" in workshop.output)
        with pytest.raises(ValueError, match="job"):
            await workshop.run("pass")
        workshop.jobs.stop("job")
        return await first

    assert asyncio.run(twice()).ended == "stopped"


def test_leftovers_of_an_earlier_local_aws_are_ended_and_nothing_else(workshop, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ours, theirs = (
        subprocess.Popen(["sleep", "60"], env=clean_environment(home / "jobs" / "left"), start_new_session=True)
        for home in (workshop.home, elsewhere)
    )
    try:
        deadline = time.monotonic() + 5
        while psutil.Process(ours.pid).name() != "sleep" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert workshop.jobs.end_leftovers() == 1
        assert ours.wait(5) == -9
        assert running(theirs.pid)
        assert running(os.getpid())
    finally:
        theirs.kill()
        theirs.wait()
