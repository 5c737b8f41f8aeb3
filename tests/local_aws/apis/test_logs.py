import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from local_aws import start
from local_aws.logs import Logs
from tests.conftest import boto_client

GROUP = "/aws/sagemaker/TrainingJobs"


class Writing:
    """Writes streams where a local AWS of these tests reads them, as its jobs do."""

    def __init__(self, home, connection):
        self.connection = connection
        self._logs = Logs(home / "logs").within(connection.account, connection.region)

    def write(self, stream, text, group=GROUP):
        with self._logs.open(group, stream) as appender:
            appender.write(text.encode())

    def clear(self):
        for group in self._logs.groups():
            self._logs.delete_group(group.name)


@pytest.fixture(scope="module")
def writing(tmp_path_factory):
    home = tmp_path_factory.mktemp("with-logs")
    yield Writing(home, start.ensure(home))
    start.stop(home)


@pytest.fixture
def write(writing):
    yield writing.write
    writing.clear()


@pytest.fixture
def logs(writing):
    return boto_client(writing.connection, "logs")


def messages(reply):
    return [event["message"] for event in reply["events"]]


def numbered(count, word="line"):
    return "".join(f"{word} {number}\n" for number in range(count))


def test_a_stream_is_followed_from_its_head(write, logs):
    write("job/algo-1-1", numbered(5))
    first = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", startFromHead=True, limit=3)
    assert messages(first) == ["line 0", "line 1", "line 2"]
    token = first["nextForwardToken"]
    rest = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", startFromHead=True, nextToken=token)
    assert messages(rest) == ["line 3", "line 4"]
    token = rest["nextForwardToken"]
    none = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", startFromHead=True, nextToken=token)
    assert none["events"] == []
    assert none["nextForwardToken"] == token
    write("job/algo-1-1", "more\n")
    more = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", startFromHead=True, nextToken=token)
    assert messages(more) == ["more"]


def test_without_start_from_head_the_latest_come_and_the_backward_token_leads_to_earlier_ones(write, logs):
    write("job/algo-1-1", numbered(5))
    latest = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", limit=2)
    assert messages(latest) == ["line 3", "line 4"]
    token = latest["nextBackwardToken"]
    earlier = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", nextToken=token)
    assert messages(earlier) == ["line 0", "line 1", "line 2"]
    token = earlier["nextBackwardToken"]
    none = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", nextToken=token)
    assert (none["events"], none["nextBackwardToken"]) == ([], token)


def test_following_an_empty_stream_begins_with_its_first_event(write, logs):
    write("job/algo-1-1", "")
    token = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1")["nextForwardToken"]
    write("job/algo-1-1", "first\n")
    reply = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", nextToken=token, startFromHead=True)
    assert messages(reply) == ["first"]


def test_events_carry_their_time_and_can_be_asked_for_by_it(write, logs):
    write("job/algo-1-1", "early\n")
    time.sleep(0.005)
    between = time.time_ns() // 1_000_000
    time.sleep(0.002)
    write("job/algo-1-1", "late\n")
    stream = {"logGroupName": GROUP, "logStreamName": "job/algo-1-1"}
    assert messages(logs.get_log_events(**stream, startTime=between, startFromHead=True)) == ["late"]
    assert messages(logs.get_log_events(**stream, startTime=between)) == ["late"]
    assert messages(logs.get_log_events(**stream, endTime=between, startFromHead=True)) == ["early"]
    assert messages(logs.get_log_events(**stream, endTime=between)) == ["early"]
    (event,) = logs.get_log_events(**stream, startTime=between)["events"]
    assert between <= event["timestamp"] <= event["ingestionTime"] <= time.time() * 1000


def test_a_page_holds_at_most_a_megabyte(write, logs):
    write("job/algo-1-1", ("x" * 100_000 + "\n") * 30)
    stream = {"logGroupName": GROUP, "logStreamName": "job/algo-1-1"}
    pages, token = [], {}
    while not pages or pages[-1]["events"]:
        pages.append(logs.get_log_events(**stream, **token, startFromHead=True))
        token = {"nextToken": pages[-1]["nextForwardToken"]}
    assert [len(page["events"]) for page in pages] == [10, 10, 10, 0]


def test_the_group_may_be_named_by_its_arn(write, logs):
    write("job/algo-1-1", "one\n")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert group["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}:*"
    reply = logs.get_log_events(logGroupIdentifier=group["logGroupArn"], logStreamName="job/algo-1-1")
    assert messages(reply) == ["one"]


@pytest.mark.parametrize(
    ("group", "stream", "message"),
    [
        (GROUP, "job/algo-1-2", "The specified log stream does not exist."),
        ("/aws/sagemaker/Endpoints/none", "x", "The specified log group does not exist."),
    ],
)
def test_what_is_not_there_is_missed_as_by_aws(write, logs, group, stream, message):
    write("job/algo-1-1", "one\n")
    with pytest.raises(ClientError) as refusal:
        logs.get_log_events(logGroupName=group, logStreamName=stream)
    assert refusal.value.response["Error"] == {"Code": "ResourceNotFoundException", "Message": message}


@pytest.mark.parametrize("token", ["x", "f/12", "f/" + "x" * 56, "b/" + "-1" * 28, "f/" + "²" * 56])
def test_a_token_that_was_never_given_is_refused(write, logs, token):
    write("job/algo-1-1", "one\n")
    with pytest.raises(ClientError, match="The specified nextToken is invalid") as refusal:
        logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", nextToken=token)
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"
    for operation in (logs.filter_log_events, logs.describe_log_streams):
        with pytest.raises(ClientError, match="The specified nextToken is invalid"):
            operation(logGroupName=GROUP, nextToken=token)


def test_a_token_from_elsewhere_in_the_stream_shows_whole_events_only(write, logs):
    write("job/algo-1-1", numbered(3))
    for offset in (0, 3, 20, 10**55):
        reply = logs.get_log_events(
            logGroupName=GROUP, logStreamName="job/algo-1-1", nextToken=f"f/{offset:056d}", startFromHead=True
        )
        assert set(messages(reply)) <= {"line 0", "line 1", "line 2"}


def test_all_streams_of_a_group_are_searched_in_order_of_time(write, logs):
    for number in range(4):
        write(f"job-{number % 2}/algo-1-1", f"event {number}\n")
        time.sleep(0.002)
    reply = logs.filter_log_events(logGroupName=GROUP)
    assert messages(reply) == [f"event {number}" for number in range(4)]
    assert [event["logStreamName"][:5] for event in reply["events"]] == ["job-0", "job-1"] * 2
    assert len({(event["eventId"], event["logStreamName"]) for event in reply["events"]}) == 4
    of_one = logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="job-1/")
    assert messages(of_one) == ["event 1", "event 3"]
    assert messages(logs.filter_log_events(logGroupName=GROUP, logStreamNames=["job-0/algo-1-1"])) == [
        "event 0",
        "event 2",
    ]


def test_the_paginator_of_boto3_finds_every_event_once(write, logs):
    for stream in ("a", "b", "c"):
        write(stream, numbered(70, stream))
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 40})
    found = [event["message"] for page in pages for event in page["events"]]
    assert len(found) == len(set(found)) == 210


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["ERROR disk full", "WARN disk slow", "error code=7", "INFO all well"]),
        ("ERROR", ["ERROR disk full"]),
        ("disk -ERROR", ["WARN disk slow"]),
        ("?ERROR ?WARN", ["ERROR disk full", "WARN disk slow"]),
        ('"all well"', ["INFO all well"]),
        ('"code=7"', ["error code=7"]),
        ("disk slow", ["WARN disk slow"]),
    ],
)
def test_events_are_found_by_terms_and_phrases(write, logs, pattern, found):
    write("job/algo-1-1", "ERROR disk full\nWARN disk slow\nerror code=7\nINFO all well\n")
    assert messages(logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)) == found


@pytest.mark.parametrize("pattern", ["{ $.x = 1 }", "[a, b]", "%a+%", 'one "two', "ab(c"])
def test_a_pattern_that_is_not_understood_is_refused(write, logs, pattern):
    write("job/algo-1-1", "one\n")
    with pytest.raises(ClientError, match="Invalid filter pattern") as refusal:
        logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


def test_streams_are_listed_by_name_prefix_and_last_event(write, logs):
    for stream in ("b/1", "a/1", "c/1"):
        write(stream, "one\n")
        time.sleep(0.002)
    write("b/1", "two\n")

    def listed(**how):
        return [
            stream["logStreamName"]
            for page in logs.get_paginator("describe_log_streams").paginate(
                logGroupName=GROUP, PaginationConfig={"PageSize": 2}, **how
            )
            for stream in page["logStreams"]
        ]

    assert listed() == ["a/1", "b/1", "c/1"]
    assert listed(descending=True) == ["c/1", "b/1", "a/1"]
    assert listed(orderBy="LastEventTime", descending=True) == ["b/1", "c/1", "a/1"]
    assert listed(logStreamNamePrefix="b") == ["b/1"]
    with pytest.raises(ClientError, match="Cannot order by LastEventTime with a logStreamNamePrefix"):
        listed(orderBy="LastEventTime", logStreamNamePrefix="b")


def test_a_stream_tells_when_it_was_made_and_when_it_was_written(write, logs):
    began = time.time_ns() // 1_000_000
    write("job/algo-1-1", "one\n")
    (stream,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert began <= stream["creationTime"] <= stream["firstEventTimestamp"] <= stream["lastEventTimestamp"]
    assert stream["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}:log-stream:job/algo-1-1"


def test_a_deleted_group_is_gone(write, logs):
    write("a/1", "one\n")
    write("b/1", "one\n")
    logs.delete_log_stream(logGroupName=GROUP, logStreamName="a/1")
    assert len(logs.describe_log_streams(logGroupName=GROUP)["logStreams"]) == 1
    logs.delete_log_group(logGroupName=GROUP)
    assert logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.delete_log_group(logGroupName=GROUP)


def test_other_groups_are_the_platforms(write, logs):
    logs.create_log_group(logGroupName="/app/own")
    logs.create_log_stream(logGroupName="/app/own", logStreamName="one")
    event = {"timestamp": time.time_ns() // 1_000_000, "message": "hello"}
    logs.put_log_events(logGroupName="/app/own", logStreamName="one", logEvents=[event])
    assert messages(logs.get_log_events(logGroupName="/app/own", logStreamName="one")) == ["hello"]
    assert messages(logs.filter_log_events(logGroupName="/app/own")) == ["hello"]
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/app/own"]
    logs.delete_log_group(logGroupName="/app/own")


def test_another_region_has_its_own_groups(write, writing):
    write("job/algo-1-1", "one\n")
    elsewhere = boto_client(replace(writing.connection, region="eu-west-1"), "logs")
    assert elsewhere.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"] == []
