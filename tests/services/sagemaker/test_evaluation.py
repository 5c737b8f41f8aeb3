"""What a job wrote about its model is read from its archive, whatever else that holds, and said in a sentence."""

import copy
import io
import json
import secrets
import tarfile
from datetime import UTC, datetime

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import account, evaluation
from services.sagemaker.report import parse
from services.sagemaker.training import TrainingJob

CHURN = {
    "format": 1,
    "problem": "binary",
    "target": "left",
    "algorithm": "random-forest",
    "classes": ["no", "yes"],
    "positive": "yes",
    "rows": {
        "read": 510,
        "used": 500,
        "train": 400,
        "test": 100,
        "dropped": [{"code": "target-missing", "reason": "The value to predict is missing.", "rows": 10}],
    },
    "figures": [
        {"name": "roc_auc", "value": 0.93, "baseline": 0.5, "higher_is_better": True},
        {"name": "accuracy", "value": 0.91, "baseline": 0.8, "higher_is_better": True},
        {"name": "log_loss", "value": 0.2, "baseline": 0.5, "higher_is_better": False},
    ],
    "baseline": {"kind": "majority-class", "prediction": "no"},
    "confusion": {"labels": ["no", "yes"], "matrix": [[78, 2], [7, 13]]},
    "per_class": [{"label": "no", "precision": 0.92, "recall": 0.97, "f1": 0.95, "rows": 80}],
    "roc": [{"label": "yes", "area": 0.93, "points": [[0.0, 0.0, None], [0.1, 0.8, 0.5], [1.0, 1.0, 0.0]]}],
    "pr": [{"label": "yes", "area": 0.8, "points": [[0.0, 1.0, None], [1.0, 0.2, 0.0]]}],
    "calibration": [{"predicted": 0.05, "observed": 0.04, "rows": 60}],
    "residuals": [],
    "residual_quantiles": None,
    "importance": {
        "metric": "roc_auc",
        "rows": 100,
        "repeats": 5,
        "features": [{"name": "tenure", "mean": 0.2, "deviation": 0.01}],
        "not_measured": [],
    },
    "leaderboard": [
        {"algorithm": "random-forest", "score": 0.92, "deviation": 0.01, "seconds": 1.5, "chosen": True, "failed": None}
    ],
    "leaderboard_metric": "roc_auc",
    "leaderboard_rows": 400,
    "leaderboard_folds": 5,
    "features": [
        {
            "name": "tenure", "type": "numeric", "missing": 3, "distinct": 40, "example": 7.0, "typical": 12.0,
            "min": 0.0, "max": 72.0, "mean": 20.5, "integer": True,
        },
        {
            "name": "office", "type": "category", "missing": 0, "distinct": 2, "example": "Lima", "typical": "Madrid",
            "categories": [{"value": "Madrid", "rows": 300}, {"value": "Lima", "rows": 200}],
        },
    ],
    "left_out": [{"column": "id", "code": "identifier", "reason": "It names the row."}],
    "warnings": [
        {"code": "not-numbers", "message": "3 values …", "values": {"column": "tenure", "count": 3}},
        {"code": "of-the-future", "message": "Something new.", "values": {}},
        {"code": "small-classes", "message": "…", "values": {"classes": {"maybe": 2}}},
    ],
    "compiled": {"compiled": True, "reason": None, "difference": 1e-7},
    "settings": {"seed": 42, "test_share": 0.2, "algorithm": "compare", "problem": "auto", "exclude": []},
    "versions": {"python": "3.11.7"},
    "seconds": {"total": 9.5},
    "peak_memory_bytes": 200000000,
}  # fmt: skip


def archive(*members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def completed(output):
    """A job whose output is these bytes in S3; nothing there for None."""
    place, name = account.prepare(), f"celaje-test-{secrets.token_hex(4)}"
    if output is not None:
        aws.client("s3").put_object(Bucket=place.bucket, Key=f"jobs/{name}/output/output.tar.gz", Body=output)
    now = datetime.now(UTC)
    return TrainingJob(
        name=name, arn="", status="Completed", stage="Completed", stages=(), progress=None, failure=None,
        dataset="churn", target="left", problem="auto", algorithm="compare", test_share=0.2, seed=42, excluded=(),
        image="", role_arn=place.role_arn, instance_type="ml.m5.large", created=now, started=now, ended=now,
        billable_seconds=1, cost=0.0, metrics={}, model_data=None,
        output_data=f"s3://{place.bucket}/jobs/{name}/output/output.tar.gz",
    )  # fmt: skip


def written(content=CHURN, **changes):
    return json.dumps({**content, **changes}).encode()


def test_everything_the_job_wrote_is_read(local_aws):
    found = evaluation.load(completed(archive(("notes.txt", b"x" * 100_000), ("evaluation.json", written()))))
    assert (found.problem, found.target, found.positive, found.guess) == ("binary", "left", "yes", "no")
    assert found.main == evaluation.Figure("roc_auc", 0.93, 0.5, True)
    assert found.confusion.counts == ((78, 2), (7, 13))
    assert found.roc[0].y == (0.0, 0.8, 1.0)
    assert found.roc[0].thresholds[0] is None
    assert (found.rows_read, found.rows_trained, found.rows_tested) == (510, 400, 100)
    assert found.dropped[0].rows == 10
    assert found.leaderboard[0].chosen
    assert found.compiled


def test_a_form_gets_ranges_and_categories(local_aws):
    tenure, office = evaluation.load(completed(archive(("evaluation.json", written())))).features
    assert (tenure.minimum, tenure.maximum, tenure.typical, tenure.whole_numbers) == (0.0, 72.0, 12.0, True)
    assert (office.type, office.categories, office.example) == ("category", ("Madrid", "Lima"), "Lima")


def test_what_the_script_says_by_codes_can_be_translated():
    found = parse("job", CHURN)
    assert found.left_out[0].reason.message == "It names the row: a model would learn the names by heart."
    assert str(found.warnings[0]) == "3 values of “tenure” are not numbers and count as missing."
    assert str(found.warnings[1]) == "Something new."
    assert "“maybe” (2)" in str(found.warnings[2])


def test_an_evaluation_is_read_from_s3_once(local_aws):
    job = completed(archive(("evaluation.json", written())))
    with trace.record(trace.Calls()) as calls:
        assert evaluation.load(job) is evaluation.load(job)
    assert [call.operation for call in calls] == ["GetObject"]


@pytest.mark.parametrize(
    "output",
    [
        None,
        b"",
        b"not an archive",
        archive(("evaluation.json", written()))[:-200],
        archive(("other.json", b"{}")),
        archive(("evaluation.json", b"{broken")),
        archive(("evaluation.json", b"[]")),
        archive(("evaluation.json", written(format=2))),
        archive(("evaluation.json", written(figures=None))),
        archive(("../evaluation.json", written())),
    ],
    ids=["absent", "empty", "no archive", "cut", "without it", "broken", "a list", "newer", "incomplete", "outside"],
)
def test_what_cannot_be_read_is_told_with_a_way_out(local_aws, output):
    with pytest.raises(ServiceError) as refusal:
        evaluation.load(completed(output))
    assert refusal.value.code == "NoEvaluation"
    assert refusal.value.hint


def test_a_bomb_of_an_archive_is_not_unpacked(local_aws):
    bomb = archive(("filler", bytes(evaluation._LARGEST_ARCHIVE_BYTES + 1)), ("evaluation.json", written()))
    with pytest.raises(ServiceError) as refusal:
        evaluation.load(completed(bomb))
    assert refusal.value.code == "NoEvaluation"


def verdict(**figures):
    content = copy.deepcopy(CHURN)
    for figure in content["figures"]:
        figure |= figures.get(figure["name"], {})
    return str(evaluation.verdict(parse("job", content)))


def test_the_verdict_counts_what_is_right_beside_guessing():
    assert verdict() == (
        "It predicts 91 of 100 rows right that it had not seen (91.0%); always answering “no” would get 80.0%."
    )


def test_a_model_that_only_tells_apart_is_given_credit_for_that():
    assert "tells the classes apart: in 93% of pairs" in verdict(accuracy={"value": 0.8})


def test_a_useless_model_is_called_no_better_than_guessing():
    said = verdict(accuracy={"value": 0.8}, roc_auc={"value": 0.52})
    assert said.startswith("No better than guessing: 80.0%")


def regression(mae, baseline):
    figures = [
        {"name": "r2", "value": 0.8, "baseline": 0.0, "higher_is_better": True},
        {"name": "mae", "value": mae, "baseline": baseline, "higher_is_better": False},
    ]
    return str(evaluation.verdict(parse("job", {**CHURN, "problem": "regression", "figures": figures})))


def test_a_verdict_on_numbers_says_how_far_off_they_are():
    assert regression(24_512.3, 61_000) == (
        "On rows it had not seen it is off by 24,500 on average; always answering the mean would be off by 61,000. "
        "That is 60% less."
    )
    assert "off by 0.0123 on average" in regression(0.012345, 0.5)
    assert regression(70_000, 61_000).startswith("No better than guessing")


def test_a_figure_that_could_not_be_computed_is_not_made_up():
    assert verdict(accuracy={"value": None}).startswith("Its quality could not be measured")
