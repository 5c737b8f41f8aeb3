"""The contract of script mode, as AWS's own toolkit keeps it, without a server."""

import json

import pytest

from local_aws.apis.sagemaker.training_environment import (
    Directories,
    arguments,
    command_of,
    kind_of,
    script_of,
    variables,
)


def job(hyperparameters=None, **members):
    return {
        "TrainingJobName": "job-1",
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large"},
        "HyperParameters": hyperparameters or {},
        **members,
    }


@pytest.fixture
def directories(tmp_path):
    return Directories(tmp_path / "ml")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"bb": 2, "aa": "x"}, ["--aa", "x", "--bb", "2"]),
        ({"C": 0.5}, ["-C", "0.5"]),
        ({"flag": True}, ["--flag", "True"]),
        ({"none": None}, ["--none", ""]),
        ({"list": ["a", 1]}, ["--list", "['a', 1]"]),
        ({"map": {"b": 2, "a": 1}}, ["--map", "a=1,b=2"]),
    ],
)
def test_hyperparameters_become_arguments_as_the_toolkit_writes_them(given, told):
    assert arguments(given) == told


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('"a text"', "a text"),
        ("plain", "plain"),
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ('{"a": 1}', {"a": 1}),
        ("", ""),
    ],
)
def test_hyperparameters_are_json_or_else_themselves(directories, sent, meant):
    assert script_of(job({"x": sent}), "scikit-learn", directories).hyperparameters == {"x": meant}


def test_hyperparameters_of_the_toolkit_are_not_the_scripts(directories):
    sent = {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": '"s3://bucket/source.tar.gz"',
        "sagemaker_container_log_level": "10",
        "sagemaker_mpi_enabled": "false",
        "_tuning_objective_metric": '"accuracy"',
        "depth": "3",
    }
    script = script_of(job(sent), "scikit-learn", directories)
    assert (script.program, script.source, script.log_level) == ("train.py", "s3://bucket/source.tar.gz", 10)
    assert script.hyperparameters == {"depth": 3}
    assert script.framework_parameters == {"sagemaker_mpi_enabled": False}


def test_the_program_may_be_named_by_the_environment(directories):
    named = {"SAGEMAKER_PROGRAM": "train.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/source.tar.gz"}
    script = script_of(job(Environment=named), "xgboost", directories)
    assert (script.program, script.source) == ("train.py", "s3://bucket/source.tar.gz")


def test_variables_are_text_or_compact_json(directories):
    document = job({"text": '"t"', "list": "[1, 2]", "none": "null", "é": '"ü"'})
    told = variables(document, script_of(document, "scikit-learn", directories), directories, "eu-west-1")
    assert (told["SM_HP_TEXT"], told["SM_HP_LIST"], told["SM_HP_NONE"]) == ("t", "[1,2]", "")
    assert told["SM_HPS"] == '{"list":[1,2],"none":null,"text":"t","\\u00e9":"\\u00fc"}'
    assert (told["AWS_REGION"], told["SM_NUM_GPUS"], told["SM_IS_HETERO"]) == ("eu-west-1", "0", "false")
    assert int(told["SM_NUM_CPUS"]) >= 1


def test_a_users_python_path_comes_after_the_source(directories):
    document = job(Environment={"PYTHONPATH": "/opt/ml/code/lib"})
    told = variables(document, script_of(document, "scikit-learn", directories), directories, "us-east-1")
    assert told["PYTHONPATH"] == f"{directories.code}:{directories.code}/lib"


def test_the_variables_of_the_toolkit_win_over_the_users(directories):
    document = job(Environment={"SM_MODEL_DIR": "/elsewhere"})
    told = variables(document, script_of(document, "scikit-learn", directories), directories, "us-east-1")
    assert told["SM_MODEL_DIR"] == str(directories.model)


@pytest.mark.parametrize(
    ("program", "files", "kind"),
    [
        ("train.py", [], "program"),
        ("train.py", ["setup.py"], "package"),
        ("train.sh", ["setup.py"], "command"),
        ("train", [], "command"),
    ],
)
def test_the_kind_of_an_entry_point_is_told_by_its_name_and_neighbours(tmp_path, program, files, kind):
    for name in files:
        (tmp_path / name).touch()
    assert kind_of(program, tmp_path) == kind


def test_a_package_is_run_as_a_module(directories, tmp_path):
    directories.make()
    (directories.code / "setup.py").touch()
    script = script_of(job({"sagemaker_program": "mine.py", "x": "1", "long": "2"}), "scikit-learn", directories)
    assert command_of(script, directories.code, tmp_path / "python") == [
        str(tmp_path / "python"), "-m", "mine", "--long", "2", "-x", "1",
    ]  # fmt: skip


def test_a_shell_command_gets_its_arguments_quoted(directories, tmp_path):
    directories.make()
    script = script_of(job({"sagemaker_program": "go.sh", "name": "$(id); x"}), "scikit-learn", directories)
    assert command_of(script, directories.code, tmp_path) == ["/bin/sh", "-c", "./go.sh --name '$(id); x'"]


def test_only_whole_container_paths_are_moved_here(directories):
    assert directories.here("/opt/ml") == str(directories.base)
    assert directories.here("/opt/ml/model") == str(directories.model)
    assert directories.here("/opt/mlops") == "/opt/mlops"
    assert directories.here(["/opt/ml/model"]) == ["/opt/ml/model"]


def test_the_training_env_names_what_the_single_variables_name(directories):
    document = job(
        {"sagemaker_program": "train.py"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/k"}}}],
    )
    told = variables(document, script_of(document, "xgboost", directories), directories, "us-east-1")
    whole = json.loads(told["SM_TRAINING_ENV"])
    for name in ("model_dir", "output_data_dir", "module_name", "user_entry_point", "input_config_dir"):
        assert whole[name] == told[f"SM_{name.upper()}"]
    assert whole["channel_input_dirs"]["train"] == told["SM_CHANNEL_TRAIN"]
    assert (whole["is_master"], whole["job_name"]) == (True, "job-1")
