from __future__ import annotations

import pytest

from local_aws import models


def s3(method, path, query=(), headers=None):
    found = models.route("s3", method, path, list(query), headers or {})
    return found and found[0]


@pytest.mark.parametrize(
    ("request_line", "query", "headers", "operation"),
    [
        ("GET /", (), {}, "ListBuckets"),
        ("GET /b", (), {}, "ListObjects"),
        ("GET /b/", [("list-type", "2")], {}, "ListObjectsV2"),
        ("GET /b", [("location", "")], {}, "GetBucketLocation"),
        ("PUT /b", (), {}, "CreateBucket"),
        ("PUT /b/k/l", (), {}, "PutObject"),
        ("PUT /b/k", (), {"x-amz-copy-source": "/b/z"}, "CopyObject"),
        ("PUT /b/k", [("partNumber", "1"), ("uploadId", "u")], {}, "UploadPart"),
        ("PUT /b/k", [("partNumber", "1"), ("uploadId", "u")], {"x-amz-copy-source": "/b/z"}, "UploadPartCopy"),
        ("GET /b/k", [("uploadId", "u")], {}, "ListParts"),
        ("GET /b/k", [("tagging", "")], {}, "GetObjectTagging"),
        ("POST /b", [("delete", "")], {}, "DeleteObjects"),
        ("POST /b/k", [("uploads", "")], {}, "CreateMultipartUpload"),
        ("HEAD /b/k", (), {}, "HeadObject"),
    ],
)
def test_an_s3_request_is_told_by_path_query_and_header(request_line, query, headers, operation):
    method, path = request_line.split()
    assert s3(method, path, query, headers) == operation


def test_path_parameters_are_decoded_and_an_encoded_slash_stays_inside_one():
    found = models.route("sagemaker-runtime", "POST", "/endpoints/a%2Fb/invocations", [], {})
    assert found == ("InvokeEndpoint", {"EndpointName": "a/b"})
    assert models.route("s3", "GET", "/b/a%20b/%C3%B1", [], {}) == ("GetObject", {"Bucket": "b", "Key": "a b/ñ"})


def test_a_path_that_no_operation_has_is_not_found():
    assert models.route("sagemaker-runtime", "GET", "/nowhere", [], {}) is None


def test_services_that_share_a_signing_name_are_all_looked_at():
    assert models.services_signed_as("lex") == ("lexv2-models", "lexv2-runtime")
    assert models.services_signed_as("comprehend") == ("comprehend",)
