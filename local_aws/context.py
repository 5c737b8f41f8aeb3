"""Where a handler finds itself: the server it runs in, and the account and region of the request."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_aws.credentials import Credentials
    from local_aws.jobs import Jobs
    from local_aws.logs import Logs
    from local_aws.objects import Objects
    from local_aws.store import Documents, Store


@dataclass
class Server:
    """One running local AWS on one state directory. `endpoint` is its URL, like http://127.0.0.1:4599."""

    home: Path
    endpoint: str
    credentials: Credentials
    store: Store
    objects: Objects
    logs: Logs
    jobs: Jobs
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work that outlives the request on the event loop; it keeps the request's account and region."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


@dataclass(frozen=True)
class Here:
    """The server, account and region that a request is for."""

    server: Server
    account: str
    region: str

    @property
    def documents(self) -> Documents:
        return self.server.store.documents(self.account, self.region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


_here: ContextVar[Here] = ContextVar("here")


def here() -> Here:
    """The current request's place. Only valid while a request, or a task it spawned, runs."""
    return _here.get()


@contextmanager
def at(place: Here) -> Iterator[None]:
    """Run a block as if a request for this place had started it (for hooks at start)."""
    token = _here.set(place)
    try:
        yield
    finally:
        _here.reset(token)
