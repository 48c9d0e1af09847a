"""The contacts of a night: floods and broken wires by chance, and the promise that somebody is rung about them.

Chance here is of its own, so that whoever calls and answers does so as in a night without contacts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from appliance.building.model import Building, Person, Sensor
from appliance.building.rota import on_duty
from hardware.panel.contact import CLOSED_SECONDS

if TYPE_CHECKING:
    from appliance.nights.box import Life

PINS = (5, 6, 13)
NAMES = ("zalanie w piwnicy", "awaria kotłowni", "brak wody")
OF_NIGHTS = 0.4  # that have contacts
BEGIN_SECONDS = 2400.0  # in which something happens to a contact
RUNG_SECONDS = 5.0  # after it closed (issue: "duty rung within 5 s with the sensor's name spoken")
LOOK_SECONDS, NOTICED_LOOKS = 1.0, 12  # as the exchange looks at its pins; it asks for lost ones every 10 s
A_MOMENT = 1e-3


def with_contacts(rng: random.Random, building: Building) -> Building:
    """The building with some contacts, in some nights."""
    duties, premises = list(building.duties), list(building.premises)
    if not duties or rng.random() >= OF_NIGHTS:
        return building
    count = rng.randint(1, len(PINS))
    sensors = tuple(
        Sensor(pin, name, rng.choice(duties), rng.choice(premises))
        for pin, name in zip(PINS[:count], NAMES[:count], strict=True)
    )
    return replace(building, sensors=sensors)


class House(Protocol):
    """The night as its contacts see it."""

    building: Building
    life: Life

    def tell(self, what: str) -> None:
        """For the chronicle."""
        ...

    def stir(self) -> None:
        """Something happened."""
        ...


@dataclass(slots=True)
class Alarm:
    """A contact that has closed while the box ran: who must be rung about it by `due`, and who could not be.

    `free`: who of those on duty could be rung at every moment since it was an alarm.
    """

    sensor: Sensor
    closed_at: float
    free: set[str]
    rung_before: int  # entries of the network's list
    excused: bool = False  # a line was broken, or its last ticket is not done

    @property
    def due(self) -> float:
        """When somebody must have been rung (seconds of the night)."""
        return self.closed_at + RUNG_SECONDS


@dataclass(slots=True)
class Contacts:
    """What is closed, and which alarms are open. It outlives the box's lives, as wires do."""

    rng: random.Random
    now: Callable[[], float]
    closed: set[int] = field(default_factory=set)
    since: dict[int, float] = field(default_factory=dict)  # when each last closed
    alarms: dict[int, Alarm] = field(default_factory=dict)
    closings: dict[str, int] = field(default_factory=dict)  # by name: those that may each open a ticket
    blind: int = 0  # the pins are gone
    broken: list[str] = field(default_factory=list)  # promises, in words, not told yet

    def acts(self, house: House) -> list[Coroutine[Any, Any, None]]:
        """What happens to each contact of this night."""
        return [self._lives(house, each) for each in house.building.sensors]

    async def _lives(self, house: House, sensor: Sensor) -> None:
        for _ in range(self.rng.randint(1, 4)):
            await asyncio.sleep(self.rng.uniform(5.0, BEGIN_SECONDS / 2))
            await self.rng.choice((self._closes, self._closes, self._flickers, self._chatters, self._chip_goes))(
                house, sensor
            )

    async def _closes(self, house: House, sensor: Sensor) -> None:
        """For so long; or the wire is cut meanwhile, which reads as open; or it stays closed for the night."""
        self._puts(house, sensor, closed=True)
        await asyncio.sleep(self.rng.choice((self.rng.uniform(2.1, 20.0), self.rng.uniform(20.0, 900.0))))
        if self.rng.random() < 0.85:
            self._puts(house, sensor, closed=False)

    async def _flickers(self, house: House, sensor: Sensor) -> None:
        """Too short to mean anything."""
        self._puts(house, sensor, closed=True)
        await asyncio.sleep(self.rng.uniform(0.02, CLOSED_SECONDS - 0.1))
        self._puts(house, sensor, closed=False)

    async def _chatters(self, house: House, sensor: Sensor) -> None:
        for _ in range(self.rng.randint(5, 60)):
            self._puts(house, sensor, closed=sensor.pin not in self.closed)
            await asyncio.sleep(self.rng.uniform(0.02, 1.5))
        if self.rng.random() < 0.5:
            self._puts(house, sensor, closed=False)

    async def _chip_goes(self, house: House, sensor: Sensor) -> None:
        """All pins are gone for a while: nothing is seen meanwhile, what is closed then is seen afterwards."""
        house.tell("the pins are gone")
        seconds = self.rng.randint(1, 60)
        self.alarms.clear()
        self.blind += 1
        house.life.pins.vanishes()
        for _ in range(seconds):
            house.life.looks_at_contacts()
            await asyncio.sleep(LOOK_SECONDS)
        await self.come_back(house)
        self.blind -= 1

    async def come_back(self, house: House) -> None:
        """The pins are there again, and the exchange has noticed it."""
        house.tell("the pins are back")
        house.life.pins.comes_back()
        self.begins(house)
        for _ in range(NOTICED_LOOKS):
            house.life.looks_at_contacts()
            await asyncio.sleep(LOOK_SECONDS)

    def _puts(self, house: House, sensor: Sensor, *, closed: bool) -> None:
        if closed is (sensor.pin in self.closed):
            return
        house.tell(f"contact “{sensor.name}” {'closes' if closed else 'opens'}")
        (self.closed.add if closed else self.closed.discard)(sensor.pin)
        if closed:
            self.since[sensor.pin] = self.now()
            self._alarmed(house, sensor)
        elif self.now() - self.since[sensor.pin] < CLOSED_SECONDS - A_MOMENT:
            self.alarms.pop(sensor.pin, None)
        else:
            self._may_tell(sensor)
        if house.life.running:
            house.life.puts(sensor.pin, closed=closed)
        house.stir()

    # What must hold.

    def begins(self, house: House) -> None:
        """The box sees its contacts anew: one that is closed has told, or tells now."""
        self.alarms.clear()
        for sensor in house.building.sensors:
            if sensor.pin in self.closed:
                self._may_tell(sensor)

    def _may_tell(self, sensor: Sensor) -> None:
        self.closings[sensor.name] = self.closings.get(sensor.name, 0) + 1

    def _alarmed(self, house: House, sensor: Sensor) -> None:
        life = house.life
        if not life.running or self.blind:
            return
        people = _on_duty(life, sensor)
        self.alarms[sensor.pin] = Alarm(
            sensor,
            self.now(),
            {each.id for each in people},
            len(life.network.rung),
            excused=_has_ticket(life, sensor),
        )

    def look(self, life: Life) -> None:
        """At every moment: who could be rung, and whether somebody was by the time they had to be."""
        now = self.now()
        for pin, alarm in list(self.alarms.items()):
            if now >= alarm.closed_at + CLOSED_SECONDS - A_MOMENT:
                routing = life.routing
                alarm.free &= {
                    each.id
                    for each in _on_duty(life, alarm.sensor)
                    if routing.reachable(each) and not routing.engaged(each) and routing.room() > 0
                }
                alarm.excused |= any(line.broken for line in life.all_lines())
            if now > alarm.due + A_MOMENT:
                del self.alarms[pin]
                self._judge(life, alarm)

    def _judge(self, life: Life, alarm: Alarm) -> None:
        if not _has_ticket(life, alarm.sensor):
            self.broken.append(f"“{alarm.sensor.name}” has been closed for {RUNG_SECONDS} s and has no ticket")
        elif alarm.free and not alarm.excused:
            phones = {phone for each in _on_duty(life, alarm.sensor) for phone in each.phones}
            if not any(number in phones for _, number in life.network.rung[alarm.rung_before :]):
                who = ", ".join(sorted(alarm.free))
                self.broken.append(f"“{alarm.sensor.name}” has been closed for {RUNG_SECONDS} s; {who} could be rung")

    def too_many(self, life: Life) -> Iterator[str]:
        """At the end: a contact that flickers is not a hundred calls."""
        for sensor in life.building.sensors:
            opened = sum(row.get("sensor") == sensor.name for row in life.disk.rows.tickets.values())
            closings = self.closings.get(sensor.name, 0) + (sensor.pin in self.closed)
            if opened > closings:
                yield f"“{sensor.name}” has {opened} tickets after {closings} closings"


def _on_duty(life: Life, sensor: Sensor) -> list[Person]:
    calls = life.calls
    at = calls.desk().clock.now()
    return list(on_duty(life.building, sensor.duty, at, sensor.building or None, calls.overrides))


def _has_ticket(life: Life, sensor: Sensor) -> bool:
    """Somebody is rung about it, or deals with it: in a night no ticket is ever done."""
    if any(case.sensor == sensor.name for case in life.calls.aftercare.chased()):
        return True
    return any(row.get("sensor") == sensor.name for row in life.disk.rows.tickets.values())
