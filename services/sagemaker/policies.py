"""What the execution role and the bucket allow, as the policy documents sent to AWS. Pure."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
_VERSION = "2012-10-17"
_TLS_ONLY = "CelajeOnlyEncryptedTransport"


def trust(account: str) -> Document:
    """Only SageMaker may take the role, and only for work in this account (no confused deputy)."""
    return _document(
        _allow(
            "sts:AssumeRole",
            Principal={"Service": "sagemaker.amazonaws.com"},
            Condition={"StringEquals": {"aws:SourceAccount": account}},
        )
    )


def permissions(partition: str, account: str, region: str, bucket: str) -> Document:
    """One bucket, SageMaker's own logs and metrics, and AWS's two images: no more than our jobs and endpoints use."""
    images = [f"arn:{partition}:ecr:{region}:*:repository/sagemaker-{name}" for name in ("scikit-learn", "xgboost")]
    return _document(
        _allow("s3:ListBucket", "s3:GetBucketLocation", Resource=f"arn:{partition}:s3:::{bucket}"),
        _allow("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", Resource=f"arn:{partition}:s3:::{bucket}/*"),
        _allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            Resource=f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/*",
        ),
        _allow(
            "cloudwatch:PutMetricData",
            Resource="*",
            Condition={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
        ),
        _allow("ecr:GetAuthorizationToken", Resource="*"),
        _allow("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", Resource=images),
    )


def tls_only(partition: str, bucket: str) -> Document:
    """Nobody reads or writes the bucket over a connection that is not encrypted."""
    return _document(
        {
            "Sid": _TLS_ONLY,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def with_statements_of(wanted: Document, present: Document | None) -> Document:
    """The policy that is there with our statements added: what others put into it stays."""
    if present is None:
        return wanted
    ours = {statement["Sid"] for statement in wanted["Statement"]}
    others = [statement for statement in present.get("Statement", []) if statement.get("Sid") not in ours]
    return {**present, "Statement": [*others, *wanted["Statement"]]}


def _document(*statements: Document) -> Document:
    return {"Version": _VERSION, "Statement": list(statements)}


def _allow(*actions: str, **parts: Any) -> Document:
    return {"Effect": "Allow", "Action": list(actions) if len(actions) > 1 else actions[0], **parts}
