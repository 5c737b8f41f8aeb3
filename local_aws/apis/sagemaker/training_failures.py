"""Why a training job failed, as FailureReason says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from local_aws.jobs import Limits, Outcome

LONGEST_REASON = 1024
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
INTERRUPTED = "InternalServerError: Local AWS ended while this training job was running. Please start it again."

_TRACEBACK = "Traceback (most recent call last):"
_LINES_WITHOUT_TRACEBACK = 3
_MOST_ERROR_CHARACTERS = 500
_NO_MEMORY = re.compile(r"\b_?(?:Array)?MemoryError\b|std::bad_alloc|Cannot allocate memory")
_SIGKILL = 9
_GIB = 1 << 30


def internal(error: Exception) -> str:
    """A fault of local AWS itself; one of the machine, like a full disk, is named."""
    return (
        _cut(f"InternalServerError: {error.strerror}.") if isinstance(error, OSError) and error.strerror else INTERNAL
    )


def data_download(why: str) -> str:
    return _cut(f"ClientError: Data download failed:{why}")


def artifact_upload(why: str) -> str:
    return _cut(f"ClientError: Artifact upload failed:{why}")


def framework_error(why: str) -> str:
    """The container could not get as far as the script."""
    return _cut(f"AlgorithmError: Framework Error: \n{why}, exit code: 1")


def own_words(failure: Path, outcome: Outcome) -> str | None:
    """What the algorithm itself wrote about its failure, None where it wrote nothing."""
    if not failure.is_file():
        return None
    with failure.open("rb") as file:
        said = file.read(4 * LONGEST_REASON).decode(errors="replace").strip()
    return _cut(f"AlgorithmError: {said}", f", exit code: {exit_code(outcome)}") if said else None


def script_error(error: str, outcome: Outcome, output: bytes, command: Sequence[str], limits: Limits) -> str:
    """How a command of the job failed. `error` is the toolkit's class for it, `output` the last it printed."""
    message = error_message(output.decode(errors="replace"))
    code = exit_code(outcome)
    extra = ""
    if outcome.ended == "too-many-processes":
        error, code = f"TooManyProcesses: It started more than {limits.processes} processes. {error}", 128 + _SIGKILL
    elif _lacked_memory(outcome, message):
        error = (
            "OutOfMemory: Please use an instance type with more memory, or reduce the size of training data processed "
            f"on an instance. It may use {limits.memory_bytes / _GIB:.1f} GiB here. {error}"
        )
        extra = 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n' if code == 128 + _SIGKILL else ""
    head = f'AlgorithmError: {error}:\nExitCode {code}\nErrorMessage "{message}"\n{extra}Command "'
    return _cut(head + " ".join(command), f'", exit code: {code}')


def exit_code(outcome: Outcome) -> int:
    """As a shell reports it: 128 and the number of the signal where one ended it."""
    return outcome.exit_code if outcome.exit_code >= 0 else 128 - outcome.exit_code


def error_message(output: str) -> str:
    """What the last of the output says was wrong: the error under the last traceback, else the last lines."""
    _, found, trace = output.rpartition(_TRACEBACK)
    lines = [line.rstrip() for line in (trace if found else output).splitlines()]
    if found:
        first = next((at for at, line in enumerate(lines) if line and not line[0].isspace()), len(lines))
        lines = lines[first:]
    else:
        lines = [line for line in lines if line][-_LINES_WITHOUT_TRACEBACK:]
    return "\n".join(lines).strip()[:_MOST_ERROR_CHARACTERS]


def _lacked_memory(outcome: Outcome, message: str) -> bool:
    killed_by_kernel = outcome.ended == "exited" and outcome.exit_code == -_SIGKILL
    return outcome.ended == "out-of-memory" or killed_by_kernel or bool(_NO_MEMORY.search(message))


def _cut(reason: str, end: str = "") -> str:
    return reason[: LONGEST_REASON - len(end)] + end
