"""S3 access control lists as they are where, as by default, a bucket's owner owns everything in it."""

from __future__ import annotations

from local_aws.apis.s3.call import Call, owner, reply, s3
from local_aws.apis.s3.errors import no_such_bucket, no_such_key
from local_aws.apis.s3.headers import no_acls
from local_aws.apis.s3.xml import Members
from local_aws.http import Response

_GRANTEE = 'Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"'


@s3("GetBucketAcl")
async def get_bucket_acl(call: Call) -> Response:
    if call.objects.bucket(call.bucket) is None:
        raise no_such_bucket(call.bucket)
    return _owner_has_full_control()


@s3("GetObjectAcl")
async def get_object_acl(call: Call) -> Response:
    if call.objects.info(call.bucket, call.key) is None:
        raise no_such_key(call.key)
    return _owner_has_full_control()


@s3("PutBucketAcl")
async def put_bucket_acl(call: Call) -> Response:
    if call.objects.bucket(call.bucket) is None:
        raise no_such_bucket(call.bucket)
    return _accept_only_private(call)


@s3("PutObjectAcl")
async def put_object_acl(call: Call) -> Response:
    if call.objects.info(call.bucket, call.key) is None:
        raise no_such_key(call.key)
    return _accept_only_private(call)


def _accept_only_private(call: Call) -> Response:
    """With ACLs disabled, S3 accepts no ACL but the one that changes nothing."""
    if call.header("x-amz-acl") in ("private", "bucket-owner-full-control"):
        return Response(200)
    raise no_acls()


def _owner_has_full_control() -> Response:
    grant: Members = {_GRANTEE: owner(), "Permission": "FULL_CONTROL"}
    return reply("AccessControlPolicy", {"Owner": owner(), "AccessControlList": {"Grant": grant}})
