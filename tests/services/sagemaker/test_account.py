"""The role and the bucket: on AWS only after they were agreed to, with no more rights than needed; local at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import account, bucket, policies

ACCOUNT = "123456789012"


def states():
    return {need.kind: need.state for need in account.check().items}


def test_on_aws_nothing_is_made_before_it_was_agreed_to(on_aws):
    assert states() == {"role": "missing", "bucket": "missing"}
    with pytest.raises(ServiceError) as refusal:
        account.prepare()
    assert refusal.value.code == "NotAgreed"
    assert states() == {"role": "missing", "bucket": "missing"}


def test_looking_changes_nothing(on_aws):
    with trace.record(trace.Calls()) as calls:
        account.check()
    assert {call.operation.startswith(("Get", "Head", "List")) for call in calls} == {True}


def test_on_aws_both_are_made_once_agreed_to(on_aws):
    made = account.prepare(agreed=True)
    assert made == account.Account(
        f"arn:aws:iam::{ACCOUNT}:role/celaje-sagemaker", f"celaje-{ACCOUNT}-us-east-1", ACCOUNT, "us-east-1"
    )
    assert account.check().ready
    assert account.prepare() == made


def test_what_is_shown_beforehand_is_what_is_made(on_aws):
    shown = {policy.name: policy.document for need in account.check().items for policy in need.policies}
    made = account.prepare(agreed=True)
    iam, s3 = aws.client("iam"), aws.client("s3")
    assert iam.get_role(RoleName="celaje-sagemaker")["Role"]["AssumeRolePolicyDocument"] == shown["trust"]
    (policy,) = iam.list_role_policies(RoleName="celaje-sagemaker")["PolicyNames"]
    inline = iam.get_role_policy(RoleName="celaje-sagemaker", PolicyName=policy)["PolicyDocument"]
    assert inline == shown["permissions"]
    assert json.loads(s3.get_bucket_policy(Bucket=made.bucket)["Policy"]) == shown["bucket"]
    assert not iam.list_attached_role_policies(RoleName="celaje-sagemaker")["AttachedPolicies"]


def test_the_bucket_is_private_encrypted_and_tagged(on_aws):
    name, s3 = account.prepare(agreed=True).bucket, aws.client("s3")
    assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert {"Key": "app", "Value": "celaje"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]


def test_the_role_is_for_sagemaker_in_this_account_only():
    (statement,) = policies.trust(ACCOUNT)["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_role_may_touch_only_our_bucket_sagemakers_logs_and_awss_images():
    statements = policies.permissions("aws", ACCOUNT, "us-east-1", "our-bucket")["Statement"]
    for statement in statements:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        assert not any(action.endswith("*") for action in actions)
        if statement["Resource"] == "*":
            assert actions == ["ecr:GetAuthorizationToken"] or "Condition" in statement
        elif actions[0].startswith("s3:"):
            assert statement["Resource"] in {"arn:aws:s3:::our-bucket", "arn:aws:s3:::our-bucket/*"}


def test_a_region_other_than_the_first_gets_a_bucket_and_rights_of_its_own(on_aws):
    account.prepare(agreed=True)
    with aws.use(aws.Backend("aws", region="eu-west-1")):
        there = account.prepare(agreed=True)
        location = aws.client("s3").get_bucket_location(Bucket=there.bucket)["LocationConstraint"]
    assert location == "eu-west-1"
    assert account.check().ready


def test_what_is_missing_in_a_half_made_role_is_added(on_aws):
    account.prepare(agreed=True)
    aws.client("iam").delete_role_policy(RoleName="celaje-sagemaker", PolicyName="celaje-sagemaker-us-east-1")
    aws.client("s3").delete_public_access_block(Bucket=f"celaje-{ACCOUNT}-us-east-1")
    assert states() == {"role": "incomplete", "bucket": "incomplete"}
    account.prepare(agreed=True)
    assert account.check().ready


def test_rules_that_others_added_to_the_bucket_stay(on_aws):
    name, s3 = account.prepare(agreed=True).bucket, aws.client("s3")
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": f"arn:aws:s3:::{name}"}  # fmt: skip  # noqa: E501
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    assert states()["bucket"] == "incomplete"
    account.prepare(agreed=True)
    sids = [one["Sid"] for one in json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]]
    assert sids == ["Theirs", "CelajeOnlyEncryptedTransport"]
    assert account.check().ready


def test_a_bucket_that_another_account_owns_is_never_used(local_aws):
    taken = bucket.Place(account.prepare().bucket, "999999999999", "aws")
    with pytest.raises(ServiceError) as refusal:
        bucket.make(taken)
    assert refusal.value.code == "BucketTaken"
    assert refusal.value.hint


def test_local_aws_has_both_without_asking(local_aws):
    made = account.prepare()
    assert made.role_arn == "arn:aws:iam::000000000000:role/celaje-sagemaker"
    assert made.bucket == "celaje-000000000000-us-east-1"
    assert account.check().ready
    assert account.prepare() == made


def test_two_sessions_at_once_make_one_of_each(local_aws):
    with aws.use(aws.Backend(**{**vars(local_aws), "region": "eu-central-1"})), ThreadPoolExecutor(6) as threads:
        futures = [threads.submit(copy_context().run, account.prepare) for _ in range(6)]
        assert len({future.result() for future in futures}) == 1
