"""Every AWS call made: request, reply and time. Feeds "Show the calls" and the code to copy."""

from __future__ import annotations

import pprint
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_LONGEST_TEXT_SHOWN = 2_000
_MOST_CALLS_KEPT = 500
_START = "celaje_start"
_PARAMETERS = "celaje_parameters"
_FIDELITY_HEADER = "x-local-aws-fidelity"


@dataclass(frozen=True)
class Call:
    """One finished call. Bodies and long texts in `parameters` and `reply` are shortened; secrets are never in them."""

    service: str
    operation: str
    method: str
    """The boto3 method, like "create_training_job"."""
    parameters: dict[str, Any]
    reply: dict[str, Any]
    status: int
    milliseconds: float
    started: datetime
    backend: str
    fidelity: str = ""
    """What local AWS says of its answer: "real", or "approximate; " and how it differs. Empty for AWS itself."""

    @property
    def failed(self) -> bool:
        return self.status >= 400 or self.status == 0

    def code(self) -> str:
        """The same call as Python to copy, for an account or, with AWS_ENDPOINT_URL set, for local AWS."""
        arguments = "".join(f"    {key}={_literal(value)},\n" for key, value in self.parameters.items())
        call = (
            f"reply = {_variable(self.service)}.{self.method}(\n{arguments})"
            if arguments
            else (f"reply = {_variable(self.service)}.{self.method}()")
        )
        return f'import boto3\n\n{_variable(self.service)} = boto3.client("{self.service}")\n{call}\n'


class Calls(deque[Call]):
    """The calls of one session, newest last; the oldest are let go beyond a bound."""

    def __init__(self, calls: Iterator[Call] | tuple[Call, ...] = ()) -> None:
        super().__init__(calls, maxlen=_MOST_CALLS_KEPT)


_calls: ContextVar[Calls | None] = ContextVar("calls", default=None)


@contextmanager
def record(into: Calls) -> Iterator[Calls]:
    """Keep the calls made in the block, by this thread, in `into`."""
    token = _calls.set(into)
    try:
        yield into
    finally:
        _calls.reset(token)


def watch(client: Any, backend: str) -> None:
    """Have a boto3 client report its calls here."""
    service = client.meta.service_model.service_name
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}

    def begin(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[_START] = time.perf_counter()
        context[_PARAMETERS] = params

    def finish(http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        fidelity = http_response.headers.get(_FIDELITY_HEADER, "")
        add(http_response.status_code, parsed, model.name, context, fidelity)

    def fail(exception: Exception, context: dict[str, Any], **details: Any) -> None:
        model = details.get("model")
        add(0, {"Error": {"Message": str(exception)}}, model.name if model else "?", context)

    def add(status: int, reply: dict[str, Any], operation: str, context: dict[str, Any], fidelity: str = "") -> None:
        calls = _calls.get()
        if calls is None:
            return
        calls.append(
            Call(
                service=service,
                operation=operation,
                method=methods.get(operation, operation),
                parameters=_shorten(context.get(_PARAMETERS, {})),
                reply=_shorten({key: value for key, value in reply.items() if key != "ResponseMetadata"}),
                status=status,
                milliseconds=1000 * (time.perf_counter() - context.get(_START, time.perf_counter())),
                started=datetime.now(UTC),
                backend=backend,
                fidelity=fidelity,
            )
        )

    client.meta.events.register("provide-client-params", begin)
    client.meta.events.register("after-call", finish)
    client.meta.events.register("after-call-error", fail)


def _shorten(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shorten(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shorten(item) for item in value]
    if isinstance(value, bytes | bytearray):
        try:
            return _shorten(value.decode())
        except UnicodeDecodeError:
            return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return (
            value if len(value) <= _LONGEST_TEXT_SHOWN else f"{value[:_LONGEST_TEXT_SHOWN]}… ({len(value)} characters)"
        )
    if isinstance(value, int | float | bool | datetime) or value is None:
        return value
    return f"<{type(value).__name__}>"


def _literal(value: Any) -> str:
    return pprint.pformat(value, width=90, sort_dicts=False).replace("\n", "\n    ")


def _variable(service: str) -> str:
    return service.replace("-", "_")
