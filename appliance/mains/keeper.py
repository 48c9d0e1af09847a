"""Looks at the UPS every other second; tells of the mains, shows how things stand, and has the exchange stop in time.

It does not stop anything itself: `stop` does, once those in need have been told and no urgent call is up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from appliance.building.local import wall
from appliance.building.model import Building, Mains, Override
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.mains.machine import Limits, Machine, News
from appliance.mains.telling import left_said, notices
from appliance.mains.words import ENDING_PART, PART, UPS_PART, said, trouble_said
from appliance.notify.notice import Notice
from appliance.register import events
from appliance.register.event import Event
from appliance.register.log import Register
from hardware.mains.reading import Ups

LOOK_SECONDS = 2.0
SMS_SECONDS = 45.0  # that messages get to go out before the stop
GONE = ("lost", "ending", "resting", "off")  # states of box.power: the mains are not back yet
RESTED = ("resting", "off")

log = logging.getLogger("dyzurka.mains")


class Surroundings(Protocol):
    """What the keeper may use of its exchange."""

    def tell(self, notice: Notice) -> None:
        """Send this as soon as possible."""
        ...

    def telling(self) -> int:
        """How many messages are still to be sent."""
        ...

    def urgent(self) -> bool:
        """Whether an urgent call is up."""
        ...

    async def stop(self, config: Mains) -> None:
        """Stop the exchange, as `at_end` says."""
        ...


class MainsKeeper:
    """The mains of one exchange. `make` gives the source of readings that a configuration names."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        around: Surroundings,
        *,
        building: Callable[[], Building],
        overrides: Callable[[], Sequence[Override]],
        faults: Faults,
        make: Callable[[Mains], Ups],
    ) -> None:
        self._register, self._clock, self._around = register, clock, around
        self._building, self._overrides, self._faults, self._make = building, overrides, faults, make
        self._config: Mains | None = None
        self._ups: Ups | None = None
        self._machine: Machine | None = None
        self._past: Event | None = None
        self._rested = False
        self._went = clock.now()  # when the mains went, the last time
        self._ending_at: float | None = None
        self._stopped = False

    def remember(self, past: Sequence[Event]) -> None:
        """How the last life ended: events of `box.power`, the last one last."""
        self._past = past[-1] if past else None

    async def run(self) -> None:
        """Look for as long as it is not cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self._ups is not None:
                await self._ups.close()

    async def look(self) -> None:
        """One look."""
        config = self._building().mains
        if config != self._config:
            await self._take(config)
        if config is None or self._ups is None or self._machine is None:
            return
        reading = await self._ups.read()
        now = self._clock.monotonic()
        if news := self._machine.feed(reading, now):
            self._happens(news, config, now)
        self._show(now)
        await self._end(config, now)

    async def _take(self, config: Mains | None) -> None:
        """The configuration is another one."""
        if self._ups is not None:
            await self._ups.close()
        before, self._config = self._machine, config
        self._ups, self._machine = None, None
        for part in (PART, ENDING_PART, UPS_PART):
            self._faults.clear(part)
        if config is None:
            return
        self._ups = self._make(config)
        self._machine = Machine(Limits.of(config), lost_at=self._lost_at(before))
        if self._rested:
            self._machine.distrust()

    def _lost_at(self, before: Machine | None) -> float | None:
        """Since when the mains are gone, by what was told already (monotonic)."""
        past, self._past = self._past, None
        if before is not None:
            return before.since
        state = str(past.body.get("state")) if past is not None else ""
        if past is None or state not in GONE:
            return None
        self._rested = state in RESTED
        self._went = at = datetime.fromisoformat(str(past.body.get("since") or past.at).replace("Z", "+00:00"))
        return self._clock.monotonic() - max(0.0, (self._clock.now() - at).total_seconds())

    # -- what is new -------------------------------------------------------------------------------------------

    def _happens(self, news: News, config: Mains, now: float) -> None:
        machine = self._of()
        since = self._since(now) if news != "back" else self._went
        self._went = since
        self._record(news, since)
        (log.info if news == "back" else log.warning)("mains: %s", news)
        left = machine.left(now)
        at, about = self._clock.now(), self._register.new_uid()
        for notice in notices(news, config, self._building(), self._overrides(), at, about, since=since, left=left):
            self._around.tell(notice)
        self._ending_at = now if news == "ending" else None

    def _record(self, state: str, since: datetime) -> None:
        seen = self._of().seen
        self._register.record(
            events.BOX_POWER, state=state, since=since.isoformat(), charge=seen.charge, seconds=seen.seconds
        )

    def _since(self, now: float) -> datetime:
        since = self._of().since
        return self._clock.now() - timedelta(seconds=now - (now if since is None else since))

    def _of(self) -> Machine:
        assert self._machine is not None
        return self._machine

    # -- the end -----------------------------------------------------------------------------------------------

    async def _end(self, config: Mains, now: float) -> None:
        """Stop, once nobody in need is cut off who could still be helped, and the messages are out."""
        machine = self._of()
        if machine.state != "ending" or self._ending_at is None or self._stopped:
            return
        lasted = now - self._ending_at
        if self._around.urgent() and machine.may_wait(lasted, now):
            return
        if self._around.telling() and lasted < SMS_SECONDS:
            return
        self._stopped = True
        self._record("off" if config.at_end == "poweroff" else "resting", self._went)
        await self._around.stop(config)

    # -- how things stand --------------------------------------------------------------------------------------

    def _show(self, now: float) -> None:
        machine, language = self._of(), self._building().box.language
        if machine.since is None:
            self._faults.clear(PART)
        else:
            values = {"time": self._time(self._since(now)), "left": left_said(machine.left(now), language)}
            self._faults.show(PART, said("battery", language, **values), logged="the mains are gone")
        if machine.state == "ending":
            self._faults.show(ENDING_PART, said("ending", language), logged=said("ending", "en"))
        elif machine.distrusted and machine.since is not None and machine.seen.on_battery:
            self._faults.show(ENDING_PART, said("distrusted", language), logged=said("distrusted", "en"))
        else:
            self._faults.clear(ENDING_PART)
        if machine.trouble is not None:
            trouble = machine.trouble
            self._faults.show(UPS_PART, trouble_said(trouble, language), logged=trouble_said(trouble, "en"))
        elif machine.seen.replace:
            self._faults.show(UPS_PART, said("replace", language), logged=said("replace", "en"))
        else:
            self._faults.clear(UPS_PART)

    def _time(self, at: datetime) -> str:
        zone = self._building().box.timezone
        local, today = wall(at, zone), wall(self._clock.now(), zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local.day}.{local.month:02} {local:%H:%M}"

    def told(self) -> Mapping[str, Any] | None:
        """For the status: `state`, `since` (ISO 8601) of an outage, `charge` in percent, `minutes` left.

        None without `[mains]`.
        """
        machine, config = self._machine, self._config
        if machine is None or config is None:
            return None
        now = self._clock.monotonic()
        left = machine.left(now)
        unknown = machine.trouble is not None and machine.since is None
        return {
            "state": "unknown" if unknown else machine.state,
            "source": config.source,
            "since": None if machine.since is None else self._since(now).isoformat(timespec="seconds"),
            "charge": machine.seen.charge,
            "minutes": None if left is None else round(left / 60),
        }
