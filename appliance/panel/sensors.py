"""Contacts that raise alarm: one that stays closed opens an urgent ticket, and the people on duty are rung at once.

1. A ticket is one for as long as it is not done, however often the contact closes; after that a closing is a new one.
2. A contact that is still closed after a restart has told already: `remember` knows from the register.
3. A contact that chatters, is stuck, or whose pin cannot be had is a fault, and costs no other contact.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from appliance.building.model import Building, Sensor
from appliance.callflow.case import Case
from appliance.clock import Clock
from appliance.panel.words import of_pin, said
from appliance.register import events
from appliance.register.event import Event
from appliance.register.log import Committed, Register, TicketState, patiently
from hardware.panel.contact import Contact, News
from hardware.panel.pins import PinError, Pins

AGAIN_SECONDS = 10.0  # until a pin that could not be had is asked for again
READ_SECONDS = 0.5  # for the register to say what became of the last ticket: who is in need does not wait for it
DONE = "done"

log = logging.getLogger("dyzurka.panel")


@dataclass(slots=True)
class _Watched:
    """A sensor of the building file, and what is known of it. `number`: of its last ticket, 0 for none."""

    sensor: Sensor
    contact: Contact | None = None
    trouble: PinError | None = None
    number: int = 0
    since: datetime | None = None  # when it last closed or opened
    timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        return f"contact {self.sensor.pin}"

    @property
    def part(self) -> str:
        """As a part of the exchange that may be at fault."""
        return f"sensor-{self.sensor.pin}"


@dataclass(slots=True)
class Sensors:
    """The contacts of one exchange. `tell` shows a fault of a part in words, or takes it away (None).

    Nothing is read before `follow`; call it again whenever the building file may have changed, and every few seconds.
    """

    pins: Pins
    clock: Clock
    register: Register
    building: Callable[[], Building]
    chase: Callable[[Case], None]
    tell: Callable[[str, str | None], None]
    _watched: dict[Sensor, _Watched] = field(default_factory=dict)
    _past: dict[tuple[int, str], tuple[bool, int]] = field(default_factory=dict)
    _alarms: set[asyncio.Task[None]] = field(default_factory=set)
    _again_at: float = 0.0

    def remember(self, past: Iterable[Event]) -> None:
        """What earlier lives have told, from the events of kind `box.sensor`, in their order."""
        for event in past:
            if event.kind == events.BOX_SENSOR:
                body = event.body
                self._past[body["pin"], body["sensor"]] = bool(body["closed"]), int(body["number"])

    def follow(self) -> None:
        """Have the pins of the sensors of the building file, and look whether they still answer."""
        wanted = self.building().sensors
        for gone in [each for sensor, each in self._watched.items() if sensor not in wanted]:
            self._let_go(gone)
            self.tell(gone.part, None)
            del self._watched[gone.sensor]
        now = self.clock.monotonic()
        again = now >= self._again_at
        for sensor in wanted:
            each = self._watched.get(sensor)
            if each is None:
                each = self._watched[sensor] = _Watched(sensor)
                self._have(each)
            elif each.contact is None and again:
                self._have(each)
            elif each.contact is not None:
                self._look(each)
        if again:
            self._again_at = now + AGAIN_SECONDS

    def stop(self) -> set[asyncio.Task[None]]:
        """Let go of all pins; the tasks that are ending."""
        for each in self._watched.values():
            self._let_go(each)
        self._watched.clear()
        ending = set(self._alarms)
        for task in ending:
            task.cancel()
        return ending

    def told(self) -> list[dict[str, Any]]:
        """For the status: {"name", "pin", "building", "state", "since": moment or None, "ticket": number or None}."""
        return [
            {
                "name": each.sensor.name,
                "pin": each.sensor.pin,
                "building": each.sensor.building,
                "state": each.contact.state() if each.contact is not None else "unknown",
                "since": each.since,
                "ticket": each.number or None,
            }
            for each in self._watched.values()
        ]

    # -- one contact -------------------------------------------------------------------------------------------

    def _have(self, each: _Watched) -> None:
        sensor = each.sensor
        try:
            closed = self.pins.input(each.name, sensor.pin, lambda level: self._changed(each, level))
        except PinError as trouble:
            self._cannot(each, trouble)
            return
        told, number = self._past.get((sensor.pin, sensor.name), (False, 0))
        each.contact, each.trouble, each.number = Contact(closed, self.clock.monotonic(), told=told), None, number
        self._show(each)
        self._wait(each)

    def _cannot(self, each: _Watched, trouble: PinError) -> None:
        each.contact, each.trouble = None, trouble
        self._show(each)

    def _let_go(self, each: _Watched) -> None:
        if each.timer is not None:
            each.timer.cancel()
        self.pins.release(each.name)
        each.contact = None

    def _look(self, each: _Watched) -> None:
        """A change that was not told is found here; a pin that is gone, too."""
        try:
            self._changed(each, self.pins.level(each.name))
        except PinError as trouble:
            self._let_go(each)
            self._cannot(each, trouble)

    def _changed(self, each: _Watched, closed: bool) -> None:
        if each.contact is not None:
            if closed is not each.contact.closed:
                each.since = self.clock.now()
            self._hear(each, each.contact.changed(closed, self.clock.monotonic()))

    def _due(self, each: _Watched) -> None:
        if each.contact is not None:
            self._hear(each, each.contact.look(self.clock.monotonic()))

    def _hear(self, each: _Watched, news: list[News]) -> None:
        for new in news:
            log.info("contact %r on pin %d: %s", each.sensor.name, each.sensor.pin, new)
            if new == "closed":
                task = asyncio.get_running_loop().create_task(self._alarm(each), name=each.part)
                self._alarms.add(task)
                task.add_done_callback(self._alarms.discard)
            elif new == "opened":
                self._note(each, closed=False)
        if news:
            self._show(each)
        self._wait(each)

    def _wait(self, each: _Watched) -> None:
        """Look again when something comes due by itself."""
        if each.timer is not None:
            each.timer.cancel()
        due = each.contact.next() if each.contact is not None else None
        loop = asyncio.get_running_loop()
        late = max(0.0, due - self.clock.monotonic()) if due is not None else 0.0
        each.timer = loop.call_later(late, self._due, each) if due is not None else None

    def _show(self, each: _Watched) -> None:
        """Its fault, or that it has none."""
        language, sensor = self.building().box.language, each.sensor
        text: str | None = None
        if each.trouble is not None:
            name = f"contact {sensor.name}"
            text = of_pin(name, sensor.pin, each.trouble.reason, each.trouble.detail, language)
        elif each.contact is not None and each.contact.state() == "chattering":
            text = said("chatters", language, name=sensor.name, pin=sensor.pin)
        elif each.contact is not None and each.contact.state() == "stuck":
            text = said("stuck", language, name=sensor.name, pin=sensor.pin)
        self.tell(each.part, text)

    # -- the alarm ---------------------------------------------------------------------------------------------

    async def _alarm(self, each: _Watched) -> None:
        """A ticket of its own, unless its last one is not done; then somebody is at it, or is being looked for."""
        building, sensor = self.building(), each.sensor
        premises = sensor.building or (next(iter(building.premises)) if len(building.premises) == 1 else "")
        last = await self._last(each)
        if last is not None and last.uid and last.state != DONE:
            log.info("contact %r closed again: ticket %d is not done", sensor.name, last.number)
            self.register.record(
                events.TICKET_JOINED, ticket=last.uid, building=premises, urgent=True, caller=None, sensor=sensor.name
            )
            self._note(each, closed=True)
            return
        uid, opened = self.register.new_uid(), self.clock.now()
        saved = self.register.record(
            events.TICKET_OPENED,
            ticket=uid,
            building=premises,
            urgent=True,
            caller=None,
            reason="sensor",
            sensor=sensor.name,
            duty=sensor.duty,
        )
        saved.add_done_callback(lambda done: self._saved(each, done))
        committed = await patiently(saved)
        self.chase(
            Case(
                ticket=uid,
                number=committed.number if committed is not None else 0,
                caller=None,
                building=premises,
                language=building.box.language,
                opened=opened,
                duty=sensor.duty,
                sensor=sensor.name,
            )
        )

    async def _last(self, each: _Watched) -> TicketState | None:
        """Its last ticket; None where there is none or the register does not say in time."""
        if not each.number:
            return None
        try:
            async with asyncio.timeout(READ_SECONDS):
                found = await self.register.tickets_of(number=each.number)
        except TimeoutError:
            return None
        return found[0] if found else None

    def _saved(self, each: _Watched, done: asyncio.Future[Committed]) -> None:
        if not done.cancelled() and done.exception() is None:
            each.number = done.result().number
            self._note(each, closed=True)

    def _note(self, each: _Watched, *, closed: bool) -> None:
        sensor, number = each.sensor, each.number
        self._past[sensor.pin, sensor.name] = closed, number
        self.register.record(events.BOX_SENSOR, sensor=sensor.name, pin=sensor.pin, closed=closed, number=number)
