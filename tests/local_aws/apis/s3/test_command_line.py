"""The aws command as people type it, against local AWS."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

COMMANDS = """
import shlex, sys
from awscli.clidriver import create_clidriver
for line in sys.stdin:
    if create_clidriver().main(shlex.split(line)):
        sys.exit(line)
"""


def run(connection, *lines: str) -> str:
    """Run aws commands one after the other, in one process since each takes a second to start."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": connection.endpoint,
        "AWS_ACCESS_KEY_ID": connection.access_key,
        "AWS_SECRET_ACCESS_KEY": connection.secret_key,
        "AWS_DEFAULT_REGION": connection.region,
    }
    script = [sys.executable, "-c", COMMANDS]
    done = subprocess.run(script, input="\n".join(lines), env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_buckets_are_made_filled_synchronised_and_emptied(connection, s3, bucket, tmp_path):
    there, back = tmp_path / "there", tmp_path / "back"
    (there / "sub").mkdir(parents=True)
    (there / "a b.txt").write_text("uno")
    (there / "sub" / "ñ.csv").write_text("x,y\n1,2\n")
    big = os.urandom(9 * 1024 * 1024)
    (tmp_path / "big").write_bytes(big)
    name = f"{bucket}-cli"
    shown = run(
        connection,
        f"s3 mb s3://{name}",
        f"s3 sync '{there}' s3://{name}/data",
        f"s3 ls s3://{name}/ --recursive",
        f"s3 sync s3://{name}/data '{back}'",
        f"s3 cp '{tmp_path}/big' s3://{name}/big",
        f"s3 cp s3://{name}/big s3://{name}/copy",
        f"s3 mv s3://{name}/copy s3://{bucket}/moved",
        f"s3api wait object-not-exists --bucket {name} --key copy",
        f"s3 rb s3://{name} --force",
        f"s3 presign s3://{bucket}/moved",
    )
    assert (back / "a b.txt").read_text() == "uno"
    assert (back / "sub" / "ñ.csv").read_text() == "x,y\n1,2\n"
    assert "data/sub/ñ.csv" in shown
    assert f"remove_bucket: {name}" in shown
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["moved"]
    with urllib.request.urlopen(shown.split()[-1]) as reply:
        assert reply.read() == big
