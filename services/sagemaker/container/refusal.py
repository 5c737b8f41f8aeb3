"""A request the model cannot answer: what is wrong with it and what to send instead, with its HTTP status."""

from __future__ import annotations

import sys
from typing import Any

try:
    from sagemaker_inference.errors import GenericInferenceToolkitError as _Base
except ImportError:

    class _Base(Exception):  # type: ignore[no-redef]
        def __init__(self, status_code: int, message: str, phrase: str | None = None) -> None:
            super().__init__(status_code, message)
            self.status_code = status_code
            self.message = message
            self.phrase = phrase or message


class Refusal(_Base):
    """status_code: 400 for what the request says, 415 for its content type, 406 for the type it wants back."""

    def __init__(self, message: str, status_code: int = 400) -> None:
        super().__init__(status_code, message)

    def __str__(self) -> str:
        return str(self.message)


def as_response(refusal: Refusal) -> Any:
    """A Flask response for AWS's scikit-learn and XGBoost containers, whose server makes any exception a bare 500."""
    from flask import Response

    return Response(str(refusal), status=refusal.status_code, mimetype="text/plain")


def served_by_flask() -> bool:
    return "sagemaker_containers" in sys.modules
