"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws import start
from local_aws.state import running

PROJECT = Path(__file__).parent.parent.parent


def run(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_aws", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, **more)


def test_exec_starts_local_aws_for_one_command_and_ends_it(tmp_path):
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    done = run("exec", "--state", str(tmp_path), "--", sys.executable, "-c", script)
    assert (done.returncode, done.stdout.strip()) == (0, "000000000000"), done.stderr
    assert running(tmp_path) is None


def test_exec_uses_the_one_that_runs_and_passes_the_exit_status_on(tmp_path):
    connection = start.ensure(tmp_path)
    script = "import os, sys; print(os.environ['AWS_ENDPOINT_URL']); sys.exit(7)"
    done = run("exec", "--state", str(tmp_path), "--", sys.executable, "-c", script)
    assert (done.returncode, done.stdout.strip()) == (7, connection.endpoint)
    assert running(tmp_path) is not None
    start.stop(tmp_path)


def test_exec_hides_a_profile_that_would_lead_to_a_real_account(tmp_path):
    script = "import os; print(os.environ.get('AWS_PROFILE'), os.environ.get('AWS_SESSION_TOKEN'))"
    environment = os.environ | {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "t"}
    done = run("exec", "--state", str(tmp_path), "--", sys.executable, "-c", script, env=environment)
    assert done.stdout.strip() == "None None"


def test_exec_of_no_or_an_unknown_command_says_so(tmp_path):
    assert "which command" in run("exec", "--state", str(tmp_path)).stderr
    done = run("exec", "--state", str(tmp_path), "--", "no-such-command-here")
    assert done.returncode == 127
    assert "no-such-command-here" in done.stderr


def test_the_aws_command_line_works(tmp_path):
    source = tmp_path / "hello.txt"
    source.write_text("hola")
    aws = str(Path(sys.executable).with_name("aws"))
    script = (
        f"{aws} s3 mb s3://my-bucket && {aws} s3 cp {source} s3://my-bucket/a/hello.txt && "
        f"{aws} s3 ls s3://my-bucket/a/ && {aws} s3 cp s3://my-bucket/a/hello.txt - && {aws} sagemaker list-models"
    )
    done = run("exec", "--state", str(tmp_path / "state"), "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "hola" in done.stdout
    assert '"Models": []' in done.stdout


def test_status_and_env_tell_whether_it_runs(tmp_path):
    assert run("status", "--state", str(tmp_path)).returncode == 1
    assert "does not run" not in run("env", "--state", str(tmp_path)).stdout
    connection = start.ensure(tmp_path)
    assert connection.endpoint in run("status", "--state", str(tmp_path)).stdout
    assert f"export AWS_ENDPOINT_URL={connection.endpoint}" in run("env", "--state", str(tmp_path)).stdout
    start.stop(tmp_path)


def test_reset_wants_a_yes_and_refuses_while_it_runs(tmp_path):
    start.ensure(tmp_path)
    assert run("reset", "--state", str(tmp_path), "--yes").returncode == 1
    start.stop(tmp_path)
    assert run("reset", "--state", str(tmp_path)).returncode == 2
    assert (tmp_path / "documents.sqlite").exists()
    assert run("reset", "--state", str(tmp_path), "--yes").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_two_servers_cannot_run_on_one_state_directory(tmp_path):
    start.ensure(tmp_path)
    second = run("serve", "--state", str(tmp_path))
    start.stop(tmp_path)
    assert second.returncode == 1
    assert "already runs" in second.stderr


def test_a_taken_port_is_said_so(tmp_path):
    connection = start.ensure(tmp_path / "one")
    second = run("serve", "--state", str(tmp_path / "two"), "--port", connection.endpoint.rpartition(":")[2])
    start.stop(tmp_path / "one")
    assert second.returncode == 1
    assert "in use" in second.stderr


@pytest.mark.parametrize("name", ["serve", "exec", "env", "status", "reset"])
def test_each_command_takes_its_state_directory_after_its_name(name):
    assert "--state DIR" in run(name, "--help").stdout
