"""Signature Version 4, and S3's older presigned form: was this request made by somebody who holds our secret key?

Source: "AWS Signature Version 4 for API requests" in the IAM user guide. Bodies are checked in payload.py.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, unquote_plus, urlsplit

from botocore.auth import HmacV1Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotocoreCredentials

from local_aws.credentials import Credentials
from local_aws.registry import AwsError

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_MOST_SECONDS_OF_SKEW = 15 * 60
_LONGEST_PRESIGN_SECONDS = 7 * 24 * 3600
_V2_PARAMETERS = {"AWSAccessKeyId", "Signature", "Expires"}


@dataclass(frozen=True)
class Head:
    """What of a request is signed besides its body. Paths and queries are as sent, header names lower case."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Signed:
    """A request whose head carries a good signature, if the body's SHA-256 turns out to be `payload_hash`."""

    signing_name: str
    region: str
    payload_hash: str
    """Hexadecimal SHA-256, UNSIGNED-PAYLOAD, or one of the STREAMING- forms."""
    moment: str = ""
    scope: str = ""
    signature: str = ""
    key: bytes = b""


@dataclass(frozen=True)
class _Claim:
    """What a request says of its own signature."""

    access_key: str
    date: str
    region: str
    signing_name: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: str
    expires_seconds: int | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.signing_name}/aws4_request"


def verify(head: Head, credentials: Credentials, now: datetime, body: bytes | None = None) -> Signed:
    """Check the signature of a request's head; the caller checks the body against the result's `payload_hash`.

    body: the whole body where it is at hand; only needed for services other than S3, whose requests need not say
    the hash themselves. Raises AwsError with the code that AWS uses for this service.
    """
    if "x-amz-algorithm=" in head.raw_query.lower():
        claim, query = _presigned_claim(head)
    elif authorization := head.headers.get("authorization"):
        claim, query = _header_claim(head, authorization), head.raw_query
    elif _V2_PARAMETERS.issubset(_query(head.raw_query)):
        return _verify_v2(head, credentials, now)
    else:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    if not hmac.compare_digest(claim.access_key.encode(), credentials.access_key.encode()):
        raise AwsError("InvalidAccessKeyId", "The AWS access key id you provided does not exist in our records.", 403)
    _check_time(claim, now)
    if claim.signing_name == "s3":
        _check_all_signed(head, claim)
    payload_hash = _payload_hash(head, claim, body)
    key = _signing_key(credentials.secret_key, claim.date, claim.region, claim.signing_name)
    canonical = _canonical_request(head, claim, query, payload_hash)
    to_sign = "\n".join((ALGORITHM, claim.moment, claim.scope, _sha256(canonical.encode("latin-1"))))
    expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise _mismatch()
    return Signed(claim.signing_name, claim.region, payload_hash, claim.moment, claim.scope, claim.signature, key)


def _header_claim(head: Head, authorization: str) -> _Claim:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise _incomplete(f"The signing algorithm {algorithm} is not supported: use {ALGORITHM}.")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    try:
        credential, headers, signature = parts["Credential"], parts["SignedHeaders"], parts["Signature"]
    except KeyError as missing:
        raise _incomplete(f"Authorization header requires {missing.args[0]!r} parameter.") from missing
    moment = head.headers.get("x-amz-date", "")
    return _claim(credential, headers, signature, moment, None)


def _presigned_claim(head: Head) -> tuple[_Claim, str]:
    given = _query(head.raw_query)
    try:
        if given["X-Amz-Algorithm"] != ALGORITHM:
            raise _incomplete(f"X-Amz-Algorithm only supports {ALGORITHM!r}")
        expires = int(given["X-Amz-Expires"])
        claim = _claim(
            given["X-Amz-Credential"],
            given["X-Amz-SignedHeaders"],
            given["X-Amz-Signature"],
            given["X-Amz-Date"],
            expires,
        )
    except (KeyError, ValueError) as error:
        raise _incomplete(f"A query-string signature needs all X-Amz- parameters, well formed: {error}") from error
    if not 0 < expires <= _LONGEST_PRESIGN_SECONDS:
        raise _incomplete("X-Amz-Expires must be between 1 and 604800 seconds")
    unsigned = "&".join(part for part in head.raw_query.split("&") if not part.startswith("X-Amz-Signature="))
    return claim, unsigned


def _claim(credential: str, headers: str, signature: str, moment: str, expires: int | None) -> _Claim:
    try:
        access_key, date, region, signing_name, terminator = credential.split("/")
    except ValueError as error:
        raise _incomplete(f"The credential {credential!r} is malformed") from error
    signed_headers = tuple(headers.split(";"))
    if terminator != "aws4_request" or not moment.startswith(date) or "host" not in signed_headers:
        raise _incomplete("The credential scope, its date or the signed headers are malformed")
    return _Claim(access_key, date, region, signing_name, signed_headers, signature, moment, expires)


def _check_time(claim: _Claim, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(claim.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _incomplete(f"The date {claim.moment!r} is not in ISO 8601 basic format") from error
    age = (now - signed_at).total_seconds()
    if claim.expires_seconds is not None and age > claim.expires_seconds:
        raise AwsError("AccessDenied", "Request has expired", 403)
    if age < -_MOST_SECONDS_OF_SKEW or (claim.expires_seconds is None and age > _MOST_SECONDS_OF_SKEW):
        raise AwsError(
            "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403
        )


def _check_all_signed(head: Head, claim: _Claim) -> None:
    unsigned = [name for name in head.headers if name.startswith("x-amz-") and name not in claim.signed_headers]
    if unsigned:
        raise AwsError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            {"HeadersNotSigned": ", ".join(unsigned)},
        )


def _payload_hash(head: Head, claim: _Claim, body: bytes | None) -> str:
    if said := head.headers.get("x-amz-content-sha256"):
        return said
    if claim.signing_name == "s3":
        return UNSIGNED_PAYLOAD
    return _sha256(body) if body else EMPTY_SHA256


def _canonical_request(head: Head, claim: _Claim, query: str, payload_hash: str) -> str:
    # S3 signs the path as sent; every other service encodes it once more.
    path = head.raw_path if claim.signing_name == "s3" else quote(head.raw_path, safe="/-_.~")
    try:
        headers = "".join(f"{name}:{' '.join(head.headers[name].split())}\n" for name in claim.signed_headers)
    except KeyError as missing:
        raise _mismatch() from missing
    pairs = sorted(part.partition("=")[::2] for part in query.split("&") if part)
    canonical_query = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join((head.method, path, canonical_query, headers, ";".join(claim.signed_headers), payload_hash))


@lru_cache(maxsize=64)
def _signing_key(secret: str, date: str, region: str, signing_name: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (date, region, signing_name, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _verify_v2(head: Head, credentials: Credentials, now: datetime) -> Signed:
    """The presigned URLs that boto3 still makes for S3 in the oldest regions; botocore's own class signs again."""
    given = _query(head.raw_query)
    if not hmac.compare_digest(given["AWSAccessKeyId"].encode(), credentials.access_key.encode()):
        raise AwsError("InvalidAccessKeyId", "The AWS access key id you provided does not exist in our records.", 403)
    expires = given["Expires"]
    if not expires.isdigit() or now.timestamp() > int(expires):
        raise AwsError("AccessDenied", "Request has expired", 403)
    rest = "&".join(part for part in head.raw_query.split("&") if part.partition("=")[0] not in _V2_PARAMETERS)
    headers = HTTPHeaders()
    for name, value in head.headers.items():
        headers[name] = value
    signer = HmacV1Auth(BotocoreCredentials(credentials.access_key, credentials.secret_key))
    # In a query the moment of expiry is signed where a header would have the date.
    signer._get_date = lambda: expires
    url = urlsplit(f"{head.raw_path}?{rest}" if rest else head.raw_path)
    expected = signer.get_signature(head.method, url, headers, expires=expires)
    if not hmac.compare_digest(expected.encode(), given["Signature"].encode()):
        raise _mismatch()
    return Signed("s3", "us-east-1", UNSIGNED_PAYLOAD)


def _query(raw: str) -> dict[str, str]:
    return {
        unquote_plus(name): unquote_plus(value) for name, _, value in (part.partition("=") for part in raw.split("&"))
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mismatch() -> AwsError:
    return AwsError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method.",
        403,
    )


def _incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignature", message, 400)
