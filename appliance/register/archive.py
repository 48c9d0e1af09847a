"""The file of a backup: a zip of a data directory's files, and a manifest that says what each of them must be.

It is read as if a stranger had made it: nothing is believed but what the manifest, the sizes and the hashes agree on.
What belongs into a backup is `backup.py`'s, what becomes of it `restore.py`'s.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from appliance.sharing import file_mode

if TYPE_CHECKING:  # loaded where a backup is made or read: each exchange would carry it
    import zipfile

FORMAT = 1  # raised when an older Dyżurka could not restore the file
MANIFEST = "manifest.json"
REGISTER, BUILDING, SECRETS = "register.db", "building.toml", "secrets.toml"
FILES = (REGISTER, BUILDING, SECRETS, "phones.json", "users.json", "feeds.json")
FOLDERS = ("prompts", "recordings", "tls")
SOUND = (".wav", ".al")  # hardly gets smaller; not worth the processor's time

STORED, DEFLATED = 0, 8  # methods of a zip file (APPNOTE.TXT 4.4.5)
MANIFEST_BYTES = 64 * 1024 * 1024  # of some 300,000 recordings
CHUNK_BYTES = 256 * 1024
NAME_BYTES, DEPTH = 255, 8  # of a path's parts
PRIVATE_MODE, MODE_BITS = 0o600, 0o777  # no set-uid bit comes out of a backup

_UNREADABLE = (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


class BackupError(Exception):
    """A backup could not be made or restored; the text says why, and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup: size in bytes, SHA-256 in hex, permissions, when it was changed (seconds since 1970)."""

    bytes: int
    sha256: str
    mode: int
    modified: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `created` is ISO 8601 in UTC; `box` and `epoch` are the register's."""

    format: int
    version: str
    created: str
    box: str
    epoch: int
    members: Mapping[str, Member]


class ArchiveWriter:
    """Writes one backup into an open file: `add` its members, `finish` with the manifest. Raises OSError."""

    def __init__(self, out: IO[bytes]) -> None:
        import zipfile

        self._zip = zipfile.ZipFile(out, "w", DEFLATED, compresslevel=6)
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path, mode: int | None = None) -> None:
        """Add a file as it is now; one that grows meanwhile is kept as far as it goes when it is read."""
        method = STORED if name.endswith(SOUND) else DEFLATED
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            kept = stat.S_IMODE(status.st_mode) if mode is None else mode
            with self._zip.open(_info(name, kept, method), "w", force_zip64=True) as out:
                size, digest = _copy(file, out.write)
        self.members[name] = Member(size, digest, kept, status.st_mtime)

    def finish(self, *, version: str, created: str, box: str, epoch: int) -> Manifest:
        """Write the manifest and end the file."""
        manifest = Manifest(FORMAT, version, created, box, epoch, self.members)
        text = json.dumps(asdict(manifest), indent=1)
        self._zip.writestr(_info(MANIFEST, PRIVATE_MODE, DEFLATED), text)
        self._zip.close()
        return manifest


class ArchiveReader:
    """A backup whose manifest and table of contents agree; made by `opened`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._contents = _contents(archive)
        self.manifest = _manifest(archive)
        listed = {name: each.bytes for name, each in self.manifest.members.items()}
        found = {name: each.file_size for name, each in self._contents.items()}
        if listed != found:
            strange = sorted(set(listed.items()) ^ set(found.items()))[0][0]
            raise BackupError(f"its manifest and its contents do not agree about {strange}")

    @property
    def bytes(self) -> int:
        """What its members need on disk."""
        return sum(each.bytes for each in self.manifest.members.values())

    def extract(self, into: Path) -> None:
        """Write every member below `into`, on disk and with its permissions. Raises BackupError, OSError."""
        for name, member in self.manifest.members.items():
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with unreadable_is_said(), self._zip.open(self._contents[name]) as source, target.open("xb") as out:
                os.fchmod(out.fileno(), PRIVATE_MODE)
                size, digest = _copy(source, out.write, member.bytes)
                if (size, digest) != (member.bytes, member.sha256):
                    raise BackupError(f"{name} is not what was backed up")
                os.utime(out.fileno(), (member.modified, member.modified))
                mode = member.mode & (PRIVATE_MODE if name == SECRETS else MODE_BITS)
                os.fchmod(out.fileno(), file_mode(mode, target.parent))
                out.flush()
                os.fsync(out.fileno())


@contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """A backup to read. Raises BackupError for what is none, or not a whole one; OSError."""
    import zipfile

    try:
        with path.open("rb") as file, unreadable_is_said(), zipfile.ZipFile(file) as archive:
            yield ArchiveReader(archive)
    except BackupError as error:
        raise BackupError(f"{path}: {error}; take another backup") from error


@contextmanager
def unreadable_is_said() -> Iterator[None]:
    """Whatever a broken zip file raises becomes a BackupError."""
    import zipfile

    try:
        yield
    except (*_UNREADABLE, zipfile.BadZipFile, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # the disk's own fault; a place before the file's beginning is the zip's
        raise BackupError(f"it is no backup, or only a part of one ({error})") from error


def _info(name: str, mode: int, method: int) -> zipfile.ZipInfo:
    import zipfile

    info = zipfile.ZipInfo(name)  # its date is 1980: the manifest knows the real one
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = method
    return info


def _copy(source: IO[bytes], write: Callable[[bytes], object], most: int | None = None) -> tuple[int, str]:
    """Copy to the end, or until one byte more than `most`; the size and the SHA-256 of what was read."""
    digest, size = sha256(), 0
    while chunk := source.read(CHUNK_BYTES if most is None else min(CHUNK_BYTES, most + 1 - size)):
        write(chunk)
        digest.update(chunk)
        size += len(chunk)
        if most is not None and size > most:
            break
    return size, digest.hexdigest()


def _contents(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name, without the manifest: plain files, each once, each at a place that a backup knows."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind != stat.S_IFREG:
            raise BackupError(f"it holds something that is no plain file: {info.filename!r}")
        if info.filename in found:
            raise BackupError(f"it holds {info.filename!r} twice")
        if info.filename != MANIFEST and not _has_a_place(info.orig_filename):
            raise BackupError(f"it holds a file that belongs nowhere: {info.filename!r}")
        found[info.filename] = info
    if found.pop(MANIFEST, None) is None:
        raise BackupError(f"it has no {MANIFEST}: it is no backup of Dyżurka")
    return found


def _has_a_place(name: str) -> bool:
    """Whether a member's name is one of the files, or a plain path below one of the folders."""
    if name in FILES:
        return True
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and len(os.fsencode(part)) <= NAME_BYTES for part in parts)
    return plain and 1 < len(parts) <= DEPTH and parts[0] in FOLDERS and "\\" not in name and name.isprintable()


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    info = archive.getinfo(MANIFEST)
    if info.file_size > MANIFEST_BYTES:
        raise BackupError(f"its {MANIFEST} is too large")
    with archive.open(info) as file:
        told = json.loads(file.read(MANIFEST_BYTES))
    try:
        members = {str(name): _member(each) for name, each in told["members"].items()}
        about = {key: str(told[key]) for key in ("version", "created", "box")}
        return Manifest(format=int(told["format"]), epoch=int(told["epoch"]), members=members, **about)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise BackupError(f"its {MANIFEST} cannot be understood") from error


def _member(told: Mapping[str, Any]) -> Member:
    member = Member(int(told["bytes"]), str(told["sha256"]), int(told["mode"]), float(told["modified"]))
    if member.bytes < 0 or not 0 <= member.modified < 1e11:  # year 5138; a broken number must not reach the disk
        raise ValueError(member)
    return member
