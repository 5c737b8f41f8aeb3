"""The tags of an S3 object, read, replaced and removed."""

from __future__ import annotations

from local_aws.apis.s3 import xml
from local_aws.apis.s3.call import Call, reply, s3
from local_aws.apis.s3.configuration import verified
from local_aws.apis.s3.errors import no_such_key
from local_aws.apis.s3.headers import MOST_TAGS, checked_tags
from local_aws.apis.s3.reading import check_version
from local_aws.http import Response


@s3("GetObjectTagging")
async def get_object_tagging(call: Call) -> Response:
    check_version(call)
    info = call.objects.info(call.bucket, call.key)
    if info is None:
        raise no_such_key(call.key)
    return reply("Tagging", {"TagSet": {"Tag": [{"Key": key, "Value": value} for key, value in info.tags.items()]}})


@s3("PutObjectTagging")
async def put_object_tagging(call: Call) -> Response:
    check_version(call)
    document = xml.parse(await verified(call), "PutObjectTagging")
    tags = checked_tags([(tag["Key"], tag["Value"]) for tag in document["TagSet"]], MOST_TAGS)
    call.objects.set_tags(call.bucket, call.key, tags)
    return Response(200)


@s3("DeleteObjectTagging")
async def delete_object_tagging(call: Call) -> Response:
    check_version(call)
    call.objects.set_tags(call.bucket, call.key, {})
    return Response(204)
