"""The object store by itself: what is on disk, in what order keys come, and what a kill or a full disk leaves."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from local_aws import objects as store
from local_aws.objects import MIN_PART_BYTES, Checksum, Objects

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def objects(tmp_path):
    opened = Objects(tmp_path / "objects")
    opened.create_bucket("b", "us-east-1")
    yield opened
    opened.close()


def put(objects, key, data=b"data", **more):
    with objects.writer("b") as writer:
        writer.write(data)
        return writer.commit(key, **more)


def content(objects, key, *span):
    return b"".join(objects.read("b", key, *span))


def blobs(objects):
    """The files on disk, once removals are done, each with its inode."""
    objects._blobs.close()
    return {path.name: path.stat().st_ino for path in objects._blobs._root.rglob("*") if path.is_file()}


def upload_of(objects, *parts, key="k"):
    upload = objects.uploads.create("b", key, headers={}, metadata={"a": "b"}, tags={})
    written = []
    for number, data in enumerate(parts, 1):
        with objects.writer("b") as writer:
            writer.write(data)
            written.append(writer.commit_part(upload.id, number))
    return upload, [(part.number, part.etag) for part in written]


def test_what_was_written_is_read_back_with_all_that_belongs_to_it(objects):
    put(objects, "k", b"one two", headers={"content-type": "text/x"}, metadata={"m": "ñ"}, tags={"t": "1"},
        checksum=Checksum("CRC32", "abc="))  # fmt: skip
    info = objects.info("b", "k")
    assert content(objects, "k") == b"one two"
    assert (info.size, info.etag) == (7, hashlib.md5(b"one two").hexdigest())
    assert (info.headers, info.metadata, info.tags) == ({"content-type": "text/x"}, {"m": "ñ"}, {"t": "1"})
    assert info.checksum == Checksum("CRC32", "abc=", "FULL_OBJECT")


@pytest.mark.parametrize("span", [(0, 0), (0, 1), (3, 4), (4, None), (9, 100), (0, None), (2, 8), (10, 20)])
def test_a_range_is_the_same_slice_however_small_the_pieces(objects, span):
    data = b"0123456789"
    put(objects, "k", data)
    with objects.open("b", "k") as reader:
        assert b"".join(reader.read(*span, chunk=3)) == data[slice(*span)]


def test_an_object_without_bytes_is_an_object(objects):
    with objects.writer("b") as writer:
        writer.commit("empty")
    assert content(objects, "empty") == b""
    assert objects.info("b", "empty").size == 0


def test_a_writer_left_without_commit_leaves_nothing(objects):
    with objects.writer("b") as writer:
        writer.write(b"x" * 100_000)
        assert len(list(objects._blobs._root.rglob("*/*"))) == 1
    assert objects.info("b", "k") is None
    assert blobs(objects) == {}


def test_a_replaced_and_a_deleted_object_leave_no_data(objects):
    put(objects, "k", b"old")
    put(objects, "k", b"new")
    assert content(objects, "k") == b"new"
    assert len(blobs(objects)) == 1
    objects.delete("b", "k", "never-there")
    assert blobs(objects) == {}


def test_a_reader_keeps_its_version_while_the_key_changes(objects):
    put(objects, "k", b"old" * 1000)
    reader = objects.open("b", "k")
    pieces = reader.read(chunk=100)
    first = next(pieces)
    put(objects, "k", b"new")
    assert first + b"".join(pieces) == b"old" * 1000
    assert len(blobs(objects)) == 2
    reader.close()
    objects._blobs.remove([])
    assert len(blobs(objects)) == 1


@pytest.mark.parametrize("key", ["../../etc/passwd", "a//b", "/", "nul\0nul", "new\nline", "😀/é", "a" * 1024, "."])
def test_a_key_never_becomes_a_path(objects, tmp_path, key):
    put(objects, key, key.encode())
    assert content(objects, key) == key.encode()
    assert [info.key for info in objects.list("b").objects] == [key]
    assert {path.name for path in tmp_path.iterdir()} == {"objects"}


def test_keys_come_in_the_order_of_their_utf_8_bytes(objects):
    # In UTF-16 and in Python's own order of code points these differ from each other.
    keys = ["a", "a/", "a0", "B", "é", "ｱ", "\uffff", "😀", "z"]
    for key in random.Random(1).sample(keys, len(keys)):
        put(objects, key)
    assert [info.key for info in objects.list("b").objects] == sorted(keys, key=str.encode)


def expected_entries(keys, prefix, delimiter):
    """What a listing is, said the slow way: keys and rolled-up prefixes, in order, once each."""
    entries = []
    for key in sorted((key for key in keys if key.startswith(prefix)), key=str.encode):
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if end < 0 else key[: end + len(delimiter)]
        if entry not in entries:
            entries.append(entry)
    return entries


@pytest.mark.parametrize(
    ("prefix", "delimiter"), [("", ""), ("", "/"), ("a/", "/"), ("a", "b"), ("", "ab"), ("é", "/")]
)
def test_pages_of_any_size_hold_every_entry_once(objects, prefix, delimiter):
    chance = random.Random(7)
    keys = {"".join(chance.choices("ab/é", k=chance.randint(1, 5))) for _ in range(120)}
    for key in keys:
        put(objects, key)
    expected = expected_entries(keys, prefix, delimiter)
    for limit in (1, 2, 3, 7, 1000):
        found, after = [], ""
        while after is not None:
            page = objects.list("b", prefix, after, delimiter, limit)
            assert len(page.objects) + len(page.prefixes) <= limit
            found += sorted([info.key for info in page.objects] + page.prefixes, key=str.encode)
            after = page.next
        assert found == expected


def test_a_listing_skips_what_it_rolls_up(objects):
    for number in range(1000):
        put(objects, f"many/{number:04}", b"")
    put(objects, "z")
    steps = itertools.count()
    objects._index._connection.set_progress_handler(lambda: next(steps) < 0, 1)
    page = objects.list("b", delimiter="/")
    objects._index._connection.set_progress_handler(None, 0)
    assert (page.prefixes, [info.key for info in page.objects]) == (["many/"], ["z"])
    assert next(steps) < 500


def test_all_goes_through_more_than_one_page(objects):
    for number in range(1003):
        put(objects, f"k{number:04}", b"")
    assert len(list(objects.all("b"))) == 1003
    assert [info.key for info in objects.all("b", "k100")] == ["k1000", "k1001", "k1002"]


def test_completing_an_upload_copies_nothing(objects):
    parts = [os.urandom(MIN_PART_BYTES), os.urandom(MIN_PART_BYTES), b"tail"]
    upload, chosen = upload_of(objects, *parts)
    before = blobs(objects)
    info = objects.uploads.complete("b", "k", upload.id, chosen)
    assert blobs(objects) == before
    assert content(objects, "k") == b"".join(parts)
    assert content(objects, "k", MIN_PART_BYTES - 2, MIN_PART_BYTES + 2) == parts[0][-2:] + parts[1][:2]
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert info.etag == f"{hashlib.md5(digests).hexdigest()}-3"
    assert (info.parts, info.metadata) == (3, {"a": "b"})


def test_parts_not_chosen_at_completion_are_gone(objects):
    upload, chosen = upload_of(objects, b"first", b"second")
    objects.uploads.complete("b", "k", upload.id, chosen[1:])
    assert content(objects, "k") == b"second"
    assert len(blobs(objects)) == 1


def test_a_part_uploaded_again_replaces_the_first(objects):
    upload, _ = upload_of(objects, b"first")
    with objects.writer("b") as writer:
        writer.write(b"again")
        part = writer.commit_part(upload.id, 1)
    objects.uploads.complete("b", "k", upload.id, [(1, part.etag)])
    assert content(objects, "k") == b"again"
    assert len(blobs(objects)) == 1


@pytest.mark.parametrize(
    ("pick", "refusal"),
    [
        (lambda parts: parts[::-1], store.InvalidPartOrder),
        (lambda parts: [parts[0], parts[0]], store.InvalidPartOrder),
        (lambda parts: [(1, "0" * 32)], store.InvalidPart),
        (lambda parts: [*parts, (3, "0" * 32)], store.InvalidPart),
        (lambda parts: [], store.InvalidPart),
        (lambda parts: parts, store.PartTooSmall),
    ],
)
def test_a_refused_completion_leaves_the_upload_as_it_was(objects, pick, refusal):
    upload, parts = upload_of(objects, b"small", b"last")
    with pytest.raises(refusal):
        objects.uploads.complete("b", "k", upload.id, pick(parts))
    assert objects.info("b", "k") is None
    objects.uploads.complete("b", "k", upload.id, parts[:1])
    assert content(objects, "k") == b"small"


def test_an_aborted_upload_leaves_nothing_and_is_forgotten(objects):
    upload, _ = upload_of(objects, b"part")
    objects.uploads.abort("b", "k", upload.id)
    assert blobs(objects) == {}
    assert objects.uploads.all("b") == []
    with pytest.raises(store.NoSuchUpload), objects.writer("b") as writer:
        writer.commit_part(upload.id, 1)
    assert blobs(objects) == {}


def test_linked_data_outlives_the_object_it_came_from(objects):
    put(objects, "source", b"shared")
    with objects.open("b", "source") as source, objects.writer("b") as writer:
        writer.link(source)
        copy = writer.commit("copy", etag=source.info.etag)
    assert len(set(blobs(objects).values())) == 1
    objects.delete("b", "source")
    assert (content(objects, "copy"), copy.size) == (b"shared", 6)


def test_a_bucket_is_deleted_only_when_empty_and_takes_its_uploads_along(objects):
    put(objects, "k")
    upload_of(objects, b"part", key="other")
    with pytest.raises(store.BucketNotEmpty):
        objects.delete_bucket("b")
    objects.delete("b", "k")
    objects.delete_bucket("b")
    assert objects.bucket("b") is None
    assert blobs(objects) == {}


def test_what_does_not_exist_is_said_so(objects):
    for missing in (objects.writer, objects.list, objects.delete, objects.delete_bucket):
        with pytest.raises(store.NoSuchBucket):
            missing("nowhere")
    with pytest.raises(store.NoSuchBucket):
        objects.info("nowhere", "k")
    with pytest.raises(store.NoSuchKey):
        objects.open("b", "nothing")
    with pytest.raises(store.BucketExists):
        objects.create_bucket("b", "us-east-1")


def test_a_bucket_deleted_during_a_write_is_not_brought_back(objects):
    with objects.writer("b") as writer:
        writer.write(b"late")
        objects.delete_bucket("b")
        with pytest.raises(store.NoSuchBucket):
            writer.commit("k")
    assert blobs(objects) == {}


def test_files_go_in_and_come_out(objects, tmp_path):
    data = os.urandom(3_000_000)
    (tmp_path / "in").write_bytes(data)
    info = objects.put_file("b", "k", tmp_path / "in", content_type="text/csv")
    assert info.headers == {"content-type": "text/csv"}
    objects.copy_to("b", "k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data


def test_configuration_is_kept_until_removed_and_goes_with_its_bucket(objects):
    objects.configure("b", "policy", "{}")
    assert objects.configuration("b", "policy") == "{}"
    objects.configure("b", "policy", None)
    assert objects.configuration("b", "policy") is None
    objects.configure("b", "policy", "{}")
    objects.delete_bucket("b")
    objects.create_bucket("b", "us-east-1")
    assert objects.configuration("b", "policy") is None


def test_damaged_data_is_reported_and_never_passed_off_as_whole(objects):
    put(objects, "k", b"0123456789")
    (path,) = (path for path in objects._blobs._root.rglob("*") if path.is_file())
    os.truncate(path, 4)
    with pytest.raises(store.DamagedObject):
        content(objects, "k")
    path.unlink()
    with pytest.raises(store.DamagedObject):
        content(objects, "k")


def test_readers_see_one_version_or_another_while_threads_write(objects):
    versions = {bytes([65 + number]) * 50_000 for number in range(4)}
    put(objects, "k", min(versions))
    wrong, done = [], threading.Event()

    def read():
        while not done.is_set():
            if (seen := content(objects, "k")) not in versions:
                wrong.append(len(seen))

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [
        threading.Thread(target=lambda data=data: [put(objects, "k", data) for _ in range(40)]) for data in versions
    ]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert wrong == []
    assert len(blobs(objects)) == 1


HEAD = """
import os, resource, signal, sys
from pathlib import Path
from local_aws.objects import *
objects = Objects(Path(sys.argv[1]))
"""


def run(script, root):
    """Run a script on the store in a process of its own."""
    command = [sys.executable, "-c", HEAD + script, str(root)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30)


def test_a_kill_9_keeps_what_was_committed_and_sweeps_the_rest(tmp_path):
    killed = run(
        """
objects.create_bucket("b", "us-east-1")
upload = objects.uploads.create("b", "big", headers={}, metadata={}, tags={})
with objects.writer("b") as writer:
    writer.write(b"part one")
    writer.commit_part(upload.id, 1)
with objects.writer("b") as writer:
    writer.write(b"whole")
    writer.commit("whole")
with objects.writer("b") as writer:
    writer.write(b"x" * 1_000_000)
    os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    objects = Objects(tmp_path)
    assert content(objects, "whole") == b"whole"
    (upload,) = objects.uploads.all("b")
    (part,) = objects.uploads.parts(upload.id)
    assert len(blobs(objects)) == 2
    objects.uploads.complete("b", "big", upload.id, [(part.number, part.etag)])
    assert content(objects, "big") == b"part one"
    objects.close()


def test_a_full_disk_is_reported_and_leaves_nothing_half_written(tmp_path):
    # A limit on the size of files stands in for the disk's; the operating system reports both where it writes.
    filled = run(
        """
objects.create_bucket("b", "us-east-1")
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    with objects.writer("b") as writer:
        for _ in range(30):
            writer.write(b"x" * 100_000)
        writer.commit("big")
except StorageFull as error:
    print(error)
with objects.writer("b") as writer:
    writer.write(b"fits")
    writer.commit("small")
objects.close()
""",
        tmp_path,
    )
    assert "no room left" in filled.stdout, filled.stderr
    objects = Objects(tmp_path)
    assert [info.key for info in objects.list("b").objects] == ["small"]
    assert len(blobs(objects)) == 1
    objects.close()
