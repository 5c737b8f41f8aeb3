"""The whole way, as a page goes it: a sample, uploaded, learnt, judged, deployed, asked, and torn down to nothing."""

import csv
import dataclasses
import io

import pytest

from services import aws
from services.sagemaker import datasets, endpoints, evaluation, prediction, running, teardown, training
from tests.services.sagemaker.scenes import ended, settled


@pytest.fixture
def alone(backend):
    """A region of the shared local AWS in which only this test works."""
    with aws.use(dataclasses.replace(backend, region="ap-south-1")) as place:
        yield place


def sample(name):
    return next(one for one in datasets.samples() if one.name == name)


def learnt(chosen, algorithm):
    with chosen.open() as source:
        dataset = datasets.upload(source, chosen.name)
    job = ended(training.start(dataset.id, chosen.target, algorithm=algorithm))
    assert job.succeeded, job.failure
    return job


def predicted(endpoint, chosen):
    out = io.BytesIO()
    with chosen.open() as source:
        found = prediction.predict_file(endpoint, source, out)
    assert found.complete
    return found, list(csv.DictReader(io.StringIO(out.getvalue().decode())))


def test_from_a_spanish_spreadsheet_to_ratings_and_back_to_nothing(alone):
    orders = sample("pedidos.csv")
    job = learnt(orders, "random-forest")
    found = evaluation.load(job)
    assert (found.problem, found.target) == ("multiclass", "Valoración")
    assert found.figure("accuracy").value > found.figure("accuracy").baseline
    assert str(evaluation.verdict(found)).startswith("It predicts ")
    endpoint = settled(endpoints.deploy(job))
    assert endpoint.status == "InService", endpoint.failure
    typical = {feature.name: feature.typical for feature in endpoints.features(endpoint)}
    (answer,) = prediction.predict_rows(endpoint, [typical]).rows
    assert answer.prediction in found.classes
    predictions, rows = predicted(endpoint, orders)
    assert predictions.rows == len(rows) == 3_000
    assert sum(row["prediction"] == row["Valoración"] for row in rows) > 3_000 * found.figure("accuracy").baseline
    assert dict(predictions.distribution).keys() <= set(found.classes)
    assert [one.kind for one in running.now()] == ["endpoint"]
    receipt = teardown.tear_down(with_artefacts=True)
    assert receipt.clean
    assert not [outcome for outcome in receipt.outcomes if outcome.done == "failed"]
    assert running.now() == ()
    assert datasets.list_datasets() == []
    assert teardown.plan(with_artefacts=True) == ()


def test_from_homes_to_prices(alone):
    homes = sample("house_prices.csv")
    job = learnt(homes, "hist-gradient-boosting")
    found = evaluation.load(job)
    assert found.problem == "regression"
    assert found.figure("r2").value > 0.5
    assert "off by" in str(evaluation.verdict(found))
    endpoint = settled(endpoints.deploy(job))
    predictions, rows = predicted(endpoint, homes)
    assert list(rows[0])[-1] == "prediction"
    priced = [row for row in rows if row["price"]]
    errors = [abs(float(row["prediction"]) - float(row["price"])) for row in priced]
    assert sum(errors) / len(errors) < found.figure("mae").baseline
    assert sum(count for _, count in predictions.distribution) == len(rows)
    dear, cheap = ({**row, "living_area_m2": area} for row, area in ((rows[0], 300), (rows[0], 40)))
    more, less = prediction.predict_rows(endpoint, [dear, cheap]).rows
    assert more.prediction > less.prediction
    assert more.probabilities == {}
    assert more.confidence is None
    assert teardown.tear_down(with_artefacts=True).clean
