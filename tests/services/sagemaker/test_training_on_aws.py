"""Training jobs as they are asked for on AWS: what is sent is exactly what CreateTrainingJob and the toolkit want."""

import json
import re

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import training
from tests.services.sagemaker.scenes import refusing

BUCKET = "celaje-123456789012-us-east-1"


def request_of(**settings):
    with trace.record(trace.Calls()) as calls:
        job = training.start("breast-cancer", "diagnosis", **settings)
    (call,) = [call for call in calls if call.operation == "CreateTrainingJob"]
    return job, call.parameters


def test_nothing_starts_before_the_account_was_prepared(on_aws):
    with pytest.raises(ServiceError) as refusal:
        training.start("breast-cancer", "diagnosis")
    assert refusal.value.code == "NotAgreed"
    assert not aws.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]


def test_the_job_reads_the_dataset_and_writes_under_its_own_name(ready):
    job, request = request_of()
    (channel,) = request["InputDataConfig"]
    assert channel["ChannelName"] == "train"
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == f"s3://{BUCKET}/datasets/breast-cancer/train/"
    assert request["OutputDataConfig"] == {"S3OutputPath": f"s3://{BUCKET}/jobs"}
    assert job.output_data == f"s3://{BUCKET}/jobs/{job.name}/output/output.tar.gz"
    assert request["RoleArn"] == ready.role_arn


def test_it_is_script_mode_with_the_code_in_our_bucket(ready):
    _, request = request_of()
    settings = {name: json.loads(value) for name, value in request["HyperParameters"].items()}
    assert settings["sagemaker_program"] == "train.py"
    assert settings["sagemaker_region"] == "us-east-1"
    assert settings["sagemaker_job_name"] == request["TrainingJobName"]
    bucket, _, key = settings["sagemaker_submit_directory"].removeprefix("s3://").partition("/")
    assert aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_settings_reach_the_script_as_it_reads_them(ready):
    excluded = ("id", 'a "quoted", name', "año")
    job, request = request_of(problem="binary", algorithm="linear", test_share=0.25, seed=7, exclude=excluded)
    settings = {name: json.loads(value) for name, value in request["HyperParameters"].items()}
    assert settings["target"] == "diagnosis"
    assert (settings["problem"], settings["algorithm"], settings["test-share"], settings["seed"]) == ("binary", "linear", 0.25, 7)  # fmt: skip  # noqa: E501
    assert json.loads(settings["exclude"]) == list(excluded)
    assert (job.target, job.problem, job.algorithm, job.test_share, job.seed) == ("diagnosis", "binary", "linear", 0.25, 7)  # fmt: skip  # noqa: E501
    assert job.excluded == excluded
    assert job.dataset == "breast-cancer"


def test_numbers_as_names_stay_names(ready):
    job = training.start("2024", "1", algorithm="linear")
    assert (job.dataset, job.target) == ("2024", "1")


@pytest.mark.parametrize(
    ("algorithm", "image"), [("compare", "sagemaker-xgboost"), ("linear", "sagemaker-scikit-learn")]
)
def test_the_image_is_awss_own(ready, algorithm, image):
    _, request = request_of(algorithm=algorithm)
    assert image in request["AlgorithmSpecification"]["TrainingImage"]


def test_figures_are_picked_out_of_the_log(ready):
    _, request = request_of(algorithm="linear")
    definitions = {one["Name"]: one["Regex"] for one in request["AlgorithmSpecification"]["MetricDefinitions"]}
    assert re.search(definitions["roc_auc"], "metric roc_auc=0.9937").group(1) == "0.9937"
    assert re.search(definitions["log_loss"], "metric log_loss=1.2e-05").group(1) == "1.2e-05"
    assert not re.search(definitions["f1"], "metric f1_macro=0.9")
    assert not re.search(definitions["accuracy"], "metric balanced_accuracy=0.9")


def test_limits_and_tags_are_set(ready):
    _, request = request_of(instance_type="ml.m5.xlarge", max_seconds=120)
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 120}
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    assert tags == {"app": "celaje", "celaje:dataset": "breast-cancer", "celaje:target": "diagnosis"}


def test_more_excluded_columns_than_sagemaker_takes_are_refused(ready):
    with pytest.raises(ServiceError) as refusal:
        training.start("wide", "y", algorithm="linear", exclude=tuple(f"column {number}" for number in range(1000)))
    assert refusal.value.code == "TooManyExcluded"


def test_jobs_are_listed_by_dataset_and_those_of_others_are_not(ready):
    ours = training.start("ventas", "total", algorithm="linear")
    training.start("clientes", "baja", algorithm="linear")
    described = aws.client("sagemaker").describe_training_job(TrainingJobName=ours.name)
    names = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")  # fmt: skip  # noqa: E501
    theirs = {name: described[name] for name in names}
    aws.client("sagemaker").create_training_job(TrainingJobName="somebody-elses-celaje-job", **theirs)
    assert [job.name for job in training.list_jobs("ventas")] == [ours.name]
    assert {job.dataset for job in training.list_jobs()} == {"ventas", "clientes"}


def test_a_job_that_is_not_there_is_told_so(ready):
    with pytest.raises(ServiceError) as refusal:
        training.describe("celaje-nothing")
    assert refusal.value.code == "NotFound"


def test_a_role_that_was_just_made_is_waited_for(ready, monkeypatch):
    monkeypatch.setattr(training, "_ROLE_PAUSE_SECONDS", 0)
    said = "Could not assume role arn:aws:iam::123456789012:role/celaje-sagemaker. Please ensure that the role exists"
    with refusing("sagemaker", "CreateTrainingJob", "ValidationException", said, times=3):
        assert training.start("ventas", "total", algorithm="linear").name


def test_a_quota_of_zero_is_explained(ready):
    said = (
        "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with current utilization "
        "of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase."
    )
    with (
        refusing("sagemaker", "CreateTrainingJob", "ResourceLimitExceeded", said),
        pytest.raises(ServiceError) as refusal,
    ):
        training.start("ventas", "total", algorithm="linear")
    assert refusal.value.code == "ResourceLimitExceeded"
    assert "quota of zero" in str(refusal.value.hint)
    assert "ml.m5.large for training job usage" in str(refusal.value.hint)
