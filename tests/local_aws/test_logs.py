import errno
import os
import threading
import time

import psutil
import pytest

from local_aws import logs
from local_aws.logs import LONGEST_EVENT_BYTES, Logs, NoSuchGroup, NoSuchStream

GROUP = "/aws/sagemaker/TrainingJobs"
STREAM = "job/algo-1-1700000000"


@pytest.fixture
def clock(monkeypatch):
    """The time in ms since 1970, which stands still until a test moves it."""

    class Clock:
        now = 1_700_000_000_000

    monkeypatch.setattr(logs, "_now", lambda: Clock.now)
    return Clock


@pytest.fixture
def store(tmp_path):
    return Logs(tmp_path / "logs")


def write(store, *chunks, group=GROUP, stream=STREAM):
    with store.open(group, stream) as appender:
        for chunk in chunks:
            appender.write(chunk)


def messages(store, **where):
    return [event.message for event in store.after(GROUP, STREAM, **where)]


def test_lines_come_back_in_order_wherever_the_chunks_were_cut(store):
    write(store, b"one\ntw", b"o\nthr", b"ee", b"\nfour")
    assert messages(store) == ["one", "two", "three", "four"]
    assert [event.message for event in store.before(GROUP, STREAM)] == ["four", "three", "two", "one"]


def test_whole_lines_can_be_read_while_the_stream_is_written(store):
    with store.open(GROUP, STREAM) as appender:
        appender.write(b"one\nhal")
        assert messages(store) == ["one"]
        appender.write(b"f\n")
        assert messages(store) == ["one", "half"]


def test_reading_goes_on_from_an_offset(store):
    write(store, b"one\ntwo\nthree\n")
    one, two, three = store.after(GROUP, STREAM)
    assert messages(store, offset=one.end) == ["two", "three"]
    assert messages(store, offset=three.end) == []
    assert [event.message for event in store.before(GROUP, STREAM, offset=two.end)] == ["two", "one"]


def test_reading_many_streams_side_by_side_keeps_no_file_open(store):
    for number in range(50):
        write(store, b"one\ntwo\n", stream=f"stream-{number}")
    before = psutil.Process().num_fds()
    readers = [store.after(GROUP, f"stream-{number}") for number in range(50)]
    assert [next(reader).message for reader in readers] == ["one"] * 50
    assert psutil.Process().num_fds() == before
    assert [event.message for reader in readers for event in reader] == ["two"] * 50


def test_an_offset_past_the_end_is_the_end(store):
    write(store, b"one\n")
    assert messages(store, offset=10**9) == []
    assert [event.message for event in store.before(GROUP, STREAM, offset=10**9)] == ["one"]


def test_an_offset_within_a_line_means_the_next_line(store):
    write(store, b"one\ntwo\n")
    one, two = store.after(GROUP, STREAM)
    assert messages(store, offset=one.start + 3) == ["two"]
    assert messages(store, offset=two.start + 3) == []
    assert messages(store, offset=-7) == ["one", "two"]
    assert [event.message for event in store.before(GROUP, STREAM, offset=two.start - 2)] == ["one"]
    assert list(store.before(GROUP, STREAM, offset=-7)) == []


def test_events_are_found_by_time(store, clock):
    began = clock.now
    with store.open(GROUP, STREAM) as appender:
        for number in range(1000):
            clock.now = began + number // 10
            appender.write(b"%d\n" % number)
    assert messages(store, since=began + 95)[0] == "950"
    assert messages(store, since=began + 100) == []
    assert messages(store, since=began - 5)[0] == "0"
    assert next(store.before(GROUP, STREAM, until=began + 50)).message == "499"
    assert list(store.before(GROUP, STREAM, until=began)) == []


def test_a_clock_that_is_set_back_does_not_disorder_a_stream(store, clock):
    with store.open(GROUP, STREAM) as appender:
        appender.write(b"one\n")
        clock.now -= 5000
        appender.write(b"two\n")
    one, two = store.after(GROUP, STREAM)
    assert one.timestamp == two.timestamp


def test_a_line_longer_than_an_event_becomes_several(store):
    with store.open(GROUP, STREAM) as appender:
        for _ in range(10):
            appender.write(b"x" * 65_536)
        appender.write(b"\nshort\n" + b"y" * (LONGEST_EVENT_BYTES + 1) + b"\n")
    lengths = [len(event.message) for event in store.after(GROUP, STREAM)]
    assert max(lengths) <= LONGEST_EVENT_BYTES
    assert sum(lengths) == 10 * 65_536 + 5 + LONGEST_EVENT_BYTES + 1
    assert [len(event.message) for event in store.before(GROUP, STREAM)] == lengths[::-1]


def test_empty_lines_are_no_events(store):
    write(store, b"\n\none\n", b"\n", b"\n\ntwo\n\n")
    assert messages(store) == ["one", "two"]


def test_bytes_that_are_no_text_are_shown_as_such(store):
    write(store, b"caf\xe9 \x00\r done\n")
    assert messages(store) == ["caf� \x00\r done"]


def test_what_is_known_of_a_stream(store, clock):
    with store.open(GROUP, STREAM) as appender:
        assert store.stream(GROUP, STREAM).last is None
        clock.now += 7
        appender.write(b"one\n")
        clock.now += 5
        appender.write(b"two\n")
    stream = store.stream(GROUP, STREAM)
    assert (stream.created, stream.first, stream.last) == (clock.now - 12, clock.now - 5, clock.now)


def test_groups_and_streams_are_listed_by_prefix(store):
    write(store, b"x\n", stream="b/algo-1")
    write(store, b"x\n", stream="a/algo-1")
    write(store, b"x\n", group="/aws/sagemaker/Endpoints/..")
    assert [stream.name for stream in store.streams(GROUP)] == ["a/algo-1", "b/algo-1"]
    assert [stream.name for stream in store.streams(GROUP, "b/")] == ["b/algo-1"]
    assert [group.name for group in store.groups()] == ["/aws/sagemaker/Endpoints/..", GROUP]
    assert [group.name for group in store.groups("/aws/sagemaker/T")] == [GROUP]


def test_accounts_and_regions_do_not_see_each_other(store):
    write(store.within("000000000000", "us-east-1"), b"here\n")
    assert messages(store.within("000000000000", "us-east-1")) == ["here"]
    with pytest.raises(NoSuchGroup):
        messages(store.within("000000000000", "eu-west-1"))


@pytest.mark.parametrize("stream", ["absent", "..", "../..", "x" * 512, "é" * 400])
def test_a_stream_that_is_not_there_is_missed(store, stream):
    write(store, b"one\n")
    with pytest.raises(NoSuchStream):
        list(store.after(GROUP, stream))


@pytest.mark.parametrize("group", ["absent", "..", "/", "x" * 512])
def test_a_group_that_is_not_there_is_missed(store, group):
    write(store, b"one\n")
    with pytest.raises(NoSuchGroup):
        store.streams(group)


def test_names_stay_inside_the_directory(store, tmp_path):
    write(store, b"one\n", group="..", stream="../../x")
    assert sorted(path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")) == ["logs"] * 3


def test_deleted_streams_and_groups_are_gone(store):
    write(store, b"one\n")
    write(store, b"one\n", stream="other")
    store.delete_stream(GROUP, STREAM)
    assert [stream.name for stream in store.streams(GROUP)] == ["other"]
    store.delete_group(GROUP)
    with pytest.raises(NoSuchGroup):
        store.streams(GROUP)


def test_a_stream_goes_on_after_a_line_that_was_cut_by_a_kill(store, tmp_path):
    write(store, b"one\n")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    with file.open("ab") as torn:
        torn.write(b"1700000000000 tor")
    assert messages(store) == ["one"]
    write(store, b"two\n")
    assert messages(store) == ["one", "two"]


def test_a_stream_without_its_head_does_not_exist_yet(store, tmp_path):
    write(store, b"one\n")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(b"170000")
    with pytest.raises(NoSuchStream):
        messages(store)
    write(store, b"again\n")
    assert messages(store) == ["again"]


def test_output_beyond_the_most_a_stream_keeps_is_counted(store, monkeypatch):
    monkeypatch.setattr(logs, "MOST_STREAM_BYTES", 100)
    write(store, b"one\n", b"x" * 200 + b"\n", b"x" * 99 + b"\n")
    assert messages(store) == ["one", "[301 bytes of output were not kept]"]


class FullDisk:
    """A file on a disk that is full for a while. A test cannot fill a disk without root."""

    def __init__(self, file):
        self._file = file
        self.full = False

    def write(self, data):
        if self.full:
            self._file.write(data[:3])
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_a_full_disk_loses_lines_but_never_part_of_one(store):
    with store.open(GROUP, STREAM) as appender:
        disk = appender._file = FullDisk(appender._file)
        appender.write(b"one\n")
        disk.full = True
        appender.write(b"two\n")
        appender.write(b"three\n")
        assert messages(store) == ["one"]
        disk.full = False
        appender.write(b"four\n")
    assert messages(store) == ["one", "[10 bytes of output were not kept]", "four"]


def test_another_fault_than_a_full_disk_is_raised(store):
    appender = store.open(GROUP, STREAM)
    os.close(appender._file.fileno())
    with pytest.raises(OSError, match="Bad file descriptor"):
        appender.write(b"one\n")


def test_readers_see_whole_events_while_a_thread_writes(store):
    def fill():
        with store.open(GROUP, STREAM) as appender:
            for number in range(20_000):
                appender.write(b"line %d\nand " % number + b"z" * (number % 300) + b"\n")

    store.open(GROUP, STREAM).close()
    writer = threading.Thread(target=fill)
    writer.start()
    seen, offset = 0, 0
    while writer.is_alive() or seen < 40_000:
        for event in store.after(GROUP, STREAM, offset=offset):
            assert event.message.startswith(("line", "and"))
            seen, offset = seen + 1, event.end
        last = next(store.before(GROUP, STREAM), None)
        assert last is None or last.message.startswith(("line", "and"))
    writer.join()
    assert seen == 40_000


def test_a_hundred_megabytes_are_written_and_searched_quickly(store):
    began = time.monotonic()
    with store.open(GROUP, STREAM) as appender:
        for _ in range(1600):
            appender.write(b"a line of output that is sixty-three bytes long, as many are..\n" * 1024)
    assert time.monotonic() - began < 10
    began = time.monotonic()
    assert next(store.before(GROUP, STREAM)).message.endswith("are..")
    assert list(store.after(GROUP, STREAM, since=2**42)) == []
    assert time.monotonic() - began < 0.5
