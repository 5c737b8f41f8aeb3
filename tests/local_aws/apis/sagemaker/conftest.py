"""Serving and training in the shared local AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local_aws.apis.sagemaker.jobs import Training
from tests.local_aws.apis.sagemaker.serving import Serving, serving_in


@pytest.fixture
def serving(client: Callable[..., Any]) -> Iterator[Serving]:
    """Makes endpoints in the shared local AWS and deletes them at the end of the test."""
    with serving_in(client) as made:
        yield made


@pytest.fixture
def training(client: Callable[..., Any]) -> Training:
    """Starts training jobs in the shared local AWS."""
    return Training(client)
