"""Another version of the program: looked into, begun, stopped, gone back to. What it is says `updating`."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

from appliance import VERSION
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.register.fold import local
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context
from appliance.requests.jobs import Job, Jobs
from appliance.sharing import INCOMING, file_mode, make_private
from appliance.updating.allowed import SPARE_BYTES, Why
from appliance.updating.journal import Journal
from appliance.updating.slots import SlotsError
from appliance.updating.states import IDLE, STOPPABLE
from appliance.updating.updater import Updater
from appliance.updating.words import why_said

STICKS = Path("/run/dyzurka-stick")  # a directory for each stick that is plugged in, read-only
ON_STICK = "dyzurka-*.raucb"
BUNDLE = re.compile(r"update-[0-9a-f]{16}\.raucb")
FILE_MODE = 0o600
MOST_ON_STICKS = 20


def handlers(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """The verbs `update`, `update_look`, `update_fetch`, `update_begin`, `update_return`, `update_stop`."""
    return {**_looking(context, jobs), **_doing(context)}


def _looking(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """What changes nothing yet."""

    async def update(_: Asked) -> Answer:
        return await asyncio.to_thread(_stands, context)

    async def look(asked: Asked) -> Answer:
        updater, path = _updater(context), _bundle(context, text(asked, "path"))
        try:
            found, against, back = await updater.look_into(path)
        except (SlotsError, OSError) as error:
            raise _refused(error) from error
        told = {
            "version": found.version,
            "description": found.description,
            "signer": found.signer,
            "bytes": found.bytes,
        }
        return {"bundle": told, "why_not": _why(against, context), "step_back": back}

    async def fetch(asked: Asked) -> Answer:
        who_asks(asked)
        _updater(context)
        path = _on_stick(text(asked, "path"))

        async def work(job: Job) -> dict[str, Any]:
            job.step("copies", name=path.name)
            return {"path": await asyncio.to_thread(_copied, context, path)}

        return jobs.begin("fetching an update", work)

    return {"update": update, "update_look": look, "update_fetch": fetch}


def _doing(context: Context) -> dict[str, Handler]:
    """What begins and ends an update."""

    async def begin(asked: Asked) -> Answer:
        who, updater = who_asks(asked), _updater(context)
        path, back = _bundle(context, text(asked, "path")), asked.get("step_back") is True
        try:
            updater.begin(path, who, bytes_needed=context.updates.backup_bytes(), downgrade=back)
        except (SlotsError, OSError) as error:
            raise _refused(error) from error
        changed(context, who, "update_begin")
        return {"state": updater.journal.state.value}

    async def go_back(asked: Asked) -> Answer:
        who, updater = who_asks(asked), _updater(context)
        try:
            updater.go_back(who)
        except SlotsError as error:
            raise _refused(error) from error
        changed(context, who, "update_return")
        return {"state": updater.journal.state.value}

    async def stop(asked: Asked) -> Answer:
        who, updater = who_asks(asked), _updater(context)
        try:
            await updater.stop()
        except SlotsError as error:
            raise _refused(error) from error
        changed(context, who, "update_stop")
        return {"state": updater.journal.state.value}

    return {"update_begin": begin, "update_return": go_back, "update_stop": stop}


def _updater(context: Context) -> Updater:
    if context.updates.updater is None:
        raise RefusedError("this machine has one place for the program, and is updated otherwise", "no_slots")
    return context.updates.updater


def _stands(context: Context) -> dict[str, Any]:
    """How things stand. It asks the disk: in a thread."""
    updates = context.updates
    told: dict[str, Any] = {"version": VERSION, "how": "slots", "slots": None, "update": None, "why_not": None}
    if updates.updater is None or updates.slots is None:
        return told | {"how": updates.elsewhere.how if updates.elsewhere else "source"}
    updater = updates.updater
    told |= {
        "how": updates.slots.kind,
        "update": _journal(updater, context),
        "why_not": _why(updater.why_not(), context),
        "on_sticks": [str(path) for path in sorted(STICKS.glob(f"*/{ON_STICK}"))[:MOST_ON_STICKS]],
    }
    try:
        machine = updates.slots.look()
    except SlotsError as error:
        return told | {"why_not": _why((error.key, error.values), context)}
    slots = {name: {"version": slot.version, "good": slot.good} for name, slot in machine.slots.items()}
    return told | {
        "slots": {"running": machine.booted, "kept": machine.committed, "other": machine.other, "holds": slots}
    }


def _journal(updater: Updater, context: Context) -> dict[str, Any] | None:
    """The last update, or the one that goes on; None where there never was one."""
    journal: Journal = updater.journal
    if not journal.id:
        return None
    zone = context.building.box.timezone
    return {
        "kind": journal.kind,
        "state": journal.state.value,
        "goes_on": journal.state not in IDLE,
        "stoppable": journal.state in STOPPABLE,
        "who": journal.who,
        "begun": local(journal.begun, zone),
        "changed": local(journal.changed, zone),
        "from": journal.old_version,
        "to": journal.new_version,
        "description": journal.description,
        "signer": journal.signer,
        "backup": journal.backup,
        "percent": updater.percent,
        "missing": list(updater.missing),
        "waits_for": _why(updater.waits_for, context),
        "why": _why((journal.why, dict(journal.values)), context) if journal.why else None,
    }


def _why(why: Why | None, context: Context) -> dict[str, Any] | None:
    if why is None:
        return None
    return {"key": why[0], "values": why[1], "text": why_said(why[0], why[1], context.building.box.language)}


def _refused(error: Exception) -> RefusedError:
    key, values = (error.key, error.values) if isinstance(error, SlotsError) else ("not_saved", {"why": str(error)})
    return RefusedError(why_said(key, values, "en"), key, **values)


def _bundle(context: Context, path: str) -> Path:
    """A bundle in DATA/incoming. Raises RefusedError for any other file."""
    data = context.options.data.resolve()
    found = data / path
    if found.parent != data / INCOMING or not BUNDLE.fullmatch(found.name) or not found.is_file():
        raise RefusedError(f"{path}: no such file in {INCOMING}", "no_such_file")
    return found


def _on_stick(path: str) -> Path:
    """A bundle on a stick that is plugged in. Raises RefusedError for any other file."""
    if path not in map(str, STICKS.glob(f"*/{ON_STICK}")) or not Path(path).is_file():
        raise RefusedError(f"{path}: the stick is not plugged in any more", "no_such_file")
    return Path(path)


def _copied(context: Context, source: Path) -> str:
    """In a thread: the file on the box's own disk, so that the stick may be pulled. Raises RefusedError, OSError."""
    folder = context.options.data / INCOMING
    make_private(folder, group_writes=True)
    target = folder / f"update-{secrets.token_hex(8)}.raucb"
    size, free = source.stat().st_size, shutil.disk_usage(folder).free
    if free - size < SPARE_BYTES:
        values = {"needed": str((size + SPARE_BYTES) // 1_000_000), "free": str(free // 1_000_000)}
        raise RefusedError(why_said("no_room", values, "en"), "no_room", **values)
    for old in folder.glob("update-*.raucb"):
        old.unlink(missing_ok=True)
    try:
        shutil.copyfile(source, target)
        target.chmod(file_mode(FILE_MODE, folder))
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return f"{INCOMING}/{target.name}"
