"""What is known of a dataset comes back from JSON as it was, so that a page can be drawn again without the data."""

import json
from datetime import UTC, datetime

import pytest

from services.sagemaker.datasets.model import Dataset
from tests.services.sagemaker.datasets.reading import read, table

_FILE = table(
    "id;name;price;day;note;same;a;a",
    *(f"{n};kind {n % 3};1.{n:03d},5 €;2024-01-{n % 28 + 1:02d};what {n} wrote to us;k;{n};" for n in range(100, 160)),
    "160;short",
)


def _dataset() -> Dataset:
    return Dataset("sales-1", "sales.csv", "bucket", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), read(_FILE).profile)


def test_a_dataset_survives_json():
    dataset = _dataset()
    assert len(dataset.profile.notices) >= 4
    assert Dataset.from_json(dataset.to_json()) == dataset


def test_json_is_readable_by_everybody():
    assert json.loads(_dataset().to_json())["profile"]["columns"][2]["name"] == "price"


def test_the_schema_is_what_the_training_job_reads():
    schema = read(_FILE).profile.schema()
    assert schema["rows"] == 61
    assert schema["columns"][3] == {"name": "day", "type": "date", "date_format": "%Y-%m-%d"}


def test_the_training_job_reads_a_prefix():
    assert _dataset().train_uri == "s3://bucket/datasets/sales-1/train/"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1}'])
def test_what_is_no_dataset_is_not_taken_for_one(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Dataset.from_json(text)
