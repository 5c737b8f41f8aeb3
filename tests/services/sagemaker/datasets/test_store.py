"""Datasets in a real S3: whole or not there at all, found again by anybody, gone when deleted."""

import csv
import io
import json

import pandas as pd
import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import account, datasets
from services.sagemaker.datasets import objects, records, store
from tests.conftest import OwnLocalAws, backend_for
from tests.services.sagemaker.datasets.reading import table

_SALES = table("shop;sales;when", *(f"shop {n % 3};{n},5;{n % 28 + 1:02d}/01/2024" for n in range(60)))


@pytest.fixture
def bucket(local_aws) -> str:
    return account.prepare().bucket


def _upload(text: str = _SALES, name: str = "Sales of 2024.csv", **settings) -> datasets.Dataset:
    return datasets.upload(io.BytesIO(text.encode()), name, **settings)


def _keys(bucket: str, prefix: str) -> set[str]:
    listed = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return {item["Key"].removeprefix(prefix) for item in listed.get("Contents", [])}


def _body(bucket: str, key: str) -> bytes:
    return aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()


def test_an_uploaded_dataset_is_found_again_as_it_was(bucket):
    made = _upload()
    assert made.id.startswith("sales-of-2024-")
    assert datasets.load(made.id) == made
    assert made in datasets.list_datasets()


def test_the_training_job_finds_data_and_schema(bucket):
    made = _upload()
    folder = f"datasets/{made.id}/"
    assert _keys(bucket, folder) == {"train/data.csv", "train/schema.json", "profile.json", "sample.csv"}
    frame = pd.read_csv(io.BytesIO(_body(bucket, folder + "train/data.csv")))
    assert frame["sales"].tolist() == [n + 0.5 for n in range(60)]
    assert json.loads(_body(bucket, folder + "train/schema.json")) == made.profile.schema()


def test_everything_of_a_dataset_is_tagged_as_ours(bucket):
    made = _upload()
    for key in _keys(bucket, f"datasets/{made.id}/"):
        tags = aws.client("s3").get_object_tagging(Bucket=bucket, Key=f"datasets/{made.id}/{key}")["TagSet"]
        assert tags == [{"Key": "app", "Value": "celaje"}]


def test_two_uploads_of_one_file_are_two_datasets(bucket):
    assert _upload().id != _upload().id


def test_the_newest_dataset_comes_first(bucket):
    older, newer = _upload(name="older.csv"), _upload(name="newer.csv")
    ids = [one.id for one in datasets.list_datasets()]
    assert ids.index(newer.id) < ids.index(older.id)


def test_rows_and_sample_are_read_back(bucket):
    made = _upload()
    assert datasets.read_rows(made, 2) == [
        {"shop": "shop 0", "sales": "0.5", "when": "01/01/2024"},
        {"shop": "shop 1", "sales": "1.5", "when": "02/01/2024"},
    ]
    with datasets.open_rows(made) as rows:
        assert sum(1 for _ in rows) == 60
    assert len(datasets.read_rows(made, 1000)) == 60
    sample = datasets.read_sample(made)
    assert sample["sales"].sum() == sum(n + 0.5 for n in range(60))
    assert sample["when"][0] == "01/01/2024"


def test_a_large_file_goes_in_parts_from_the_calling_thread(bucket, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 2**20)
    monkeypatch.setattr(records, "BLOCK_BYTES", 2 * 2**20)
    text = table("a,b,c", *(f"{n},{n * 7919 % 10007}.25,some words to fill the row {n % 97}" for n in range(260_000)))
    told = []
    with trace.record(trace.Calls()) as calls:
        made = _upload(text, progress=told.append)
    assert [call.method for call in calls].count("upload_part") == 3
    assert _body(bucket, f"datasets/{made.id}/train/data.csv") == text.encode()
    assert told[-1] == datasets.Progress(1.0, 260_000, len(text))
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)


def test_a_cancelled_upload_leaves_nothing(bucket, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 2**20)
    text = table("a,b", *(f"{n},some words to fill the row with" for n in range(300_000)))
    told = []
    with pytest.raises(ServiceError) as cancelled:
        _upload(text, "cancelled.csv", progress=told.append, cancelled=lambda: len(told) > 1)
    assert cancelled.value.code == "Cancelled"
    _has_nothing_of(bucket, "datasets/cancelled")


def test_a_file_that_is_refused_late_leaves_nothing(bucket, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 2**20)
    text = table("a,b", *(f"{n},some words to fill the row with" for n in range(300_000)), "1,2,3")
    with pytest.raises(ServiceError) as refused:
        _upload(text, "refused.csv")
    assert refused.value.code == "TooManyCells"
    _has_nothing_of(bucket, "datasets/refused")


def test_a_file_that_must_be_read_again_is_stored_once(bucket, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 2**20)
    text = table("a;b", *["1.234;some words to fill the row with"] * 300_000, "1.234,5;x")
    made = _upload(text)
    assert made.profile.column("a").numbers.maximum == 1234.5
    _has_no_unfinished_uploads(bucket, f"datasets/{made.id}")
    assert b"1.234;" not in _body(bucket, f"datasets/{made.id}/train/data.csv")


def _has_nothing_of(bucket: str, prefix: str) -> None:
    assert _keys(bucket, prefix) == set()
    _has_no_unfinished_uploads(bucket, prefix)
    assert not [one for one in datasets.list_datasets() if one.train_uri.startswith(f"s3://{bucket}/{prefix}")]


def _has_no_unfinished_uploads(bucket: str, prefix: str) -> None:
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=bucket, Prefix=prefix)


def test_a_deleted_dataset_is_gone_with_all_its_files(bucket):
    made = _upload()
    with trace.record(trace.Calls()) as calls:
        datasets.delete(made.id)
    deleted = [call.parameters["Key"] for call in calls if call.method == "delete_object"]
    assert deleted[0].endswith("/profile.json")
    _has_nothing_of(bucket, f"datasets/{made.id}")
    with pytest.raises(ServiceError) as refused:
        datasets.load(made.id)
    assert refused.value.code == "NotFound"


def test_what_an_upload_left_that_was_cut_can_be_deleted(bucket):
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="datasets/cut/train/data.csv", Body=b"a,b\n")
    s3.create_multipart_upload(Bucket=bucket, Key="datasets/cut/train/data.csv")
    assert "cut" not in [one.id for one in datasets.list_datasets()]
    datasets.delete("cut")
    _has_nothing_of(bucket, "datasets/cut")


def test_a_profile_that_cannot_be_read_is_told(bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="datasets/odd/profile.json", Body=b'{"id": "odd"}')
    try:
        with pytest.raises(ServiceError) as refused:
            datasets.load("odd")
        assert refused.value.code == "BadProfile"
        assert "odd" not in [one.id for one in datasets.list_datasets()]
    finally:
        datasets.delete("odd")


def test_another_bucket_may_be_named(bucket):
    aws.client("s3").create_bucket(Bucket="my-own-data")
    made = _upload(bucket="my-own-data")
    assert made.bucket == "my-own-data"
    assert datasets.list_datasets("my-own-data") == [made]
    assert datasets.read_rows(made, 1)[0]["shop"] == "shop 0"
    assert made not in datasets.list_datasets()


def test_without_a_bucket_there_are_no_datasets(local_aws):
    assert datasets.list_datasets("celaje-nobody-made-this") == []


def test_names_of_files_become_ids_that_sagemaker_takes(bucket):
    made = _upload(name="../../Años & Größen (año 2024) – un nombre bastante largo.final.csv")
    assert set(made.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(made.id) <= 63
    assert made.name.startswith("../../Años")


def test_warnings_look_at_the_rows_that_are_kept(bucket):
    text = table(
        "age,left_on,left",
        *(f"{n % 40},{'2024-01-05' if n % 3 else ''},{'yes' if n % 3 else 'no'}" for n in range(300)),
    )
    made = _upload(text)
    told = {notice.code: notice for notice in datasets.warnings(made, "left")}
    assert datasets.problem(made, "left") == "binary"
    assert datasets.target_order(made)[0] == "left"
    assert told["TargetLeakage"].columns == ("left_on",)


def test_an_exported_dataset_runs_nothing_in_a_spreadsheet(bucket):
    text = table("what,amount", "=cmd|' /C calc'!A0,-5", "@SUM(A1),3", "plain,-7", "'=quoted,1", "+34 600,2")
    exported = list(csv.reader(io.StringIO(b"".join(datasets.export_csv(_upload(text))).decode())))
    assert exported == [
        ["what", "amount"], ["'=cmd|' /C calc'!A0", "-5"], ["'@SUM(A1)", "3"], ["plain", "-7"], ["''=quoted", "1"],
        ["'+34 600", "2"],
    ]  # fmt: skip


def test_an_upload_cut_by_a_killed_server_leaves_nothing_and_can_be_made_again(own_local_aws: OwnLocalAws, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 2**20)
    text = table("a,b", *(f"{n},some words to fill the row with" for n in range(400_000)))

    def kill(progress: datasets.Progress) -> None:
        if progress.share > 0.5 and own_local_aws.process is not None:
            own_local_aws.kill()

    with aws.use(backend_for(own_local_aws.start())):
        with pytest.raises(ServiceError) as cut:
            _upload(text, progress=kill)
        assert cut.value.code == "NoConnection"
    with aws.use(backend_for(own_local_aws.start())):
        assert datasets.list_datasets() == []
        made = _upload(text)
        assert datasets.list_datasets() == [made]
        assert made.profile.rows == 400_000


def test_an_upload_cut_before_its_profile_is_not_listed(bucket, monkeypatch):
    put = store._put

    def cut(place, key, body, *more):
        if key.endswith("profile.json"):
            raise ServiceError(store.text("The disk is full."), code="DiskFull")
        put(place, key, body, *more)

    monkeypatch.setattr(store, "_put", cut)
    before = datasets.list_datasets()
    with pytest.raises(ServiceError):
        _upload()
    assert datasets.list_datasets() == before
