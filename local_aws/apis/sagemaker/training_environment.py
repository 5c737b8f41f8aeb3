"""What a script-mode training container tells its script: directories, config files, variables, arguments.

As AWS's own toolkit does it (aws/sagemaker-training-toolkit: environment.py, mapping.py, _entry_point_type.py), with
one difference: there is no /opt/ml here, so its place is told by the same variables, and a hyperparameter or
environment variable that names a path below /opt/ml gets that place instead.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from local_aws.store import Document

Kind = Literal["program", "package", "command"]

HOST = "algo-1"
_CONTAINER_BASE = "/opt/ml"
_PREFIX = "sagemaker_"
_OWN_HYPERPARAMETERS = {"default_user_module_name", "_tuning_objective_metric"}
_GROUP = "homogeneousCluster"
_NETWORK_INTERFACE = "eth0"
_INFO = 20
_MODULES = {
    "scikit-learn": "sagemaker_sklearn_container.training:main",
    "xgboost": "sagemaker_xgboost_container.training:main",
}


@dataclass(frozen=True)
class Directories:
    """The directories of a container's /opt/ml."""

    base: Path

    @property
    def code(self) -> Path:
        return self.base / "code"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def input(self) -> Path:
        return self.base / "input"

    @property
    def config(self) -> Path:
        return self.input / "config"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        return self.output / "data"

    @property
    def intermediate(self) -> Path:
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        """The file in which an algorithm may say why it failed."""
        return self.output / "failure"

    @property
    def checkpoints(self) -> Path:
        return self.base / "checkpoints"

    def channel(self, name: str) -> Path:
        return self.input / "data" / name

    def make(self) -> None:
        made = (self.code, self.model, self.config, self.output_data, self.intermediate, self.input / "data")
        for directory in made:
            directory.mkdir(parents=True, exist_ok=True)

    def here(self, value: Any) -> Any:
        """A value; where it is a path in a container, that path below these directories."""
        if isinstance(value, str) and (value == _CONTAINER_BASE or value.startswith(_CONTAINER_BASE + "/")):
            return f"{self.base}{value[len(_CONTAINER_BASE) :]}"
        return value


@dataclass(frozen=True)
class Script:
    """The script of a job: the file to run, where its source is, and what it is told."""

    program: str
    source: str
    log_level: int
    hyperparameters: dict[str, Any]
    framework_parameters: dict[str, Any]
    module: str


def script_of(document: Document, framework: str, directories: Directories) -> Script:
    """The script that a training job's hyperparameters, or else its environment variables, name.

    `program` and `source` are empty where neither does.
    """
    decoded = {name: directories.here(_decoded(value)) for name, value in document.get("HyperParameters", {}).items()}
    variables = document.get("Environment", {})
    own = {name for name in decoded if name.startswith(_PREFIX) or name in _OWN_HYPERPARAMETERS}
    level = decoded.get("sagemaker_container_log_level", _INFO)
    return Script(
        program=str(variables.get("SAGEMAKER_PROGRAM") or decoded.get("sagemaker_program") or ""),
        source=str(decoded.get("sagemaker_submit_directory") or variables.get("SAGEMAKER_SUBMIT_DIRECTORY") or ""),
        log_level=level if isinstance(level, int) else _INFO,
        hyperparameters={name: value for name, value in decoded.items() if name not in own},
        framework_parameters={name: decoded[name] for name in sorted(own) if name not in _KNOWN},
        module=_MODULES[framework],
    )


_KNOWN = _OWN_HYPERPARAMETERS | {
    f"{_PREFIX}{name}"
    for name in (
        "program", "submit_directory", "enable_cloudwatch_metrics", "region", "container_log_level", "job_name",
        "s3_output",
    )
}  # fmt: skip
"""The toolkit's own hyperparameters; further ones that begin with sagemaker_ are the framework's."""


def _decoded(value: str) -> Any:
    """A hyperparameter as the SDK meant it: JSON where it is that, else the text itself."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def write_config(document: Document, directories: Directories) -> None:
    """Write input/config/*.json as SageMaker does."""
    files = {
        "hyperparameters": document.get("HyperParameters", {}),
        "inputdataconfig": input_data_config(document),
        "resourceconfig": resource_config(document),
    }
    for name, content in files.items():
        (directories.config / f"{name}.json").write_text(json.dumps(content))


def input_data_config(document: Document) -> dict[str, dict[str, str]]:
    config = {}
    for channel in document.get("InputDataConfig", []):
        source = channel["DataSource"]["S3DataSource"]
        config[channel["ChannelName"]] = {
            "TrainingInputMode": channel.get("InputMode", document["AlgorithmSpecification"]["TrainingInputMode"]),
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": "None",
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
    return config


def resource_config(document: Document) -> dict[str, Any]:
    instance_type = document["ResourceConfig"]["InstanceType"]
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": _GROUP, "instance_type": instance_type, "hosts": [HOST]}],
        "network_interface_name": _NETWORK_INTERFACE,
    }


def variables(document: Document, script: Script, directories: Directories, region: str) -> dict[str, str]:
    """The environment variables of the script, SM_* and those of the container."""
    told = _told(document, script, directories)
    told |= {f"channel_{name}": str(directories.channel(name)) for name in input_data_config(document)}
    told |= {f"hp_{name}": value for name, value in script.hyperparameters.items()}
    own = {name: str(directories.here(value)) for name, value in document.get("Environment", {}).items()}
    paths = [str(directories.code), own.get("PYTHONPATH", "")]
    return {
        **own,
        "TRAINING_JOB_NAME": document["TrainingJobName"],
        "TRAINING_JOB_ARN": document["TrainingJobArn"],
        "AWS_REGION": region,
        # No script may find this machine's own role in its place: a job has no credentials.
        "AWS_EC2_METADATA_DISABLED": "true",
        "CURRENT_HOST": HOST,
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_JOB_NAME": document["TrainingJobName"],
        "SAGEMAKER_BASE_DIR": str(directories.base),
        "SAGEMAKER_TRAINING_MODULE": script.module,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        **{f"SM_{name.upper()}": _as_variable(value) for name, value in told.items()},
    }


def _told(document: Document, script: Script, directories: Directories) -> dict[str, Any]:
    channels = input_data_config(document)
    shared = {
        "hosts": [HOST],
        "network_interface_name": _NETWORK_INTERFACE,
        "user_entry_point": script.program,
        "resource_config": resource_config(document),
        "input_data_config": channels,
        "output_data_dir": str(directories.output_data),
        "current_host": HOST,
        "current_instance_type": document["ResourceConfig"]["InstanceType"],
        "current_instance_group": _GROUP,
        "current_instance_group_hosts": [HOST],
        "instance_groups": [_GROUP],
        "instance_groups_dict": {group["instance_group_name"]: group for group in _groups(document)},
        "distribution_instance_groups": [],
        "is_hetero": False,
        "module_name": script.program.removesuffix(".py"),
        "log_level": script.log_level,
        "framework_module": script.module,
        "input_dir": str(directories.input),
        "input_config_dir": str(directories.config),
        "output_dir": str(directories.output),
        "num_cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "num_gpus": 0,
        "model_dir": str(directories.model),
        "module_dir": script.source,
        "output_intermediate_dir": str(directories.intermediate),
    }
    training_env = shared | {
        "additional_framework_parameters": script.framework_parameters,
        "channel_input_dirs": {name: str(directories.channel(name)) for name in channels},
        "distribution_hosts": [],
        "hyperparameters": script.hyperparameters,
        "is_master": True,
        "is_modelparallel_enabled": None,
        "is_smddpmprun_installed": False,
        "job_name": document["TrainingJobName"],
        "master_hostname": HOST,
    }
    return shared | {
        "channels": sorted(channels),
        "hps": script.hyperparameters,
        "framework_params": script.framework_parameters,
        "training_env": training_env,
        "user_args": arguments(script.hyperparameters),
    }


def _groups(document: Document) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = resource_config(document)["instance_groups"]
    return groups


def _as_variable(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def arguments(hyperparameters: dict[str, Any]) -> list[str]:
    """Hyperparameters as a script's command line gets them: `--name value`, by name; `-n value` for a single letter."""
    given = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={item}" for key, item in sorted(value.items()))
        given += [f"--{name}" if len(name) > 1 else f"-{name}", "" if value is None else str(value)]
    return given


def kind_of(program: str, code: Path) -> Kind:
    """How an entry point is run: a shell command, a package that is installed first, or a Python program."""
    if program.endswith(".sh"):
        return "command"
    if (code / "setup.py").exists():
        return "package"
    return "program" if program.endswith(".py") else "command"


def command_of(script: Script, code: Path, python: Path) -> list[str]:
    """The command that runs a script in its directory."""
    given = arguments(script.hyperparameters)
    match kind_of(script.program, code):
        case "package":
            return [str(python), "-m", script.program.removesuffix(".py"), *given]
        case "program":
            return [str(python), script.program, *given]
        case "command":
            return ["/bin/sh", "-c", shlex.join([f"./{script.program}", *given])]
