"""The training job as a whole: what it leaves behind, what it says, and how it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from holdout import split
from settings import parse

from tests.services.sagemaker.container.conftest import (
    CONTAINER,
    INTERPRETERS,
    Job,
    patients,
    put_channel,
    run_job,
    run_python,
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = run_job(tmp_path_factory.mktemp("compared"), patients(), "--target", "ill", "--exclude", "['days', 'stage']")
    assert job.code == 0, job.errors
    return job


def test_the_job_tells_how_far_it_is(compared: Job) -> None:
    shares = [float(line.split()[1][2:]) for line in compared.said.splitlines() if line.startswith("progress p=")]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert "[1/5] read 300 rows, 5 columns" in compared.said


def test_the_figures_are_printed_for_metric_definitions(compared: Job) -> None:
    for figure in compared.evaluation["figures"]:
        assert f"metric {figure['name']}={figure['value']:.10g}\n" in compared.said


def test_the_leaderboard_has_every_algorithm_the_best_first(compared: Job) -> None:
    board = compared.evaluation["leaderboard"]
    assert {line["algorithm"] for line in board} == {"linear", "random-forest", "hist-gradient-boosting", "xgboost"}
    assert [line["score"] for line in board] == sorted((line["score"] for line in board), reverse=True)
    assert [line["chosen"] for line in board] == [True, False, False, False]
    assert compared.evaluation["algorithm"] == board[0]["algorithm"]
    assert compared.evaluation["leaderboard_metric"] == "roc_auc"


def test_every_figure_stands_beside_guessing(compared: Job) -> None:
    figures = {figure["name"]: figure for figure in compared.evaluation["figures"]}
    assert next(iter(figures)) == "roc_auc"
    assert figures["roc_auc"]["baseline"] == 0.5
    assert figures["accuracy"]["value"] > figures["accuracy"]["baseline"]
    assert figures["log_loss"]["value"] < figures["log_loss"]["baseline"]
    assert not figures["log_loss"]["higher_is_better"]
    assert compared.evaluation["baseline"] == {"kind": "majority-class", "prediction": "no"}


def test_guessing_knows_the_rows_trained_on_only(compared: Job) -> None:
    ill = (patients()["ill"] == "yes").to_numpy()
    train, test = split(ill.astype(int), 0.2, 42, stratify=True)
    share = ill[train].mean()
    assert share != ill[test].mean()
    expected = -np.mean(np.log(np.where(ill[test], share, 1 - share)))
    assert compared.figure("log_loss")["baseline"] == pytest.approx(expected)


def test_the_evaluation_holds_what_its_module_documents(compared: Job) -> None:
    import evaluation

    entries = re.findall(r"^    ([a-z][a-z_, ]*?)  ", evaluation.__doc__, re.MULTILINE)
    assert list(compared.evaluation) == [name for entry in entries for name in entry.split(", ")]


def test_features_tell_a_form_what_to_offer(compared: Job) -> None:
    features = {feature["name"]: feature for feature in compared.evaluation["features"]}
    assert list(features) == ["age", "pressure", "clinic", "street", "since"]
    assert features["age"]["integer"]
    assert features["age"]["missing"] == 28
    assert 20 <= features["age"]["min"] <= features["age"]["typical"] <= features["age"]["max"] < 90
    assert not features["pressure"]["integer"]
    assert {one["value"] for one in features["clinic"]["categories"]} == {"north", "south", "east", "west, old"}
    assert features["clinic"]["categories"][0]["value"] == features["clinic"]["typical"]
    assert features["since"]["min"] >= "2020-01-01"
    assert features["since"]["date_format"] == "%Y-%m-%d"
    example = next(row for _, row in patients().iterrows() if row.notna().all())
    assert [feature["example"] for feature in features.values()] == [example[name] for name in features]
    assert compared.about["features"] == compared.evaluation["features"]


def test_left_out_columns_and_importance_are_told(compared: Job) -> None:
    left_out = {one["column"]: one["code"] for one in compared.evaluation["left_out"]}
    assert left_out == {"patient_id": "identifier", "unit": "constant", "days": "excluded", "stage": "excluded"}
    importance = [feature["name"] for feature in compared.evaluation["importance"]["features"]]
    assert set(importance[:2]) == {"age", "pressure"}
    assert sorted(importance) == ["age", "clinic", "pressure", "since", "street"]


def test_a_regression_is_evaluated_as_one(tmp_path: Path) -> None:
    job = run_job(tmp_path, patients(), "--target", "days", "--algorithm", "xgboost")
    found = job.evaluation
    assert (found["problem"], found["classes"], found["positive"], found["confusion"]) == ("regression", [], None, None)
    assert [figure["name"] for figure in found["figures"]] == ["r2", "rmse", "mae"]
    assert job.figure("r2")["baseline"] == pytest.approx(0, abs=0.2)
    assert job.figure("rmse")["value"] < job.figure("rmse")["baseline"]
    assert found["baseline"]["kind"] == "mean"
    assert len(found["residuals"]) == found["rows"]["test"] == 60
    assert found["versions"]["xgboost"]
    assert found["leaderboard"][0]["score"] is None


def test_several_classes_of_which_one_has_a_single_row(tmp_path: Path) -> None:
    table = patients(120)[["age", "pressure", "stage"]]
    table.loc[60, "stage"] = "unique"
    for algorithm in ("xgboost", "compare"):
        job = run_job(tmp_path / algorithm, table, "--target", "stage", "--algorithm", algorithm)
        assert job.code == 0, job.errors
        assert job.evaluation["classes"] == ["mild", "none", "severe", "unique"]
        assert sum(job.evaluation["confusion"]["matrix"][3]) == 0
        warnings = {one["code"]: one["values"] for one in job.evaluation["warnings"]}
        assert warnings["small-classes"] == {"classes": {"unique": 1}}


def test_rows_without_a_target_are_counted(tmp_path: Path) -> None:
    table = patients(200)
    table.loc[:24, "ill"] = None
    rows = run_job(tmp_path, table, "--target", "ill", "--algorithm", "linear").evaluation["rows"]
    assert rows["dropped"] == [
        {"code": "target-missing", "reason": "The value to predict is missing.", "rows": 25}
    ]  # fmt: skip
    assert (rows["read"], rows["used"], rows["train"] + rows["test"]) == (200, 175, 175)


@pytest.mark.parametrize("name", ["-x", "--seed", "a=b", "Importe (€)", "x y", "1"])
def test_a_target_may_have_any_name(tmp_path: Path, name: str) -> None:
    table = patients(60)[["age", "ill"]].rename(columns={"ill": name})
    job = run_job(tmp_path, table, "--algorithm", "linear", "--target", name)
    assert job.code == 0, job.errors
    assert job.about["target"] == name


def test_columns_to_leave_out_may_come_as_json_or_as_python_writes_a_list() -> None:
    for text in ('["a", "ü"]', "['a', 'ü']"):
        assert parse(["--target", "y", "--exclude", text]).exclude == ("a", "ü")


def test_five_thousand_columns_are_learnt_from(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(60, 5_000)).round(3)
    header = ",".join(f"c{place}" for place in range(5_000))
    lines = [f"{','.join(map(str, row))},{'yes' if row[7] > 0 else 'no'}" for row in values]
    text = f"{header},y\n" + "\n".join(lines)
    job = run_job(tmp_path, text, "--target", "y", "--algorithm", "random-forest")
    assert job.code == 0, job.errors
    assert len(job.evaluation["importance"]["not_measured"]) == 4_800


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "sick"], 'There is no column "sick" to predict.'),
        (["--target", "unit"], '"unit" is "mmHg" in every row: there is nothing to learn.'),
        (["--target", "patient_id"], "300 classes; a model can learn at most 100"),
        (["--target", "ill", "--problem", "regression"], '"ill" holds text, not numbers.'),
        (["--target", "ill", "--exclude", "{}"], "--exclude must be a JSON list"),
        (["--target", "ill", "--test-share", "1"], "--test-share is 1.0"),
        (["--target", "ill", "--seed", "-1"], "--seed is -1"),
        (["--target", "ill", "--algorithm", "magic"], "The settings are not understood: argument --algorithm"),
        (["--targt", "ill"], "The settings are not understood"),
    ],
)
def test_a_job_that_cannot_be_done_fails_in_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    job = run_job(tmp_path, patients(), *arguments)
    assert job.code == 1
    assert message in job.failure
    assert job.errors == f"ValueError: {job.failure}\n"
    assert not (job.data / "evaluation.json").exists()


def test_an_unforeseen_error_is_reported_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import PosixPath

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("joblib.dump", full)
    with pytest.raises(OSError, match="No space left"):
        run_job(tmp_path, patients(), "--target", "ill", "--algorithm", "linear")
    assert PosixPath(tmp_path / "output" / "failure").read_text() == "OSError: [Errno 28] No space left on device"


ROWS_SERVED = 2_000
"""More than the lean reader of CSV takes."""
ALGORITHMS = ("random-forest", "hist-gradient-boosting", "xgboost", "linear")
TRAIN = """
import os, sys
sys.path.insert(0, sys.argv[1])
from train import main
for algorithm in sys.argv[2:]:
    for time in ("first", "second"):
        place = f"{algorithm}/{time}"
        os.environ.update(SM_CHANNEL_TRAIN="input", SM_MODEL_DIR=f"{place}/model", SM_OUTPUT_DATA_DIR=f"{place}/data")
        code = main(["--target", "stage", "--algorithm", algorithm, "--exclude", '["days", "ill"]'])
        if code:
            sys.exit(code)
"""
SERVE = """
import sys
sys.path.insert(0, "linear/first/model/code")
import inference
for algorithm in sys.argv[1:]:
    for time in ("first", "second"):
        model = inference.model_fn(f"{algorithm}/{time}/model")
        request = inference.input_fn(open("rows.csv", encoding="utf-8").read(), "text/csv")
        answer, _ = inference.output_fn(inference.predict_fn(request, model), "text/csv")
        with open(f"{algorithm}/{time}/answer.csv", "w", encoding="utf-8") as file:
            file.write(answer)
"""


@pytest.fixture(scope="module", params=list(INTERPRETERS))
def trained_apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every algorithm trained twice in one process and served in another, with our versions and with AWS's."""
    place, python = tmp_path_factory.mktemp(request.param), INTERPRETERS[request.param]
    assert Path(python).exists(), "run `make .venv-container/.installed`"
    put_channel(place / "input", patients())
    rows = patients(ROWS_SERVED, seed=4)[["age", "pressure", "clinic", "street", "since"]]
    rows.replace("west, old", "west").to_csv(place / "rows.csv", index=False)
    done = run_python(python, TRAIN, place, str(CONTAINER), *ALGORITHMS)
    assert done.returncode == 0, done.stderr
    done = run_python(python, SERVE, place, *ALGORITHMS)
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_data_and_seed_give_the_same_model(trained_apart: Path, algorithm: str) -> None:
    first, second = ((trained_apart / algorithm / time / "answer.csv").read_bytes() for time in ("first", "second"))
    assert first == second
    assert first.count(b"\n") == ROWS_SERVED


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_model_is_better_than_guessing_with_both_versions(trained_apart: Path, algorithm: str) -> None:
    output = trained_apart / algorithm / "first" / "data" / "evaluation.json"
    evaluation = json.loads(output.read_text("utf-8"))
    accuracy = evaluation["figures"][0]
    assert accuracy["value"] > accuracy["baseline"] + 0.1


@pytest.mark.parametrize("python", list(INTERPRETERS.values()), ids=list(INTERPRETERS))
def test_the_script_compares_algorithms_with_both_versions(python: str, tmp_path: Path) -> None:
    put_channel(tmp_path / "input", patients(200))
    done = subprocess.run(
        [python, str(CONTAINER / "train.py"), "--target", "days"],
        env={"PATH": os.environ["PATH"], "SM_CHANNEL_TRAIN": str(tmp_path / "input"), "SM_NUM_CPUS": "1",
             "SM_MODEL_DIR": str(tmp_path / "model"), "SM_OUTPUT_DATA_DIR": str(tmp_path / "output" / "data")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    evaluation = json.loads((tmp_path / "output" / "data" / "evaluation.json").read_text("utf-8"))
    assert [line["failed"] for line in evaluation["leaderboard"]] == [None] * 4
    assert evaluation["figures"][0]["value"] > 0.3
