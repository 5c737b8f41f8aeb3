"""S3 under stress: a kill -9, a full disk, damaged data, objects larger than the memory it may take."""

from __future__ import annotations

import os
import resource
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ResponseStreamingError

BIG = os.urandom(5 * 1024 * 1024)


def blobs(home):
    return [path for path in (home / "objects" / "blobs").rglob("*") if path.is_file()]


def half_an_upload(connection, path):
    """Send half of a PutObject and keep the line open."""
    request = AWSRequest("PUT", connection.endpoint + path, data=BIG)
    S3SigV4Auth(Credentials(connection.access_key, connection.secret_key), "s3", connection.region).add_auth(request)
    where = urlsplit(connection.endpoint)
    lines = [f"PUT {path} HTTP/1.1", f"host: {where.netloc}", f"content-length: {len(BIG)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    line = socket.create_connection((where.hostname, where.port), timeout=20)
    line.sendall("\r\n".join([*lines, "", ""]).encode() + BIG[: len(BIG) // 2])
    return line


def begun(s3, bucket, key):
    """A multipart upload, as the arguments that name it."""
    reply = s3.create_multipart_upload(Bucket=bucket, Key=key)
    return {"Bucket": bucket, "Key": key, "UploadId": reply["UploadId"]}


def wait_for(condition):
    """The half that was sent reaches the disk a moment later."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_kill_9_loses_nothing_that_was_answered_and_keeps_nothing_that_was_not(own_local_aws):
    connection = own_local_aws.start()
    s3 = own_local_aws.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="whole", Body=b"whole", Tagging="t=1")
    done, waiting = (begun(s3, "kept", key) for key in ("done", "waiting"))
    part = s3.upload_part(**done, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(**done, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    first = s3.upload_part(**waiting, PartNumber=1, Body=BIG)
    with half_an_upload(connection, "/kept/whole"):
        wait_for(lambda: len(blobs(own_local_aws.home)) == 4)
        own_local_aws.kill()

    own_local_aws.start()
    s3 = own_local_aws.client("s3")
    found = s3.get_object(Bucket="kept", Key="whole")
    assert (found["Body"].read(), found["TagCount"]) == (b"whole", 1)
    assert s3.get_object(Bucket="kept", Key="done")["Body"].read() == b"part"
    assert [part["Size"] for part in s3.list_parts(**waiting)["Parts"]] == [len(BIG)]
    wait_for(lambda: len(blobs(own_local_aws.home)) == 3)
    last = s3.upload_part(**waiting, PartNumber=2, Body=b"tail")
    parts = [{"PartNumber": number, "ETag": part["ETag"]} for number, part in enumerate((first, last), 1)]
    s3.complete_multipart_upload(**waiting, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket="kept", Key="waiting")["Body"].read() == BIG + b"tail"


def test_a_full_disk_and_damaged_data_are_said_and_the_rest_goes_on(own_local_aws, refusal):
    own_local_aws.start()
    s3 = own_local_aws.client("s3")
    s3.create_bucket(Bucket="full")
    s3.put_object(Bucket="full", Key="k", Body=b"old")
    upload = begun(s3, "full", "p")

    # A limit on the size of files stands in for the disk's: the operating system reports both where it writes.
    pid = own_local_aws.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    assert refusal(s3.put_object, Bucket="full", Key="k", Body=BIG) == ("InsufficientStorage", 507)
    assert refusal(s3.upload_part, **upload, PartNumber=1, Body=BIG) == ("InsufficientStorage", 507)
    s3.put_object(Bucket="full", Key="small", Body=b"fits")
    assert s3.get_object(Bucket="full", Key="k")["Body"].read() == b"old"
    assert "Parts" not in s3.list_parts(**upload)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    s3.put_object(Bucket="full", Key="k", Body=BIG)
    wait_for(lambda: len(blobs(own_local_aws.home)) == 2)

    (blob,) = (path for path in blobs(own_local_aws.home) if path.stat().st_size == len(BIG))
    os.truncate(blob, 1_000_000)
    reply = s3.get_object(Bucket="full", Key="k")
    with pytest.raises(ResponseStreamingError):
        reply["Body"].read()
    blob.unlink()
    assert refusal(s3.get_object, Bucket="full", Key="k") == ("InternalError", 500)
    assert s3.get_object(Bucket="full", Key="small")["Body"].read() == b"fits"


def test_memory_does_not_grow_with_the_object(own_local_aws):
    def most_memory_mb():
        status = Path(f"/proc/{own_local_aws.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024

    own_local_aws.start()
    s3 = own_local_aws.client("s3")
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="k", Body=BIG)
    s3.get_object(Bucket="large", Key="k")["Body"].read()
    before = most_memory_mb()
    s3.put_object(Bucket="large", Key="k", Body=bytes(100 * 1024 * 1024))
    for _ in s3.get_object(Bucket="large", Key="k")["Body"].iter_chunks(1024 * 1024):
        pass
    assert most_memory_mb() - before < 10
