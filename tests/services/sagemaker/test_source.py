"""The code that runs in SageMaker's containers goes to S3 once, as an archive that depends on its content only."""

import io
import tarfile

import pytest

from services import aws, trace
from services.sagemaker import account, source


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A container directory of the test's own."""
    folder = tmp_path / "container"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "train.py").write_text("print('training')\n")
    (folder / "inference.py").write_text("def model_fn(folder): ...\n")
    (folder / "__pycache__" / "train.pyc").write_bytes(b"compiled")
    monkeypatch.setattr(source, "CONTAINER", folder)
    return folder


def members(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_the_archive_holds_the_code_and_nothing_compiled(code):
    assert members(source.archive()) == {
        "inference.py": b"def model_fn(folder): ...\n",
        "train.py": b"print('training')\n",
    }


def test_the_same_code_gives_the_same_bytes_whenever_it_was_written(code):
    before = source.archive()
    for path in code.glob("*.py"):
        path.write_text(path.read_text())
        path.touch()
    assert source.archive() == before


def test_the_real_code_starts_with_train_and_packs_inference():
    held = members(source.archive())
    assert {"train.py", "inference.py"} <= held.keys()
    assert not any("__pycache__" in name for name in held)


def test_it_is_uploaded_once_until_it_changes(local_aws, code):
    place = account.prepare()
    with trace.record(trace.Calls()) as calls:
        first = source.upload(place)
        assert source.upload(place) == first
        (code / "train.py").write_text("print('training otherwise')\n")
        second = source.upload(place)
    assert second != first
    assert [call.operation for call in calls if call.operation == "PutObject"] == ["PutObject", "PutObject"]
    bucket, _, key = second.removeprefix("s3://").partition("/")
    stored = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert members(stored)["train.py"] == b"print('training otherwise')\n"
