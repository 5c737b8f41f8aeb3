"""Which of AWS's container images local AWS can stand in for."""

from __future__ import annotations

import re
from typing import Literal

Framework = Literal["scikit-learn", "xgboost"]

_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/sagemaker-(scikit-learn|xgboost)[:@].+"
)


def framework(image: str) -> Framework | None:
    """The framework of one of AWS's own scikit-learn or XGBoost images; None for any other image."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return None
    return "xgboost" if match[1] == "xgboost" else "scikit-learn"


def refusal(image: str) -> str:
    """Why an image cannot run here, for a FailureReason."""
    return f"Local AWS has no container for the image {image}: it stands in for AWS's scikit-learn and XGBoost images."
