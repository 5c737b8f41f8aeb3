"""One S3 object written piece by piece: as a multipart upload when it is larger than one part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from services import aws
from services.errors import ServiceError, aws_errors
from services.sagemaker.bucket import Place
from services.sagemaker.datasets.canonical import Write
from services.sagemaker.names import TAGS

PART_BYTES = 16 * 1024**2
"""S3 takes 10,000 parts of 5 MB at least."""


class _Object:
    """Calls are made in the caller's thread, where they are recorded."""

    def __init__(self, place: Place, key: str, content_type: str) -> None:
        self._where = {**place.owned, "Key": key}
        self._made = {"ContentType": content_type, "Tagging": urlencode(TAGS)}
        self._buffer = bytearray()
        self._upload: dict[str, Any] | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes | memoryview) -> None:
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(memoryview(self._buffer)[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def finish(self) -> None:
        if self._upload is None:
            aws.client("s3").put_object(**self._where, **self._made, Body=bytes(self._buffer))
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        aws.client("s3").complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._parts})

    def give_up(self) -> None:
        if self._upload is not None:
            aws.client("s3").abort_multipart_upload(**self._upload)

    def _send(self, data: bytes) -> None:
        s3 = aws.client("s3")
        if self._upload is None:
            begun = s3.create_multipart_upload(**self._where, **self._made)
            self._upload = {**self._where, "UploadId": begun["UploadId"]}
        number = len(self._parts) + 1
        part = s3.upload_part(**self._upload, PartNumber=number, Body=data)
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})


@contextmanager
def written(place: Place, key: str, content_type: str) -> Iterator[Write]:
    """An object that is there, tagged, once the block has ended, and not at all when it raises."""
    made = _Object(place, key, content_type)
    try:
        yield made.write
        with aws_errors():
            made.finish()
    except BaseException as error:
        _give_up(made, error)
        raise


def _give_up(made: _Object, error: BaseException) -> None:
    """Whatever ended the upload is what the caller must hear of, even when S3 cannot be told either."""
    try:
        with aws_errors():
            made.give_up()
    except ServiceError as second:
        error.add_note(f"The parts already sent remain in S3: {second}")
