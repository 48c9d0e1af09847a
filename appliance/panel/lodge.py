"""The panel and the contacts of one exchange, on the pins of its machine: what `exchange.py` starts and stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from appliance.accounts import Accounts
from appliance.building.model import Building
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.control_client import RefusedError
from appliance.faults import Faults
from appliance.health.judge import LINE_FAULT
from appliance.health.way import Level
from appliance.lamps import panic_lamp, status_lamp
from appliance.mains.words import PART as MAINS_PART
from appliance.panel.panel import Panel, Shown
from appliance.panel.sensors import Sensors
from appliance.panel.words import said
from appliance.register import events
from appliance.register.log import Register
from hardware.panel.pins import Pins

LOOK_SECONDS = 1.0
BY_BUTTON = "button"

log = logging.getLogger("dyzurka.panel")


class Lodge:
    """`level`: which way the box works now; `faults_now`: everything that is wrong, in words."""

    def __init__(
        self,
        pins: Pins,
        clock: Clock,
        *,
        building: Callable[[], Building],
        calls: Calls,
        register: Register,
        accounts: Accounts,
        faults: Faults,
        level: Callable[[], Level],
        faults_now: Callable[[], list[str]],
    ) -> None:
        self._pins, self._clock, self._building = pins, clock, building
        self._calls, self._register, self._accounts = calls, register, accounts
        self._faults, self._level, self._faults_now = faults, level, faults_now
        self.panel = Panel(pins, clock, building=building, shown=self.shown, reset=self._unlock, tell=faults.tell)
        self.sensors = Sensors(pins, clock, register, building, calls.aftercare.chase, faults.tell)

    async def run(self) -> None:
        """Light the lamps and watch the contacts for as long as it is not cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.panel.run())
                group.create_task(self._watch())
        finally:
            if ending := self.sensors.stop():
                await asyncio.wait(ending)
            self._pins.close()

    async def _watch(self) -> None:
        while True:
            self.sensors.follow()
            await asyncio.sleep(LOOK_SECONDS)

    def shown(self) -> Shown:
        """What the lamps tell now."""
        parts = self._faults.by_part()
        told = sum(part.startswith(LINE_FAULT) or part == MAINS_PART for part in parts)
        fault, battery = len(self._faults_now()) > told, MAINS_PART in parts
        urgent = [call for call in self._calls.up.values() if call.urgent and not call.taken]
        alarms = [frozenset({call.uid, call.ticket} - {"", None}) for call in urgent]
        alarms += [frozenset({case.ticket}) for case in self._calls.aftercare.chased()]
        return Shown(
            status_lamp(self._level(), fault=fault, battery=battery),
            panic_lamp([call.state for call in urgent], untaken=self._calls.aftercare.urgent_waits()),
            tuple(alarms),
        )

    def lamps(self) -> dict[str, str]:
        """For the status: {"status", "panic_lamp", "buzzer"}, as they are with a panel or without."""
        shown = self.shown()
        return {"status": shown.status, "panic_lamp": shown.panic, "buzzer": self.panel.buzzer()}

    def told(self) -> dict[str, Any]:
        """For the status: {"chip": "" where there are no pins, "pins": …, "contacts": …, "testing": bool}."""
        contacts = self.sensors.told()
        zone = self._building().box.timezone
        for each in contacts:
            since = each["since"]
            each["since"] = since.astimezone(zone).isoformat(timespec="seconds") if since is not None else None
        pins = self.panel.told()
        chip = self._pins.chip() if pins or contacts else ""
        return {"chip": chip, "pins": pins, "contacts": contacts, "testing": self.panel.testing()}

    def _unlock(self) -> None:
        """The button was held at power-on: whoever stands there may make an administrator."""
        try:
            self._accounts.unlock(by_button=True)
        except (OSError, RefusedError) as error:
            log.error("the button was held, but the page cannot be unlocked: %s", error)
            self._faults.set("accounts", said("not_unlocked", self._building().box.language, why=error), passing=True)
            return
        log.warning(
            "the button was held at power-on: there is a new claim code, and telephones hear it for ten minutes"
        )
        self._register.record(events.BOX_CHANGED, who="", what="unlock", detail={"by": BY_BUTTON})
