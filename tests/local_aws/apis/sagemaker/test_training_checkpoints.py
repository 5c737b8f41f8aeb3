"""A checkpoint directory and its likeness in S3, on the object store without a server."""

import os

import pytest

from local_aws.apis.sagemaker.training_checkpoints import Checkpoints
from local_aws.apis.sagemaker.training_inputs import InputError
from local_aws.objects import Objects


@pytest.fixture
def objects(tmp_path):
    store = Objects(tmp_path / "objects")
    store.create_bucket("bucket", "us-east-1")
    yield store
    store.close()


def kept(objects):
    return {found.key: b"".join(objects.read("bucket", found.key)) for found in objects.all("bucket")}


def test_a_file_is_kept_once_it_is_no_longer_written(objects, tmp_path):
    checkpoints = Checkpoints(objects, "s3://bucket/run/", tmp_path / "checkpoints")
    checkpoints.restore()
    file = tmp_path / "checkpoints" / "epoch-1.bin"
    file.write_bytes(b"half")
    checkpoints.keep()
    assert kept(objects) == {}
    file.write_bytes(b"half and half")
    checkpoints.keep()
    assert kept(objects) == {}
    checkpoints.keep()
    assert kept(objects) == {"run/epoch-1.bin": b"half and half"}


def test_at_the_end_everything_that_differs_is_kept(objects, tmp_path):
    checkpoints = Checkpoints(objects, "s3://bucket/run", tmp_path / "checkpoints")
    checkpoints.restore()
    (tmp_path / "checkpoints" / "deep").mkdir()
    (tmp_path / "checkpoints" / "deep" / "a").write_bytes(b"a")
    os.symlink("/etc/hostname", tmp_path / "checkpoints" / "link")
    checkpoints.keep(at_the_end=True)
    assert kept(objects) == {"run/deep/a": b"a"}


def test_what_was_restored_is_not_uploaded_again(objects, tmp_path):
    with objects.writer("bucket") as writer:
        writer.write(b"1")
        writer.commit("run/a", headers={}, metadata={"first": "yes"})
    checkpoints = Checkpoints(objects, "s3://bucket/run", tmp_path / "checkpoints")
    checkpoints.restore()
    assert (tmp_path / "checkpoints" / "a").read_bytes() == b"1"
    checkpoints.keep(at_the_end=True)
    assert objects.info("bucket", "run/a").metadata == {"first": "yes"}


def test_a_bucket_that_is_not_there_is_reported(objects, tmp_path):
    with pytest.raises(InputError, match="The specified bucket does not exist: elsewhere"):
        Checkpoints(objects, "s3://elsewhere/run", tmp_path / "checkpoints").restore()
