"""Start-up: `python -m local_aws serve` to its first answer and its idle memory, beside MiniStack and moto's server."""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psutil
from bench_gateway import STS_BODY, STS_HEADERS, free_port
from load import signed

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from local_aws.credentials import load_or_make  # noqa: E402

_IDLE_SECONDS = 1.0
_LONGEST_START_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of all servers in turn; the median counts")
    given = parser.parse_args()
    measured: dict[str, list[tuple[float, float]]] = {}
    for _ in range(given.rounds):
        for name, launch in (("local AWS", local_aws), ("MiniStack alone", ministack), ("moto_server", moto)):
            with tempfile.TemporaryDirectory() as home:
                measured.setdefault(name, []).append(launch(Path(home)))
    for name, runs in measured.items():
        seconds, megabytes = median(run[0] for run in runs), median(run[1] for run in runs)
        print(f"{name:18} first answer after {seconds:5.2f} s, {megabytes:4.0f} MB when idle after it")


def local_aws(home: Path) -> tuple[float, float]:
    keys = load_or_make(home)
    port = free_port()
    command = [sys.executable, "-m", "local_aws", "serve", "--state", str(home), "--port", str(port)]
    return first_answer(command, port, (keys.access_key, keys.secret_key), {})


def ministack(home: Path) -> tuple[float, float]:
    port = free_port()
    settings = {"GATEWAY_PORT": str(port), "STATE_DIR": str(home), "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}
    command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port), "--log-level", "error"]
    return first_answer(command, port, ("test", "test"), settings)


def moto(home: Path) -> tuple[float, float]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    return first_answer(command, port, ("test", "test"), {})


def first_answer(command: list[str], port: int, keys: tuple[str, str], settings: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of a process to its first GetCallerIdentity, and its memory in MB a while later."""
    endpoint = f"http://127.0.0.1:{port}"
    request = signed(endpoint, "sts", keys, body=STS_BODY, headers=STS_HEADERS)
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    begun = time.perf_counter()
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=PROJECT, env=os.environ | settings, stdout=quiet, stderr=quiet)
    try:
        wait_until(lambda: answers(endpoint, body, dict(lines)))
        seconds = time.perf_counter() - begun
        time.sleep(_IDLE_SECONDS)
        return seconds, psutil.Process(server.pid).memory_info().rss / 2**20
    finally:
        server.terminate()
        server.wait()


def answers(endpoint: str, body: bytes, headers: dict[str, str]) -> bool:
    line = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    try:
        line.request("POST", "/", body=body, headers=headers)
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {_LONGEST_START_SECONDS} s")
        time.sleep(0.005)


if __name__ == "__main__":
    main()
