"""PutObject: data goes to disk as it arrives, and becomes the object once it proved to be what was signed."""

from __future__ import annotations

from local_aws.apis.s3 import headers
from local_aws.apis.s3.call import Call, s3
from local_aws.apis.s3.checksums import Verifier, as_headers
from local_aws.apis.s3.conditions import check_write
from local_aws.http import Response
from local_aws.objects import Checksum, Writer


@s3("PutObject", fidelity=headers.NOT_ENCRYPTED)
async def put_object(call: Call) -> Response:
    given = call.request.headers
    kept, metadata = headers.system_headers(given), headers.metadata(given)
    tags = headers.tags_header(given)
    with call.objects.writer(call.bucket) as writer:
        check_write(given, call.key, call.objects.info(call.bucket, call.key))
        checksum = await receive(call, writer)
        with call.objects.lock():
            # Somebody else may have written the key while the data came.
            check_write(given, call.key, call.objects.info(call.bucket, call.key))
            info = writer.commit(call.key, headers=kept, metadata=metadata, tags=tags, checksum=checksum)
    return Response(200, {"etag": headers.quoted(info.etag)} | as_headers(checksum) | headers.written_headers(info))


async def receive(call: Call, writer: Writer, algorithm: str = "") -> Checksum | None:
    """Write a request's body. Returns its checksum; raises AwsError where body and headers do not agree.

    algorithm: the checksum that a part must have, "" where any or none will do.
    """
    size = headers.declared_size(call.request.headers)
    verifier = Verifier(call.request.headers, algorithm)
    async for data in call.request.body:
        if writer.size + len(data) > size:
            raise headers.incomplete_body()
        writer.write(data)
        verifier.update(data)
    if writer.size != size:
        raise headers.incomplete_body()
    return verifier.finish(writer.md5.digest())
