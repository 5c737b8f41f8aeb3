"""The ASGI application: check host and signature, find the operation, and answer it here or hand it to the platform."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import formatdate

from local_aws import models, registry, wire
from local_aws.context import Here, Server, at
from local_aws.http import Request, Response
from local_aws.incoming import ClientGoneError, Incoming, Receive, Scope, Send
from local_aws.payload import checked
from local_aws.platform import Platform
from local_aws.registry import AwsError, HandOver, Operation
from local_aws.signature import Signed, verify

MOST_BODY_BYTES = 32 * 1024 * 1024
"""Of a request that is not streamed. The largest that AWS allows for the services here is InvokeEndpoint's 25 MB."""

OPERATIONS = ("local-aws", "/operations")
"""The signing name and path of the one request that is not AWS's: what is answered here, and how truly."""

_FIDELITY_HEADER = "x-local-aws-fidelity"
"""Tells a client how truly it was answered; AWS sends no such header."""

_log = logging.getLogger(__name__)

_REFUSALS_AS_JSON = {
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 403),
    "InvalidAccessKeyId": ("UnrecognizedClientException", 400),
    "SignatureDoesNotMatch": ("InvalidSignatureException", 403),
    "RequestTimeTooSkewed": ("InvalidSignatureException", 403),
    "XAmzContentSHA256Mismatch": ("InvalidSignatureException", 403),
    "AccessDenied": ("InvalidSignatureException", 403),
    "IncompleteSignature": ("IncompleteSignatureException", 400),
}
_REFUSALS_AS_QUERY = {"InvalidAccessKeyId": ("InvalidClientTokenId", 403)}
_REFUSALS_AS_S3 = {
    "MissingAuthenticationToken": ("AccessDenied", 403),
    "IncompleteSignature": ("AuthorizationHeaderMalformed", 400),
}


class Gateway:
    """Answers every HTTP request that reaches local AWS."""

    def __init__(self, server: Server, platform: Platform) -> None:
        self._server = server
        self._platform = platform
        port = server.endpoint.rpartition(":")[2]
        # A page of another site that resolves its name to 127.0.0.1 (DNS rebinding) carries its own name here.
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"local AWS speaks HTTP only, not {scope['type']}")
        request = Incoming(scope, receive)
        try:
            await self._answer(request, send)
        except AwsError as error:
            await self._refuse(send, request, error)
        except ClientGoneError:
            _log.info("the client went away during %s %s", request.method, request.raw_path)
        except Exception:  # noqa: BLE001 - the last line of defence: a client gets an answer, the log the cause
            _log.exception("a fault of local AWS in %s %s", request.method, request.raw_path)
            fault = AwsError("InternalFailure", "Local AWS failed on this request; its log says why.", 500)
            await self._refuse(send, request, fault)

    async def _refuse(self, send: Send, request: Incoming, error: AwsError) -> None:
        if request.replying:  # too late to say so: the connection is closed and the client sees a broken reply
            _log.error("%s in the reply to %s %s", error, request.method, request.raw_path)
        else:
            await _reply(send, request, self._refusal(request, error))

    async def _answer(self, request: Incoming, send: Send) -> None:
        if request.headers.get("host") not in self._hosts:
            raise AwsError("AccessDenied", "Local AWS answers only to 127.0.0.1 and localhost.", 403)
        request.signing_name = _claimed_signing_name(request)
        if request.signing_name == "s3":
            await self._answer_streaming(request, send)
        else:
            await self._answer_whole(request, send)

    async def _answer_streaming(self, request: Incoming, send: Send) -> None:
        signed = verify(request.head, self._server.credentials, datetime.now(UTC))
        found = models.route("s3", request.method, request.raw_path, request.query, request.headers)
        operation = registry.find("s3", found[0]) if found else None
        if operation is None:
            async for _ in checked(request.chunks(), signed, request.headers):
                pass
            name = found[0] if found else f"{request.method} {request.path}"
            raise AwsError("NotImplemented", f"Local AWS does not have the operation {name}.", 501)
        body = checked(request.chunks(), signed, request.headers)
        handed = Request(
            request.method,
            request.path,
            request.raw_path,
            request.query,
            request.headers,
            body,
            signed.region,
            request.id,
        )
        request.reached_handler = True
        with at(self._here(signed)):
            response = await operation.handler(handed)
        # What the handler left unread is read and checked, so that the connection can serve the next request.
        async for _ in body:
            pass
        response.headers[_FIDELITY_HEADER] = operation.fidelity.header
        await _reply(send, request, response)

    async def _answer_whole(self, request: Incoming, send: Send) -> None:
        raw = await request.read_all(MOST_BODY_BYTES)
        signed = verify(request.head, self._server.credentials, datetime.now(UTC), raw)
        # A request that does not say its body's hash was verified with the hash of this very body.
        says_hash = "x-amz-content-sha256" in request.headers
        body = await _checked_to_end(_once(raw), signed, request.headers) if says_hash else raw
        if (signed.signing_name, request.path) == OPERATIONS:
            await _reply(send, request, _operations())
            return
        service, name, path_parameters = self._identify(request, signed, body)
        operation = registry.find(service, name)
        if operation is not None:
            try:
                with at(self._here(signed)):
                    await _reply(send, request, await self._run(operation, path_parameters, request, body))
                return
            except HandOver:
                pass
        if signed.signing_name not in self._platform.services:
            raise _absent(request, service, name)
        await self._platform.answer(signed.signing_name, name, request, raw, send)

    def _identify(self, request: Incoming, signed: Signed, body: bytes) -> tuple[str, str, dict[str, str]]:
        """The service, operation and path parameters of a request. Raises AwsError for what botocore does not know."""
        for service in models.services_signed_as(signed.signing_name):
            if not (registry.has(service) or signed.signing_name in self._platform.services):
                continue
            found = models.identify(
                service, request.method, request.raw_path, request.query, request.headers, body
            )  # fmt: skip
            if found is not None:
                return service, *found
        raise _absent(request, signed.signing_name, request.target or f"{request.method} {request.path}")

    async def _run(
        self, operation: Operation, path_parameters: dict[str, str], request: Incoming, body: bytes
    ) -> Response:
        model = models.operation_model(operation.service, operation.name)
        members = wire.parse(
            model, path_parameters=path_parameters, query=request.query, headers=request.headers, body=body
        )
        request.reached_handler = True
        if inspect.iscoroutinefunction(operation.handler):
            reply = await operation.handler(**members)
        else:
            reply = await asyncio.to_thread(operation.handler, **members)
        response = wire.serialise(model, reply or {}, request.id)
        response.headers[_FIDELITY_HEADER] = operation.fidelity.header
        return response

    def _here(self, signed: Signed) -> Here:
        return Here(self._server, self._server.credentials.account, signed.region)

    def _refusal(self, request: Incoming, error: AwsError) -> Response:
        protocol = request.protocol
        renamed = {"rest-xml": _REFUSALS_AS_S3, "query": _REFUSALS_AS_QUERY}.get(protocol, _REFUSALS_AS_JSON)
        # AccessDenied is renamed only where no handler can have said it.
        if error.code in renamed and not request.reached_handler:
            code, status = renamed[error.code]
            error = AwsError(code, error.message, status)
        return wire.serialise_error(protocol, error, request.id, request.path)


def _claimed_signing_name(request: Incoming) -> str:
    """The service that a request says it was signed for; "s3" where it says none, as browsers' requests do."""
    credential = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
    if not credential:
        credential = next((value for name, value in request.query if name == "X-Amz-Credential"), "")
    parts = credential.split("/")
    if len(parts) == 5:
        return parts[3]
    return "" if request.target or request.protocol == "query" else "s3"


async def _checked_to_end(body: AsyncIterator[bytes], signed: Signed, headers: dict[str, str]) -> bytes:
    return b"".join([piece async for piece in checked(body, signed, headers)])


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _operations() -> Response:
    rows = [
        {"service": one.service, "operation": one.name, "fidelity": one.fidelity.label, "how": one.fidelity.difference}
        for _, one in sorted(registry.operations().items())
    ]
    return Response(200, {"content-type": "application/json"}, json.dumps(rows).encode())


def _absent(request: Incoming, service: str, name: str) -> AwsError:
    """The protocol's way to say that a service does not have an operation."""
    code = "InvalidAction" if request.protocol == "query" else "UnknownOperationException"
    return AwsError(code, f"Local AWS does not have the operation {name} of {service}.")


async def _reply(send: Send, request: Incoming, response: Response) -> None:
    body = response.body
    headers = {"date": formatdate(usegmt=True), **response.headers}
    if isinstance(body, bytes):
        headers.setdefault("content-length", str(len(body)))
    if request.keeps_body_back:
        # The body may never come, so what comes next on this connection could be that or another request.
        headers["connection"] = "close"
    request.replying = True
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()],
        }
    )
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
        return
    gone = asyncio.ensure_future(request.gone())
    try:
        async for piece in body:
            if gone.done():
                raise ClientGoneError
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b""})
