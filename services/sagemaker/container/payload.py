"""The formats a request and its answer may have, and a request's body as the matrix a model reads."""

from __future__ import annotations

import numpy as np
from csvrows import read_csv
from encoding import Encoding
from jsonrows import read_json, read_json_lines
from refusal import Refusal

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
KINDS = {
    CSV: CSV,
    "application/csv": CSV,
    JSON: JSON,
    JSON_LINES: JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-jsonlines": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
}
_READERS = {CSV: read_csv, JSON: read_json, JSON_LINES: read_json_lines}


def kind_of(content_type: str | None) -> str:
    """The format a Content-Type header names, whatever its parameters. Raises Refusal 415."""
    kind = KINDS.get((content_type or JSON).split(";")[0].strip().lower())
    if kind is None:
        raise Refusal(f"The content type {content_type} is not understood. Send {CSV}, {JSON} or {JSON_LINES}.", 415)
    return kind


def encoded_rows(text: str, kind: str, encoding: Encoding) -> np.ndarray:
    """The matrix the model reads. Raises Refusal, which names row and column."""
    return _READERS[kind](text, encoding)
