"""Deploying and tearing down on AWS: what is sent, what it costs, and that only what is ours is ever removed."""

import dataclasses

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import endpoints, running, teardown, training
from tests.services.sagemaker.scenes import refusing


@pytest.fixture
def job(ready):
    """A completed job, as moto describes any job."""
    started = training.start("ventas", "total", algorithm="linear")
    done = aws.client("sagemaker").describe_training_job(TrainingJobName=started.name)
    assert done["TrainingJobStatus"] == "Completed"
    return training.describe(started.name)


def names(operation, member, name):
    return [one[name] for one in getattr(aws.client("sagemaker"), operation)()[member]]


def all_names():
    return (
        names("list_endpoints", "Endpoints", "EndpointName")
        + names("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName")
        + names("list_models", "Models", "ModelName")
    )


def test_an_endpoint_serves_the_jobs_model_with_the_jobs_image(job):
    with trace.record(trace.Calls()) as calls:
        endpoint = endpoints.deploy(job, instance_type="ml.m5.xlarge", count=2)
    sent = {call.operation: call.parameters for call in calls}
    container = sent["CreateModel"]["PrimaryContainer"]
    assert container["Image"] == job.image
    assert container["ModelDataUrl"] == job.model_data
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "inference.py"
    assert sent["CreateModel"]["ExecutionRoleArn"] == job.role_arn
    (variant,) = sent["CreateEndpointConfig"]["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.xlarge", 2)
    assert (endpoint.job, endpoint.dataset, endpoint.target) == (job.name, "ventas", "total")


def test_what_an_endpoint_costs_grows_with_its_instances(job):
    endpoint = endpoints.deploy(job, instance_type="ml.m5.xlarge", count=2)
    assert endpoint.cost_per_hour == pytest.approx(0.46)
    assert endpoint.cost_so_far is not None
    assert endpoint.cost_so_far < 0.01


def test_every_part_is_tagged_as_ours(job):
    endpoint = endpoints.deploy(job)
    sagemaker = aws.client("sagemaker")
    arns = [
        endpoint.arn,
        sagemaker.describe_endpoint_config(EndpointConfigName=endpoint.config)["EndpointConfigArn"],
        sagemaker.describe_model(ModelName=endpoint.model)["ModelArn"],
    ]
    for arn in arns:
        assert {"Key": "app", "Value": "celaje"} in sagemaker.list_tags(ResourceArn=arn)["Tags"]
        assert {"Key": "celaje:job", "Value": job.name} in sagemaker.list_tags(ResourceArn=arn)["Tags"]


def test_a_deployment_that_fails_half_way_leaves_nothing(job):
    said = "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances"
    with (
        refusing("sagemaker", "CreateEndpoint", "ResourceLimitExceeded", said),
        pytest.raises(ServiceError) as refusal,
    ):
        endpoints.deploy(job)
    assert refusal.value.code == "ResourceLimitExceeded"
    assert "ml.m5.large for endpoint usage" in str(refusal.value.hint)
    assert all_names() == []


def test_what_could_not_be_removed_again_is_told(job):
    with (
        refusing("sagemaker", "CreateEndpoint", "ValidationException"),
        refusing("sagemaker", "DeleteModel", "AccessDeniedException"),
        pytest.raises(ServiceError) as refusal,
    ):
        endpoints.deploy(job)
    assert "Tear down" in str(refusal.value.hint)
    receipt = teardown.tear_down()
    assert receipt.clean
    assert all_names() == []


def test_a_job_without_a_model_is_not_deployed(job):
    with pytest.raises(ServiceError) as refusal:
        endpoints.deploy(dataclasses.replace(job, status="Failed", model_data=None))
    assert refusal.value.code == "NoModel"


def test_endpoints_of_others_are_not_listed(job):
    ours = endpoints.deploy(job)
    aws.client("sagemaker").create_endpoint(EndpointName="somebody-elses", EndpointConfigName=ours.config)
    assert [endpoint.name for endpoint in endpoints.list_endpoints()] == [ours.name]


def test_an_endpoint_that_is_not_there_is_told_so(ready):
    assert endpoints.find("celaje-nothing") is None
    with pytest.raises(ServiceError) as refusal:
        endpoints.describe("celaje-nothing")
    assert refusal.value.code == "NotFound"


def test_what_is_running_comes_with_its_price(job):
    endpoint = endpoints.deploy(job, instance_type="ml.m5.large", count=3)
    (up,) = running.now()
    assert (up.kind, up.name, up.status) == ("endpoint", endpoint.name, "InService")
    assert running.cost_per_hour((up,)) == pytest.approx(0.345)


def test_tearing_one_endpoint_down_leaves_the_others(job):
    gone, kept = endpoints.deploy(job), endpoints.deploy(job)
    receipt = teardown.tear_down([gone.name])
    assert [(outcome.resource.kind, outcome.done) for outcome in receipt.outcomes] == [
        ("endpoint", "deleted"),
        ("endpoint-config", "deleted"),
        ("model", "deleted"),
    ]
    assert receipt.clean
    assert all_names() == [kept.name] * 3


def test_only_what_carries_our_tag_is_removed(job):
    sagemaker = aws.client("sagemaker")
    endpoints.deploy(job)
    sagemaker.create_model(
        ModelName="celaje-looks-like-ours",
        ExecutionRoleArn=job.role_arn,
        PrimaryContainer={"Image": job.image, "ModelDataUrl": job.model_data},
    )
    receipt = teardown.tear_down()
    assert receipt.clean
    assert all_names() == ["celaje-looks-like-ours"]


def test_the_files_of_a_job_go_on_request_only(job):
    s3 = aws.client("s3")
    bucket = job.output_data.split("/")[2]
    for key in (f"jobs/{job.name}/output/model.tar.gz", "datasets/ventas/train/data.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 10)
    endpoint = endpoints.deploy(job)
    assert not [one for one in teardown.plan([endpoint.name]) if one.kind == "files"]
    receipt = teardown.tear_down([endpoint.name], with_artefacts=True)
    assert receipt.clean
    assert receipt.outcomes[-1].resource.name == f"s3://{bucket}/jobs/{job.name}/"
    left = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert "datasets/ventas/train/data.csv" in left
    assert not [key for key in left if key.startswith("jobs/")]
    assert teardown.tear_down(with_artefacts=True).clean
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_what_cannot_be_removed_is_told_and_the_rest_goes_on(job):
    endpoint = endpoints.deploy(job)
    with refusing("sagemaker", "DeleteEndpointConfig", "AccessDeniedException", "You may not."):
        receipt = teardown.tear_down()
    assert [outcome.done for outcome in receipt.outcomes] == ["deleted", "failed", "deleted"]
    assert "You may not." in str(receipt.outcomes[1].why)
    assert not receipt.clean
    assert [(one.kind, one.name) for one in receipt.remaining] == [("endpoint-config", endpoint.config)]


def test_what_somebody_else_removed_first_is_told_as_gone(job):
    endpoint = endpoints.deploy(job)
    planned = teardown.plan()
    aws.client("sagemaker").delete_endpoint(EndpointName=endpoint.name)
    receipt = teardown.tear_down([endpoint.name])
    assert [one.kind for one in planned] == ["endpoint", "endpoint-config", "model"]
    assert [outcome.resource.kind for outcome in receipt.outcomes] == ["endpoint-config", "model"]
    assert receipt.clean


def test_each_step_is_told_with_its_place(job):
    endpoints.deploy(job)
    steps = []
    teardown.tear_down(progress=steps.append)
    assert [(step.number, step.total, step.resource.kind) for step in steps] == [
        (1, 3, "endpoint"),
        (2, 3, "endpoint-config"),
        (3, 3, "model"),
    ]


def test_an_empty_account_gives_a_clean_empty_receipt(ready):
    receipt = teardown.tear_down(with_artefacts=True)
    assert receipt.outcomes == ()
    assert receipt.clean
