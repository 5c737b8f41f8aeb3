"""Datasets in S3: datasets/<id>/ with train/ for the training job, and beside it the profile and a row sample.

profile.json is written last: a dataset is there when its profile is, so an upload that was cut leaves none half-made.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO

import pandas as pd

from services import aws
from services.errors import ServiceError
from services.sagemaker import account, inventory, names
from services.sagemaker.bucket import Place
from services.sagemaker.datasets.canonical import Progress, Write, convert
from services.sagemaker.datasets.model import Dataset
from services.sagemaker.datasets.numbers import MISSING
from services.sagemaker.datasets.objects import written
from services.sagemaker.datasets.profiling import FEWEST_COLUMNS, profiled
from services.sagemaker.refusals import NOT_FOUND, sagemaker_errors
from services.text import text

BAD_PROFILE = "BadProfile"
_FOLDER = "datasets/"
_PROFILE = "profile.json"
_SAMPLE = "sample.csv"
_DATA = "train/data.csv"
_SCHEMA = "train/schema.json"
_CSV = "text/csv; charset=utf-8"


def upload(
    source: BinaryIO,
    name: str,
    *,
    bucket: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Convert, profile and store any CSV in one pass. Only a few blocks of it are in memory at any time.

    source: a binary file that can seek. name: what the user calls it, as a file name. bucket: ours where not given,
    made on local AWS. Raises ServiceError: for a file that is no dataset, with code "Cancelled" when `cancelled` said
    so, and for what S3 refuses; nothing of the dataset is listed then.
    """
    place = _place(bucket) if bucket else replace(account.place(), name=account.prepare().bucket)
    stem = PurePath(name).stem or name
    dataset_id = f"{names.slug(stem)}-{datetime.now(UTC):%y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = f"{_FOLDER}{dataset_id}/"

    def target() -> AbstractContextManager[Write]:
        return written(place, folder + _DATA, _CSV)

    def tell(done: Progress) -> None:
        if cancelled():
            raise ServiceError(text("The upload was cancelled."), code="Cancelled")
        progress(done)

    with sagemaker_errors():
        found = profiled(convert(source, target, tell, FEWEST_COLUMNS))
        dataset = Dataset(dataset_id, name, place.name, datetime.now(UTC), found.profile)
        _put(place, folder + _SCHEMA, json.dumps(found.profile.schema(), ensure_ascii=False).encode())
        _put(place, folder + _SAMPLE, found.sample(), _CSV)
        _put(place, folder + _PROFILE, dataset.to_json().encode())
    return dataset


def list_datasets(bucket: str | None = None) -> list[Dataset]:
    """The datasets that are complete, newest first; none where there is no bucket yet. Raises ServiceError."""
    place = _place(bucket)
    try:
        with sagemaker_errors():
            pages = aws.client("s3").get_paginator("list_objects_v2")
            folders = [
                prefix["Prefix"]
                for page in pages.paginate(**place.owned, Prefix=_FOLDER, Delimiter="/")
                for prefix in page.get("CommonPrefixes", [])
            ]
    except ServiceError as error:
        if error.code != NOT_FOUND:
            raise
        return []
    found = names.each(lambda folder: _find(place, folder), folders)
    return sorted((one for one in found if one), key=lambda one: one.created, reverse=True)


def load(dataset_id: str, bucket: str | None = None) -> Dataset:
    """The dataset of this id. Raises ServiceError, of code "NotFound" when there is none."""
    place = _place(bucket)
    return _read(place, f"{_FOLDER}{dataset_id}/")


def delete(dataset_id: str, bucket: str | None = None) -> None:
    """Delete a dataset, or what an upload that was cut left of one; the profile first, so that none is half there."""
    place, folder = _place(bucket), f"{_FOLDER}{dataset_id}/"
    with sagemaker_errors():
        s3 = aws.client("s3")
        s3.delete_object(**place.owned, Key=folder + _PROFILE)
        for unfinished in inventory.unfinished_uploads(place, folder):
            s3.abort_multipart_upload(**place.owned, Key=unfinished["Key"], UploadId=unfinished["UploadId"])
        for item in list(inventory.objects(place, folder)):
            s3.delete_object(**place.owned, Key=item["Key"])


def read_rows(dataset: Dataset, limit: int) -> list[dict[str, str]]:
    """The first rows, cells as text, "" where missing. Reads little more of the file than that."""
    with open_rows(dataset) as rows:
        return list(islice(rows, limit))


@contextmanager
def open_rows(dataset: Dataset) -> Iterator[Iterator[dict[str, str]]]:
    """All rows one by one, as they come from S3."""
    with open_data(dataset) as data:
        yield csv.DictReader(io.TextIOWrapper(data, "utf-8", newline=""))


@contextmanager
def open_data(dataset: Dataset) -> Iterator[io.BufferedReader]:
    """The canonical file, as it comes from S3."""
    with sagemaker_errors(), _get(dataset, _DATA) as body:
        yield io.BufferedReader(_Body(body))


class _Body(io.RawIOBase):
    """An S3 object's body that can be read at its end too, where boto3's has closed itself."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        data = self._body.read(len(target))
        target[: len(data)] = data
        return len(data)


def read_sample(dataset: Dataset) -> pd.DataFrame:
    """A uniform sample of at most 10,000 rows: numeric columns as float64, all others as text, NaN where missing."""
    profile = dataset.profile
    types = {one.name: "float64" if one.type == "numeric" else "object" for one in profile.columns}
    with sagemaker_errors(), _get(dataset, _SAMPLE) as body:
        return pd.read_csv(body, dtype=types, na_values=sorted(MISSING), keep_default_na=False)


def _place(bucket: str | None) -> Place:
    ours = account.place()
    return replace(ours, name=bucket) if bucket else ours


def _put(place: Place, key: str, body: bytes, content_type: str = "application/json") -> None:
    with written(place, key, content_type) as write:
        write(body)


def _get(dataset: Dataset, name: str) -> Any:
    where = {**_place(dataset.bucket).owned, "Key": f"{_FOLDER}{dataset.id}/{name}"}
    return aws.client("s3").get_object(**where)["Body"]


def _find(place: Place, folder: str) -> Dataset | None:
    """The dataset in a folder; None where an upload has not ended, or was cut, or its profile is not ours."""
    try:
        return _read(place, folder)
    except ServiceError as error:
        if error.code not in {NOT_FOUND, BAD_PROFILE}:
            raise
        return None


def _read(place: Place, folder: str) -> Dataset:
    with sagemaker_errors(), aws.client("s3").get_object(**place.owned, Key=folder + _PROFILE)["Body"] as body:
        document = body.read()
    try:
        return Dataset.from_json(document)
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            text("The profile of the dataset {name} cannot be read.", name=folder.split("/")[1]),
            code=BAD_PROFILE,
            hint=text("It was written by another version of Celaje, or changed. Upload the file again."),
            detail=str(error),
        ) from error
