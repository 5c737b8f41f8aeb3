"""S3 buckets: made, found, listed and deleted."""

from __future__ import annotations

from local_aws import context
from local_aws.apis.s3 import configuration
from local_aws.apis.s3.call import Call, invalid_bucket_name, is_bucket_name, owner, reply, s3
from local_aws.apis.s3.errors import no_such_bucket
from local_aws.apis.s3.headers import checked_tags, no_acls
from local_aws.apis.s3.pages import iso, page_size
from local_aws.apis.s3.xml import Members, parse
from local_aws.http import Response
from local_aws.objects import Bucket, BucketExists, BucketNotEmpty
from local_aws.registry import AwsError

_HOME_REGION = "us-east-1"
_MOST_BUCKETS_A_PAGE = 10_000


@s3("ListBuckets")
async def list_buckets(call: Call) -> Response:
    prefix, region = call.parameter("prefix") or "", call.parameter("bucket-region")
    after = call.parameter("continuation-token") or ""
    most = page_size(call, "max-buckets", _MOST_BUCKETS_A_PAGE, least=1)
    found = [
        bucket
        for bucket in call.objects.buckets()
        if bucket.name.startswith(prefix) and bucket.name > after and region in (None, bucket.region)
    ]
    shown, more = found[:most], len(found) > most
    members: Members = {
        "Owner": owner(),
        "Buckets": {"Bucket": [_described(bucket) for bucket in shown]},
        "Prefix": prefix or None,
        "ContinuationToken": shown[-1].name if more else None,
    }
    return reply("ListAllMyBucketsResult", members)


@s3("CreateBucket")
async def create_bucket(call: Call) -> Response:
    if not is_bucket_name(call.bucket):
        raise invalid_bucket_name(call.bucket)
    if call.header("x-amz-acl") not in (None, "private") or any(
        name.startswith("x-amz-grant-") for name in call.request.headers
    ):
        raise no_acls()
    if call.header("x-amz-bucket-object-lock-enabled") == "true":
        raise AwsError("NotImplemented", "Local AWS does not have Object Lock.", 501)
    region, tags = _wanted(call, await configuration.verified(call))
    with call.objects.lock():
        try:
            call.objects.create_bucket(call.bucket, region)
        except BucketExists as error:
            _refuse_or_reaffirm(call, region, error)
        else:
            configuration.set_defaults(call.objects, call.bucket, tags)
    return Response(200, {"location": f"/{call.bucket}"})


def _wanted(call: Call, body: bytes) -> tuple[str, dict[str, str]]:
    """The region and tags that a CreateBucket asks for."""
    document = parse(body, "CreateBucket") if body else {}
    here = context.here().region
    if document.keys() & {"Location", "Bucket"}:
        raise AwsError("NotImplemented", "Local AWS does not have directory buckets.", 501)
    asked = document.get("LocationConstraint")
    region = str({"EU": "eu-west-1", None: _HOME_REGION}.get(asked, asked))
    if region != here and here != _HOME_REGION:
        name = asked or "unspecified"
        message = (
            f"The {name} location constraint is incompatible for the region specific endpoint this request was sent to."
        )
        raise AwsError("IllegalLocationConstraintException", message, 400)
    tags = checked_tags(
        [(tag["Key"], tag["Value"]) for tag in document.get("Tags", [])], configuration.MOST_BUCKET_TAGS
    )
    return region, tags


def _refuse_or_reaffirm(call: Call, region: str, error: BucketExists) -> None:
    """In us-east-1, and only there, S3 lets its owner create a bucket again."""
    existing = call.objects.bucket(call.bucket)
    if existing and existing.region == region == context.here().region == _HOME_REGION:
        return
    raise AwsError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
        {"BucketName": call.bucket},
    ) from error


@s3("HeadBucket")
async def head_bucket(call: Call) -> Response:
    bucket = _existing(call)
    headers = {"x-amz-bucket-region": bucket.region, "x-amz-access-point-alias": "false"}
    return Response(200, headers | {"content-type": "application/xml"})


@s3("GetBucketLocation")
async def get_bucket_location(call: Call) -> Response:
    region = _existing(call).region
    return reply("LocationConstraint", "" if region == _HOME_REGION else region)


@s3("DeleteBucket")
async def delete_bucket(call: Call) -> Response:
    try:
        call.objects.delete_bucket(call.bucket)
    except BucketNotEmpty as error:
        raise AwsError(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", 409, {"BucketName": call.bucket}
        ) from error
    return Response(204)


def _existing(call: Call) -> Bucket:
    bucket = call.objects.bucket(call.bucket)
    if bucket is None:
        raise no_such_bucket(call.bucket)
    return bucket


def _described(bucket: Bucket) -> Members:
    return {
        "Name": bucket.name,
        "CreationDate": iso(bucket.created),
        "BucketRegion": bucket.region,
        "BucketArn": f"arn:aws:s3:::{bucket.name}",
    }
