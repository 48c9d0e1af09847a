"""Puts a backup in place of a data directory: wholly or not at all, and in a new epoch.

1. Everything is read, checked and written beside the data directory; a mistake ends it here, with nothing changed.
2. The register begins a new epoch there, so that no sequence and no number that was given since is given again.
3. The two directories change places in one step; what was there before is kept.

The caller makes sure that no exchange runs on the data directory (`control.only_one`).
"""

from __future__ import annotations

import asyncio
import glob
import os
import random
import secrets
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance import VERSION
from appliance.clock import Clock
from appliance.register import archive, database, migrations
from appliance.register.archive import FORMAT, REGISTER, BackupError, Manifest
from appliance.register.event import stamp_of
from appliance.register.log import NotSavedError
from appliance.register.store import RegisterStore, RegisterUnavailableError
from appliance.register.swap import SwapError, exchange, sync_directory
from appliance.sharing import INCOMING, is_shared, make_private

REASON = "restore"  # of the new epoch
SPARE_BYTES = 64 * 1024 * 1024  # left free on the disk: the exchange must be able to write at once
FRESH_MODE = 0o700
ASIDE = ".before-restore-"  # then when, as 20261122T201541 (UTC)
ASIDE_DAYS = 30  # it holds personal data too


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place; `before`: where the data directory's old contents lie, None where there were none."""

    manifest: Manifest
    before: Path | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A backup that was read, checked and written to `staging` beside the data directory. `at` names what was there."""

    manifest: Manifest
    staging: Path
    data: Path
    at: str

    def put_in_place(self) -> Restored:
        """The last step; no exchange may run. Raises BackupError, OSError; then all is as it was."""
        try:
            _make_alike(self.staging, self.data)
            _put_in_place(self.staging, self.data)
        except BaseException:
            self.give_up()
            raise
        return Restored(self.manifest, _keep_aside(self.staging, self.data, self.at))

    def give_up(self) -> None:
        """Leave everything as it was."""
        shutil.rmtree(self.staging, ignore_errors=True)


def restore(path: Path, data: Path, clock: Clock, rng: random.Random) -> Restored:
    """Put the backup in place of `data`. Raises BackupError, OSError; then `data` is as it was."""
    return prepared(path, data, clock, rng).put_in_place()


def prepared(path: Path, data: Path, clock: Clock, rng: random.Random) -> Prepared:
    """Everything but the last step, also while an exchange runs on `data`. Raises BackupError, OSError.

    Not within an event loop.
    """
    data = data.resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    staging = data.with_name(f"{data.name}.restoring-{secrets.token_hex(4)}")
    try:
        with archive.opened(path) as reader:
            _check(path, reader, data.parent)
            _make_staging(staging, data)
            reader.extract(staging)
        _check_register(path, staging / REGISTER, reader.manifest)
        asyncio.run(_begin_epoch(staging / REGISTER, clock, rng))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return Prepared(reader.manifest, staging, data, stamp_of(clock.now()))


def _make_staging(staging: Path, data: Path) -> None:
    """A directory beside `data`, shared as that is: made within, where it inherits that, for it must not be set."""
    if is_shared(data):
        within = data / staging.name
        make_private(within)
        within.rename(staging)
    else:
        staging.mkdir(mode=FRESH_MODE)


def kept_aside(data: Path) -> list[Path]:
    """What lay in the data directory before it was restored, beside it."""
    return [each for each in data.parent.glob(f"{glob.escape(data.name)}{ASIDE}*") if each.is_dir()]


def expire_aside(data: Path, now: datetime) -> int:
    """Delete what was put aside more than `ASIDE_DAYS` before `now`; how many directories. Raises OSError."""
    gone = 0
    for each in kept_aside(data.resolve()):
        mark = each.name.partition(ASIDE)[2].partition("-")[0]
        with suppress(ValueError):  # another name is not ours
            if datetime.strptime(mark, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) < now - timedelta(days=ASIDE_DAYS):
                shutil.rmtree(each)
                gone += 1
    return gone


def _check(path: Path, reader: archive.ArchiveReader, where: Path) -> None:
    """Whether this program may restore the backup here."""
    manifest = reader.manifest
    if manifest.format > FORMAT or _numbers(manifest.version) > _numbers(VERSION):
        raise BackupError(f"{path}: made by Dyżurka {manifest.version}, newer than this {VERSION}: update it first")
    if REGISTER not in manifest.members or archive.BUILDING not in manifest.members:
        raise BackupError(f"{path}: register or building file is missing: take another backup")
    free = shutil.disk_usage(where).free
    if reader.bytes + SPARE_BYTES > free:
        raise BackupError(f"{path}: needs {reader.bytes >> 20} MB, {where} has {free >> 20} MB free: make room there")


def _numbers(version: str) -> tuple[int, ...]:
    """ "0.10.2" as (0, 10, 2)."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def _check_register(path: Path, register: Path, manifest: Manifest) -> None:
    """Whether it is a sound register of the box that the manifest names."""
    try:
        with closing(sqlite3.connect(register)) as db:
            database.check(db)
            migrations.check_known(db)
            found = database.meta(db, "box"), int(database.meta(db, "epoch") or 0)
    except (database.RegisterDamagedError, migrations.RegisterNewerError, sqlite3.Error, ValueError) as error:
        raise BackupError(f"{path}: its register cannot be used: {error}") from error
    if found != (manifest.box, manifest.epoch):
        raise BackupError(f"{path}: its register and its manifest are of different boxes: take another backup")


async def _begin_epoch(register: Path, clock: Clock, rng: random.Random) -> None:
    """Count anew in the register that will be put in place."""
    with closing(sqlite3.connect(register)) as db:
        name, zone = (database.meta(db, key) or "" for key in ("name", "timezone"))
    try:
        store = await RegisterStore.open(register, clock, rng, box_name=name, timezone=zone)
        try:
            await store.begin_epoch(REASON)
        finally:
            await store.close()
    except (RegisterUnavailableError, NotSavedError) as error:
        raise BackupError(str(error)) from error


def _make_alike(staging: Path, data: Path) -> None:
    """Owner and permissions of the old directory, so that the service may go on; then all names onto the disk."""
    if data.exists():
        old, kept = data.stat(), archive.MODE_BITS | stat.S_ISGID
        if (old.st_mode ^ staging.stat().st_mode) & kept:
            staging.chmod(old.st_mode & kept)
        if (data / INCOMING).is_dir():
            make_private(staging / INCOMING, group_writes=True)
        if os.geteuid() == 0:
            for path in (staging, *staging.rglob("*")):
                os.chown(path, old.st_uid, old.st_gid, follow_symlinks=False)
    for path in (staging, *staging.rglob("*")):
        if path.is_dir():
            sync_directory(path)


def _put_in_place(staging: Path, data: Path) -> None:
    """The one step. It is the last that may fail with nothing changed: `staging` holds the old contents after it."""
    try:
        if data.exists():
            exchange(staging, data)
        else:
            staging.rename(data)
    except SwapError as error:
        raise BackupError(f"{error}: restore into a new directory (--data) and put that in its place") from error


def _keep_aside(old: Path, data: Path, at: str) -> Path | None:
    """Give the old contents, if there were any, the name that people look for; where they lie then."""
    before = None
    if old.exists():
        mark = "".join(each for each in at.partition(".")[0] if each.isdigit() or each == "T")
        before = data.with_name(f"{data.name}{ASIDE}{mark}")
        while before.exists():
            before = before.with_name(f"{before.name}-{secrets.token_hex(2)}")
        old.rename(before)
    sync_directory(data.parent)
    return before
