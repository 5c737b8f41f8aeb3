"""What an endpoint runs: SageMaker's four functions from a request's body to the answer's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answer import Prediction, answer
from encoding import Encoding
from payload import encoded_rows, kind_of
from refusal import Refusal, as_response, served_by_flask
from scoring import Scorer


@dataclass(frozen=True)
class Model:
    encoding: Encoding
    scorer: Scorer
    classes: tuple[str, ...]


def model_fn(model_dir: str) -> Model:
    """Load what train.py left in the model archive."""
    directory = Path(model_dir)
    about = json.loads((directory / "model.json").read_text("utf-8"))
    scorer = Scorer(directory, about["problem"] == "regression", about["compiled"]["compiled"])
    return Model(Encoding.from_json(about["encoding"]), scorer, tuple(about["classes"]))


def input_fn(body: str | bytes, content_type: str | None) -> Any:
    """The text and its kind; how it is read depends on the model's columns, which predict_fn has."""
    try:
        return _text(body), kind_of(content_type)
    except Refusal as refusal:
        return _refuse(refusal)


def predict_fn(request: Any, model: Model) -> Any:
    if isinstance(request, Refusal):
        return request
    try:
        matrix = encoded_rows(*request, model.encoding)
    except Refusal as refusal:
        return _refuse(refusal)
    return Prediction(model.scorer.scores(matrix), model.classes)


def output_fn(prediction: Any, accept: str | None) -> Any:
    """The answer's body and its content type."""
    if isinstance(prediction, Refusal):
        return as_response(prediction)
    try:
        return answer(prediction, accept)
    except Refusal as refusal:
        return as_response(_refuse(refusal))


def _text(body: str | bytes) -> str:
    if isinstance(body, str):
        return body
    try:
        return bytes(body).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(f"The body is not UTF-8 text: {error}.") from error


def _refuse(refusal: Refusal) -> Refusal:
    """Raise it; but AWS's Flask server would make a bare 500 of it, so there it goes on as a value to become a 400."""
    if served_by_flask():
        return refusal
    raise refusal
