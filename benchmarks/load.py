"""A lean load generator: one signed request, sent again and again over raw keep-alive connections."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclass(frozen=True)
class Load:
    """What a run of requests came to; times of single requests in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.requests_per_second:7.0f} requests/s, p50 {self.p50:6.2f} ms, p99 {self.p99:6.2f} ms"


def signed(
    endpoint: str, service: str, keys: tuple[str, str], *, path: str = "/", body: bytes = b"", headers: dict[str, str]
) -> bytes:
    """The bytes of a POST request, signed once; good for the 15 minutes that a signature lasts."""
    request = AWSRequest("POST", endpoint + path, data=body, headers=headers)
    SigV4Auth(Credentials(*keys), service, "us-east-1").add_auth(request)
    return raw(endpoint, path=path, body=body, headers=dict(request.headers.items()))


def raw(endpoint: str, *, path: str = "/", body: bytes = b"", headers: dict[str, str]) -> bytes:
    """The bytes of a POST request, unsigned."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(endpoint).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(endpoint: str, request: bytes, *, connections: int, seconds: float) -> Load:
    """Keep `connections` requests in flight for some seconds. Raises RuntimeError when an answer is not a 200."""
    return asyncio.run(_run(endpoint, request, connections, seconds))


async def _run(endpoint: str, request: bytes, connections: int, seconds: float) -> Load:
    where = urlsplit(endpoint)
    times: list[float] = []
    loop = asyncio.get_running_loop()
    finished = [loop.create_future() for _ in range(connections)]
    until = time.perf_counter() + seconds
    started = time.perf_counter()
    for done in finished:
        await loop.create_connection(
            lambda done=done: _Connection(request, times, until, done), where.hostname, where.port
        )
    await asyncio.gather(*finished)
    spent = time.perf_counter() - started
    cuts = quantiles(times, n=100)
    return Load(len(times) / spent, 1000 * cuts[49], 1000 * cuts[98])


class _Connection(asyncio.Protocol):
    """Sends the request, waits for the whole answer, sends it again."""

    def __init__(self, request: bytes, times: list[float], until: float, done: asyncio.Future[None]) -> None:
        self._request, self._times, self._until, self._done = request, times, until, done
        self._held = b""
        self._sent = 0.0
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send(self._sent or time.perf_counter())

    def _send(self, since: float | None = None) -> None:
        self._held = b""
        self._sent = since or time.perf_counter()
        self._transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, gap, body = self._held.partition(b"\r\n\r\n")
        if not gap or not _is_whole(head, body):
            return
        now = time.perf_counter()
        self._times.append(now - self._sent)
        if not head.startswith(b"HTTP/1.1 200"):
            self._finish(RuntimeError((head + body)[:500].decode("utf-8", "replace")))
        elif now > self._until:
            self._finish(None)
        elif b"connection: close" in head.lower():
            self._closing = True
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if (
            self._closing
        ):  # the server wants a connection for each request; opening it counts as boto3 would wait for it
            self._closing = False
            self._sent = time.perf_counter()
            host, port, *_ = self._transport.get_extra_info("peername")
            self._opening = asyncio.ensure_future(
                asyncio.get_running_loop().create_connection(lambda: self, host, port)
            )
        else:
            self._finish(error or RuntimeError("the server closed the connection"))

    def _finish(self, error: Exception | None) -> None:
        if not self._done.done():
            self._transport.abort()  # type: ignore[attr-defined]
            self._done.set_exception(error) if error else self._done.set_result(None)


def _is_whole(head: bytes, body: bytes) -> bool:
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return body.endswith(b"0\r\n\r\n")
    length = lowered.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)
