"""The model's scores as the body of an answer: CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

import numpy as np
from payload import CSV, JSON, JSON_LINES, KINDS
from refusal import Refusal


@dataclass(frozen=True)
class Prediction:
    """scores: a line a row; a probability for each of `classes`, or one number when there are none."""

    scores: np.ndarray
    classes: tuple[str, ...]


def answer(prediction: Prediction, accept: str | None) -> tuple[str, str]:
    """Body and content type. Raises Refusal 406 when none of the wanted types is on offer."""
    kind = _wanted(accept)
    if kind == CSV:
        return _as_csv(prediction), CSV
    objects = _objects(prediction)
    if kind == JSON_LINES:
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects), JSON_LINES
    return json.dumps({"predictions": objects}, ensure_ascii=False), JSON


def _wanted(accept: str | None) -> str:
    for wanted in (accept or "*/*").split(","):
        name = wanted.split(";")[0].strip().lower()
        if name in {"*/*", "application/*", ""}:
            return JSON
        if name == "text/*":
            return CSV
        if name in KINDS:
            return KINDS[name]
    raise Refusal(f"No answer can be given as {accept}. Accept {CSV}, {JSON} or {JSON_LINES}.", 406)


def _as_csv(prediction: Prediction) -> str:
    """A line a row, without a header: prediction, then the probability of each class."""
    if not prediction.classes:
        return "".join(f"{value!r}\n" for value in prediction.scores[:, 0].tolist())
    names = [_quoted(name) for name in prediction.classes]
    labels = [names[best] for best in prediction.scores.argmax(axis=1).tolist()]
    columns = (map(repr, column) for column in prediction.scores.T.tolist())
    return "".join(",".join(row) + "\n" for row in zip(labels, *columns, strict=True))


def _objects(prediction: Prediction) -> list[dict[str, object]]:
    if not prediction.classes:
        return [{"prediction": value} for value in prediction.scores[:, 0].tolist()]
    names = prediction.classes
    return [
        {"prediction": names[best], "probabilities": dict(zip(names, row, strict=True))}
        for best, row in zip(prediction.scores.argmax(axis=1).tolist(), prediction.scores.tolist(), strict=True)
    ]


def _quoted(name: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([name])
    return line.getvalue()
