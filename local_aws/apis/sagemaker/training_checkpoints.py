"""The checkpoint directory of a training job: restored from S3 when the job starts, and kept in S3 while it runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from threading import Lock

from local_aws.apis.sagemaker.training_inputs import copy_all, location
from local_aws.objects import Objects

Stamp = tuple[int, int]
"""Size of a file and when it was changed, in ns."""


class Checkpoints:
    """Keeps S3 like a directory. The methods move data: call them in a worker thread."""

    def __init__(self, objects: Objects, uri: str, directory: Path) -> None:
        self._objects = objects
        self._bucket, prefix = location(uri)
        self._prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        self._directory = directory
        self._kept: dict[Path, Stamp] = {}
        self._looked_at: dict[Path, Stamp] = {}
        self._lock = Lock()

    def restore(self) -> None:
        """Fetch what an earlier job has left. Raises InputError."""
        copy_all(self._objects, "S3Prefix", f"s3://{self._bucket}/{self._prefix}", self._directory)
        self._kept = self._files()

    def keep(self, *, at_the_end: bool = False) -> None:
        """Upload what differs from S3; while the job runs, only files that have not changed since the last look.

        Raises ObjectsError.
        """
        with self._lock:
            files = self._files()
            for path, stamp in files.items():
                written = at_the_end or self._looked_at.get(path) == stamp
                if written and self._kept.get(path) != stamp:
                    with suppress(FileNotFoundError):  # the script has removed it meanwhile
                        self._objects.put_file(self._bucket, self._prefix + self._name(path), path)
                        self._kept[path] = stamp
            self._looked_at = files

    def _name(self, path: Path) -> str:
        return path.relative_to(self._directory).as_posix()

    def _files(self) -> dict[Path, Stamp]:
        found = {}
        for path in self._directory.rglob("*"):
            with suppress(FileNotFoundError):
                status = path.lstat()
                if S_ISREG(status.st_mode):
                    found[path] = (status.st_size, status.st_mtime_ns)
        return found
