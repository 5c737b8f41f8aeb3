"""Tar archives from and to the outside: unpacked only into their directory, and only up to a size."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

MOST_BYTES = 8 << 30
MOST_MEMBERS = 200_000
_GZIP_MAGIC = b"\x1f\x8b"
_BLOCK_BYTES = 256 << 10
_LONGEST_HEADER_BYTES = 1 << 20
"""tarfile holds an extension header (a long name) in memory whole; a longer one is an attack."""
_BAD_NAME = {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


class ArchiveError(Exception):
    """The archive cannot be unpacked; says why."""


def unpack(archive: Path, into: Path, *, most_bytes: int = MOST_BYTES, most_members: int = MOST_MEMBERS) -> None:
    """Unpack a .tar.gz, or a plain .tar, into a directory, which is made when missing.

    Raises ArchiveError for what is no archive, for members that would land outside (absolute paths, "..", links that
    lead out or that a later member goes through), for devices, and beyond the limits. What was unpacked until then
    stays: unpack into a directory that is dropped on failure.
    """
    into.mkdir(parents=True, exist_ok=True)
    root = into.resolve()
    left = most_bytes
    links: list[Path] = []
    with _members(archive) as members:
        for count, member in enumerate(_one_by_one(members), start=1):
            left -= member.size if member.isreg() else 0
            if count > most_members or left < 0:
                raise ArchiveError(f"The archive holds more than {most_members} files or {most_bytes} bytes.")
            placed = _unpack_one(members, member, root)
            if member.issym():
                links.append(placed)
    for link in links:
        if not Path(os.path.realpath(link)).is_relative_to(root):
            link.unlink()
            raise ArchiveError(f"The archive's link {str(link.relative_to(root))!r} leads out of the archive.")


def pack(folder: Path, archive: Path) -> None:
    """Write everything in a directory as a .tar.gz, with paths relative to it."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as members:
        for path in sorted(folder.iterdir()):
            members.add(path, arcname=path.name)


class _Source:
    """The archive's bytes for tarfile, gunzipped where they are gzipped; refuses to read much at once."""

    def __init__(self, file: IO[bytes]) -> None:
        gzipped = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        self._bytes: IO[bytes] = gzip.GzipFile(fileobj=file) if gzipped else file  # type: ignore[assignment]
        self.seek = self._bytes.seek
        self.tell = self._bytes.tell

    def read(self, size: int) -> bytes:
        if size > _LONGEST_HEADER_BYTES:
            raise ArchiveError(f"The archive holds a header of {size} bytes.")
        return self._bytes.read(size)


@contextmanager
def _members(archive: Path) -> Iterator[tarfile.TarFile]:
    with archive.open("rb") as file:
        try:
            with tarfile.open(fileobj=_Source(file), mode="r:") as members:  # type: ignore[call-overload]
                yield members
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError) as error:
            raise ArchiveError(f"{archive.name} is not a readable tar.gz archive: {error}") from error
        except OSError as error:
            if error.errno not in _BAD_NAME:
                raise
            raise ArchiveError(f"{archive.name} holds a name that cannot be a file: {error.strerror}") from error


def _one_by_one(members: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members in their order, without keeping what was seen in memory."""
    while (member := members.next()) is not None:
        yield member
        members.members.clear()  # type: ignore[attr-defined]


def _unpack_one(members: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> Path:
    target = _inside(root, member.name)
    if target == root:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    _refuse_link(root, target.parent, member.name)
    if member.isdir():
        _refuse_link(root, target, member.name)
        target.mkdir(exist_ok=True)
        return target
    if target.is_dir() and not target.is_symlink():
        raise ArchiveError(f"The archive's member {member.name!r} is both a file and a directory.")
    target.unlink(missing_ok=True)
    if member.isreg():
        source = members.extractfile(member)
        with target.open("wb") as file:
            shutil.copyfileobj(source, file, _BLOCK_BYTES)  # type: ignore[arg-type]
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
    elif member.issym() and not PurePosixPath(member.linkname).is_absolute():
        target.symlink_to(member.linkname)
    elif member.islnk():
        linked = _inside(root, member.linkname)
        _refuse_link(root, linked, member.name)
        if not linked.is_file():
            raise ArchiveError(f"The archive's link {member.name!r} leads to no file of the archive.")
        os.link(linked, target)
    else:
        raise ArchiveError(f"The archive's member {member.name!r} is a device or a link to an absolute path.")
    return target


def _inside(root: Path, name: str) -> Path:
    """Where a member's name leads. Raises ArchiveError for a name that is absolute or climbs."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ArchiveError(f"The archive's member {name!r} lies outside the archive.")
    return root / path


def _refuse_link(root: Path, place: Path, name: str) -> None:
    """Raise ArchiveError where the path to `place` goes through a link that the archive made."""
    if os.path.realpath(place) != str(place):
        raise ArchiveError(f"The archive's member {name!r} goes through a link.")
