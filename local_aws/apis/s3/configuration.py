"""The configuration documents of an S3 bucket, checked against botocore's shapes, kept as they came and given back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.apis.s3 import xml
from local_aws.apis.s3.call import Call, s3
from local_aws.apis.s3.checksums import Verifier
from local_aws.apis.s3.errors import malformed_xml
from local_aws.apis.s3.headers import NOT_ENCRYPTED, checked_tags
from local_aws.http import Response
from local_aws.objects import Objects
from local_aws.registry import AwsError, Fidelity, approximate, real

MOST_BUCKET_TAGS = 50
_MOST_POLICY_BYTES = 20 * 1024
_KEPT_ONLY = approximate("Kept and given back, but not acted upon")


@dataclass(frozen=True)
class Kind:
    """One kind of document. Where there is none, the answer is `default`, or `absent`: error code and message."""

    get: tuple[str, ...]
    put: tuple[str, ...] = ()
    delete: str = ""
    default: str = ""
    absent: tuple[str, str] = ("", "")
    fidelity: Fidelity = _KEPT_ONLY


def _document(root: str, body: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{xml.NAMESPACE}">{body}</{root}>'


_PUBLIC_ACCESS_BLOCKED = _document(
    "PublicAccessBlockConfiguration",
    "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
    "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
)
_OWNER_ENFORCED = _document("OwnershipControls", "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>")
_ENCRYPTED_BY_S3 = _document(
    "ServerSideEncryptionConfiguration",
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>",
)

KINDS: Mapping[str, Kind] = {
    "encryption": Kind(
        ("GetBucketEncryption",), ("PutBucketEncryption",), "DeleteBucketEncryption",
        default=_ENCRYPTED_BY_S3, fidelity=NOT_ENCRYPTED,
    ),
    "publicAccessBlock": Kind(
        ("GetPublicAccessBlock",), ("PutPublicAccessBlock",), "DeletePublicAccessBlock",
        absent=("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ),
    "ownershipControls": Kind(
        ("GetBucketOwnershipControls",), ("PutBucketOwnershipControls",), "DeleteBucketOwnershipControls",
        absent=("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    ),
    "tagging": Kind(
        ("GetBucketTagging",), ("PutBucketTagging",), "DeleteBucketTagging",
        absent=("NoSuchTagSet", "The TagSet does not exist"), fidelity=real,
    ),
    "policy": Kind(
        ("GetBucketPolicy",), ("PutBucketPolicy",), "DeleteBucketPolicy",
        absent=("NoSuchBucketPolicy", "The bucket policy does not exist"),
    ),
    "lifecycle": Kind(
        ("GetBucketLifecycleConfiguration", "GetBucketLifecycle"),
        ("PutBucketLifecycleConfiguration", "PutBucketLifecycle"), "DeleteBucketLifecycle",
        absent=("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    ),
    "cors": Kind(
        ("GetBucketCors",), ("PutBucketCors",), "DeleteBucketCors",
        absent=("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    ),
    "website": Kind(
        ("GetBucketWebsite",), ("PutBucketWebsite",), "DeleteBucketWebsite",
        absent=("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    ),
    "versioning": Kind(
        ("GetBucketVersioning",), ("PutBucketVersioning",), default=_document("VersioningConfiguration"),
        fidelity=approximate("Versioning can be suspended, which changes nothing, but not enabled"),
    ),
    "notification": Kind(
        ("GetBucketNotificationConfiguration", "GetBucketNotification"),
        ("PutBucketNotificationConfiguration", "PutBucketNotification"),
        default=_document("NotificationConfiguration"),
    ),
    "logging": Kind(("GetBucketLogging",), ("PutBucketLogging",), default=_document("BucketLoggingStatus")),
    "accelerate": Kind(("GetBucketAccelerateConfiguration",), default=_document("AccelerateConfiguration")),
    "requestPayment": Kind(
        ("GetBucketRequestPayment",), default=_document("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>")
    ),
    "replication": Kind(
        ("GetBucketReplication",),
        absent=("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    ),
    "object-lock": Kind(
        ("GetObjectLockConfiguration",),
        absent=("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
    ),
}  # fmt: skip


def set_defaults(objects: Objects, bucket: str, tags: Mapping[str, str]) -> None:
    """What S3 gives every new bucket, and the tags that it was created with."""
    objects.configure(bucket, "publicAccessBlock", _PUBLIC_ACCESS_BLOCKED)
    objects.configure(bucket, "ownershipControls", _OWNER_ENFORCED)
    if tags:
        tag_set = {"TagSet": {"Tag": [{"Key": key, "Value": value} for key, value in tags.items()]}}
        objects.configure(bucket, "tagging", xml.document("Tagging", tag_set).decode())


def _register(name: str, kind: Kind) -> None:
    # A name that answers without anything to keep has nothing that it could fail to act upon.
    for operation in kind.get:
        s3(operation, fidelity=kind.fidelity if kind.put else real)(_getter(name, kind))
    for operation in kind.put:
        # Of two names for one route, the second is the deprecated one, whose shape knows less.
        s3(operation, fidelity=kind.fidelity)(_putter(name, kind.put[0]))
    if kind.delete:
        s3(kind.delete, fidelity=kind.fidelity)(_deleter(name))


def _getter(name: str, kind: Kind) -> Any:
    async def get(call: Call) -> Response:
        body = call.objects.configuration(call.bucket, name) or kind.default
        if not body:
            code, message = kind.absent
            raise AwsError(code, message, 404, {"BucketName": call.bucket})
        content_type = "application/json" if name == "policy" else "application/xml"
        return Response(200, {"content-type": content_type}, body.encode())

    return get


def _putter(name: str, operation: str) -> Any:
    async def put(call: Call) -> Response:
        body = await verified(call)
        if name == "policy":
            _check_policy(body)
        else:
            _check(name, xml.parse(body, operation))
        call.objects.configure(call.bucket, name, body.decode())
        return Response(204 if name in ("policy", "tagging") else 200)

    return put


def _deleter(name: str) -> Any:
    async def delete(call: Call) -> Response:
        call.objects.configure(call.bucket, name, None)
        return Response(204)

    return delete


async def verified(call: Call, *, own_checksum: bool = True) -> bytes:
    """The body of a request that carries a document, held against its checksums. Raises AwsError.

    own_checksum: whether its x-amz-checksum- headers are about this body; Content-MD5 always is.
    """
    given = call.request.headers
    verifier = Verifier(given if own_checksum else {name: given[name] for name in ("content-md5",) if name in given})
    body = await xml.read_document(call.request.body)
    verifier.check(body)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise malformed_xml() from error
    return body


def _check(name: str, document: Mapping[str, Any]) -> None:
    """The rules that a document's shape does not state."""
    if name == "versioning" and document.get("Status") == "Enabled":
        raise AwsError("NotImplemented", "Local AWS does not keep versions of objects.", 501)
    if name == "tagging":
        checked_tags([(tag["Key"], tag["Value"]) for tag in document["TagSet"]], MOST_BUCKET_TAGS)
    if name in ("lifecycle", "cors") and not (document.get("Rules") or document.get("CORSRules")):
        raise malformed_xml()


def _check_policy(body: bytes) -> None:
    if len(body) > _MOST_POLICY_BYTES:
        raise AwsError("PolicyTooLarge", "The policy exceeds the maximum allowed document size.", 400)
    try:
        policy = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _malformed_policy("Policies must be valid JSON and the first byte must be '{'") from error
    if not isinstance(policy, dict) or not re.match(rb"\{", body):
        raise _malformed_policy("Policies must be valid JSON and the first byte must be '{'")
    if not policy.get("Statement"):
        raise _malformed_policy("Missing required field Statement")


def _malformed_policy(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message, 400)


for _name, _kind in KINDS.items():
    _register(_name, _kind)
