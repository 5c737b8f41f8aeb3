"""Which operations local AWS answers, and how truly: @operation, AwsError, discovery of apis/."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Handler = Callable[..., Any]
Hook = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Fidelity:
    """How close an answer is to the one AWS would give."""

    label: str
    difference: str = ""

    @property
    def header(self) -> str:
        """For an HTTP header: the label, and after a semicolon the difference."""
        return f"{self.label}; {self.difference}" if self.difference else self.label


real = Fidelity("real")


def approximate(difference: str) -> Fidelity:
    """An answer that differs from AWS in the way one sentence says."""
    return Fidelity("approximate", difference)


@dataclass
class AwsError(Exception):
    """An error as AWS reports it. `fields` are further members of its error shape."""

    code: str
    message: str
    status: int = 400
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class HandOver(Exception):
    """Raised by a handler to let the platform (MiniStack) answer this request instead."""


@dataclass(frozen=True)
class Operation:
    """One operation of a botocore service model and the function that answers it.

    With `streams`, the handler is given an `http.Request` and returns an `http.Response`, both with bodies that
    may be larger than memory. Otherwise it is given the input shape's members by name and returns the output
    shape as a dict: a coroutine runs on the event loop and must not block for longer than a store look-up, a plain
    function runs in a worker thread.
    """

    service: str
    name: str
    handler: Handler
    fidelity: Fidelity
    streams: bool = False


_operations: dict[tuple[str, str], Operation] = {}
_services: set[str] = set()
_start_hooks: list[Hook] = []
_stop_hooks: list[Hook] = []


def operation(
    service: str, name: str, *, fidelity: Fidelity = real, streams: bool = False
) -> Callable[[Handler], Handler]:
    """Register a function as the answer to one operation of a service, named as botocore names both."""

    def register(handler: Handler) -> Handler:
        _operations[service, name] = Operation(service, name, handler, fidelity, streams)
        _services.add(service)
        return handler

    return register


def on_start(hook: Hook) -> Hook:
    """Run `await hook(server)` before the first request: recover what an earlier process left behind."""
    _start_hooks.append(hook)
    return hook


def on_stop(hook: Hook) -> Hook:
    """Run `await hook(server)` when the server shuts down in an orderly way."""
    _stop_hooks.append(hook)
    return hook


def discover() -> None:
    """Import every module and package of apis/, which registers their operations and hooks."""
    from local_aws import apis

    for module in pkgutil.iter_modules(apis.__path__):
        importlib.import_module(f"{apis.__name__}.{module.name}")


def operations() -> dict[tuple[str, str], Operation]:
    """All registered operations by (service, operation name)."""
    return dict(_operations)


def find(service: str, name: str) -> Operation | None:
    return _operations.get((service, name))


def has(service: str) -> bool:
    """Whether any operation of a service is registered."""
    return service in _services


def start_hooks() -> list[Hook]:
    return list(_start_hooks)


def stop_hooks() -> list[Hook]:
    return list(_stop_hooks)
