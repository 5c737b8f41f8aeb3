"""The process behind one instance of an endpoint: loads the inference script and answers requests on a socket.

Run as `python -P model_server.py SETTINGS_JSON`; imports nothing of ours. It does what AWS's scikit-learn and XGBoost
containers do (aws/sagemaker-scikit-learn-container, aws/sagemaker-containers `_transformer.py`): model_fn once, then
input_fn, predict_fn and output_fn, or transform_fn, for each request; one request at a time, in their order.

The socket is one end of a pair, so nobody else can reach it, and it closes when local AWS ends, which ends this
process. Both ends use the frames below: a head of lengths, then what they count.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import io
import json
import os
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any

REQUEST_HEAD = struct.Struct("!IHHH")
"""Bytes of: body, content type, accept, custom attributes."""
REPLY_HEAD = struct.Struct("!IHHH")
"""Bytes of body; HTTP status; bytes of: content type, custom attributes. The first reply says if the model loaded."""

JSON, CSV, NPY, ANY = "application/json", "text/csv", "application/x-npy", "*/*"
_TEXT_TYPES = (JSON, CSV)
_CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_LONGEST_HEADER = 1024
_DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"

Answer = tuple[bytes, int, str, str]
"""Body, status, content type, custom attributes."""


class RequestContext:
    """What a handler that asks for one more argument gets: the subset of the multi-model server's context in use."""

    def __init__(self, content_type: str, accept: str, custom_attributes: str) -> None:
        self._request = {"Content-Type": content_type, "Accept": accept}
        if custom_attributes:
            self._request[_CUSTOM_ATTRIBUTES] = custom_attributes
        self.response_headers: dict[str, str] = {}

    def get_all_request_header(self, idx: int) -> dict[str, str]:
        return dict(self._request)

    def get_request_header(self, idx: int, key: str) -> str | None:
        return next((value for name, value in self._request.items() if name.lower() == key.lower()), None)

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        self.response_headers[key.lower()] = value


class Inference:
    """The handlers of an inference script, looked up once, and its model."""

    def __init__(self, script: Any, framework: str, model_directory: str) -> None:
        own = {name: getattr(script, name, None) for name in ("input_fn", "predict_fn", "output_fn")}
        transform_fn = getattr(script, "transform_fn", None)
        if transform_fn and any(own.values()):
            raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
        model_fn = getattr(script, "model_fn", None)
        if model_fn is None:
            raise NotImplementedError("Please provide a model_fn implementation.")
        defaults = _default_handlers(framework)
        self._input_fn = _with_context(own["input_fn"] or defaults["input_fn"], 2)
        self._predict_fn = _with_context(own["predict_fn"] or defaults["predict_fn"], 2)
        self._output_fn = _with_context(own["output_fn"] or defaults["output_fn"], 2)
        self._transform_fn = _with_context(transform_fn, 4) if transform_fn else None
        self._default_accept = os.environ.get(_DEFAULT_ACCEPT, JSON)
        self._model = _with_context(model_fn, 1)(model_directory, context=None)

    def answer(self, body: bytes, content_type: str, accept: str, custom_attributes: str) -> Answer:
        """One request, from bytes to bytes. An error of the script becomes an answer with an error's status."""
        content_type = content_type or JSON
        if not accept or accept == ANY:
            accept = self._default_accept
        context = RequestContext(content_type, accept, custom_attributes)
        try:
            content = body.decode() if content_type in _TEXT_TYPES else body
            result = self._transform(content, content_type, accept, context)
            answer, status, answer_type = _response(result, accept, context)
        except Exception as error:  # noqa: BLE001 - whatever a script raises is its answer, as in AWS's containers
            return _failure(error)
        return answer, status, answer_type, context.response_headers.get(_CUSTOM_ATTRIBUTES.lower(), "")

    def _transform(self, content: bytes | str, content_type: str, accept: str, context: RequestContext) -> Any:
        if self._transform_fn:
            return self._transform_fn(self._model, content, content_type, accept, context=context)
        try:
            data = self._input_fn(content, content_type, context=context)
        except Exception as error:
            _give_status(error, 415)
            raise
        prediction = self._predict_fn(data, self._model, context=context)
        try:
            return self._output_fn(prediction, accept, context=context)
        except Exception as error:
            _give_status(error, 406)
            raise


def _with_context(function: Callable[..., Any], arguments: int) -> Callable[..., Any]:
    """The function, to be called with `context=`, which it is given only where it has room for one argument more."""
    try:
        room = len(inspect.signature(function).parameters)
    except ValueError:  # written in C
        room = arguments
    if room == arguments + 1:
        return lambda *given, context: function(*given, context)
    return lambda *given, context: function(*given)


def _give_status(error: Exception, status: int) -> None:
    """Mark what the toolkits raise for a format they do not know with the status that they answer it with."""
    if type(error).__name__ == "UnsupportedFormatError" and not hasattr(error, "status_code"):
        error.status_code = status  # type: ignore[attr-defined]


def _response(result: Any, accept: str, context: RequestContext) -> tuple[bytes, int, str]:
    """What a handler returned, as bytes: text or bytes, (body, content type), or a response object of Flask's."""
    status, content_type = 200, accept
    if isinstance(result, tuple):
        result, content_type = result[0], result[1]
    elif hasattr(result, "get_data") and hasattr(result, "status_code"):
        if attributes := result.headers.get(_CUSTOM_ATTRIBUTES):
            context.set_response_header(0, _CUSTOM_ATTRIBUTES, attributes)
        status, content_type, result = result.status_code, result.content_type or accept, result.get_data()
    if isinstance(result, str):
        result = result.encode()
    if not isinstance(result, bytes | bytearray | memoryview):
        raise TypeError(f"The handlers returned a {type(result).__name__}; a response is str or bytes")
    if not 200 <= status < 600:
        raise ValueError(f"The handlers returned a response of status {status}")
    return bytes(result), status, str(content_type)


def _failure(error: Exception) -> Answer:
    """An error as the containers answer it: its own status where it has one, else 500; trace and all for a fault."""
    status = getattr(error, "status_code", None)
    if not (isinstance(status, int) and 400 <= status < 600):
        status = 500
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    if status < 500:
        print(f"{status} {type(error).__name__}: {message}", file=sys.stderr)
        return str(message).encode(), status, "text/plain", ""
    trace = "".join(traceback.format_exception(error))
    print(trace, end="", file=sys.stderr)
    return f"{message}\n{trace}".encode(), status, "text/plain", ""


def _default_handlers(framework: str) -> dict[str, Callable[..., Any]]:
    if framework == "xgboost":
        return {"input_fn": _xgboost_input, "predict_fn": _xgboost_predict, "output_fn": _encode}
    return {"input_fn": _sklearn_input, "predict_fn": lambda data, model: model.predict(data), "output_fn": _encode}


def _decode(content: Any, content_type: str) -> Any:
    from sagemaker_inference import decoder

    if content_type == NPY:  # the package would unpickle, which lets a request run code
        import numpy

        return numpy.load(io.BytesIO(content), allow_pickle=False)
    return decoder.decode(content, content_type)


def _encode(prediction: Any, accept: str) -> tuple[Any, str]:
    from sagemaker_inference import encoder, errors, utils

    for content_type in utils.parse_accept(accept):
        if content_type in encoder.SUPPORTED_CONTENT_TYPES:
            return encoder.encode(prediction, content_type), content_type
    raise errors.UnsupportedFormatError(accept)


def _sklearn_input(content: Any, content_type: str) -> Any:
    array = _decode(content, content_type)
    return array.astype("float32") if content_type in _TEXT_TYPES else array


def _xgboost_input(content: Any, content_type: str) -> Any:
    import numpy
    import xgboost

    array = _decode(content, content_type)
    return xgboost.DMatrix(numpy.atleast_2d(array))


def _xgboost_predict(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)


def load(settings: dict[str, Any]) -> Inference:
    """Import the script and load its model. Whatever either raises comes out."""
    sys.path.insert(0, settings["code"])
    return Inference(importlib.import_module(settings["program"]), settings["framework"], settings["model_directory"])


def serve(inference: Inference, requests: io.BufferedReader, send: Callable[[bytes], None]) -> None:
    """Answer requests one by one until the other end closes."""
    while head := requests.read(REQUEST_HEAD.size):
        body, content_type, accept, attributes = REQUEST_HEAD.unpack(head)
        rest = requests.read(body + content_type + accept + attributes)
        types = rest[body:].decode("latin-1")
        answer = inference.answer(
            rest[:body],
            types[:content_type],
            types[content_type : content_type + accept],
            types[content_type + accept :],
        )
        send(_frame(*answer))


def _frame(body: bytes, status: int, content_type: str, custom_attributes: str) -> bytes:
    texts = [text.encode("latin-1", "replace")[:_LONGEST_HEADER] for text in (content_type, custom_attributes)]
    return REPLY_HEAD.pack(len(body), status, len(texts[0]), len(texts[1])) + texts[0] + texts[1] + body


def main() -> None:
    settings = json.loads(sys.argv[1])
    connection = socket.socket(fileno=settings["socket"])
    connection.set_inheritable(False)
    try:
        inference = load(settings)
    except BaseException as error:  # noqa: BLE001 - a script may even exit; all of it is why the endpoint fails
        traceback.print_exc()
        reason = "".join(traceback.format_exception_only(error)).strip()
        connection.sendall(_frame(reason.encode(), 500, "text/plain", ""))
        raise SystemExit(1) from None
    gc.collect()
    gc.freeze()  # what the model is made of will not be garbage: do not look at it again and again
    connection.sendall(_frame(b"", 200, "", ""))
    serve(inference, io.BufferedReader(socket.SocketIO(connection, "r"), 1 << 16), connection.sendall)


if __name__ == "__main__":
    main()
