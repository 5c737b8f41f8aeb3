"""Requests per second and time per boto3 call: local AWS, moto's server, and a server that does nothing, in one run."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import boto3
from load import run, signed

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from local_aws import start  # noqa: E402

NOTHING = """
import asyncio, uvicorn
REPLY = b'{"Models":[]}'
async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"application/x-amz-json-1.1"), (b"content-length", b"%d" % len(REPLY))]})
    await send({"type": "http.response.body", "body": REPLY})
uvicorn.run(app, host="127.0.0.1", port=PORT, http="httptools", lifespan="off", log_level="error")
"""

STS_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
STS_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
MODELS_HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.ListModels"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of all servers in turn; the median counts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, moto() as moto_endpoint, nothing() as nothing_endpoint:
        connection = start.ensure(Path(home))
        keys = (connection.access_key, connection.secret_key)
        servers = {
            "local AWS": connection.endpoint,
            "moto_server": moto_endpoint,
            "a server that does nothing": nothing_endpoint,
        }
        for name, service, body, headers in (
            ("GetCallerIdentity", "sts", STS_BODY, STS_HEADERS),
            ("ListModels", "sagemaker", b"{}", MODELS_HEADERS),
        ):
            compare_load(name, servers, service, keys, body, headers, given)
        compare_calls(servers, keys, given.rounds)
        start.stop(Path(home))


def compare_load(name, servers, service, keys, body, headers, given) -> None:
    for connections in (1, 8):
        rates: dict[str, list[float]] = {server: [] for server in servers}
        for _ in range(given.rounds):
            for server, endpoint in servers.items():
                request = signed(endpoint, service, keys, body=body, headers=headers)
                result = run(endpoint, request, connections=connections, seconds=given.seconds)
                rates[server].append(result.requests_per_second)
        print(f"\n{name}, {connections} connection(s)")
        for server, found in rates.items():
            print(f"  {server:28} {median(found):7.0f} requests/s")
        print(f"  local AWS / moto_server      {median(rates['local AWS']) / median(rates['moto_server']):7.1f} times")


def compare_calls(servers, keys, rounds: int, calls: int = 400) -> None:
    print("\none boto3 call of ListModels")
    clients = {
        server: boto3.client(
            "sagemaker",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
        )
        for server, endpoint in servers.items()
    }
    times: dict[str, list[float]] = {server: [] for server in servers}
    for _ in range(rounds):
        for server, client in clients.items():
            times[server] += [timed(client.list_models) for _ in range(calls)]
    for server, found in times.items():
        print(f"  {server:28} {1000 * median(found):7.2f} ms")
    over = median(times["local AWS"]) - median(times["a server that does nothing"])
    print(f"  local AWS over nothing       {1000 * over:7.2f} ms")


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


@contextmanager
def moto() -> Iterator[str]:
    port = free_port()
    with process(
        [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)], port
    ) as endpoint:
        yield endpoint


@contextmanager
def nothing() -> Iterator[str]:
    port = free_port()
    with process([sys.executable, "-c", NOTHING.replace("PORT", str(port))], port) as endpoint:
        yield endpoint


@contextmanager
def process(command: list[str], port: int) -> Iterator[str]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
