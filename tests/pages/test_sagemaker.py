"""The states of the SageMaker page's steps: empty, working, done and failed."""

from __future__ import annotations

import io
import zipfile

import pytest
from moto import mock_aws
from streamlit.testing.v1 import AppTest

import i18n
from services import aws
from services.sagemaker import datasets, endpoints, teardown, training
from tests.pages.reading import texts, until
from tests.test_i18n import catalogue


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    """Choose a file and wait until it was read."""
    app.file_uploader(key="data_file_0").upload(name, content, "text/csv").run()
    return settled(app)


def settled(app: AppTest) -> AppTest:
    """Wait for the work outside the script."""
    until(lambda: not app.run().get("progress") and "Opening" not in texts(app))
    assert not app.exception
    return app


def test_every_step_says_in_its_empty_state_what_comes_first(own_local_aws, app, monkeypatch):
    own_local_aws.start()
    monkeypatch.setenv("CELAJE_HOME", str(own_local_aws.home))
    said = {
        "data": "Use this sample",
        "train": "There is no data yet",
        "evaluate": "No model has been trained yet",
        "deploy": "No model has been trained yet",
        "predict": "No endpoint is in service",
        "tear-down": "Nothing is left to tear down",
    }
    for step, sentence in said.items():
        app.query_params["step"] = step
        app.run()
        assert not app.exception
        assert sentence in texts(app) + "".join(button.label for button in app.button), step


def test_a_dataset_is_told_in_a_sentence_and_shown_column_by_column(at, dataset):
    app = at("data", dataset=dataset.id)
    assert "569 rows and 31 columns" in texts(app)
    assert "No value is missing." in texts(app)
    assert list(app.dataframe[0].value["Column"]) == list(dataset.profile.names)


def test_the_column_that_is_likely_meant_is_chosen_and_its_problem_named(at, dataset):
    app = at("data", dataset=dataset.id)
    assert app.selectbox(key="sagemaker_target").value == "diagnosis"
    assert "one of 2 classes" in texts(app)
    app.selectbox(key="sagemaker_target").set_value("mean_radius").run()
    assert "A number is predicted" in texts(app)


def test_an_uploaded_file_becomes_the_chosen_dataset(at):
    rows = "".join(f"{number};{number % 7},5;{'yes' if number % 7 > 3 else 'no'}\n" for number in range(200))
    app = upload(at("data"), "points.csv", f"id;points;passed\n{rows}".encode())
    assert "200 rows and 3 columns" in texts(app)
    assert app.query_params["dataset"].startswith("points-")


ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as archive:
    archive.writestr("data.csv", "a,b\n1,2\n")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "The file is empty"),
        ("header.csv", b"a,b,c\n", "no rows below it"),
        ("archive.csv", ZIP.getvalue(), "a ZIP archive"),
        ("one.csv", b"a\n1\n2\n", "one column only"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3,4\n", "Row 3 has 4 cells"),
    ],
)
def test_a_file_that_is_no_dataset_is_refused_with_the_reason(at, name, content, reason):
    app = upload(at("data"), name, content)
    assert reason in texts(app)
    assert name not in [one.label for one in app.button]


def test_training_goes_on_without_the_page_and_ends_with_a_way_to_the_evaluation(at, dataset):
    app = at("train", dataset=dataset.id, target="diagnosis")
    app.selectbox(key="train_algorithm").set_value("linear").run()
    app.button(key="train").click().run()
    assert any(button.label == "Stop training" for button in app.button)
    until(lambda: "Trained in" in texts(app.run()))
    app.button(key="see_evaluation").click().run()
    assert app.query_params["step"] == "evaluate"
    assert "that it had not seen" in texts(app)


def test_a_job_that_failed_says_why(at, backend, dataset):
    with aws.use(backend):
        name = training.start(dataset.id, "no such column", algorithm="linear").name
        until(lambda: not training.describe(name).running)
    app = at("train", dataset=dataset.id, job=name)
    assert "Training failed" in texts(app)
    assert "no such column" in texts(app)


def test_the_log_of_a_job_can_be_read(at, job):
    app = at("train", dataset=job.dataset, job=job.name)
    app.session_state["training_log"] = True
    app.run()
    assert any("metric accuracy=" in block.value for block in app.code)


def test_each_figure_stands_beside_what_guessing_would_reach(at, job):
    app = at("evaluate", job=job.name)
    assert {"Accuracy", "ROC AUC", "Log loss"} <= {metric.label for metric in app.metric}
    assert "Guessing: 62.8%" in texts(app)
    assert "rows right that it had not seen" in texts(app)


def test_figures_and_importance_are_there_as_tables_too(at, job):
    app = at("evaluate", job=job.name)
    app.session_state["tables"] = True
    app.run()
    headers = [tuple(frame.value.columns) for frame in app.dataframe]
    assert ("Figure", "Model", "Guessing") in headers
    assert ("Column", "Importance", "Standard deviation") in headers


def test_an_endpoint_in_service_leads_to_predictions(at, endpoint):
    app = at("deploy")
    assert f"{endpoint.name}".replace("-", r"\-") in texts(app)
    app.button(key=f"predict_{endpoint.name}").click().run()
    assert (app.query_params["step"], app.query_params["endpoint"]) == ("predict", endpoint.name)


def test_the_prediction_follows_the_values(at, endpoint):
    app = at("predict", endpoint=endpoint.name)
    before = app.success[0].value
    for slider in app.slider[:9]:
        slider.set_value(slider.max)
    app.run()
    assert "malignant" in app.success[0].value
    assert app.success[0].value != before


def test_the_first_rows_of_the_data_are_predicted_at_one_click(at, endpoint):
    app = at("predict", endpoint=endpoint.name)
    app.session_state["predict_tabs"] = "A whole file"
    app.run()
    app.button(key="predict_sample").click().run()
    until(lambda: "predicted." in texts(app.run()))
    assert "prediction" in app.dataframe[0].value.columns


def test_an_endpoint_that_is_deleted_while_it_is_asked_is_told_plainly(at, backend, job):
    with aws.use(backend):
        name = endpoints.deploy(job).name
        until(lambda: endpoints.describe(name).status == "InService")
        app = at("predict", endpoint=name)
        teardown.tear_down([name])
    app.run()
    assert not app.exception
    assert app.query_params.get("endpoint") != name


def test_two_sessions_work_side_by_side_and_see_the_same_datasets(at, app, connection):
    other = AppTest.from_file(app._script_path, default_timeout=20)
    other.query_params["step"] = "data"
    other.run()
    upload(at("data"), "mine.csv", b"a,b\n" + b"1,x\n2,y\n" * 20)
    upload(other, "theirs.csv", b"a,b\n" + b"3,x\n4,y\n" * 20)
    names = app.run().selectbox(key="sagemaker_dataset").options
    assert {"mine.csv", "theirs.csv"} <= set(names)
    assert app.query_params["dataset"] != other.query_params["dataset"]


def test_what_would_be_torn_down_is_listed_first(at, endpoint):
    app = at("tear-down", scope=endpoint.name)
    assert set(app.dataframe[0].value["Kind"]) == {"Endpoint", "Endpoint configuration", "Model"}
    assert app.button(key="tear_down").label == "Delete 3 resources"


def receipt_of_a_model_that_stayed() -> None:
    from datetime import UTC, datetime

    from pages.sagemaker_steps.teardown import _draw_receipt
    from services import aws, trace
    from services.sagemaker.teardown import Outcome, Receipt, Resource
    from services.text import text
    from ui import Place

    model = Resource("model", "celaje-x", text("created today"))
    refused = Outcome(model, "failed", text("You may not delete it."))
    with Place(aws.Backend("local"), "en", "UTC", trace.Calls(), lambda: False).entered():
        _draw_receipt(Receipt((refused,), (model,), datetime.now(UTC)))


def test_a_receipt_says_what_stayed_and_why():
    app = AppTest.from_function(receipt_of_a_model_that_stayed).run()
    assert "1 resource is still there" in app.warning[0].value
    assert [list(frame.value["Name"]) for frame in app.dataframe] == [["celaje-x"], ["celaje-x"]]
    assert list(app.dataframe[1].value["Why"]) == ["You may not delete it."]


def test_a_dataset_that_is_gone_leaves_the_page_standing(at, backend):
    with aws.use(backend):
        made = datasets.upload(io.BytesIO(b"a,b\n1,x\n2,y\n3,x\n"), "short.csv")
        app = at("data", dataset=made.id)
        datasets.delete(made.id)
    app.run()
    assert not app.exception
    assert app.query_params.get("dataset") != made.id


@pytest.mark.parametrize("step", ["data", "train", "evaluate", "deploy", "predict", "tear-down"])
def test_in_spanish_nothing_is_left_in_english(at, app, endpoint, step):
    app.query_params["lang"] = "es"
    at(step)
    known = catalogue("es")
    labels = [one.label for kind in (app.button, app.selectbox, app.metric, app.slider) for one in kind]
    for shown in [*texts(app).splitlines(), *labels]:
        translation, _fuzzy = known.get(shown, (shown, False))
        assert translation == shown, shown


@pytest.fixture
def on_aws(app, monkeypatch):
    """The app on an AWS account as moto plays it, chosen in the sidebar."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    with mock_aws():
        app.run()
        app.session_state["aws_backend"] = aws.Backend("aws", region="eu-central-1")
        yield app.run()


def test_on_aws_nothing_is_made_before_the_reader_agreed_to_it(on_aws):
    assert "celaje-sagemaker" in texts(on_aws)
    assert any("AssumeRole" in block.value for block in on_aws.code)
    made = [call.operation for call in on_aws.session_state["calls_made"] if call.operation.startswith("Create")]
    assert made == []
    on_aws.button(key="agree").click().run()
    assert not on_aws.exception
    made = [call.operation for call in on_aws.session_state["calls_made"] if call.operation.startswith("Create")]
    assert {"CreateRole", "CreateBucket"} <= set(made)


def test_prices_are_told_on_aws(on_aws):
    on_aws.button(key="agree").click().run()
    assert "bills training by the second" in texts(on_aws)


def test_the_page_speaks_all_its_languages(at, app, dataset):
    for language in i18n.LANGUAGES:
        app.session_state["language"] = language
        at("data", dataset=dataset.id)
