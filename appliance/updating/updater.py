"""Takes one update from state to state (`states.py`), and goes on after a restart with what the last life has begun.

Each state has one step here that does what it asks for and tells what came of it; the journal is on disk before the
next one begins. What it knows of the box comes in as functions: it opens no line and no register.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.sharing import INCOMING
from appliance.updating import journal as journals
from appliance.updating.allowed import Box, Why, why_not_begin, why_not_install, why_not_restart, why_not_return
from appliance.updating.healthy import Pace, Probation, Seen, Verdict
from appliance.updating.journal import Journal, Line, found_at_start
from appliance.updating.slots import Bundle, Installation, Slots, SlotsError
from appliance.updating.states import IDLE, STOPPABLE, TRANSITIONS, Event, State

LOOK_SECONDS = 5.0  # between two looks: at the new version, or for a moment without calls
CALM_SECONDS = 20.0  # nobody calls for so long, then it is restarted: who hung up a moment ago may call again
WAIT_SECONDS = 24 * 3600.0  # for such a moment; then the update is given up
RESTART_SECONDS = 180.0  # after which a machine that was to be restarted has not been
RETRY_SECONDS = 30.0  # of a restart into the old version that was refused

Step = tuple[Event, dict[str, Any]]
log = logging.getLogger("dyzurka.update")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The box, as the updater may know it.

    `seen` looks at it as `healthy.py` judges it, the page but for a moment; `lines`: how they stand; `back_up` makes a
    backup and returns its path below the data directory; `keep_settings` keeps them as this version reads them;
    `told` is called after each change of state; `later` runs something beside the calls. What follows are seconds: a
    simulated machine is not waited for as long as a real one.
    """

    box: Callable[[], Box]
    seen: Callable[[], Awaitable[Seen]]
    lines: Callable[[], Mapping[str, Line]]
    back_up: Callable[[], Awaitable[str]]
    keep_settings: Callable[[], None]
    told: Callable[[Journal], None]
    later: Callable[[str, Coroutine[Any, Any, None]], None]
    calm_seconds: float = CALM_SECONDS
    look_seconds: float = LOOK_SECONDS
    pace: Pace = field(default_factory=Pace)


class Updater:
    """The updates of one exchange. Belongs to its event loop."""

    def __init__(self, slots: Slots, data: Path, clock: Clock, around: Surroundings) -> None:
        self.slots = slots
        self._data, self._clock, self._around = data, clock, around
        self.journal = journals.read(data)
        self.percent = 0
        self.missing: list[str] = []  # what is not well with the new version at this moment
        self.waits_for: Why | None = None  # what a restart waits for
        self._task: asyncio.Task[None] | None = None
        self._steps: dict[State, Callable[[], Awaitable[Step]]] = {
            State.CHECKING: self._check,
            State.BACKING_UP: self._back_up,
            State.WRITING: self._write,
            State.WAITING: self._wait,
            State.RESTARTING: self._restart,
            State.PROVING: self._prove,
            State.COMMITTING: self._commit,
            State.LEAVING: self._leave,
        }

    # -- what may be asked -------------------------------------------------------------------------------------

    async def look_into(self, bundle: Path) -> tuple[Bundle, Why | None, bool]:
        """What a bundle is, what speaks against it, and whether it would be a step back. Raises SlotsError."""
        found, machine = await self.slots.read(bundle), self.slots.look()
        against = why_not_install(found, machine, downgrade=False)
        back = against is not None and against[0] == "not_newer"
        return found, None if back else against, back

    def begin(self, bundle: Path, who: str, *, bytes_needed: int, downgrade: bool = False) -> None:
        """Begin an update from a file in DATA/incoming. Raises SlotsError where something speaks against it."""
        self._refuse_unless_free(bytes_needed)
        self._begin(who, kind="update", bundle=bundle.name, downgrade=downgrade)

    def go_back(self, who: str) -> None:
        """Begin the way back to what the other slot holds. Raises SlotsError."""
        self._refuse_unless_free(0)
        if why := why_not_return(self.slots.look()):
            raise SlotsError(why[0], **why[1])
        self._begin(who, kind="return")

    async def stop(self) -> None:
        """Think better of it, while nothing has been restarted. Raises SlotsError "too_late"."""
        if self.journal.state not in STOPPABLE:
            raise SlotsError("too_late")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self.journal.state in STOPPABLE:
            self._move(Event.STOPPED, why="stopped", values={})

    def resume(self) -> None:
        """Find out what became of an update in the last life, and go on with it."""
        if self.journal.state in IDLE:
            return
        try:
            machine = self.slots.look()
        except SlotsError as error:
            log.error("the slots cannot be looked at: %s", error)
            self._around.later("looking at the slots again", self._resume_later())
            return
        self._found(machine)

    def why_not(self) -> Why | None:
        """What speaks against beginning anything now."""
        if self.journal.state not in IDLE:
            return "update_goes_on", {}
        return why_not_begin(self._around.box(), 0)

    # -- its life ----------------------------------------------------------------------------------------------

    def _found(self, machine: Installation) -> None:
        event = found_at_start(self.journal, machine)
        if event is None:
            return
        changes: dict[str, Any] = {"boot": machine.boot}
        if event is Event.CUT_OFF and self.journal.state is not State.WAITING:
            changes |= {"why": "cut_off", "values": {}}
        if event is Event.IN_OLD and self.journal.state is not State.LEAVING:
            changes |= {"why": "did_not_start" if self.journal.state is State.RESTARTING else "cut_off_proving"}
        self._move(event, **changes)
        self._go_on()

    async def _resume_later(self) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                machine = self.slots.look()
            except SlotsError:
                continue
            self._found(machine)
            return

    def _refuse_unless_free(self, bytes_needed: int) -> None:
        if self.journal.state not in IDLE:
            raise SlotsError("update_goes_on")
        if why := why_not_begin(self._around.box(), bytes_needed):
            raise SlotsError(why[0], **why[1])

    def _begin(self, who: str, **about: Any) -> None:
        machine = self.slots.look()
        running = machine.slots[machine.booted]
        fresh = Journal(
            id=secrets.token_hex(8),
            state=self.journal.state,
            who=who,
            begun=self._now(),
            old_slot=machine.booted,
            old_version=running.version,
            new_slot=machine.other,
            before=dict(self._around.lines()),
        )
        self.journal = replace(fresh, **about)
        self._move(Event.BEGUN, boot=machine.boot)
        self._go_on()

    def _go_on(self) -> None:
        if self.journal.state not in IDLE:
            self._around.later("an update", self._live())

    async def _live(self) -> None:
        self._task = asyncio.current_task()
        while self.journal.state not in IDLE:
            step = self._steps[self.journal.state]
            try:
                event, changes = await step()
            except SlotsError as error:
                event, changes = Event.REFUSED, {"why": error.key, "values": error.values}
            except Exception as error:
                if (self.journal.state, Event.REFUSED) not in TRANSITIONS:
                    raise  # a guard of root's restarts the machine into the old version
                log.exception("the update has failed")
                event, changes = Event.REFUSED, {"why": "mistake", "values": {"why": repr(error)}}
            self._move(event, **changes)

    def _move(self, event: Event, **changes: Any) -> None:
        """Into the next state, on disk. A disk that refuses ends an update that has changed nothing yet."""
        self.journal = self.journal.moved(event, self._now(), **changes)
        self.percent, self.waits_for = 0, None
        log.info("update %s: %s, so %s", self.journal.new_version or "?", event.value, self.journal.state.value)
        try:
            journals.write(self._data, self.journal)
        except OSError as error:
            log.error("the journal of the update cannot be written: %s", error)
            if (self.journal.state, Event.REFUSED) in TRANSITIONS and self.journal.state is not State.COMMITTING:
                why = {"why": "not_saved", "values": {"why": str(error)}}
                self.journal = self.journal.moved(Event.REFUSED, self._now(), **why)
        self._around.told(self.journal)

    # -- one step a state --------------------------------------------------------------------------------------

    async def _check(self) -> Step:
        machine = self.slots.look()
        if self.journal.kind == "return":
            return Event.CHECKED, {"new_version": machine.slots[machine.other].version}
        found = await self.slots.read(self._data / INCOMING / self.journal.bundle)
        if why := why_not_install(found, machine, downgrade=self.journal.downgrade):
            raise SlotsError(why[0], **why[1])
        about = {"new_version": found.version, "description": found.description, "signer": found.signer}
        return Event.CHECKED, about

    async def _back_up(self) -> Step:
        return Event.BACKED_UP, {"backup": await self._around.back_up()}

    async def _write(self) -> Step:
        if self.journal.kind == "update":
            await self.slots.write(self._data / INCOMING / self.journal.bundle, self._progress)
        return Event.WRITTEN, {}

    def _progress(self, percent: int) -> None:
        self.percent = max(self.percent, min(100, percent))

    async def _wait(self) -> Step:
        """For a moment without calls, and with all lines that were up when it began."""
        loop = asyncio.get_running_loop()
        begun = quiet_since = loop.time()
        while True:
            self.waits_for = self._why_not_restart()
            now = loop.time()
            if self.waits_for is not None:
                quiet_since = now
            elif now - quiet_since >= self._around.calm_seconds:
                self._around.keep_settings()
                return Event.QUIET, {"boot": self.slots.look().boot}
            if now - begun > WAIT_SECONDS:
                raise SlotsError("no_quiet_moment")
            await asyncio.sleep(self._around.look_seconds)

    def _why_not_restart(self) -> Why | None:
        if why := why_not_restart(self._around.box()):
            return why
        lines = self._around.lines()
        down = [name for name, was in self.journal.before.items() if was.up and name in lines and not lines[name].up]
        return ("line_down_now", {"line": down[0]}) if down else None

    async def _restart(self) -> Step:
        await self.slots.try_other()
        await asyncio.sleep(RESTART_SECONDS)
        raise SlotsError("did_not_restart")

    async def _prove(self) -> Step:
        """Look for as long as it takes to know."""
        loop = asyncio.get_running_loop()
        probation = Probation(self.journal.before, loop.time(), self._around.pace)
        unwell_since: float | None = None
        while True:
            verdict = probation.judge(await self._around.seen(), loop.time())
            self.missing = probation.missing
            if verdict is Verdict.STAY:
                return Event.HEALTHY, {}
            if verdict is Verdict.LEAVE:
                unwell_since = loop.time() if unwell_since is None else unwell_since
                self.waits_for = why_not_restart(self._around.box())
                if self.waits_for is None or loop.time() - unwell_since >= self._around.pace.quiet:
                    return Event.UNHEALTHY, {"why": "unwell", "values": {"missing": ", ".join(probation.missing)}}
            await asyncio.sleep(self._around.look_seconds)

    async def _commit(self) -> Step:
        await self.slots.commit()
        return Event.COMMITTED, {"why": "", "values": {}}

    async def _leave(self) -> Step:
        """Into the old version. Where that is refused, once more: a guard of root's restarts the machine besides."""
        while True:
            try:
                await self.slots.leave()
            except SlotsError as error:
                log.error("the way back is refused: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="seconds")
