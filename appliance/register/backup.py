"""Makes a backup: register, building file, secrets, prompts and recordings in one file, while calls go on.

The register is copied by SQLite itself, so that the copy is one moment of it; then the sounds, so that every sound
that the register names is there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from appliance import VERSION
from appliance.clock import Clock
from appliance.register import database, migrations
from appliance.register.archive import (
    BUILDING,
    FILES,
    FOLDERS,
    PRIVATE_MODE,
    REGISTER,
    SECRETS,
    ArchiveWriter,
    BackupError,
    Manifest,
)
from appliance.register.event import stamp_of
from appliance.sharing import file_mode

STEP_PAGES = 2000  # 8 MB at a time: the writer never waits for the whole copy
RECORDINGS = "recordings"
LEAST_FREE_BYTES = 200_000_000  # stays free for the calls: below it the box tells a fault


def back_up(data: Path, building_file: Path, target: Path, clock: Clock, *, recordings: bool = True) -> Manifest:
    """Write the backup of a data directory to `target`, mode 0600; a file that was there is replaced at the end.

    `building_file` and the secrets.toml beside it are kept as the data directory's own. Raises BackupError, OSError;
    then there is no new file.
    """
    for needed in (data / REGISTER, building_file):
        if not needed.is_file():
            raise BackupError(f"{needed}: no such file: name the data directory with --data, its file with --building")
    _check_room(data, building_file, target.parent, recordings)
    mark = secrets.token_hex(4)
    draft, copy = (target.with_name(f".{target.name}.{mark}.{kind}") for kind in ("part", "register"))
    try:
        box, epoch = _copy_register(data / REGISTER, copy)
        with _private(draft).open("r+b") as out:
            writer = ArchiveWriter(out)
            writer.add(REGISTER, copy, PRIVATE_MODE)
            for name, path in _others(data, building_file, recordings):
                with suppress(FileNotFoundError):  # erased since it was listed
                    writer.add(name, path, PRIVATE_MODE if name == SECRETS else None)
            manifest = writer.finish(version=VERSION, created=stamp_of(clock.now()), box=box, epoch=epoch)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
        return manifest
    finally:
        draft.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)


def _check_room(data: Path, building_file: Path, where: Path, recordings: bool) -> None:
    """Whether a backup, at most as large as what goes into it, leaves the disk enough. Raises BackupError."""
    register = (data / REGISTER).stat().st_size
    with suppress(FileNotFoundError):
        register += (data / f"{REGISTER}-wal").stat().st_size
    needed = 2 * register  # the copy, and that in the backup
    for _, path in _others(data, building_file, recordings):
        with suppress(FileNotFoundError):
            needed += path.stat().st_size
    free = shutil.disk_usage(where).free
    if free - needed < LEAST_FREE_BYTES:
        raise BackupError(
            f"{where}: a backup may need {needed / 1e6:.0f} MB, and {LEAST_FREE_BYTES / 1e6:.0f} MB must stay free for"
            f" the calls; there are {free / 1e6:.0f} MB: make room there, or leave the recordings out"
        )


def _private(path: Path) -> Path:
    """A new empty file that nobody else may read."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, file_mode(PRIVATE_MODE, path.parent)))
    return path


def _copy_register(path: Path, copy: Path) -> tuple[str, int]:
    """One moment of the register as a file of its own; returns its box and epoch. Raises BackupError."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=database.BUSY_SECONDS)) as source,
            closing(sqlite3.connect(_private(copy))) as target,
        ):
            source.execute("BEGIN")  # one moment, however long the copy takes
            source.execute("SELECT 1 FROM sqlite_master").fetchone()
            source.backup(target, pages=STEP_PAGES)
            migrations.check_known(target)
            database.check(target)
            return database.meta(target, "box") or "", int(database.meta(target, "epoch") or 0)
    except database.RegisterDamagedError as error:
        raise BackupError(f"{path}: it is damaged ({error}): restart the exchange, which sets it aside") from error
    except (sqlite3.Error, migrations.RegisterNewerError) as error:
        raise BackupError(f"{path}: {error}") from error


def _others(data: Path, building_file: Path, recordings: bool) -> Iterator[tuple[str, Path]]:
    """Everything but the register: names within the backup, and where they lie."""
    yield BUILDING, building_file
    if (secret := building_file.with_name(SECRETS)).is_file():
        yield SECRETS, secret
    for name in FILES:
        if name not in (REGISTER, BUILDING, SECRETS) and (data / name).is_file():
            yield name, data / name
    for folder in FOLDERS:
        if folder == RECORDINGS and not recordings:
            continue
        top = data / folder
        for path in sorted(top.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{folder}/{path.relative_to(top).as_posix()}", path
