"""S3 throughput and memory: local AWS with its signature check, and MiniStack alone, in turn in one run."""

from __future__ import annotations

import argparse
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

PROJECT = Path(__file__).parent.parent
MB = 1_000_000
PART_BYTES = 8 * 1024 * 1024
TARGET_RATIO = 0.9


@dataclass
class Server:
    """One server under test, and how long each of its transfers took."""

    name: str
    pid: int
    endpoint: str
    keys: tuple[str, str]
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.keys[0],
            aws_secret_access_key=self.keys[1],
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def memory(self) -> tuple[float, float]:
        """Resident now, and at most since forget_peak(), in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) * 1024 / MB for line in lines if line.startswith("Vm")}
        return found["VmRSS"], found["VmHWM"]

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both servers in turn; the median counts")
    parser.add_argument("--megabytes", type=int, default=100, help="of the object that is put and got")
    parser.add_argument("--multipart", type=int, default=300, help="megabytes of the object uploaded in parts")
    given = parser.parse_args()
    with local_aws() as ours, ministack() as theirs:
        servers = (ours, theirs)
        for server in servers:
            server.client.create_bucket(Bucket="bench")
        idle = {server.name: server.memory()[0] for server in servers}
        for megabytes in (8, given.megabytes):
            throughput(servers, os.urandom(megabytes * MB), given.rounds)
        report_memory(servers, idle, f"{given.megabytes} MB put and got")
        for server in servers:
            multipart(server, given.multipart * MB)
        report_memory(servers, idle, f"{given.multipart} MB in parts")
        small_objects(servers, given.rounds)


def throughput(servers: tuple[Server, ...], data: bytes, rounds: int) -> None:
    for server in servers:
        server.seconds.clear()
    for _ in range(rounds):
        for server in servers:
            transfer(server, data)
    ours, theirs = servers
    print(f"\n{len(data) / MB:.0f} MB, median of {rounds}; raw is a signed request on a bare socket")
    for what, seconds in ours.seconds.items():
        rate, other = (len(data) / MB / median(found) for found in (seconds, theirs.seconds[what]))
        verdict = "" if rate / other >= TARGET_RATIO else f"   below {TARGET_RATIO}"
        print(
            f"  {what:12} local AWS {rate:6.0f} MB/s   MiniStack {other:6.0f} MB/s   ratio {rate / other:5.2f}{verdict}"
        )


def transfer(server: Server, data: bytes) -> None:
    client = server.client
    put, get = signed(server, "PUT", data), signed(server, "GET")
    timed(server, "put, boto3", lambda: client.put_object(Bucket="bench", Key="boto3", Body=data))
    timed(server, "get, boto3", lambda: drain(client.get_object(Bucket="bench", Key="boto3")["Body"]))
    timed(server, "put, raw", lambda: raw(server, "PUT", put, data))
    timed(server, "get, raw", lambda: raw(server, "GET", get))


def small_objects(servers: tuple[Server, ...], rounds: int, count: int = 200) -> None:
    for _ in range(rounds):
        for server in servers:
            small(server, [f"small/{number}" for number in range(count)])
    ours, theirs = servers
    print("\nsmall objects by boto3, ms a call")
    for what, calls in (("put", count), ("get", count), ("list", 20)):
        times = [1000 * median(server.seconds[what]) / calls for server in (ours, theirs)]
        print(f"  {what:12} local AWS {times[0]:6.2f}        MiniStack {times[1]:6.2f}")


def small(server: Server, keys: list[str]) -> None:
    client = server.client
    timed(server, "put", lambda: [client.put_object(Bucket="bench", Key=key, Body=b"x" * 1000) for key in keys])
    timed(server, "get", lambda: [drain(client.get_object(Bucket="bench", Key=key)["Body"]) for key in keys])
    timed(server, "list", lambda: [client.list_objects_v2(Bucket="bench") for _ in range(20)])


def multipart(server: Server, size: int) -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(0, size, MB):
            file.write(os.urandom(MB))
        file.seek(0)
        settings = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4)
        server.client.upload_fileobj(file, "bench", "parts", Config=settings)
    drain(server.client.get_object(Bucket="bench", Key="parts")["Body"])


def report_memory(servers: tuple[Server, ...], idle: dict[str, float], what: str) -> None:
    print(f"\nmemory, {what}")
    for server in servers:
        print(f"  {server.name:12} {idle[server.name]:6.0f} MB idle, {server.memory()[1]:6.0f} MB at most")
        server.forget_peak()


def timed(server: Server, what: str, call: Callable[[], object]) -> None:
    begun = time.perf_counter()
    call()
    server.seconds.setdefault(what, []).append(time.perf_counter() - begun)


def drain(body: Any) -> None:
    for _ in body.iter_chunks(MB):
        pass


def signed(server: Server, method: str, data: bytes = b"") -> dict[str, str]:
    """The headers of a request whose payload hash is signed; hashing it is not what is measured."""
    request = AWSRequest(method, f"{server.endpoint}/bench/raw", data=data)
    S3SigV4Auth(Credentials(*server.keys), "s3", "us-east-1").add_auth(request)
    return {**dict(request.headers.items()), "Content-Length": str(len(data))}


def raw(server: Server, method: str, headers: dict[str, str], data: bytes = b"") -> None:
    """Send one request; the client does nothing but move bytes."""
    line = http.client.HTTPConnection(urlsplit(server.endpoint).netloc, blocksize=MB)
    line.request(method, "/bench/raw", body=io.BytesIO(data) if data else None, headers=headers)
    reply = line.getresponse()
    if reply.status != 200:
        raise RuntimeError(f"{server.name} answered {reply.status}: {reply.read(1000)!r}")
    buffer = memoryview(bytearray(MB))
    while reply.readinto(buffer):
        pass
    line.close()


@contextmanager
def local_aws() -> Iterator[Server]:
    sys.path.insert(0, str(PROJECT))
    from local_aws import start
    from local_aws.state import running

    with tempfile.TemporaryDirectory() as home:
        state = Path(home)
        command = [sys.executable, "-m", "local_aws", "serve", "--state", home]
        with process(command, lambda: running(state) is not None, cwd=PROJECT) as pid:
            found = start.ensure(state)
            yield Server("local AWS", pid, found.endpoint, (found.access_key, found.secret_key))


@contextmanager
def ministack() -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        settings = {"S3_PERSIST": "1", "S3_DATA_DIR": f"{home}/s3", "STATE_DIR": home, "GATEWAY_PORT": str(port)}
        command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port), "--log-level", "error"]
        command += ["--http", "httptools", "--loop", "uvloop", "--no-access-log"]
        with process(command, lambda: listens(port), env={**os.environ, **settings}) as pid:
            yield Server("MiniStack", pid, f"http://127.0.0.1:{port}", ("test", "test"))


@contextmanager
def process(command: list[str], ready: Callable[[], bool], **settings: Any) -> Iterator[int]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings)
    try:
        deadline = time.monotonic() + 30
        while not ready():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.05)
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
