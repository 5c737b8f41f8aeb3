"""Where the objects of a channel land, on the object store without a server."""

import json

import pytest

from local_aws.apis.sagemaker.training_inputs import InputError, copy, location, relative
from local_aws.objects import Objects


@pytest.fixture
def objects(tmp_path):
    store = Objects(tmp_path / "objects")
    store.create_bucket("bucket", "us-east-1")
    yield store
    store.close()


def put(objects, key, body=b"x"):
    with objects.writer("bucket") as writer:
        writer.write(body)
        writer.commit(key, headers={}, metadata={})


def channel(uri, kind="S3Prefix"):
    return {"DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}}


def files(directory):
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("key", "prefix", "path"),
    [
        ("data/train/a.csv", "data/train/", "a.csv"),
        ("data/train/a.csv", "data/train", "a.csv"),
        ("data/train/deep/a.csv", "data/train", "deep/a.csv"),
        ("data/train.csv", "data/train.csv", "train.csv"),
        ("data/train-1/a.csv", "data/train", "train-1/a.csv"),
        ("a.csv", "", "a.csv"),
        ("a.csv", "a", "a.csv"),
    ],
)
def test_objects_lie_below_the_prefix_that_named_them(key, prefix, path):
    assert relative(key, prefix) == path


def test_folders_of_the_console_are_no_files(objects, tmp_path):
    put(objects, "train/")
    put(objects, "train/deep/")
    put(objects, "train/a.csv")
    copy(objects, channel("s3://bucket/train"), tmp_path / "in")
    assert files(tmp_path / "in") == ["a.csv"]


@pytest.mark.parametrize("key", ["train/../../out.csv", "train//etc/passwd", "train/..", "train/a\0b"])
def test_no_key_leads_out_of_the_channel(objects, tmp_path, key):
    put(objects, key)
    with pytest.raises(InputError, match="cannot be a file below the channel's directory"):
        copy(objects, channel("s3://bucket/train/"), tmp_path / "in")
    assert files(tmp_path / "in") == []
    assert not (tmp_path / "out.csv").exists()


def test_keys_that_cannot_both_be_files_are_reported(objects, tmp_path):
    put(objects, "train/a")
    put(objects, "train/a/b")
    with pytest.raises(InputError, match="exists"):
        copy(objects, channel("s3://bucket/train/"), tmp_path / "in")


def test_a_prefix_or_bucket_without_objects_is_reported(objects, tmp_path):
    with pytest.raises(InputError, match="No S3 objects found under S3 URL s3://bucket/none"):
        copy(objects, channel("s3://bucket/none"), tmp_path / "in")
    with pytest.raises(InputError, match="The specified bucket does not exist: elsewhere"):
        copy(objects, channel("s3://elsewhere/none"), tmp_path / "in")


def test_a_manifest_that_names_what_is_not_there_is_reported(objects, tmp_path):
    put(objects, "m.json", json.dumps([{"prefix": "s3://bucket/x/"}, "absent.csv"]).encode())
    with pytest.raises(InputError, match="The specified key does not exist"):
        copy(objects, channel("s3://bucket/m.json", "ManifestFile"), tmp_path / "in")


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "[1]", '[{"prefix": "x"}, "a"]', '[{"prefix": "s3://bucket/"}, 5]', "[" * 9999]
)
def test_a_manifest_of_another_form_is_reported(objects, tmp_path, manifest):
    put(objects, "m.json", manifest.encode())
    with pytest.raises(InputError, match="is no manifest"):
        copy(objects, channel("s3://bucket/m.json", "ManifestFile"), tmp_path / "in")


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv", ""])
def test_a_manifest_cannot_lead_out_of_the_channel(objects, tmp_path, name):
    put(objects, "x/" + name)
    put(objects, "m.json", json.dumps([{"prefix": "s3://bucket/x/"}, name]).encode())
    with pytest.raises(InputError, match="cannot be a file below"):
        copy(objects, channel("s3://bucket/m.json", "ManifestFile"), tmp_path / "in")


@pytest.mark.parametrize("uri", ["https://s3.amazonaws.com/b/k", "bucket/key", "s3://", "s3:///key", ""])
def test_other_uris_than_s3s_are_refused(uri):
    with pytest.raises(ValueError, match="is not an s3:// URI"):
        location(uri)
