"""The words of a FailureReason, without a server."""

import pytest

from local_aws.apis.sagemaker import training_failures as failures
from local_aws.jobs import Limits, Outcome

TRACE = """line before
Traceback (most recent call last):
  File "train.py", line 3, in <module>
    main()
    ^^^^^^
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "train.py", line 5, in <module>
    raise ValueError("no target")
ValueError: no target
and its second line
"""


def reason(outcome, output="", limits=None):
    limits = limits or Limits(memory_bytes=4 << 30)
    return failures.script_error("ExecuteUserScriptError", outcome, output.encode(), ["python", "train.py"], limits)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (TRACE, "ValueError: no target\nand its second line"),
        ("usage: x\n\ntrain.py: error: bad\n", "usage: x\ntrain.py: error: bad"),
        ("one\ntwo\nthree\nfour\n", "two\nthree\nfour"),
        ("", ""),
        ("Traceback (most recent call last):\n  File cut", ""),
    ],
)
def test_the_error_is_what_the_output_ends_with(output, message):
    assert failures.error_message(output) == message


def test_a_failure_reads_as_on_aws():
    assert reason(Outcome(1, "exited", 0), TRACE) == (
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: no target\n'
        'and its second line"\nCommand "python train.py", exit code: 1'
    )


def test_a_reason_is_never_longer_than_aws_allows():
    long = reason(Outcome(1, "exited", 0), "x" * 10_000)
    assert len(long) <= failures.LONGEST_REASON
    command = failures.script_error("E", Outcome(2, "exited", 0), b"", ["python", "x" * 5000], Limits(1 << 30))
    assert len(command) == failures.LONGEST_REASON
    assert command.endswith('", exit code: 2')


@pytest.mark.parametrize(
    ("outcome", "output"),
    [
        (Outcome(-9, "out-of-memory", 5 << 30), ""),
        (Outcome(-9, "exited", 0), ""),
        (Outcome(1, "exited", 0), "Traceback (most recent call last):\n  x\nMemoryError\n"),
        (
            Outcome(1, "exited", 0),
            "Traceback (most recent call last):\n  x\nnumpy._core._exceptions._ArrayMemoryError: U\n",
        ),
        (Outcome(-6, "exited", 0), "terminate called after throwing\n  what():  std::bad_alloc\n"),
    ],
)
def test_a_lack_of_memory_is_called_so(outcome, output):
    assert reason(outcome, output).startswith(
        "AlgorithmError: OutOfMemory: Please use an instance type with more memory"
    )


def test_too_many_processes_are_called_so():
    said = reason(Outcome(-9, "too-many-processes", 0), limits=Limits(1 << 30, processes=7))
    assert said.startswith("AlgorithmError: TooManyProcesses: It started more than 7 processes.")
    assert said.endswith("exit code: 137")


@pytest.mark.parametrize(("code", "shown"), [(0, 0), (3, 3), (-9, 137), (-11, 139), (-15, 143)])
def test_a_signal_has_the_exit_code_that_a_shell_gives_it(code, shown):
    assert failures.exit_code(Outcome(code, "exited", 0)) == shown


def test_an_algorithms_own_words_are_only_used_where_it_wrote_some(tmp_path):
    outcome = Outcome(1, "exited", 0)
    assert failures.own_words(tmp_path / "failure", outcome) is None
    (tmp_path / "failure").write_bytes(b" \n")
    assert failures.own_words(tmp_path / "failure", outcome) is None
    (tmp_path / "failure").write_bytes(b"no rows \xff\n")
    assert failures.own_words(tmp_path / "failure", outcome) == "AlgorithmError: no rows \ufffd, exit code: 1"


def test_a_full_disk_is_named_and_a_fault_is_not_explained():
    assert failures.internal(OSError(28, "No space left on device")) == "InternalServerError: No space left on device."
    assert failures.internal(KeyError("x")) == failures.INTERNAL
