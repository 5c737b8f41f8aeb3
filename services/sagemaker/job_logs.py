"""What a training job prints: pages of its CloudWatch log, and how far it says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services import aws

GROUP = "/aws/sagemaker/TrainingJobs"
_LINES_IN_TAIL = 40
_PROGRESS = re.compile(r"^progress p=(?P<share>\d*\.?\d+)(?: stage=(?P<stage>.*))?$")


@dataclass(frozen=True)
class LogLine:
    when: datetime
    message: str


@dataclass(frozen=True)
class LogPage:
    """Some lines of a job's log in order, and the token to ask for the lines after them."""

    lines: tuple[LogLine, ...]
    token: str | None


@dataclass(frozen=True)
class Progress:
    """How far the training script says it is: `share` from 0 to 1, and its own words for what it is doing."""

    share: float
    stage: str


def page(job: str, after: str | None) -> LogPage:
    """The lines after the token, at most 10,000 or 1 MB; none before the job has printed. Raises boto3's errors."""
    stream, _, token = after.partition("\n") if after else (_stream(job), "", "")
    if not stream:
        return LogPage((), None)
    reply = _events(stream, **({"nextToken": token} if token else {}), startFromHead=True)
    lines = tuple(
        LogLine(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"])
        for event in reply.get("events", [])
    )
    forward = reply.get("nextForwardToken") or token
    return LogPage(lines, f"{stream}\n{forward}" if forward else None)


def progress(job: str) -> Progress | None:
    """The last progress the job has printed within its last lines."""
    stream = _stream(job)
    if not stream:
        return None
    for event in reversed(_events(stream, limit=_LINES_IN_TAIL, startFromHead=False).get("events", [])):
        found = _PROGRESS.match(event["message"].strip())
        if found:
            return Progress(min(1.0, float(found["share"])), found["stage"] or "")
    return None


def _stream(job: str) -> str:
    """A job on one instance has one stream, <job>/algo-1-<time>; empty until it is made."""
    logs = aws.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{job}/", limit=1)["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return str(streams[0]["logStreamName"]) if streams else ""


def _events(stream: str, **which: Any) -> dict[str, Any]:
    logs = aws.client("logs")
    try:
        reply: dict[str, Any] = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, **which)
    except logs.exceptions.ResourceNotFoundException:
        return {}
    return reply
