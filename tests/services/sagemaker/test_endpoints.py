"""Endpoints on local AWS: up, changed, failed, and torn down until nothing is left."""

import dataclasses
import io
import tarfile

import pytest

from services import aws
from services.errors import ServiceError
from services.sagemaker import account, endpoints, prediction, running, teardown, training
from tests.services.sagemaker.scenes import put_dataset, settled, staff


@pytest.fixture
def elsewhere(backend):
    """A region of the shared local AWS in which only this test works."""
    with aws.use(dataclasses.replace(backend, region="eu-west-3")) as place:
        yield place
        teardown.tear_down(with_artefacts=True)


def broken(job):
    """The job, with an archive for its model that holds none."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("nothing.txt"))
    bucket = account.prepare().bucket
    aws.client("s3").put_object(Bucket=bucket, Key="jobs/broken/output/model.tar.gz", Body=packed.getvalue())
    return dataclasses.replace(job, model_data=f"s3://{bucket}/jobs/broken/output/model.tar.gz")


def test_an_endpoint_in_service_says_where_it_came_from(deployed, local_aws):
    found = endpoints.describe(deployed.endpoint.name)
    assert (found.status, found.failure, found.count) == ("InService", None, 1)
    assert (found.job, found.dataset, found.target) == (deployed.job.name, "staff", "left")
    assert found.ready
    assert not found.changing
    assert found.cost_per_hour == 0.0
    assert found.name in [one.name for one in endpoints.list_endpoints()]
    assert found.name in [one.name for one in running.now()]


def test_the_number_of_instances_changes_while_it_answers(deployed, local_aws):
    row = {"age": 22, "office": "Lima", "hired": "2020-03-15", "pay": 900}
    changed = endpoints.set_count(deployed.endpoint.name, 2)
    assert changed.count == 2
    assert changed.ready
    while endpoints.describe(changed.name).changing:
        assert prediction.predict_rows(changed, [row]).rows
    assert endpoints.describe(changed.name).count == 2
    assert settled(endpoints.set_count(changed.name, 1)).count == 1


def test_an_endpoint_whose_model_does_not_load_fails_with_the_reason_and_can_be_torn_down(deployed, local_aws):
    failed = settled(endpoints.deploy(broken(deployed.job)))
    assert failed.status == "Failed"
    assert failed.failure
    assert failed.cost_per_hour == 0.0
    receipt = teardown.tear_down([failed.name])
    assert [outcome.done for outcome in receipt.outcomes] == ["deleted"] * 3
    assert receipt.clean


def test_an_endpoint_that_is_just_being_made_is_torn_down_too(deployed, local_aws):
    young = endpoints.deploy(deployed.job)
    receipt = teardown.tear_down([young.name])
    assert [outcome.done for outcome in receipt.outcomes] == ["deleted"] * 3
    assert receipt.clean
    assert endpoints.find(young.name) is None
    with pytest.raises(ServiceError) as refusal:
        prediction.predict_rows(young, [{"age": 22, "office": "Lima", "hired": "2020-03-15", "pay": 900}])
    assert refusal.value.code == "NotFound"


def test_everything_goes_running_jobs_and_files_too(deployed, elsewhere):
    endpoint = endpoints.deploy(deployed.job)
    job = training.start(put_dataset("staff", staff(200)), "left", algorithm="compare")
    kinds = {one.kind for one in teardown.plan(with_artefacts=True)}
    assert kinds == {"training-job", "endpoint", "endpoint-config", "model", "files"}
    receipt = teardown.tear_down(with_artefacts=True)
    assert {outcome.resource.kind: outcome.done for outcome in receipt.outcomes} == {
        "training-job": "stopped",
        "endpoint": "deleted",
        "endpoint-config": "deleted",
        "model": "deleted",
        "files": "deleted",
    }
    assert receipt.clean
    assert running.now() == ()
    assert endpoints.find(endpoint.name) is None
    assert training.describe(job.name).status == "Stopped"
    assert aws.client("s3").list_objects_v2(Bucket=account.prepare().bucket)["KeyCount"] == 0


def test_an_upload_that_never_ended_leaves_nothing_either(elsewhere):
    s3, bucket = aws.client("s3"), account.prepare().bucket
    s3.create_multipart_upload(Bucket=bucket, Key="datasets/half/train/data.csv")
    assert teardown.tear_down(with_artefacts=True).clean
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_other_regions_are_left_alone(deployed, elsewhere, backend):
    assert teardown.tear_down().clean
    with aws.use(backend):
        assert endpoints.describe(deployed.endpoint.name).status == "InService"


def test_without_a_bucket_of_ours_there_are_no_files(backend):
    with aws.use(dataclasses.replace(backend, region="ca-central-1")):
        assert teardown.plan(with_artefacts=True) == ()
        place = account.place()
        aws.client("s3").create_bucket(
            Bucket=place.name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
        )
        aws.client("s3").put_object(Bucket=place.name, Key="jobs/theirs", Body=b"theirs")
        assert teardown.tear_down(with_artefacts=True).outcomes == ()
        assert aws.client("s3").list_objects_v2(Bucket=place.name)["KeyCount"] == 1
