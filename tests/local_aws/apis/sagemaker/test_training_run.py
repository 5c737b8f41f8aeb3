"""Jobs as they run: what a script finds, what becomes of what it leaves, and how it can fail."""

import json
import textwrap
import time
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from local_aws.jobs import MARK
from tests.local_aws.apis.sagemaker.jobs import BUCKET
from tests.local_aws.apis.sagemaker.serving import SKLEARN, XGBOOST, archive


def wheel(name, version, source):
    """A wheel of one module, so that a test needs no package index."""
    packed = BytesIO()
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr(f"{name}.py", source)
        files.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        files.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files.writestr(f"{information}/RECORD", "")
    return packed.getvalue()


SOMEONE_ELSES = """
import argparse
import json
import logging
import os
from pathlib import Path

import joblib
from greeting import greet
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
import helpers

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-iter", type=int, default=100)
    parser.add_argument("-C", "--C", type=float, default=1.0)
    parser.add_argument("--solver", type=str)
    parser.add_argument("--fit-intercept", type=str, default="False")
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--output-data-dir", type=str, default=os.environ["SM_OUTPUT_DATA_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--test", type=str, default=os.environ.get("SM_CHANNEL_TEST"))
    args = parser.parse_args()

    print(greet("world"))
    rows = (Path(args.train) / "rows.csv").read_text().split()
    extra = sorted(str(path.relative_to(args.test)) for path in Path(args.test).rglob("*") if path.is_file())
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=args.max_iter, C=args.C, solver=args.solver).fit(X, y)
    print("Train_accuracy=%.4f; rows=%d" % (model.score(X, y), len(rows)))
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
    with open(os.path.join(args.output_data_dir, "report.json"), "w") as file:
        json.dump({"extra": extra, "fit_intercept": args.fit_intercept, "half": helpers.half(args.max_iter)}, file)
"""


def test_a_job_of_someone_elses_runs_unchanged(training):
    data = training.put("rows.csv", "a\nb\nc\n").rpartition("/")[0]
    test = training.put("deep/er/x.csv", "1").removesuffix("/deep/er/x.csv")
    job = training.run(
        SOMEONE_ELSES,
        files={
            "helpers.py": "def half(x):\n    return x // 2\n",
            "requirements.txt": "./greeting-1.0-py3-none-any.whl\nscikit-learn\n",
            "greeting-1.0-py3-none-any.whl": wheel("greeting", "1.0", "def greet(x):\n    return 'hello ' + x\n"),
        },
        hyperparameters={
            "max-iter": "500",
            "C": "0.5",
            "solver": '"lbfgs"',
            "fit-intercept": "true",
            "sagemaker_container_log_level": "20",
            "sagemaker_region": '"us-east-1"',
            "sagemaker_job_name": '"whatever"',
        },
        channels={"train": data, "test": test},
        AlgorithmSpecification={
            "TrainingImage": SKLEARN,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "train:accuracy", "Regex": r"Train_accuracy=([0-9.]+);"},
                {"Name": "absent", "Regex": r"absent=([0-9.]+)"},
            ],
        },
    )
    name = job["TrainingJobName"]
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    (metric,) = job["FinalMetricDataList"]
    assert metric["MetricName"] == "train:accuracy"
    assert 0.9 < metric["Value"] <= 1
    assert training.printed(name)[0] == "hello world"
    assert "model.joblib" in training.unpacked(name, "model.tar.gz")
    assert json.loads(training.unpacked(name, "output.tar.gz")["report.json"]) == {
        "extra": ["deep/er/x.csv"],
        "fit_intercept": "True",
        "half": 250,
    }


SHOW = """
import json, os, sys
from pathlib import Path
base = Path(os.environ["SM_MODEL_DIR"]).parent
config = {path.stem: json.loads(path.read_text()) for path in (base / "input/config").iterdir()}
files = sorted(str(path.relative_to(base / "input/data")) for path in (base / "input/data").rglob("*"))
shown = {"environ": dict(os.environ), "arguments": sys.argv[1:], "config": config, "files": files, "cwd": os.getcwd()}
Path(os.environ["SM_OUTPUT_DATA_DIR"], "shown.json").write_text(json.dumps(shown))
"""


def shown(training, **how):
    job = training.run(SHOW, **how)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return json.loads(training.unpacked(job["TrainingJobName"], "output.tar.gz")["shown.json"])


def test_the_script_finds_what_aws_containers_tell_it(training):
    data = training.put("a.csv", "1")
    found = shown(training, hyperparameters={"depth": "3", "kind": '"tree"'}, channels={"train": data})
    environ, base = found["environ"], found["environ"]["SM_MODEL_DIR"].removesuffix("/model")
    assert environ["SM_CHANNELS"] == '["train"]'
    assert environ["SM_CHANNEL_TRAIN"] == f"{base}/input/data/train"
    assert environ["SM_HPS"] == '{"depth":3,"kind":"tree"}'
    assert (environ["SM_HP_DEPTH"], environ["SM_HP_KIND"]) == ("3", "tree")
    assert (environ["SM_CURRENT_HOST"], environ["SM_HOSTS"]) == ("algo-1", '["algo-1"]')
    assert environ["SM_USER_ARGS"] == '["--depth","3","--kind","tree"]'
    assert json.loads(environ["SM_TRAINING_ENV"])["channel_input_dirs"] == {"train": f"{base}/input/data/train"}
    assert found["arguments"] == ["--depth", "3", "--kind", "tree"]
    assert found["files"] == ["train", "train/a.csv"]
    assert found["cwd"] == f"{base}/code"
    assert found["config"]["hyperparameters"]["depth"] == "3"
    assert found["config"]["inputdataconfig"]["train"]["S3DistributionType"] == "FullyReplicated"
    assert found["config"]["resourceconfig"]["current_instance_type"] == "ml.m5.large"


def test_the_script_is_given_no_credentials_and_only_the_variables_of_the_job(training):
    environ = shown(training, Environment={"MODE": "quick", "HOME": "/root"})["environ"]
    assert {name for name in environ if not name.startswith("SM_")} - {"LC_CTYPE"} == {
        "AWS_EC2_METADATA_DISABLED", "AWS_REGION", "CURRENT_HOST", "HOME", "LANG", "MODE", "PATH", "PYTHONPATH",
        "PYTHONUNBUFFERED", "SAGEMAKER_BASE_DIR", "SAGEMAKER_JOB_NAME", "SAGEMAKER_REGION",
        "SAGEMAKER_TRAINING_MODULE", "TMPDIR", "TRAINING_JOB_ARN", "TRAINING_JOB_NAME", MARK,
    }  # fmt: skip
    assert environ["MODE"] == "quick"
    assert environ["HOME"].startswith(environ[MARK])


def test_paths_of_a_container_are_told_as_the_paths_here(training):
    found = shown(
        training, hyperparameters={"model-dir": '"/opt/ml/model"'}, Environment={"OUT": "/opt/ml/output/data"}
    )
    assert found["arguments"] == ["--model-dir", found["environ"]["SM_MODEL_DIR"]]
    assert found["environ"]["OUT"] == found["environ"]["SM_OUTPUT_DATA_DIR"]


def test_a_manifest_names_the_files_of_a_channel(training):
    first = training.put("x/a.csv", "1").removesuffix("x/a.csv")
    training.s3.put_object(Bucket=BUCKET, Key=first.removeprefix(f"s3://{BUCKET}/") + "b.csv", Body=b"2")
    training.s3.put_object(Bucket=BUCKET, Key=first.removeprefix(f"s3://{BUCKET}/") + "unnamed.csv", Body=b"3")
    manifest = training.put("manifest.json", json.dumps([{"prefix": first}, "x/a.csv", "b.csv"]))
    source = {"S3DataType": "ManifestFile", "S3Uri": manifest, "S3DataDistributionType": "FullyReplicated"}
    channel = {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": source},
        "InputMode": "FastFile",
        "ContentType": "text/csv",
    }
    found = shown(training, InputDataConfig=[channel])
    assert found["files"] == ["train", "train/b.csv", "train/x", "train/x/a.csv"]
    assert found["config"]["inputdataconfig"]["train"] == {
        "ContentType": "text/csv",
        "RecordWrapperType": "None",
        "S3DistributionType": "FullyReplicated",
        "TrainingInputMode": "FastFile",
    }


def test_the_xgboost_image_runs_scripts_too(training):
    image = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}
    found = shown(training, AlgorithmSpecification=image)
    assert found["environ"]["SM_FRAMEWORK_MODULE"] == "sagemaker_xgboost_container.training:main"


def test_a_shell_script_is_an_entry_point(training):
    script = 'echo "$@" > "$SM_MODEL_DIR/said"\n'
    job = training.run(
        files={"go.sh": f"#!/bin/sh\n{script}"}, hyperparameters={"sagemaker_program": "go.sh", "name": "a b"}
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert training.unpacked(job["TrainingJobName"], "model.tar.gz") == {"said": b"--name a b\n"}


def test_requirements_are_installed_for_one_job_only(training):
    script = "import tiny, sys; print('tiny', tiny.__file__.startswith(sys.prefix))"
    files = {
        "requirements.txt": "./tiny-2.0-py3-none-any.whl\n",
        "tiny-2.0-py3-none-any.whl": wheel("tiny", "2.0", ""),
    }
    first = training.run(script, files=files)
    assert first["TrainingJobStatus"] == "Completed", first.get("FailureReason")
    assert training.printed(first["TrainingJobName"]) == ["tiny True"]
    second = training.run("import tiny")
    assert "No module named 'tiny'" in second["FailureReason"]


def test_requirements_that_cannot_be_installed_fail_the_job(training):
    job = training.run(files={"requirements.txt": "./missing-1.0-py3-none-any.whl\n"})
    assert job["FailureReason"].startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1\n")
    assert "missing-1.0-py3-none-any.whl" in job["FailureReason"]


def test_statuses_follow_each_other_as_on_aws(training):
    before = datetime.now(UTC)
    job = training.run("open(__import__('os').environ['SM_MODEL_DIR'] + '/m', 'w').close()")
    steps = job["SecondaryStatusTransitions"]
    assert [step["Status"] for step in steps] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [step["StatusMessage"] for step in steps][-2:] == [
        "Uploading generated training model",
        "Training job completed",
    ]
    times = [time for step in steps for time in (step["StartTime"], step["EndTime"])]
    assert times == sorted(times)
    assert before.replace(microsecond=0) <= job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1


def test_a_job_that_writes_no_model_completes_without_one(training):
    job = training.run("print('nothing')")
    assert job["TrainingJobStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith(f"/out/{job['TrainingJobName']}/output/model.tar.gz")
    assert training.objects(job["TrainingJobName"]) == []


def test_artifacts_can_be_stored_as_files(training):
    script = """
import os
os.makedirs(os.environ["SM_MODEL_DIR"] + "/deep")
open(os.environ["SM_MODEL_DIR"] + "/deep/m.txt", "w").write("m")
open(os.environ["SM_OUTPUT_DATA_DIR"] + "/o.txt", "w").write("o")
"""
    job = training.run(script, OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out/", "CompressionType": "NONE"})
    assert training.objects(job["TrainingJobName"]) == ["model/deep/m.txt", "output/o.txt"]
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model/")


def test_a_model_directory_that_the_script_replaced_by_a_link_is_not_followed(training):
    script = "import os; os.rmdir(os.environ['SM_MODEL_DIR']); os.symlink('/etc', os.environ['SM_MODEL_DIR'])"
    job = training.run(script)
    assert (job["TrainingJobStatus"], training.objects(job["TrainingJobName"])) == ("Completed", [])


def test_a_file_larger_than_the_volume_is_refused_to_the_script(training):
    script = """
import os
with open(os.environ["SM_MODEL_DIR"] + "/large", "wb") as file:
    file.seek(6 << 30)
    file.write(b"x")
"""
    assert "File too large" in training.run(script)["FailureReason"]


def test_nothing_of_a_job_stays_on_this_machine(training):
    directory = shown(training)["environ"][MARK]
    deadline = time.monotonic() + 5
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(directory).exists()


def test_a_script_that_crashes_says_why(training):
    script = """
import os
open(os.environ["SM_MODEL_DIR"] + "/half", "w").write("saved so far")
def deep(n):
    return deep(n - 1) if n else {}["column of nobody"]
try:
    deep(30)
except KeyError:
    raise ValueError("the target column is missing\\nin the file")
"""
    job = training.run(script, hyperparameters={"target": '"price"'})
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: the target column is missing\n'
    )
    assert reason.endswith('python train.py --target price", exit code: 1')
    assert "Traceback (most recent call last):" in training.printed(job["TrainingJobName"])
    assert training.unpacked(job["TrainingJobName"], "model.tar.gz") == {"half": b"saved so far"}
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Failed"]


def test_a_script_may_say_itself_why_it_failed(training):
    script = """
import os, sys
open(os.environ["SM_OUTPUT_DIR"] + "/failure", "w").write("No rows are left. " + "x" * 5000)
sys.exit(3)
"""
    reason = training.run(script)["FailureReason"]
    assert reason.startswith("AlgorithmError: No rows are left. xxx")
    assert reason.endswith(", exit code: 3")
    assert len(reason) == 1024


def test_a_source_that_is_no_archive_fails_the_job(training):
    source = {"sagemaker_submit_directory": training.put("sourcedir.tar.gz", b"no archive")}
    job = training.run(hyperparameters=source)
    assert job["FailureReason"].startswith("AlgorithmError: Framework Error: \nsource.tar.gz is not a readable")


def test_a_source_with_members_that_climb_out_fails_the_job(training):
    source = {"sagemaker_submit_directory": training.put("s.tar.gz", archive({"train.py": "", "../../out.py": "bad"}))}
    assert "'../../out.py' lies outside the archive" in training.run(hyperparameters=source)["FailureReason"]


def test_a_source_that_is_not_there_fails_the_job(training):
    job = training.run(hyperparameters={"sagemaker_submit_directory": f"s3://{BUCKET}/nowhere.tar.gz"})
    assert job["FailureReason"].startswith(
        f"AlgorithmError: Framework Error: \nThere is no source s3://{BUCKET}/nowhere.tar.gz."
    )


def test_output_to_a_bucket_that_is_not_there_fails_before_training(training):
    job = training.run("print('trained')", OutputDataConfig={"S3OutputPath": "s3://no-such-bucket-here/out"})
    assert job["FailureReason"] == (
        "ClientError: Artifact upload failed:The specified bucket does not exist: no-such-bucket-here"
    )
    assert training.stream(job["TrainingJobName"]) == ""


def test_a_program_that_is_not_in_the_source_fails_the_job(training):
    job = training.run(hyperparameters={"sagemaker_program": "absent.py"})
    assert "can't open file" in job["FailureReason"]


def test_a_job_that_hangs_past_its_limit_is_stopped_and_keeps_its_model(training):
    script = """
import os, signal, sys, time
def save(*_):
    open(os.environ["SM_MODEL_DIR"] + "/saved", "w").write("so far")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
time.sleep(60)
"""
    job = training.run(script, seconds=1)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "MaxRuntimeExceeded"]
    assert training.unpacked(job["TrainingJobName"], "model.tar.gz") == {"saved": b"so far"}
    assert "FailureReason" not in job


def test_a_script_that_asks_for_more_memory_than_the_instance_has_is_out_of_memory(training):
    resources = {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 5}
    job = training.run("held = bytearray(6 << 30)", ResourceConfig=resources)
    assert job["FailureReason"].startswith("AlgorithmError: OutOfMemory: Please use an instance type with more memory")
    assert "4.0 GiB" in job["FailureReason"]


def test_a_script_that_the_kernel_kills_is_out_of_memory(training):
    reason = training.run("import os; os.kill(os.getpid(), 9)")["FailureReason"]
    assert reason.startswith("AlgorithmError: OutOfMemory:")
    assert 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"' in reason
    assert reason.endswith("exit code: 137")


def test_a_script_that_forks_without_end_is_ended(training):
    script = """
import os, time
for _ in range(3000):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
    job = training.run(script)
    assert job["FailureReason"].startswith("AlgorithmError: TooManyProcesses: It started more than 512 processes.")
    place = [process for process in psutil.process_iter() if job["TrainingJobName"] in _mark(process)]
    assert place == []


def _mark(process):
    try:
        return process.environ().get(MARK, "")
    except psutil.Error:
        return ""


def test_a_hundred_megabytes_of_output_are_kept_while_others_are_answered(training, connection):
    script = """
import sys
line = "x" * 1023 + "\\n"
for _ in range(100 * 1024):
    sys.stdout.write(line)
print("loss=0.25")
"""
    server = next(process for process in psutil.process_iter() if _serves(process, connection.endpoint))
    before, most, slowest = server.memory_info().rss, 0, 0.0
    algorithm = {
        "TrainingImage": SKLEARN,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": f"m{n}", "Regex": f"loss{'' if n else '='}([0-9.]+)"} for n in range(10)],
    }
    name = training.start(script, AlgorithmSpecification=algorithm)
    job = training.describe(name)
    while job["TrainingJobStatus"] == "InProgress":
        began = time.monotonic()
        job = training.describe(name)
        slowest = max(slowest, time.monotonic() - began)
        most = max(most, server.memory_info().rss)
        time.sleep(0.01)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["FinalMetricDataList"][0]["Value"] == 0.25
    assert most - before < 40 << 20
    assert slowest < 1
    latest = training.logs.get_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=training.stream(name), limit=2
    )
    assert [len(event["message"]) for event in latest["events"]] == [1023, 9]


def _serves(process, endpoint):
    try:
        return any(
            connection.status == "LISTEN" and connection.laddr.port == int(endpoint.rpartition(":")[2])
            for connection in process.net_connections("inet")
        )
    except psutil.Error:
        return False


def test_an_expression_that_never_ends_is_dropped_and_the_job_goes_on(training):
    algorithm = {
        "TrainingImage": SKLEARN,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "evil", "Regex": "(x+x+)+y"}, {"Name": "good", "Regex": "good=(.*)"}],
    }
    job = training.run("print('x' * 5000); print('good=2')", AlgorithmSpecification=algorithm)
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("good", 2.0)]


def test_checkpoints_are_restored_and_kept(training):
    script = """
import os
from pathlib import Path
checkpoints = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "checkpoints"
count = checkpoints / "epochs/count"
count.parent.mkdir(exist_ok=True)
epoch = int(count.read_text()) if count.exists() else 0
count.write_text(str(epoch + 1))
print("epoch", epoch)
"""
    config = {"S3Uri": training.put("checkpoints/", b"").removesuffix("/"), "LocalPath": "/opt/ml/checkpoints"}
    for epoch in range(2):
        job = training.run(script, CheckpointConfig=config)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert training.printed(job["TrainingJobName"]) == [f"epoch {epoch}"]
    key = config["S3Uri"].removeprefix(f"s3://{BUCKET}/") + "/epochs/count"
    assert training.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"2"


def test_pip_in_a_script_changes_nothing_for_others(training):
    script = textwrap.dedent(
        """
        import subprocess, sys
        subprocess.check_call([sys.executable, "-m", "pip", "install", "--no-index", "./own-1.0-py3-none-any.whl"])
        import own
        print(own.__file__.startswith(sys.prefix))
        """
    )
    job = training.run(script, files={"own-1.0-py3-none-any.whl": wheel("own", "1.0", "")})
    assert training.printed(job["TrainingJobName"])[-1] == "True"
    with pytest.raises(ImportError):
        __import__("own")
