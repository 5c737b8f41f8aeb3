"""What a request says and how a reply is written, by botocore's models: json, rest-json and the error forms. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from botocore.model import OperationModel, Shape, StructureShape

from local_aws.http import Response
from local_aws.registry import AwsError
from local_aws.validation import validate

JSON_1_0 = "application/x-amz-json-1.0"
JSON_1_1 = "application/x-amz-json-1.1"


# --- requests ---------------------------------------------------------------------------------------------------------


def parse(
    operation: OperationModel,
    *,
    path_parameters: Mapping[str, str],
    query: list[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    """The members of the input shape that a request gives, as Python values, checked against the model.

    Timestamps become aware datetimes, blobs bytes. Raises AwsError: SerializationException for what cannot be read,
    ValidationException (ValidationError where the operation lists that) for what breaks a constraint.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    if operation.service_model.resolved_protocol == "rest-json":
        members = _rest_members(shape, path_parameters, query, headers, body)
    else:
        members = _structure(shape, _json(body))
    validate(shape, members, _validation_code(operation))
    return members


def _validation_code(operation: OperationModel) -> str:
    listed = any(shape.name == "ValidationError" for shape in operation.error_shapes)
    return "ValidationError" if listed else "ValidationException"


def _rest_members(
    shape: StructureShape,
    path_parameters: Mapping[str, str],
    query: list[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    members: dict[str, Any] = {}
    in_body: dict[str, Shape] = {}
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        key = member.serialization.get("name", name)
        if where is None:
            in_body[name] = member
        elif where == "uri":
            members[name] = _from_text(member, path_parameters[key])
        elif where == "headers":
            members[name] = {h[len(key) :]: text for h, text in headers.items() if h.startswith(key.lower())}
        elif where == "header" and key.lower() in headers:
            members[name] = _from_text(member, headers[key.lower()])
        elif where == "querystring" and (values := [value for given, value in query if given == key]):
            members[name] = _from_query(member, values)
    payload = shape.serialization.get("payload")
    if payload is None:
        if in_body and body:
            members |= _structure(shape, _json(body), only=in_body)
    elif body or shape.members[payload].type_name == "blob":
        members[payload] = _payload(shape.members[payload], body)
    return members


def _payload(shape: Shape, body: bytes) -> Any:
    if shape.type_name == "blob":
        return body
    if shape.type_name == "string":
        return body.decode("utf-8", "replace")
    return _value(shape, _json(body), "payload")


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document = json.loads(body)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise AwsError("SerializationException", f"The request body is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    return document


def _structure(shape: StructureShape, document: Any, *, only: Mapping[str, Shape] | None = None) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _unreadable("structure", document)
    members = {}
    for name, member in (shape.members if only is None else only).items():
        given = document.get(member.serialization.get("name", name))
        if given is not None:
            members[name] = _value(member, given, name)
    return members


def _value(shape: Shape, given: Any, name: str) -> Any:
    match shape.type_name:
        case "structure":
            return given if shape.metadata.get("document") else _structure(shape, given)
        case "list":
            if not isinstance(given, list):
                raise _unreadable("list", given, name)
            return [_value(shape.member, item, name) for item in given]
        case "map":
            if not isinstance(given, dict):
                raise _unreadable("map", given, name)
            return {_whole(key, name): _value(shape.value, item, name) for key, item in given.items()}
        case "timestamp":
            return _moment(given, name)
        case "blob":
            return _bytes(given, name)
        case kind:
            return _scalar(kind, given, name)


def _scalar(kind: str, given: Any, name: str) -> Any:
    if kind == "string" and isinstance(given, str):
        return _whole(given, name)
    if kind == "boolean" and isinstance(given, bool):
        return given
    if kind in ("integer", "long") and isinstance(given, int | float) and not isinstance(given, bool):
        if not math.isfinite(given) or given != int(given):
            raise _unreadable(kind, given, name)
        return int(given)
    if kind in ("float", "double"):
        if isinstance(given, int | float) and not isinstance(given, bool):
            return float(given)
        if given in ("NaN", "Infinity", "-Infinity"):
            return float(given)
    raise _unreadable(kind, given, name)


def _whole(text: str, name: str) -> str:
    """The text, if it can be written as UTF-8: JSON can escape half of a surrogate pair."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise AwsError("SerializationException", f"The value of {name} has half of a surrogate pair")
    return text


def _unreadable(kind: str, given: Any, name: str = "the request body") -> AwsError:
    word = {bool: "TRUE_VALUE" if given is True else "FALSE_VALUE", str: "STRING_VALUE", int: "NUMBER_VALUE"}
    word |= {float: "NUMBER_VALUE", list: "START_ARRAY", dict: "START_OBJECT"}
    return AwsError(
        "SerializationException", f"{word.get(type(given), 'VALUE')} cannot be converted to {kind} (at {name})"
    )


def _moment(given: Any, name: str) -> datetime:
    try:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC)
        moment = datetime.fromisoformat(given)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        return parsedate_to_datetime(given)
    except (TypeError, ValueError) as error:
        raise _unreadable("timestamp", given, name) from error


def _bytes(given: Any, name: str) -> bytes:
    if not isinstance(given, str):
        raise _unreadable("blob", given, name)
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error as error:
        raise AwsError("SerializationException", f"The value of {name} is not valid Base64") from error


def _from_query(shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "list":
        return [_from_text(shape.member, value) for value in values]
    return _from_text(shape, values[0])


def _from_text(shape: Shape, text: str) -> Any:
    readers: dict[str, Callable[[str], Any]] = {"integer": int, "long": int, "float": float, "double": float}
    if shape.type_name in readers:
        try:
            return readers[shape.type_name](text)
        except ValueError as error:
            raise _unreadable(shape.type_name, text, shape.name) from error
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name == "timestamp":
        return _moment(int(text) if text.isdigit() else text, shape.name)
    if shape.type_name == "list":
        return [_from_text(shape.member, item.strip()) for item in text.split(",")]
    if shape.serialization.get("jsonvalue"):
        return base64.b64decode(text).decode()
    return text


# --- replies ----------------------------------------------------------------------------------------------------------


def serialise(operation: OperationModel, reply: dict[str, Any], request_id: str) -> Response:
    """A reply as the protocol of the operation writes it. `reply` holds members of the output shape; None is absent."""
    status = int(operation.http.get("responseCode", 200)) if operation.http else 200
    headers = {"x-amzn-requestid": request_id}
    shape = operation.output_shape
    if operation.service_model.resolved_protocol != "rest-json":
        headers["content-type"] = _json_type(operation)
        return Response(status, headers, b"{}" if shape is None else _dump(_document(shape, reply)))
    if shape is None:
        return Response(status, headers | {"content-type": "application/json"}, b"")
    payload = shape.serialization.get("payload")
    in_body: dict[str, Any] = {}
    for name, value in reply.items():
        binding = shape.members[name].serialization
        if value is None or name == payload:
            continue
        if binding.get("location") == "header":
            headers[binding["name"].lower()] = _to_text(shape.members[name], value)
        elif binding.get("location") == "headers":
            headers |= {f"{binding['name']}{key}".lower(): str(item) for key, item in value.items()}
        elif binding.get("location") == "statusCode":
            status = int(value)
        else:
            in_body[name] = value
    if payload is None:
        headers["content-type"] = "application/json"
        return Response(status, headers, _dump(_document(shape, in_body)))
    headers.setdefault("content-type", "application/octet-stream")
    body = reply.get(payload, b"")
    if shape.members[payload].type_name not in ("blob", "string"):
        body = _dump(_project(shape.members[payload], body))
    return Response(status, headers, body.encode() if isinstance(body, str) else body)


def _json_type(operation: OperationModel) -> str:
    version = operation.service_model.metadata.get("jsonVersion", "1.1")
    return JSON_1_0 if version == "1.0" else JSON_1_1


def _document(shape: StructureShape, members: Mapping[str, Any]) -> dict[str, Any]:
    document = {}
    for name, value in members.items():
        if value is not None:
            member = shape.members[name]
            document[member.serialization.get("name", name)] = _project(member, value)
    return document


def _project(shape: Shape, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            return value if shape.metadata.get("document") else _document(shape, value)
        case "list":
            return [_project(shape.member, item) for item in value]
        case "map":
            return {key: _project(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return _written_moment(shape, value)
        case "blob":
            return base64.b64encode(value).decode()
        case "float" | "double":
            return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
        case _:
            return value


def _written_moment(shape: Shape, value: datetime) -> float | str:
    if shape.serialization.get("timestampFormat") == "iso8601":
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return round(value.timestamp(), 3)


def _to_text(shape: Shape, value: Any) -> str:
    if isinstance(value, datetime):
        return format_datetime(value.astimezone(UTC), usegmt=True)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_to_text(shape.member, item) for item in value)
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(str(value).encode()).decode()
    return str(value)


def _dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


# --- errors -----------------------------------------------------------------------------------------------------------


def serialise_error(protocol: str, error: AwsError, request_id: str, resource: str = "") -> Response:
    """An error as a protocol writes it: json, rest-json, query or rest-xml."""
    if protocol == "rest-xml":
        return _s3_error(error, request_id, resource)
    if protocol == "query":
        return _query_error(error, request_id)
    document = {"__type": error.code, "message": error.message, "Message": error.message, **error.fields}
    headers = {"content-type": JSON_1_1, "x-amzn-requestid": request_id, "x-amzn-errortype": error.code}
    return Response(error.status, headers, _dump(document))


def _query_error(error: AwsError, request_id: str) -> Response:
    body = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Response(error.status, {"content-type": "text/xml", "x-amzn-requestid": request_id}, body.encode())


def _s3_error(error: AwsError, request_id: str, resource: str) -> Response:
    more = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in error.fields.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>{more}"
        f"<Resource>{escape(quote(resource))}</Resource><RequestId>{request_id}</RequestId></Error>"
    )
    headers = {"content-type": "application/xml", "x-amz-request-id": request_id}
    return Response(error.status, headers, body.encode())
