"""Which training jobs can be created here: what AWS refuses, and what local AWS does not have."""

from __future__ import annotations

from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import images, training_inputs as inputs
from local_aws.apis.sagemaker.training_environment import Directories, Script, arguments, script_of
from local_aws.apis.sagemaker.training_metrics import InvalidMetric, Metrics
from local_aws.registry import AwsError
from local_aws.store import Document

_NOT_HERE = {
    "ServerlessJobConfig": "serverless model customization",
    "ModelPackageConfig": "model packages as the output of training jobs",
}
_SOURCE_KINDS = ("S3Prefix", "ManifestFile")


def script(document: Document, directories: Directories) -> Script:
    """The script that a job will run. Raises AwsError for a job that cannot run here, saying why."""
    algorithm = document["AlgorithmSpecification"]
    _refuse_absent(document, algorithm)
    image = algorithm.get("TrainingImage", "")
    framework = images.framework(image)
    if framework is None:
        raise _invalid(images.refusal(image))
    found = script_of(document, framework, directories)
    if not found.program or not found.source.startswith("s3://"):
        raise _invalid(
            "Local AWS runs AWS's scikit-learn and XGBoost images in script mode only, not the built-in algorithms: "
            "give the hyperparameters sagemaker_program, a file name, and sagemaker_submit_directory, the s3:// URI "
            "of a tar.gz archive."
        )
    _must_be_text(found.program, *arguments(found.hyperparameters), *document.get("Environment", {}).values())
    return found


def _must_be_text(*values: str) -> None:
    """Raise AwsError for what JSON can carry but no program can be given: zeros and halves of characters."""
    for value in values:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _invalid(f"The request holds half of a character: {value[error.start]!a}.") from error
        if "\0" in value:
            raise _invalid("Hyperparameters and environment variables cannot hold the character zero.")


def metrics(document: Document) -> Metrics:
    """What looks for a job's metrics. Raises AwsError for an expression that is not valid."""
    try:
        return Metrics(document["AlgorithmSpecification"].get("MetricDefinitions", []))
    except InvalidMetric as error:
        raise _invalid(str(error)) from error


def check_places(document: Document) -> None:
    """Raise AwsError where the job's S3 URIs are not valid, or its input is not there."""
    here = context.here()
    uris = [document["OutputDataConfig"]["S3OutputPath"]]
    if "CheckpointConfig" in document:
        uris.append(document["CheckpointConfig"]["S3Uri"])
    channels = document.get("InputDataConfig", [])
    uris += [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels]
    for uri in uris:
        try:
            inputs.location(uri)
        except ValueError as error:
            raise _invalid(f"{error}.") from error
    for channel in channels:
        inputs.must_exist(here.server.objects, channel, here.region, document["RoleArn"])


def check_channels(document: Document) -> None:
    """Raise AwsError for channels that AWS refuses, or of kinds that are not here."""
    channels = document.get("InputDataConfig", [])
    names = [channel["ChannelName"] for channel in channels]
    if len(set(names)) != len(names):
        raise _invalid("Duplicate channel names found in the input data configuration.")
    for channel in channels:
        name, source = channel["ChannelName"], channel["DataSource"].get("S3DataSource")
        if name in (".", ".."):
            raise _invalid(f"{name!r} cannot be the name of a channel.")
        if source is None:
            raise _absent("channels from other places than S3")
        if source["S3DataType"] not in _SOURCE_KINDS:
            raise _absent(f"channels of the type {source['S3DataType']}")
        if "Pipe" in (channel.get("InputMode"), document["AlgorithmSpecification"]["TrainingInputMode"]):
            raise _absent("the input mode Pipe")
        if channel.get("RecordWrapperType", "None") != "None":
            raise _absent("the record wrapper RecordIO")


def _refuse_absent(document: Document, algorithm: dict[str, Any]) -> None:
    for member, words in _NOT_HERE.items():
        if member in document:
            raise _absent(words)
    if "AlgorithmName" in algorithm:
        raise _absent("algorithm resources: name the image in TrainingImage")
    if "ContainerEntrypoint" in algorithm or "ContainerArguments" in algorithm:
        raise _absent("containers: an entry point of its own cannot be run, only a script of the image's script mode")
    resources = document["ResourceConfig"]
    if "InstanceType" not in resources or resources.get("InstanceCount", 1) < 1:
        raise _invalid("ResourceConfig needs an InstanceType and an InstanceCount of at least 1.")
    if "InstanceGroups" in resources or resources.get("InstanceCount", 1) > 1:
        raise _absent("training on more than one instance")


def _absent(words: str) -> AwsError:
    return _invalid(f"Local AWS does not have {words}.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
