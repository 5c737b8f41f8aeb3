"""What a training job leaves: model/ and output/data/ as archives, or as they are, under its S3OutputPath."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_aws.apis.sagemaker.archives import pack
from local_aws.apis.sagemaker.training_environment import Directories
from local_aws.apis.sagemaker.training_inputs import location
from local_aws.objects import Objects

_ARCHIVE_TYPE = "application/x-tar"


def folder(output: dict[str, Any], job: str) -> str:
    """The s3:// URI, with its last slash, under which a job's artifacts lie."""
    return f"{output['S3OutputPath'].rstrip('/')}/{job}/output/"


def model_artifacts(output: dict[str, Any], job: str) -> str:
    """Where the model is, or will be."""
    return folder(output, job) + ("model/" if _as_files(output) else "model.tar.gz")


def upload(objects: Objects, output: dict[str, Any], job: str, directories: Directories) -> None:
    """Store what the job has left; of an empty directory nothing is stored, as on AWS. Raises ObjectsError, OSError."""
    bucket, prefix = location(folder(output, job))
    for name, directory in (("model", directories.model), ("output", directories.output_data)):
        if directory.is_symlink() or not directory.is_dir() or not any(directory.iterdir()):
            continue
        if _as_files(output):
            for path in _files(directory):
                objects.put_file(bucket, f"{prefix}{name}/{path.relative_to(directory).as_posix()}", path)
            continue
        archive = directories.base / f"{name}.tar.gz"
        pack(directory, archive)
        objects.put_file(bucket, f"{prefix}{name}.tar.gz", archive, content_type=_ARCHIVE_TYPE)
        archive.unlink()


def _as_files(output: dict[str, Any]) -> bool:
    return bool(output.get("CompressionType") == "NONE")


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in sorted(directory.rglob("*")) if path.is_file() and not path.is_symlink())
