"""Amazon CloudWatch Logs for what SageMaker writes: the groups under /aws/sagemaker/. The platform has all others."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, TypeVar

from local_aws import context
from local_aws.apis.logs.filters import InvalidPattern, compile_pattern
from local_aws.logs import Event, Logs, NoSuchGroup, NoSuchStream, Stream
from local_aws.registry import AwsError, HandOver, approximate, operation

OURS = "/aws/sagemaker/"

_MOST_EVENTS = 10_000
_MOST_PAGE_BYTES = 1 << 20
_EVENT_OVERHEAD_BYTES = 26
"""CloudWatch Logs counts so much for each event besides its message."""
_MOST_SEARCHED_BYTES = 32 << 20
"""One FilterLogEvents call looks through so much, then returns what it has and a token to go on, as AWS does."""
_TOKEN_DIGITS = 56
_PAGE = 50

Item = TypeVar("Item")


@operation("logs", "GetLogEvents")
def get_log_events(
    logStreamName: str,
    logGroupName: str | None = None,
    logGroupIdentifier: str | None = None,
    startTime: int = 0,
    endTime: int | None = None,
    nextToken: str | None = None,
    limit: int = _MOST_EVENTS,
    startFromHead: bool = False,
    unmask: bool = False,
) -> dict[str, Any]:
    group = _our_group(logGroupName, logGroupIdentifier)
    forward, offset = (startFromHead, None) if nextToken is None else _direction(nextToken)
    logs = _logs()
    with _missing_reported():
        if forward:
            events = list(_page_of(logs.after(group, logStreamName, offset or 0, startTime), limit, endTime))
        else:
            latest = logs.before(group, logStreamName, offset, endTime)
            events = list(_page_of(latest, limit, since=startTime))[::-1]
        if events:
            start, end = events[0].start, events[-1].end
        else:
            start = end = offset if offset is not None else 0 if forward else logs.stream(group, logStreamName).end
    return {
        "events": [
            {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.timestamp}
            for event in events
        ],
        "nextForwardToken": f"f/{end:0{_TOKEN_DIGITS}d}",
        "nextBackwardToken": f"b/{start:0{_TOKEN_DIGITS}d}",
    }


@operation(
    "logs",
    "FilterLogEvents",
    fidelity=approximate("Groups under /aws/sagemaker/: patterns are terms and phrases, not JSON, columns or %regex%."),
)
def filter_log_events(
    logGroupName: str | None = None,
    logGroupIdentifier: str | None = None,
    logStreamNames: list[str] | None = None,
    logStreamNamePrefix: str | None = None,
    startTime: int = 0,
    endTime: int | None = None,
    filterPattern: str = "",
    nextToken: str | None = None,
    limit: int = _MOST_EVENTS,
    **ignored: Any,
) -> dict[str, Any]:
    group = _our_group(logGroupName, logGroupIdentifier)
    if logStreamNames and logStreamNamePrefix:
        raise _invalid("You cannot specify both logStreamNames and logStreamNamePrefix.")
    logs = _logs()
    try:
        fits = compile_pattern(filterPattern)
    except InvalidPattern as error:
        raise _invalid(f"Invalid filter pattern: {error}") from error
    with _missing_reported():
        names = logStreamNames or [stream.name for stream in logs.streams(group, logStreamNamePrefix or "")]
        last = _decode(nextToken) if nextToken else [startTime, "", -1]
        if len(last) != 3 or [type(part) for part in last] != [int, str, int]:
            raise _bad_token()
        found, stopped_at = _search(logs, group, sorted(set(names)), last, endTime, fits, limit)
    reply: dict[str, Any] = {"events": found, "searchedLogStreams": []}
    if stopped_at:
        reply["nextToken"] = _encode(stopped_at)
    return reply


def _search(
    logs: Logs,
    group: str,
    streams: list[str],
    last: list[Any],
    until: int | None,
    fits: Callable[[str], bool],
    limit: int,
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """The fitting events of all streams by time after the position `last`, and where the search stopped before its end.

    A position is [time, stream, offset in it], so that pages stay whole while streams grow.
    """
    found: list[dict[str, Any]] = []
    size = searched = 0
    for position, event in _merged(logs, group, streams, last):
        if until is not None and event.timestamp >= until:
            break
        cost = len(event.message) + _EVENT_OVERHEAD_BYTES
        if len(found) == limit or size + cost > _MOST_PAGE_BYTES or searched > _MOST_SEARCHED_BYTES:
            return found, last
        searched += cost
        last = position
        if fits(event.message):
            size += cost
            found.append(
                {
                    "logStreamName": position[1],
                    "timestamp": event.timestamp,
                    "message": event.message,
                    "ingestionTime": event.timestamp,
                    "eventId": f"{event.timestamp}{event.start:0{_TOKEN_DIGITS - 13}d}",
                }
            )
    return found, None


def _merged(logs: Logs, group: str, names: list[str], last: list[Any]) -> Iterator[tuple[list[Any], Event]]:
    """The events of all streams after a position, by position. A stream is read from when its first event is due."""
    streams = (logs.stream(group, name) for name in names)
    due = sorted((stream.first, stream.name) for stream in streams if stream.first is not None)[::-1]
    heads: list[tuple[list[Any], Event, Iterator[Event]]] = []
    while due or heads:
        if due and (not heads or due[-1][0] <= heads[0][1].timestamp):
            name = due.pop()[1]
            events = logs.after(group, name, since=last[0])
        else:
            position, event, events = heappop(heads)
            yield position, event
            name = position[1]
        for event in events:
            position = [event.timestamp, name, event.start]
            if position > last:
                heappush(heads, (position, event, events))
                break


@operation("logs", "DescribeLogStreams")
def describe_log_streams(
    logGroupName: str | None = None,
    logGroupIdentifier: str | None = None,
    logStreamNamePrefix: str = "",
    orderBy: str = "LogStreamName",
    descending: bool = False,
    nextToken: str | None = None,
    limit: int = _PAGE,
) -> dict[str, Any]:
    group = _our_group(logGroupName, logGroupIdentifier)
    by_time = orderBy == "LastEventTime"
    if by_time and logStreamNamePrefix:
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    with _missing_reported():
        streams = _logs().streams(group, logStreamNamePrefix)

    def position(stream: Stream) -> list[Any]:
        return [stream.last or 0, stream.name] if by_time else [stream.name]

    shown, token = _page(streams, position, descending, nextToken, limit)
    arn = context.here().arn("logs", f"log-group:{group}")
    return {"logStreams": [_described(stream, arn) for stream in shown]} | token


def _described(stream: Stream, group_arn: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": f"{group_arn}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS, too, has reported no other since June 2019
        "uploadSequenceToken": str(stream.end),
    }
    if stream.first is not None and stream.last is not None:
        described |= {
            "firstEventTimestamp": stream.first,
            "lastEventTimestamp": stream.last,
            "lastIngestionTime": stream.last,
        }
    return described


@operation(
    "logs",
    "DescribeLogGroups",
    fidelity=approximate("SageMaker's groups are listed only where the prefix begins with /aws/sagemaker/."),
)
def describe_log_groups(
    logGroupNamePrefix: str = "", nextToken: str | None = None, limit: int = _PAGE, **ignored: Any
) -> dict[str, Any]:
    if not logGroupNamePrefix.startswith(OURS):
        raise HandOver
    shown, token = _page(_logs().groups(logGroupNamePrefix), lambda group: [group.name], False, nextToken, limit)
    arn = context.here().arn("logs", "log-group")
    groups = [
        {
            "logGroupName": group.name,
            "creationTime": group.created,
            "metricFilterCount": 0,
            "arn": f"{arn}:{group.name}:*",
            "storedBytes": group.size,
            "logGroupClass": "STANDARD",
            "logGroupArn": f"{arn}:{group.name}",
        }
        for group in shown
    ]
    return {"logGroups": groups} | token


@operation("logs", "DeleteLogStream")
def delete_log_stream(logGroupName: str, logStreamName: str) -> None:
    group = _our_group(logGroupName, None)
    with _missing_reported():
        _logs().delete_stream(group, logStreamName)


@operation("logs", "DeleteLogGroup")
def delete_log_group(logGroupName: str) -> None:
    group = _our_group(logGroupName, None)
    with _missing_reported():
        _logs().delete_group(group)


def _logs() -> Logs:
    here = context.here()
    return here.server.logs.within(here.account, here.region)


@contextmanager
def _missing_reported() -> Iterator[None]:
    try:
        yield
    except NoSuchGroup as error:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.") from error
    except NoSuchStream as error:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.") from error


def _our_group(name: str | None, identifier: str | None) -> str:
    """The group's name, where it is one of ours; hands over where it is not."""
    if bool(name) == bool(identifier):
        raise _invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")
    group = name or (identifier or "").removesuffix(":*").rpartition(":log-group:")[2]
    if not group.startswith(OURS):
        raise HandOver
    return group


def _page_of(events: Iterable[Event], limit: int, until: int | None = None, since: int = 0) -> Iterator[Event]:
    """As many of the events as fit a page, and lie within the times."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.message) + _EVENT_OVERHEAD_BYTES
        if count == limit or size > _MOST_PAGE_BYTES or event.timestamp < since:
            return
        if until is not None and event.timestamp >= until:
            return
        yield event


def _page(
    items: list[Item], position: Callable[[Item], list[Any]], descending: bool, token: str | None, limit: int
) -> tuple[list[Item], dict[str, str]]:
    """The items after the one that the token names, and the token for the next page where there is one."""
    items = sorted(items, key=position, reverse=descending)
    if token is not None:
        last = _decode(token)
        try:
            items = [item for item in items if (position(item) < last if descending else position(item) > last)]
        except TypeError as error:
            raise _bad_token() from error
    shown = items[:limit]
    return shown, {"nextToken": _encode(position(shown[-1]))} if len(items) > limit else {}


def _direction(token: str) -> tuple[bool, int]:
    """Whether a GetLogEvents token leads forward, and from which offset."""
    way, _, offset = token.partition("/")
    if way not in ("f", "b") or len(offset) != _TOKEN_DIGITS or not offset.isdecimal():
        raise _bad_token()
    return way == "f", min(int(offset), 1 << 62)


def _encode(position: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _decode(token: str) -> list[Any]:
    try:
        position = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _bad_token() from error
    if not isinstance(position, list):
        raise _bad_token()
    return position


def _bad_token() -> AwsError:
    return _invalid("The specified nextToken is invalid.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
