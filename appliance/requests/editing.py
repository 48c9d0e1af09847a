"""The building file changed from the page: checked before anything is replaced, kept, taken over, and undone again.

What an edit is stands in `edits.py`, how the files are kept in `versions.py`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.building import file
from appliance.building.errors import BuildingError
from appliance.building.source import SECRETS
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks, whole
from appliance.requests.context import Context
from appliance.requests.versions import Pair, TornError, Unconfirmed, Versions

MOST_CONFIRM_SECONDS = 3600
UNDO_AGAIN_SECONDS = 3.0  # after the disk has refused
UNDOING = "undoing"  # the fault

log = logging.getLogger("dyzurka.exchange")


class Editing:
    """The building file of one exchange. One edit at a time."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.versions = Versions(context.options.data, context.options.building_file)
        self.turn = asyncio.Lock()
        self._waiting: asyncio.Event | None = None  # set when the change that waits was confirmed or undone

    def resume(self) -> None:
        """Go on waiting for the confirmation of a change that was made before a restart."""
        change = self.versions.unconfirmed()
        if change is not None:
            self._expect(change)

    def unconfirmed(self) -> Unconfirmed | None:
        """The change that waits for its confirmation, if any."""
        return self.versions.unconfirmed() if self._waiting is not None else None

    async def put(self, pair: Pair, who: str, what: str, confirm_seconds: int, **detail: object) -> Answer:
        """Replace the texts by checked ones, and return when calls are taken with them."""
        now = self.context.clock.now()
        change = None
        before = await _read(self.versions)
        if confirm_seconds:
            until = now + timedelta(seconds=confirm_seconds)
            change = Unconfirmed(pair.revision, now.isoformat(), until.isoformat(), who, what, before)
        try:
            await asyncio.to_thread(self._put, pair, change, now, who, what)
        except TornError as error:
            await self._put_right(Unconfirmed(pair.revision, now.isoformat(), now.isoformat(), who, what, before))
            raise RefusedError(str(error), "not_saved") from error
        except OSError as error:
            with suppress(OSError):
                self.versions.confirmed()
            raise RefusedError(f"nothing was changed: {error}", "not_saved") from error
        changed(self.context, who, what, **detail)
        taken = await self.context.following.read_again()
        if change is not None:
            self._expect(change)
        until_told = _local(self.context, change.until) if change else None
        return {"revision": pair.revision, "taken_over": taken, "until": until_told}

    def _put(self, pair: Pair, change: Unconfirmed | None, now: datetime, who: str, what: str) -> None:
        self.versions.keep(now, who, what)
        if change is not None:
            self.versions.await_confirmation(change)
        self.versions.replace(pair)

    async def _put_right(self, torn: Unconfirmed) -> None:
        """What is half done goes back as soon as the disk lets it, also after a restart where it takes a note of it."""
        with suppress(OSError):
            await asyncio.to_thread(self.versions.await_confirmation, torn)
        self._expect(torn)

    async def confirm(self, revision: str) -> None:
        """The change stays. Raises RefusedError where none waits, or its time is up."""
        async with self.turn:
            change = self.unconfirmed()
            waits = change is not None and change.revision == revision and not change.over(self.context.clock.now())
            if not waits or self._waiting is None:
                raise RefusedError("no change waits for a confirmation", "nothing_to_confirm")
            try:
                self.versions.confirmed()
            except OSError as error:
                raise RefusedError(f"it could not be written down: {error}", "not_saved") from error
            self._waiting.set()

    def _expect(self, change: Unconfirmed) -> None:
        self._waiting = asyncio.Event()
        self.context.later("undoing what nobody confirmed", self._undo_unless(change, self._waiting))

    async def _undo_unless(self, change: Unconfirmed, confirmed: asyncio.Event) -> None:
        """Undo the change when its time is up."""
        left = (datetime.fromisoformat(change.until) - self.context.clock.now()).total_seconds()
        try:
            async with asyncio.timeout(max(0.0, left)):
                await confirmed.wait()
        except TimeoutError:
            await self._undo(change, confirmed)
        finally:
            if self._waiting is confirmed:
                self._waiting = None

    async def _undo(self, change: Unconfirmed, confirmed: asyncio.Event) -> None:
        """Put back what stood before, however often the disk refuses; a confirmation that came first is kept."""
        begun = False
        while True:
            async with self.turn:
                if confirmed.is_set():
                    return
                try:
                    undone = await asyncio.to_thread(self.versions.go_back, change)
                except (OSError, UnicodeDecodeError) as error:
                    begun = True
                    self.context.faults.set(UNDOING, f"a change that was not confirmed cannot be undone: {error}")
                else:
                    self.context.faults.clear(UNDOING)
                    if undone or begun:
                        log.warning("the change %r was not confirmed in time: it is undone", change.what)
                        changed(self.context, "", "undone", change=change.what, by=change.who)
                        await self.context.following.read_again()
                    return
            await asyncio.sleep(UNDO_AGAIN_SECONDS)


def handlers(editing: Editing) -> dict[str, Handler]:
    """The verbs `document`, `edit`, `confirm`, `history`, `revert`."""

    async def document(_: Asked) -> Answer:
        from appliance.requests.edits import beside, secret_paths, without_secrets  # tomlkit only where somebody edits

        pair = await _read(editing.versions)
        building, secrets = tomllib.loads(pair.building), tomllib.loads(pair.secrets)
        known = secret_paths(building)
        known += [each for each in secret_paths(secrets) if each not in known]
        why = editing.versions.refusal()
        shown = beside(without_secrets(building), secrets)
        return {"building": shown, "secrets": known, "revision": pair.revision, "writable": not why, "why": why or None}

    async def edit(asked: Asked) -> Answer:
        async with editing.turn:
            return await _edit(editing, asked)

    async def confirm(asked: Asked) -> Answer:
        who = who_asks(asked)
        await editing.confirm(text(asked, "revision"))
        changed(editing.context, who, "confirm")
        return {"confirmed": True}

    async def history(_: Asked) -> Answer:
        found = await asyncio.to_thread(editing.versions.history)
        told = [
            {"revision": each.pair.revision, "at": _local(editing.context, each.at), "who": each.who, "what": each.what}
            for each in found
        ]
        return {"versions": told}

    async def revert(asked: Asked) -> Answer:
        async with editing.turn:
            return await _revert(editing, asked)

    return {"document": document, "edit": edit, "confirm": confirm, "history": history, "revert": revert}


async def _edit(editing: Editing, asked: Asked) -> Answer:
    from appliance.requests.edits import EditError, apply

    who, what, base = who_asks(asked), text(asked, "what", "edit"), text(asked, "base")
    edits, dry = asked.get("edits"), asked.get("dry") is True
    if not isinstance(edits, list):
        raise RefusedError("edits: a list is needed", "bad_argument", name="edits")
    pair = await _base(editing, base, dry=dry)
    if pair is None:
        return {"conflict": True, "revision": (await _read(editing.versions)).revision}
    try:
        after = Pair(*await asyncio.to_thread(apply, pair.building, pair.secrets, edits))
    except EditError as error:
        raise RefusedError(str(error), "bad_edit", index=error.index) from error
    errors = await asyncio.to_thread(mistakes, after)
    if errors:
        return {"errors": errors}
    if dry or after == pair:
        return {"revision": pair.revision, "taken_over": not dry, "until": None}
    return await editing.put(after, who, what, _confirm_seconds(asked), keys=[_key(each) for each in edits])


async def _revert(editing: Editing, asked: Asked) -> Answer:
    who, wanted = who_asks(asked), text(asked, "revision")
    found = await asyncio.to_thread(editing.versions.history)
    version = next((each for each in found if each.pair.revision == wanted), None)
    if version is None:
        raise RefusedError("there is no such version any more", "no_such_version")
    pair = await _base(editing, text(asked, "base"))
    if pair is None:
        return {"conflict": True, "revision": (await _read(editing.versions)).revision}
    errors = await asyncio.to_thread(mistakes, version.pair)
    if errors:
        return {"errors": errors}
    return await editing.put(version.pair, who, "revert", _confirm_seconds(asked), to=version.at)


async def _base(editing: Editing, base: str, *, dry: bool = False) -> Pair | None:
    """The texts that are to be changed; None where somebody else changed them. Raises RefusedError."""
    if not dry:
        if why := editing.versions.refusal():
            raise RefusedError(why, "not_writable")
        if editing.unconfirmed() is not None:
            raise RefusedError("another change waits for its confirmation", "unconfirmed")
    pair = await _read(editing.versions)
    return pair if pair.revision == base else None


async def _read(versions: Versions) -> Pair:
    try:
        return await asyncio.to_thread(versions.now)
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"the building file cannot be read: {error}", "unreadable") from error


def mistakes(pair: Pair) -> list[dict[str, Any]]:
    """Every mistake of these texts, as `edit` tells them; looked for in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="dyzurka-check-") as folder:
        path = Path(folder, "building.toml")
        path.write_text(pair.building, encoding="utf-8")
        if pair.secrets:
            secrets = path.with_name(SECRETS)
            secrets.touch(mode=0o600)
            secrets.write_text(pair.secrets, encoding="utf-8")
        found = file.check(path)
    return [told(each, pair) for each in found]


def told(error: BuildingError, pair: Pair) -> dict[str, Any]:
    """A mistake as JSON; its key as a path with indices from 0: "lines[0].server"."""
    try:
        data: Any = tomllib.loads(pair.building)
    except tomllib.TOMLDecodeError:
        data = None
    key = ""
    for part in error.key.split(".") if error.key else ():
        if isinstance(data, list) and part.isdecimal():
            index = int(part) - 1
            key += f"[{index}]"
            data = data[index] if 0 <= index < len(data) else None
        else:
            key += f".{part}" if key else part
            data = data.get(part) if isinstance(data, Mapping) else None
    text = f"{error.file.name}:{error.line}: {error.problem} {error.remedy}"
    return {"key": key, "line": error.line, "problem": error.problem, "remedy": error.remedy, "text": text}


def _confirm_seconds(asked: Asked) -> int:
    seconds = whole(asked, "confirm_seconds", 0)
    if not 0 <= seconds <= MOST_CONFIRM_SECONDS:
        raise RefusedError(f"at most {MOST_CONFIRM_SECONDS} s", "bad_argument", name="confirm_seconds")
    return seconds


def _key(edit: Any) -> str:  # noqa: ANN401
    """What an edit touched, for the audit log: the path alone, never a value."""
    parts = (next(iter(part.values()), "") if isinstance(part, dict) else part for part in edit["path"])
    return f"{edit['op']} {'.'.join(str(part) for part in parts)}"


def _local(context: Context, at: str) -> str:
    """A moment in the box's zone."""
    return datetime.fromisoformat(at).astimezone(context.building.box.timezone).isoformat(timespec="seconds")
