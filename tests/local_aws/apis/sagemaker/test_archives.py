"""Archives unpack inside their directory, or not at all."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from local_aws.apis.sagemaker.archives import ArchiveError, pack, unpack


def archive_of(path: Path, *members: tarfile.TarInfo | tuple[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for member in members:
            if isinstance(member, tuple):
                name, content = member
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                archive.addfile(member)
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_what_was_packed_is_unpacked(tmp_path: Path):
    source = tmp_path / "source"
    (source / "code").mkdir(parents=True)
    (source / "model.joblib").write_bytes(b"\x00" * 3_000_000)
    (source / "code" / "inference.py").write_text("x = 1")
    (source / "latest").symlink_to("code/inference.py")
    pack(source, tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "model.joblib").read_bytes() == b"\x00" * 3_000_000
    assert (tmp_path / "out" / "latest").read_text() == "x = 1"


def test_a_plain_tar_is_unpacked_too(tmp_path: Path):
    unpack(archive_of(tmp_path / "a.tar", ("./a/b.txt", b"hello"), mode="w:"), tmp_path / "out")
    assert (tmp_path / "out/a/b.txt").read_bytes() == b"hello"


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"x")],
        [("a/../../evil", b"x")],
        [("/tmp/evil-absolute", b"x")],
        [link("up", "..")],
        [link("absolute", "/etc")],
        [link("up", ".."), ("up/evil", b"x")],
        [link("here", "."), ("here/evil", b"x")],
        [link("p/x", "."), link("a", "p/x/../..")],
        [link("a", "x/../.."), link("x", ".")],
        [link("passwd", "/etc/passwd", tarfile.LNKTYPE)],
        [link("passwd", "../../etc/passwd", tarfile.LNKTYPE)],
        [link("pipe", "", tarfile.FIFOTYPE)],
        [link("device", "", tarfile.CHRTYPE)],
        [("file", b"x"), ("file/below", b"y")],
        [("n" * 300, b"x")],
    ],
    ids=[
        "a name that climbs",
        "a name that climbs from inside",
        "an absolute name",
        "a link up",
        "a link to an absolute path",
        "a file through a link up",
        "a file through a link that stays inside",
        "links that lead out together",
        "links that lead out once the second is there",
        "a hard link to an absolute path",
        "a hard link that climbs",
        "a pipe",
        "a device",
        "a file that is a directory too",
        "a name that is too long",
    ],
)
def test_a_member_that_would_land_outside_is_refused(tmp_path: Path, members: list):
    archive = archive_of(tmp_path / "a.tar.gz", *members)
    with pytest.raises(ArchiveError):
        unpack(archive, tmp_path / "deep" / "out")
    written = {path.name for path in tmp_path.rglob("*")}
    assert "evil" not in written
    assert not Path("/tmp/evil-absolute").exists()
    assert all(Path(os.path.realpath(path)).is_relative_to(tmp_path) for path in tmp_path.rglob("*"))


def test_hard_links_and_links_inside_are_kept(tmp_path: Path):
    members = [("a/one", b"1"), link("a/two", "a/one", tarfile.LNKTYPE), link("three", "a/one")]
    unpack(archive_of(tmp_path / "a.tar.gz", *members), tmp_path / "out")
    assert (tmp_path / "out/a/two").read_bytes() == b"1"
    assert (tmp_path / "out/three").read_bytes() == b"1"


def test_an_archive_that_grows_past_the_limit_is_refused(tmp_path: Path):
    bomb = archive_of(tmp_path / "bomb.tar.gz", ("zeros", bytes(5_000_000)))
    with pytest.raises(ArchiveError, match="more than"):
        unpack(bomb, tmp_path / "out", most_bytes=1_000_000)
    assert not (tmp_path / "out/zeros").exists()


def test_too_many_members_are_refused(tmp_path: Path):
    with pytest.raises(ArchiveError, match="more than"):
        unpack(
            archive_of(tmp_path / "a.tar.gz", *[(str(n), b"") for n in range(20)]), tmp_path / "out", most_members=10
        )


def test_a_huge_header_is_not_read_into_memory(tmp_path: Path):
    with pytest.raises(ArchiveError, match="header"):
        unpack(archive_of(tmp_path / "a.tar.gz", ("n" * 20_000_000, b"")), tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"\x1f\x8b cut", b"x" * 2048])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(ArchiveError):
        unpack(tmp_path / "model.tar.gz", tmp_path / "out")


def test_a_truncated_archive_is_refused(tmp_path: Path):
    whole = archive_of(tmp_path / "a.tar.gz", ("noise", os.urandom(500_000))).read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError):
        unpack(tmp_path / "half.tar.gz", tmp_path / "out")
