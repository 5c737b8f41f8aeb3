"""botocore's service models, loaded when first needed, and which operation of them a request is for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

_SERVICES_BY_SIGNING_NAME = {
    "sagemaker": ("sagemaker", "sagemaker-runtime"),
    "lex": ("lexv2-models", "lexv2-runtime"),
    "monitoring": ("cloudwatch",),
    "states": ("stepfunctions",),
}
"""Signing names that several services share, or whose service has another name in botocore."""

_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_RPC_PATH = re.compile(r"/service/\w+/operation/(\w+)")
"""Of Smithy's RPC v2 protocol, which some SDKs speak to CloudWatch."""

_loader = Loader()


@lru_cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


@lru_cache
def operation_model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)


def services_signed_as(signing_name: str) -> tuple[str, ...]:
    """The botocore services whose requests carry this signing name; ("x",) where x is all we know."""
    return _SERVICES_BY_SIGNING_NAME.get(signing_name, (signing_name,))


@dataclass(frozen=True)
class Route:
    """How one REST operation is recognised: method, path, and the query and header names that must be there."""

    service: str
    operation: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str | None], ...]
    headers: tuple[str, ...]

    @property
    def specificity(self) -> int:
        return 2 * len(self.query) + 2 * len(self.headers)


def identify(
    service: str, method: str, raw_path: str, query: Sequence[tuple[str, str]], headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, str]] | None:
    """The operation of a service that a request is for, in any of the protocols, and its path parameters."""
    if target := headers.get("x-amz-target"):
        prefix, _, name = target.rpartition(".")
        return (name, {}) if prefix == _target_prefix(service) and name in _names(service) else None
    if match := _RPC_PATH.fullmatch(raw_path):
        return (match[1], {}) if match[1] in _names(service) else None
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        action = _ACTION.search(body)
        name = action[1].decode() if action else ""
        return (name, {}) if name in _names(service) else None
    return route(service, method, raw_path, query, headers)


@lru_cache
def _names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@lru_cache
def _target_prefix(service: str) -> str | None:
    prefix: str | None = service_model(service).metadata.get("targetPrefix")
    return prefix


def route(
    service: str, method: str, raw_path: str, query: Sequence[tuple[str, str]], headers: Mapping[str, str]
) -> tuple[str, dict[str, str]] | None:
    """The REST operation that a request is for and its path parameters, decoded; the most specific where several fit.

    The path is matched as sent: an encoded slash belongs to a parameter, it does not end one.
    """
    given = dict(query)
    for candidate in _routes(service, method):
        match = candidate.path.fullmatch(raw_path)
        if match is None:
            continue
        if not all(name in given and value in (None, given[name]) for name, value in candidate.query):
            continue
        if all(name in headers for name in candidate.headers):
            return candidate.operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


@lru_cache(maxsize=512)
def _routes(service: str, method: str) -> tuple[Route, ...]:
    model = service_model(service)
    if not model.resolved_protocol.startswith("rest-"):
        return ()
    routes = [_route_of(service, model.operation_model(name)) for name in model.operation_names]
    fitting = [route for route in routes if route.method == method]
    return tuple(sorted(fitting, key=lambda route: -route.specificity))


def _route_of(service: str, operation: OperationModel) -> Route:
    path, _, static_query = operation.http["requestUri"].partition("?")
    query: list[tuple[str, str | None]] = []
    for part in filter(None, static_query.split("&")):
        name, _, value = part.partition("=")
        query.append((name, value or None))
    headers = []
    shape = operation.input_shape
    for member in shape.required_members if shape else ():
        binding = shape.members[member].serialization
        if binding.get("location") == "querystring":
            query.append((binding["name"], None))
        # Only S3 tells two operations apart by a header (CopyObject from PutObject).
        elif binding.get("location") == "header" and service == "s3":
            headers.append(binding["name"].lower())
    return Route(
        service, operation.name, operation.http["method"], _path_pattern(path), tuple(query), tuple(headers)
    )  # fmt: skip


def _path_pattern(template: str) -> re.Pattern[str]:
    parts = []
    for text, label in re.findall(r"([^{]*)(?:\{([^}]+)\})?", template):
        parts.append(re.escape(text))
        if label.endswith("+"):
            parts.append(f"(?P<{label[:-1]}>.+)")
        elif label:
            parts.append(f"(?P<{label}>[^/]+)")
    return re.compile("".join(parts).rstrip("/") + "/?", re.DOTALL)
