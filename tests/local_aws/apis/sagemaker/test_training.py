"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob and DeleteTrainingJob, by boto3."""

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.conftest import boto_client
from tests.local_aws.apis.sagemaker.jobs import BUCKET, Training
from tests.local_aws.apis.sagemaker.serving import ROLE, SKLEARN

SLEEPS = """
import os, signal, sys, time
def save(*_):
    open(os.environ["SM_MODEL_DIR"] + "/saved", "w").write("so far")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready")
time.sleep(60)
"""


def refused(training, **members):
    """The code and message with which a job with these members is refused."""
    request = training.request(**members)
    with pytest.raises(ClientError) as refusal:
        training.sagemaker.create_training_job(**request)
    error = refusal.value.response["Error"]
    assert "TrainingJobSummaries" in training.sagemaker.list_training_jobs(NameContains=request["TrainingJobName"])
    assert not training.sagemaker.list_training_jobs(NameContains=request["TrainingJobName"])["TrainingJobSummaries"]
    return error["Code"], error["Message"]


def test_a_job_is_described_as_it_was_created(training):
    data = training.put("a.csv", "1").rpartition("/")[0]
    request = training.request(
        hyperparameters={"depth": "3"},
        channels={"train": data},
        Environment={"MODE": "quick"},
        Tags=[{"Key": "app", "Value": "celaje"}],
        EnableManagedSpotTraining=False,
    )
    arn = training.sagemaker.create_training_job(**request)["TrainingJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:000000000000:training-job/{request['TrainingJobName']}"
    job = training.end(request["TrainingJobName"])
    tags = request.pop("Tags")
    assert {member: job[member] for member in request} == request
    assert training.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    assert "Tags" not in job


def test_a_job_is_in_progress_at_once(training):
    name = training.start(SLEEPS)
    job = training.describe(name)
    assert job["TrainingJobStatus"] == "InProgress"
    assert "TrainingEndTime" not in job
    training.sagemaker.stop_training_job(TrainingJobName=name)
    training.end(name)


def test_the_waiter_of_boto3_waits_for_completion(training):
    name = training.start("import time; time.sleep(0.3)")
    waiter = training.sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert training.describe(name)["TrainingJobStatus"] == "Completed"


def test_the_waiter_of_boto3_sees_a_failure(training):
    name = training.start("raise SystemExit(1)")
    training.end(name)
    with pytest.raises(WaiterError, match="terminal failure"):
        training.sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)


def test_stopping_a_job_keeps_the_model_it_has(training):
    name = training.start(SLEEPS)
    training.until_printed(name, "ready")
    training.sagemaker.stop_training_job(TrainingJobName=name)
    assert training.describe(name)["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = training.end(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert training.unpacked(name, "model.tar.gz") == {"saved": b"so far"}


def test_stopping_a_job_twice_is_one_stop(training):
    name = training.start(SLEEPS)
    training.until_printed(name, "ready")
    for _ in range(2):
        training.sagemaker.stop_training_job(TrainingJobName=name)
    steps = [step["Status"] for step in training.end(name)["SecondaryStatusTransitions"]]
    assert steps.count("Stopping") == 1


def test_a_job_can_be_stopped_as_soon_as_it_is_created(training):
    name = training.start(SLEEPS)
    training.sagemaker.stop_training_job(TrainingJobName=name)
    began = time.monotonic()
    assert training.end(name)["TrainingJobStatus"] == "Stopped"
    assert time.monotonic() - began < 10


def test_a_job_that_is_over_cannot_be_stopped(training):
    name = training.run()["TrainingJobName"]
    with pytest.raises(ClientError) as refusal:
        training.sagemaker.stop_training_job(TrainingJobName=name)
    assert refusal.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "The request was rejected because the training job is in status Completed.",
    }


def test_a_deleted_job_is_gone_and_its_name_free(training):
    name = training.run()["TrainingJobName"]
    training.sagemaker.delete_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        training.describe(name)
    training.run(TrainingJobName=name)


def test_a_running_job_cannot_be_deleted(training):
    name = training.start(SLEEPS)
    with pytest.raises(ClientError) as refusal:
        training.sagemaker.delete_training_job(TrainingJobName=name)
    assert refusal.value.response["Error"]["Code"] == "ResourceInUse"
    training.sagemaker.stop_training_job(TrainingJobName=name)
    training.end(name)


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job", "delete_training_job"])
def test_a_job_that_is_not_there_is_missed(training, operation):
    with pytest.raises(ClientError) as refusal:
        getattr(training.sagemaker, operation)(TrainingJobName="no-such-job")
    assert refusal.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Requested resource not found.",
    }


def test_a_name_can_be_used_once(training):
    name = training.run()["TrainingJobName"]
    with pytest.raises(ClientError) as refusal:
        training.start(TrainingJobName=name)
    assert refusal.value.response["Error"]["Code"] == "ResourceInUse"
    assert "must be unique within an AWS account and region" in refusal.value.response["Error"]["Message"]


def test_jobs_are_listed_filtered_sorted_and_in_pages(training):
    mark = uuid.uuid4().hex[:8]
    before = datetime.now(UTC)
    names = [f"list-{mark}-{letter}" for letter in "cab"]
    for name in names:
        training.run("raise SystemExit(1)" if name.endswith("a") else "", TrainingJobName=name)

    def listed(**how):
        pages = training.sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=mark, PaginationConfig={"PageSize": 2}, **how
        )
        return [job["TrainingJobName"][-1] for page in pages for job in page["TrainingJobSummaries"]]

    assert listed() == ["c", "a", "b"]
    assert listed(SortOrder="Descending") == ["b", "a", "c"]
    assert listed(SortBy="Name") == ["a", "b", "c"]
    assert listed(SortBy="Status") == ["b", "c", "a"]
    assert listed(StatusEquals="Failed") == ["a"]
    assert listed(CreationTimeAfter=before - timedelta(seconds=1)) == ["c", "a", "b"]
    assert listed(CreationTimeBefore=before - timedelta(seconds=1)) == []
    assert listed(WarmPoolStatusEquals="InUse") == []
    (summary,) = training.sagemaker.list_training_jobs(NameContains=names[0])["TrainingJobSummaries"]
    assert (summary["TrainingJobStatus"], summary["SecondaryStatus"]) == ("Completed", "Completed")
    assert summary["TrainingEndTime"] >= summary["CreationTime"]


def test_jobs_of_another_region_are_others(training, connection):
    name = training.run()["TrainingJobName"]
    elsewhere = boto_client(replace(connection, region="eu-west-1"), "sagemaker")
    assert elsewhere.list_training_jobs(NameContains=name)["TrainingJobSummaries"] == []
    with pytest.raises(ClientError, match="Requested resource not found"):
        elsewhere.stop_training_job(TrainingJobName=name)


@pytest.mark.parametrize("name", ["", "-job", "job_1", "job-", "x" * 64, "../job", "jób"])
def test_a_name_that_aws_would_not_take_is_refused(training, name):
    with pytest.raises(ClientError, match="failed to satisfy constraint") as refusal:
        training.start(TrainingJobName=name)
    assert refusal.value.response["Error"]["Code"] == "ValidationException"


def test_an_instance_type_that_does_not_exist_is_refused(training):
    code, message = refused(training, ResourceConfig={"InstanceType": "ml.z9.large", "InstanceCount": 1})
    assert code == "ValidationException"
    assert "Value 'ml.z9.large' at 'resourceConfig.instanceType' failed to satisfy constraint" in message


def test_an_image_without_a_counterpart_here_is_refused_by_name(training):
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1-cpu-py310"
    code, message = refused(training, AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
    assert code == "ValidationException"
    assert image in message
    assert "scikit-learn and XGBoost" in message


def test_a_built_in_algorithm_is_refused(training):
    code, message = refused(training, HyperParameters={"num_round": "10"})
    assert code == "ValidationException"
    assert "script mode only, not the built-in algorithms" in message


def test_input_that_is_not_there_is_refused_in_awss_words(training):
    uri = f"s3://{BUCKET}/nothing/here/"
    code, message = refused(training, channels={"train": uri})
    assert code == "ValidationException"
    assert message == (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        f'the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "{ROLE}" has '
        f'"s3:ListBucket" permissions on bucket "{BUCKET}".'
    )
    assert "No S3 objects found" in refused(training, channels={"train": "s3://no-such-bucket-anywhere/x"})[1]


def _channel(**members):
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/"}
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}, **members}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"InputDataConfig": [_channel(InputMode="Pipe")]}, "the input mode Pipe"),
        ({"InputDataConfig": [_channel(RecordWrapperType="RecordIO")]}, "RecordIO"),
        ({"InputDataConfig": [_channel(), _channel()]}, "Duplicate channel names"),
        ({"InputDataConfig": [_channel(ChannelName="..")]}, "cannot be the name of a channel"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}, "more than one instance"),
        ({"ResourceConfig": {"InstanceCount": 1}}, "needs an InstanceType"),
        ({"OutputDataConfig": {"S3OutputPath": "https://s3.amazonaws.com/b/k"}}, "is not an s3:// URI"),
        ({"CheckpointConfig": {"S3Uri": "https://example.com/x"}}, "is not an s3:// URI"),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": SKLEARN,
                    "TrainingInputMode": "File",
                    "ContainerEntrypoint": ["/bin/bash"],
                }
            },
            "an entry point of its own cannot be run",
        ),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": SKLEARN,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss=("}],
                }
            },
            "The regular expression of the metric loss is not valid",
        ),
        ({"HyperParameters": {"x" * 300: "1"}}, "length less than or equal to 256"),
        ({"hyperparameters": {"x": "a\0b"}}, "cannot hold the character zero"),
        ({"hyperparameters": {"x": '"\\ud800"'}}, "half of a character"),
        ({"Environment": {"X": "a\0b"}}, "cannot hold the character zero"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate tag keys"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_when_it_is_created(training, members, words):
    code, message = refused(training, **members)
    assert code == "ValidationException"
    assert words in message


def test_no_more_jobs_than_the_limit_run_at_a_time(own_local_aws):
    own_local_aws.start()
    training = Training(own_local_aws.client)
    request = training.request("import time; time.sleep(60)")
    limit = 20
    for number in range(limit):
        training.sagemaker.create_training_job(**request | {"TrainingJobName": f"job-{number}"})
    with pytest.raises(ClientError) as refusal:
        training.sagemaker.create_training_job(**request | {"TrainingJobName": "one-more"})
    assert refusal.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    assert f"is {limit} Instances, with current utilization of {limit} Instances and a request delta of 1" in str(
        refusal.value
    )
    training.sagemaker.stop_training_job(TrainingJobName="job-0")
    training.end("job-0")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            training.sagemaker.create_training_job(**request | {"TrainingJobName": "one-more"})
            return
        except training.sagemaker.exceptions.ResourceLimitExceeded:
            time.sleep(0.05)
    pytest.fail("the place of a job that ended was never free")
