"""Amazon S3: buckets and objects over HTTP, streamed both ways, on top of local_aws.objects."""

from local_aws.apis.s3 import (
    acls,
    attributes,
    buckets,
    configuration,
    copying,
    deleting,
    listing,
    multipart,
    parts,
    reading,
    tagging,
    writing,
)

__all__ = [
    "acls", "attributes", "buckets", "configuration", "copying", "deleting", "listing", "multipart", "parts", "reading",
    "tagging", "writing",
]  # fmt: skip
