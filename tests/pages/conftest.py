"""What the steps of the SageMaker page need to be there: a dataset, a trained model, an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from local_aws import start
from services import aws
from services.sagemaker import datasets, endpoints, training
from services.sagemaker.datasets import Dataset
from services.sagemaker.endpoints import Endpoint
from services.sagemaker.training import TrainingJob
from tests.pages.reading import until


@pytest.fixture(scope="session")
def backend(connection: start.Connection) -> aws.Backend:
    return aws.Backend(
        "local", connection.region, connection.endpoint, None, connection.access_key, connection.secret_key
    )


@pytest.fixture(scope="session")
def dataset(backend: aws.Backend) -> Iterator[Dataset]:
    with aws.use(backend):
        sample = next(one for one in datasets.samples() if one.name == "breast_cancer.csv")
        with sample.open() as source:
            yield datasets.upload(source, sample.name)


@pytest.fixture(scope="session")
def job(backend: aws.Backend, dataset: Dataset) -> TrainingJob:
    with aws.use(backend):
        name = training.start(dataset.id, "diagnosis", algorithm="random-forest").name
        ended = until(lambda: (found := training.describe(name)).running is False and found)
        assert ended.succeeded, ended.failure
        return ended


@pytest.fixture(scope="session")
def endpoint(backend: aws.Backend, job: TrainingJob) -> Endpoint:
    with aws.use(backend):
        name = endpoints.deploy(job).name
        return until(lambda: (found := endpoints.describe(name)).status == "InService" and found)


@pytest.fixture
def at(app: AppTest) -> Callable[..., AppTest]:
    """at("evaluate", job="…") opens the page at a step, as its address would."""

    def open_step(step: str, **choices: str) -> AppTest:
        app.query_params["step"] = step
        for kind, value in choices.items():
            app.query_params[kind] = value
        app.run()
        assert not app.exception
        return app

    return open_step
