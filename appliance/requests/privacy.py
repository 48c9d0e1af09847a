"""What the box knows of people: one number erased, everything kept in a file, a box brought back from one."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path
from typing import Any

from appliance import backups
from appliance.accounts import CLAIM, USERS
from appliance.building.numbers import is_e164
from appliance.certificates import FOLDER as TLS
from appliance.clock import Clock
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.register import events
from appliance.register.archive import BackupError
from appliance.register.event import PERSONAL_FIELDS
from appliance.register.journal import masked
from appliance.register.log import NotSavedError
from appliance.register.restore import Prepared, kept_aside, prepared
from appliance.register.retention import needed_calls, waits_urgently
from appliance.register.shelf import DiskShelf
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context
from appliance.requests.editing import Editing
from appliance.requests.feeds import FILE as FEEDS
from appliance.requests.jobs import Job, Jobs
from appliance.requests.rows import calls_about, tickets_about
from appliance.requests.sounds import incoming
from appliance.requests.versions import Versions

BACKUPS = backups.FOLDER  # below the data directory
GRACE_SECONDS = 1.5  # for the page to tell its reader what will happen before it goes


def handlers(context: Context, jobs: Jobs, editing: Editing) -> dict[str, Handler]:
    """The verbs `erase_person`, `backup`, `restore`."""

    async def erase_person(asked: Asked) -> Answer:
        who, number = who_asks(asked), text(asked, "number")
        if not is_e164(number):
            raise RefusedError("a number in full is needed, as +48501502503", "bad_argument", name="number")
        try:
            done = await _erased(context, number)
            versions = Versions(context.options.data, context.options.building_file)
            async with editing.turn:
                done["versions"] = await asyncio.to_thread(versions.forget, number)
            done |= await asyncio.to_thread(_elsewhere, context.options.data)
        except (NotSavedError, OSError) as error:
            raise RefusedError(f"not all of it could be erased, ask again: {error}", "not_saved") from error
        changed(context, who, "erase_person", number=masked(number), **done)
        return done

    async def backup(asked: Asked) -> Answer:
        who, recordings = who_asks(asked), asked.get("recordings") is not False

        async def work(job: Job) -> dict[str, Any]:
            path = await asyncio.to_thread(_back_up, context, recordings)
            changed(context, who, "backup", recordings=recordings)
            return {"path": f"{BACKUPS}/{path.name}", "bytes": path.stat().st_size}

        return jobs.begin("backup", work)

    async def restore(asked: Asked) -> Answer:
        who, path = who_asks(asked), incoming(context, text(asked, "path"), BACKUPS)
        try:
            ready = await asyncio.to_thread(_prepared, context.options.data, path, context.clock)
        except (BackupError, OSError) as error:
            raise RefusedError(str(error), "bad_backup", why=str(error)) from error
        changed(context, who, "restore")

        async def begin() -> None:
            await asyncio.sleep(GRACE_SECONDS)
            context.restart(lambda: _put_in_place(ready, context.options.building_file))

        context.later("bringing back a backup", begin())
        return {"restore": "begun"}

    return {"erase_person": erase_person, "backup": backup, "restore": restore}


async def _erased(context: Context, number: str) -> dict[str, Any]:
    """Take the number, name and voice out of every call and ticket of it; what somebody in need waits for stays."""
    calls, tickets = await calls_about(context, number), await tickets_about(context, number)
    waiting = [row for row in tickets if waits_urgently(row)]
    needed, fields = needed_calls(waiting), sorted(PERSONAL_FIELDS)
    shelf, record = DiskShelf(context.options.data), context.register.record
    over = [row for row in calls if row["ended"] is not None and row["id"] not in needed]
    sounds = 0
    for row in over:
        if row["recording"]:
            await shelf.delete(row["recording"])
            await record(events.CALL_SOUND_ERASED, call=row["uid"], recording=row["recording"])
            sounds += 1
        await record(events.CALL_ERASED, call=row["uid"], fields=fields)
    done = [row for row in tickets if not waits_urgently(row)]
    for row in done:
        await record(events.TICKET_ERASED, ticket=row["uid"], fields=fields)
    return {
        "calls": len(over),
        "tickets": len(done),
        "sounds": sounds,
        "waiting": [row["number"] for row in waiting],
    }


def _elsewhere(data: Path) -> dict[str, list[str]]:
    """Where the number may still be, and is not taken out: whole boxes of earlier days."""
    return {
        "backups": sorted(f"{BACKUPS}/{each.name}" for each in (data / BACKUPS).glob("*.zip")),
        "before_restore": sorted(each.name for each in kept_aside(data.resolve())),
    }


def _back_up(context: Context, recordings: bool) -> Path:
    """In a thread: make one more backup and let the oldest go. Raises BackupError, OSError."""
    options, zone = context.options, context.building.box.timezone
    return backups.make(options.data, options.building_file, context.clock, zone, recordings=recordings)


def _put_in_place(ready: Prepared, building_file: Path) -> None:
    """While nothing runs: the backup's box, with accounts and certificates of today where the backup has none.

    The page's key is made anew at the next start: no session outlives the accounts it was begun with. Raises
    BackupError, OSError.
    """
    data = ready.data
    before = ready.put_in_place().before
    if before is not None:
        _keep_of_today(before, data)
    if building_file.resolve().parent != data:  # the box runs on another file than the data directory's own
        Versions(data, building_file).replace(Versions(data, data / "building.toml").now())


def _keep_of_today(before: Path, data: Path) -> None:
    """What the backup does not have; and the backups go along."""
    for name in (USERS, CLAIM, FEEDS, TLS):
        if not (data / name).exists() and (before / name).exists():
            copy = shutil.copytree if (before / name).is_dir() else shutil.copy2
            copy(before / name, data / name)
    if (before / BACKUPS).is_dir():
        (before / BACKUPS).rename(data / BACKUPS)


def _prepared(data: Path, path: Path, clock: Clock) -> Prepared:
    """In a thread: everything but the last step. Raises BackupError, OSError."""
    from appliance.building.file import check

    ready = prepared(path, data, clock, random.SystemRandom())
    if mistakes := check(ready.staging / "building.toml"):
        ready.give_up()
        raise BackupError(f"{path.name}: its building file has mistakes: {mistakes[0]}")
    return ready
