"""Two slots in a directory, and bundles that are a few words: for trying the page and the flow without a Raspberry Pi.

It keeps the contract of `slots.py` as the box does, with restarts of the exchange in place of the machine's. A bundle
is made by `make_bundle`; it may say what is to be broken in its version, so that going back can be watched.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from appliance.media.durable import write_durably
from appliance.sharing import make_private
from appliance.updating.healthy import Seen
from appliance.updating.slots import Bundle, Installation, Progress, Slot, SlotsError

COMPATIBLE = "dyzurka-simulated"
FOLDER, STATE = "simulated-slots", "state.json"  # below the data directory
STEP_SECONDS = 0.05  # a bundle is written in ten of them
MAGIC = "a simulated bundle of Dyżurka"
MOST_BYTES = 100_000


def make_bundle(
    version: str, *, description: str = "", compatible: str = COMPATIBLE, breaks: str = "", signed: bool = True
) -> bytes:
    """A bundle. `breaks`: "page", "register", "sound" or "lines" does not work in this version, or "start" nothing."""
    told = {"compatible": compatible, "version": version, "description": description, "breaks": breaks}
    return json.dumps({"is": MAGIC, "told": told, "signature": _signature(told) if signed else ""}).encode()


class SimulatedSlots:
    """Implements `Slots`. `restart` restarts the exchange, and calls `start` of this while nothing runs."""

    kind = "simulated"

    def __init__(self, data: Path, version: str, restart: Callable[[Callable[[], object]], None]) -> None:
        """`version`: what slot A holds at first."""
        self._folder, self._restart = data / FOLDER, restart
        self._version = version

    def look(self) -> Installation:
        """See `Slots.look`."""
        state = self._state()
        slots = {name: Slot(each["version"], each["good"]) for name, each in state["slots"].items()}
        return Installation(state["booted"], state["committed"], slots, state["boot"], COMPATIBLE)

    async def read(self, bundle: Path) -> Bundle:
        """See `Slots.read`."""
        await asyncio.sleep(STEP_SECONDS)
        told = _told(bundle)
        return Bundle(told["version"], told["compatible"], told["description"], "simulated publisher", len(str(told)))

    async def write(self, bundle: Path, progress: Progress) -> None:
        """See `Slots.write`."""
        told, other = _told(bundle), self.look().other
        self._put_slot(other, "", good=False, breaks="")
        for tenth in range(1, 11):
            await asyncio.sleep(STEP_SECONDS)
            progress(10 * tenth)
        self._put_slot(other, told["version"], good=True, breaks=told["breaks"])

    async def try_other(self) -> None:
        """See `Slots.try_other`."""
        machine = self.look()
        if not machine.slots[machine.other].good:
            raise SlotsError("other_slot_empty")
        self._write(self._state() | {"next": machine.other})
        self._restart(self.start)

    async def commit(self) -> None:
        """See `Slots.commit`."""
        state = self._state()
        self._write(state | {"committed": state["booted"]})

    async def leave(self) -> None:
        """See `Slots.leave`."""
        self._restart(self.start)

    def start(self) -> None:
        """What the machine does between two lives: into the slot that is to be tried, once, or the committed one."""
        state = self._state()
        wanted = state["next"] or state["committed"]
        if state["slots"][wanted]["breaks"] == "start":
            wanted = state["committed"]  # it hangs, and the watchdog restarts the machine
        self._write(state | {"booted": wanted, "next": "", "boot": secrets.token_hex(8)})

    def power_cut(self) -> None:
        """The plug is pulled and put back: whatever was to be tried once is forgotten."""
        self._write(self._state() | {"next": ""})
        self.start()

    def spoil(self, seen: Seen) -> Seen:
        """What is seen of a version that is broken on purpose."""
        state = self._state()
        breaks = state["slots"][state["booted"]]["breaks"]
        if breaks == "lines":
            return replace(seen, lines=dict.fromkeys(seen.lines, False))
        return replace(
            seen,
            page=seen.page and breaks != "page",
            register=seen.register and breaks != "register",
            sound=seen.sound and breaks != "sound",
        )

    def _put_slot(self, name: str, version: str, *, good: bool, breaks: str) -> None:
        state = self._state()
        state["slots"][name] = {"version": version, "good": good, "breaks": breaks}
        self._write(state)

    def _state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self._folder / STATE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            slots = {
                "A": {"version": self._version, "good": True, "breaks": ""},
                "B": {"version": "", "good": False, "breaks": ""},
            }
            state = {"booted": "A", "committed": "A", "next": "", "boot": secrets.token_hex(8), "slots": slots}
            self._write(state)
            return state
        except (OSError, ValueError) as error:
            raise SlotsError("helper_away", why=str(error)) from error

    def _write(self, state: dict[str, Any]) -> None:
        try:
            make_private(self._folder)
            write_durably(self._folder / STATE, json.dumps(state).encode())
        except OSError as error:
            raise SlotsError("not_saved", why=str(error)) from error


def _signature(told: dict[str, str]) -> str:
    """It keeps nobody out: there is nothing here to be kept out of."""
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _told(bundle: Path) -> dict[str, str]:
    """What it says. Raises SlotsError."""
    try:
        with bundle.open("rb") as file:
            whole = json.loads(file.read(MOST_BYTES))
        told, signature = {str(key): str(value) for key, value in whole["told"].items()}, whole["signature"]
        if whole["is"] != MAGIC or not {"version", "compatible", "description", "breaks"} <= told.keys():
            raise ValueError("it is none")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SlotsError("no_bundle", why=str(error)) from error
    if not signature:
        raise SlotsError("not_signed", why="there is no signature")
    if signature != _signature(told):
        raise SlotsError("tampered")
    return told
