"""What to tell someone who has a dataset and is about to train on it: what to predict, and what to look at first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from services import aws
from services.sagemaker.datasets import store, targets
from services.sagemaker.datasets.checks import check
from services.sagemaker.datasets.leakage import suspicious_columns
from services.sagemaker.datasets.model import Dataset, Notice, Problem

_MOST_REMEMBERED = 64


def target_order(dataset: Dataset) -> tuple[str, ...]:
    """All columns, the likeliest to be predicted first."""
    return targets.target_order(dataset.profile)


def problem(dataset: Dataset, target: str) -> Problem:
    """The kind of problem that predicting this column is. Raises KeyError when there is no such column."""
    return targets.suggest_problem(dataset.profile, target)


def warnings(dataset: Dataset, target: str, problem: Problem | Literal["auto"] = "auto") -> tuple[Notice, ...]:
    """What to know before training on this target, the gravest first. Reads the row sample once for each target.

    Raises ServiceError, and KeyError when there is no such column.
    """
    posed = targets.suggest_problem(dataset.profile, target) if problem == "auto" else problem
    return check(dataset.profile, target, posed, _suspicious(aws.current(), dataset, target, posed))


@lru_cache(_MOST_REMEMBERED)
def _suspicious(backend: aws.Backend, dataset: Dataset, target: str, problem: Problem) -> Mapping[str, float]:
    """A dataset never changes, and its id is never used again."""
    return suspicious_columns(store.read_sample(dataset), target, problem)
