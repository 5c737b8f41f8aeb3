"""The training and inference code as one archive in S3, the same bytes for the same code, uploaded once."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

from botocore.exceptions import ClientError

from services import aws
from services.sagemaker.account import Account

CONTAINER = Path(__file__).parent / "container"
PROGRAM = "train.py"
PREFIX = "code/"
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
_DIGITS_OF_HASH = 16


def upload(account: Account) -> str:
    """The s3:// URI of sourcedir.tar.gz; uploads it when this content is not there yet. Raises boto3's errors."""
    content = archive()
    key = f"{PREFIX}{hashlib.sha256(content).hexdigest()[:_DIGITS_OF_HASH]}/sourcedir.tar.gz"
    s3 = aws.client("s3")
    try:
        s3.head_object(Bucket=account.bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchKey", "NotFound"}:
            raise
        s3.put_object(Bucket=account.bucket, Key=key, Body=content)
    return f"s3://{account.bucket}/{key}"


def archive() -> bytes:
    """A tar.gz of the container code whose bytes depend on names and contents only."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in _files():
            content = path.read_bytes()
            member = tarfile.TarInfo(path.relative_to(CONTAINER).as_posix())
            member.size, member.mode = len(content), 0o644
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def _files() -> list[Path]:
    found = (path.relative_to(CONTAINER) for path in CONTAINER.rglob("*") if path.is_file())
    return sorted(CONTAINER / path for path in found if not _LEFT_OUT & set(path.parts))
