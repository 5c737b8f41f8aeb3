"""The configuration documents of buckets: given back as they came, absent with S3's own codes, refused when wrong."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]})
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]}
LIFECYCLE = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}]}
CORS = {"CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}]}
TAGS = {"TagSet": [{"Key": "app", "Value": "celaje"}, {"Key": "ñ", "Value": "<&>"}]}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}}


@pytest.mark.parametrize(
    ("kind", "member", "document", "absent"),
    [
        ("bucket_policy", "Policy", POLICY, "NoSuchBucketPolicy"),
        ("bucket_tagging", "Tagging", TAGS, "NoSuchTagSet"),
        ("bucket_cors", "CORSConfiguration", CORS, "NoSuchCORSConfiguration"),
        ("bucket_website", "WebsiteConfiguration", WEBSITE, "NoSuchWebsiteConfiguration"),
        ("bucket_ownership_controls", "OwnershipControls", OWNERSHIP, "OwnershipControlsNotFoundError"),
        (
            "public_access_block",
            "PublicAccessBlockConfiguration",
            BLOCK,
            "NoSuchPublicAccessBlockConfiguration",
        ),
    ],
)
def test_a_document_is_given_back_until_it_is_deleted(s3, bucket, refusal, kind, member, document, absent):
    getattr(s3, f"put_{kind}")(Bucket=bucket, **{member: document})
    found = getattr(s3, f"get_{kind}")(Bucket=bucket)
    wanted = {member: document} if member in found else document
    assert {name: found[name] for name in wanted} == wanted
    getattr(s3, f"delete_{kind}")(Bucket=bucket)
    assert refusal(getattr(s3, f"get_{kind}"), Bucket=bucket) == (absent, 404)


def test_lifecycle_rules_are_given_back_until_deleted(s3, bucket, refusal):
    absent = ("NoSuchLifecycleConfiguration", 404)
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == absent
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=LIFECYCLE)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == LIFECYCLE["Rules"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == absent


def test_notifications_are_given_back(s3, bucket):
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}


def test_encryption_is_aes256_unless_something_else_is_asked_for(s3, bucket):
    def algorithm():
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]

    assert algorithm() == "AES256"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=ENCRYPTION)
    assert algorithm() == "aws:kms"
    s3.delete_bucket_encryption(Bucket=bucket)
    assert algorithm() == "AES256"


def test_a_new_bucket_is_private_and_owned_by_its_account(s3, bucket):
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (rule,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"


def test_versioning_can_be_asked_after_and_suspended_but_not_enabled(s3, bucket, refusal):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    refused = refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert refused == ("NotImplemented", 501)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_what_is_not_set_has_s3s_defaults_or_its_error_codes(s3, bucket, refusal):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    assert refusal(s3.get_bucket_replication, Bucket=bucket) == ("ReplicationConfigurationNotFoundError", 404)
    assert refusal(s3.get_object_lock_configuration, Bucket=bucket) == ("ObjectLockConfigurationNotFoundError", 404)


def test_a_bucket_that_is_not_there_has_no_configuration(s3, refusal):
    assert refusal(s3.get_bucket_policy, Bucket="nowhere-at-all") == ("NoSuchBucket", 404)
    assert refusal(s3.get_bucket_encryption, Bucket="nowhere-at-all") == ("NoSuchBucket", 404)
    assert refusal(s3.put_bucket_tagging, Bucket="nowhere-at-all", Tagging=TAGS) == ("NoSuchBucket", 404)
    assert refusal(s3.delete_bucket_cors, Bucket="nowhere-at-all") == ("NoSuchBucket", 404)


TAGGING = b'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>%s</TagSet></Tagging>'
BOMB = b'<!DOCTYPE t [<!ENTITY a "aaaa">]><Tagging><TagSet><Tag><Key>&a;</Key><Value>v</Value></Tag></TagSet></Tagging>'


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("tagging", b"", "MalformedXML"),
        ("tagging", b"not xml", "MalformedXML"),
        ("tagging", b"\xff\xfe\x00", "MalformedXML"),
        ("tagging", b"<Tagging>", "MalformedXML"),
        ("tagging", b"<Other/>", "MalformedXML"),
        ("tagging", b"<Tagging/>", "MalformedXML"),
        ("tagging", b"<Tagging><TagSet><Nag/></TagSet></Tagging>", "MalformedXML"),
        ("tagging", TAGGING % b"<Tag><Key>k</Key></Tag>", "MalformedXML"),
        ("tagging", TAGGING % (b"<Tag><Key>k</Key><Value>v</Value></Tag>" * 2), "InvalidTag"),
        ("tagging", TAGGING % b"<Tag><Key>aws:k</Key><Value>v</Value></Tag>", "InvalidTag"),
        ("tagging", BOMB, "MalformedXML"),
        ("tagging", b"<a>" * 200_000, "MalformedXML"),
        ("tagging", b"<a>" + b"x" * 5_000_000 + b"</a>", "MaxMessageLengthExceeded"),
        ("versioning", b"<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>", "MalformedXML"),
        ("publicAccessBlock", b"<PublicAccessBlockConfiguration><BlockPublicAcls>3</BlockPublicAcls>"
         b"</PublicAccessBlockConfiguration>", "MalformedXML"),
        ("cors", b"<CORSConfiguration/>", "MalformedXML"),
        ("policy", b"{", "MalformedPolicy"),
        ("policy", b"[]", "MalformedPolicy"),
        ("policy", b"{}", "MalformedPolicy"),
        ("policy", b"[" * 100_000, "PolicyTooLarge"),
        ("policy", b"[" * 20_000, "MalformedPolicy"),
    ],
)  # fmt: skip
def test_a_document_that_is_wrong_is_refused_and_changes_nothing(send, bucket, query, body, code):
    status, _, reply = send("PUT", f"/{bucket}?{query}", body)
    assert (status, f"<Code>{code}</Code>".encode() in reply) == (400, True), reply
    assert send("GET", f"/{bucket}?tagging")[0] == 404


def test_a_document_damaged_on_its_way_is_refused(send, bucket):
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(b"another").digest()).decode()}
    status, _, reply = send("PUT", f"/{bucket}?policy", POLICY.encode(), headers)
    assert (status, b"<Code>BadDigest</Code>" in reply) == (400, True)
