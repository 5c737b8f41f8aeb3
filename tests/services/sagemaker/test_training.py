"""Training jobs on local AWS: started, followed, stopped, and found again by anybody."""

import time

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import running, training
from tests.services.sagemaker.scenes import LONGEST_WAIT_SECONDS, ended, put_dataset, staff


def test_a_completed_job_tells_its_stages_figures_and_files(deployed, local_aws):
    job = training.describe(deployed.job.name)
    assert [stage.name for stage in job.stages] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(stage.ended for stage in job.stages)
    assert 0.85 < job.metrics["accuracy"] <= 1
    assert job.model_data == f"s3://celaje-000000000000-us-east-1/jobs/{job.name}/output/model.tar.gz"
    assert job.created <= job.started <= job.ended
    assert job.billable_seconds >= 1
    assert job.cost == 0.0


def test_what_it_was_started_with_is_read_back_from_sagemaker(deployed, local_aws):
    job = training.describe(deployed.job.name)
    assert (job.dataset, job.target, job.algorithm, job.seed) == ("staff", "left", "hist-gradient-boosting", 42)


def test_a_job_is_found_in_the_list_of_its_dataset(deployed, local_aws):
    assert deployed.job.name in [job.name for job in training.list_jobs("staff")]
    assert deployed.job.name in [job.name for job in training.list_jobs()]
    assert training.list_jobs("nothing-of-this-name") == []
    assert len(training.list_jobs(limit=1)) == 1


def test_ended_jobs_are_described_once_for_all_listings(deployed, local_aws):
    listed = training.list_jobs("staff")
    with trace.record(trace.Calls()) as calls:
        assert training.list_jobs("staff") == listed
    assert "DescribeTrainingJob" not in [call.operation for call in calls]


def test_the_log_is_read_to_its_end_page_by_page(deployed, local_aws):
    page = training.logs(deployed.job.name)
    lines = [line.message for line in page.lines]
    assert any(line.startswith("metric accuracy=") for line in lines)
    assert page.lines == tuple(sorted(page.lines, key=lambda line: line.when))
    after = training.logs(deployed.job.name, page.token)
    assert after.lines == ()
    assert training.logs(deployed.job.name, after.token).lines == ()


def test_a_job_that_runs_shows_progress_and_new_log_lines_only_once(local_aws):
    job = training.start(put_dataset("staff", staff(400)), "left", algorithm="random-forest")
    assert job.running
    assert job.name in [one.name for one in running.now()]
    shares, lines, token = [], [], None
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while job.running and time.monotonic() < until:
        job = training.describe(job.name)
        if job.progress:
            shares.append(job.progress.share)
        page = training.logs(job.name, token)
        lines, token = lines + [line.message for line in page.lines], page.token
        time.sleep(0.02)
    assert job.succeeded, job.failure
    lines += [line.message for line in training.logs(job.name, token).lines]
    assert lines == [line.message for line in training.logs(job.name).lines]
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)
    assert job.name not in [one.name for one in running.now()]


def test_a_stopped_job_ends_and_stays_stopped(local_aws):
    job = training.start(put_dataset("staff", staff(400)), "left", algorithm="compare")
    training.stop(job.name)
    assert ended(training.describe(job.name)).status == "Stopped"
    training.stop(job.name)
    assert training.describe(job.name).status == "Stopped"


def test_a_job_that_cannot_learn_says_why(local_aws):
    rows = "a,b,same\n" + "".join(f"{number},{number % 7},yes\n" for number in range(50))
    job = ended(training.start(put_dataset("one-class", rows), "same", algorithm="linear"))
    assert job.status == "Failed"
    assert "nothing to learn" in job.failure


def test_a_job_on_a_dataset_that_is_not_there_is_refused_or_fails_with_the_reason(local_aws):
    try:
        failure = ended(training.start("never-uploaded", "y", algorithm="linear")).failure
    except ServiceError as refusal:
        failure = str(refusal.message)
    assert "datasets/never-uploaded/train/" in failure


def test_a_job_that_is_not_there_is_told_so(local_aws):
    for ask in (training.describe, training.stop):
        with pytest.raises(ServiceError) as refusal:
            ask("celaje-nothing")
        assert refusal.value.code == "NotFound"
    assert training.logs("celaje-nothing").lines == ()


def test_the_tags_lead_back_to_the_dataset(deployed, local_aws):
    tags = aws.client("sagemaker").list_tags(ResourceArn=deployed.job.arn)["Tags"]
    assert {"Key": "celaje:dataset", "Value": "staff"} in tags
    assert {"Key": "app", "Value": "celaje"} in tags
