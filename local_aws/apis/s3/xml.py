"""S3's XML: documents written from plain values, and received ones checked against botocore's shapes. Pure."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser as Parser

from botocore.model import Shape, StructureShape

from local_aws import models
from local_aws.apis.s3.errors import malformed_xml
from local_aws.registry import AwsError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
MOST_BYTES = 4 * 1024 * 1024
"""Of a received document. The largest that S3 defines, 1,000 keys to delete, stays below it."""

Value = Any
"""A str, int, bool or None, a dict of Members, or a list of these."""
Members = dict[str, Value]

_ENUM_ERRORS = {
    "BucketLocationConstraint": ("InvalidLocationConstraint", "The specified location-constraint is not valid")
}
_TO_ESCAPE = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]")


def document(root: str, content: Members | str) -> bytes:
    """A document of a text, or of members in order: lists repeat their element, None is left out.

    A member's name may carry attributes, as in 'Grantee xsi:type="CanonicalUser"'.
    """
    body = _escape(content) if isinstance(content, str) else _elements(content)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{body}</{root}>'.encode()


def _elements(members: Members) -> str:
    return "".join([_element(name, value) for name, value in members.items()])


def _element(name: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join([_element(name, item) for item in value])
    if isinstance(value, str):
        content = _escape(value)
    elif isinstance(value, dict):
        content = _elements(value)
    else:
        content = str(value).lower()
    return f"<{name}>{content}</{name.partition(' ')[0]}>"


def _escape(text: str) -> str:
    # XML 1.0 has no way to write most control characters; S3 sends these references, which is why its clients ask
    # for encoding-type=url.
    return _TO_ESCAPE.sub(lambda found: f"&#x{ord(found[0]):x};", text) if _TO_ESCAPE.search(text) else text


async def read_document(body: AsyncIterator[bytes]) -> bytes:
    """A received body that is small by its nature. Raises AwsError when it is not."""
    pieces, size = [], 0
    async for piece in body:
        size += len(piece)
        if size <= MOST_BYTES:
            pieces.append(piece)
    if size > MOST_BYTES:
        raise AwsError(
            "MaxMessageLengthExceeded", "Your request was too big.", 400, {"MaxMessageLengthBytes": MOST_BYTES}
        )
    return b"".join(pieces)


def parse(body: bytes, operation: str) -> dict[str, Any]:
    """The document in an operation's payload, as the values of its botocore shape. Raises AwsError MalformedXML."""
    shape = models.operation_model("s3", operation).input_shape
    payload = shape.members[shape.serialization["payload"]]
    root = _tree(body)
    if _name(root) != payload.serialization.get("name", payload.name):
        raise malformed_xml()
    return _structure(payload, root)


def _tree(body: bytes) -> Element:
    parser = Parser(target=_NoDoctype())  # noqa: S314  (no DOCTYPE, so no entities)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise malformed_xml() from error
    return root


class _NoDoctype(TreeBuilder):
    """Refuses the documents that could make a parser expand or fetch things."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise malformed_xml()


def _structure(shape: StructureShape, element: Element) -> dict[str, Any]:
    wanted = {_wire_name(name, member): (name, member) for name, member in shape.members.items()}
    members: dict[str, Any] = {}
    for child in element:
        if _name(child) not in wanted:
            raise malformed_xml()
        name, member = wanted[_name(child)]
        if member.type_name == "list" and member.serialization.get("flattened"):
            members.setdefault(name, []).append(_value(member.member, child))
        elif name in members:
            raise malformed_xml()
        else:
            members[name] = _value(member, child)
    for name, member in shape.members.items():
        if member.serialization.get("xmlAttribute"):
            attribute = member.serialization["name"].partition(":")[2]
            found = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == attribute), None)
            if found is not None:
                members[name] = found
    if any(name not in members for name in shape.required_members):
        raise malformed_xml()
    return members


def _wire_name(name: str, member: Shape) -> str:
    if member.type_name == "list" and member.serialization.get("flattened"):
        name = member.member.serialization.get("name", name)
    return str(member.serialization.get("name", name))


def _value(shape: Shape, element: Element) -> Any:
    text = element.text or ""
    if shape.type_name == "structure":
        return _structure(shape, element)
    if shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        if any(_name(child) != name for child in element):
            raise malformed_xml()
        return [_value(shape.member, child) for child in element]
    if len(element):
        raise malformed_xml()
    if shape.type_name == "string" and shape.enum and text not in shape.enum:
        raise AwsError(*_ENUM_ERRORS[shape.name]) if shape.name in _ENUM_ERRORS else malformed_xml()
    if shape.type_name == "boolean":
        if text.strip().lower() not in ("true", "false"):
            raise malformed_xml()
        return text.strip().lower() == "true"
    if shape.type_name in ("integer", "long"):
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
            raise malformed_xml()
        return int(text)
    return text


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
