"""S3's refusals: its codes, statuses and words, and the object store's refusals turned into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local_aws import objects
from local_aws.registry import AwsError


def invalid_argument(message: str, name: str, value: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400, {"ArgumentName": name, "ArgumentValue": value})


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def malformed_xml() -> AwsError:
    return AwsError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        400,
    )


def precondition_failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        {"Condition": condition},
    )


def no_such_key(key: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})


def no_such_bucket(bucket: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": bucket})


def not_implemented(header: str, what: str) -> AwsError:
    return AwsError("NotImplemented", f"Local AWS does not have {what}.", 501, {"Header": header})


@contextmanager
def refusals(bucket: str, key: str) -> Iterator[None]:
    """Word what the object store refuses in the block as S3 does."""
    try:
        yield
    except objects.NoSuchBucket as error:
        raise no_such_bucket(error.args[0] if error.args else bucket) from error
    except objects.NoSuchKey as error:
        raise no_such_key(error.args[1] if len(error.args) > 1 else key) from error
    except objects.NoSuchUpload as error:
        raise AwsError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            "completed.",
            404,
        ) from error
    except objects.InvalidPart as error:
        raise _invalid_part(error) from error
    except objects.InvalidPartOrder as error:
        raise AwsError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
            400,
        ) from error
    except objects.PartTooSmall as error:
        number, size, etag = error.args
        fields = {"ProposedSize": size, "MinSizeAllowed": objects.MIN_PART_BYTES, "PartNumber": number, "ETag": etag}
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", message, 400, fields) from error
    except objects.StorageFull as error:
        # Not among the statuses that the SDKs retry: sending the data again would not help.
        raise AwsError("InsufficientStorage", str(error), 507) from error
    except objects.DamagedObject as error:
        raise AwsError("InternalError", f"The object's data on disk is damaged: {error}", 500) from error


def _invalid_part(error: objects.InvalidPart) -> AwsError:
    message = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag."
    )
    fields = dict(zip(("PartNumber", "ETag"), error.args, strict=False))
    return AwsError("InvalidPart", message, 400, fields)
