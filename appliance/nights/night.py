"""One night by its seed: a building, its people and its troubles, lived through and checked; same seed, same night.

`live(seed)` is all that others need. What can go wrong stands in `trouble.py`, what must hold in `invariants.py`.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from appliance.lines.line import Leg
from appliance.lines.simulated import SimulatedLeg
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.nights import trouble
from appliance.nights.box import Life, task_factory
from appliance.nights.buildings import RESIDENT_PHONES, vary
from appliance.nights.contacts import Contacts, with_contacts
from appliance.nights.disk import blank_disk
from appliance.nights.invariants import AT_THE_END, EVERY_MOMENT, Check, End, Scene
from appliance.nights.people import TURNS_MAX, Chance, Mood, Party
from appliance.nights.story import Chronicle
from appliance.notify.simulated import SimulatedAir
from appliance.virtual import StuckError, VirtualClock, VirtualLoop, run_virtually

STARTS = (  # local times: an ordinary evening, changes of the clock, a holiday's eve, the edges of greetings and hours
    "2026-11-22 21:14",
    "2026-03-29 01:40",
    "2026-10-25 01:40",
    "2026-12-24 15:30",
    "2026-12-31 23:50",
    "2026-11-23 04:55",
    "2026-11-23 17:55",
    "2026-11-23 07:50",
    "2026-11-23 10:00",
    "2026-11-24 11:00",
    "2026-11-27 15:40",
)
CALLING_SECONDS = 2400.0  # in which calls begin
SETTLING_SECONDS = (
    6 * 86400.0
)  # an office may be closed for four days; by then everything left open has come to its end
DAY_SECONDS = 86400.0
STEP_SECONDS = 20.0
PAIRS = ("", "joins", "refuses to join")  # what the network of a box's only SIM card does with a second call
ANSWERS_SMS = 0.15  # of those who get one
BROKEN_MAX = 5  # a night that is broken in more ways tells nothing new
STORM_CALLS, STORM_SECONDS = 60, 180.0
ODD_NUMBERS = ("+48700123456", "+48112", "+4915112345678", "+48221234567", "+48800123456")  # shown by some callers

log = logging.getLogger("dyzurka.nights")


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept: which, when (seconds of the night), what happened."""

    invariant: str
    at: float
    what: str


@dataclass(slots=True)
class Report:
    """What became of one night."""

    seed: int
    theme: str
    calls: int = 0
    hours: float = 0.0
    lives: int = 0
    broken: list[Broken] = field(default_factory=list)
    story: list[str] = field(default_factory=list)


class Night:
    """Implements what people and troubles ask of a night."""

    def __init__(self, seed: int, *, whole: bool = False, days: int = 1, one_sim: bool = False) -> None:
        """`days`: how many times callers and troubles come again before all is well. `one_sim`: see `vary`."""
        self.days = days
        self.rng: random.Random = Chance(seed)
        rng = self.rng
        self.one_sim = one_sim
        self._pairs = PAIRS[seed % len(PAIRS)] if one_sim else ""
        self.building = vary(rng, one_sim=one_sim)
        self.contacts = Contacts(
            random.Random(f"contacts {seed}"), lambda: self.loop.time()
        )  # likewise of its own, see `_texting`
        self.building = with_contacts(self.contacts.rng, self.building)
        zone = self.building.box.timezone
        start = datetime.fromisoformat(rng.choice(STARTS)).replace(tzinfo=zone)
        start += timedelta(seconds=rng.choice((0.0, rng.uniform(0.0, 900.0))))
        self.loop = VirtualLoop(self._look)
        self.clock = VirtualClock(self.loop, start)
        self.network = SimulatedNetwork()
        self.air = SimulatedAir(arrives=self._texted)
        self._texting = random.Random(seed)  # of its own: who answers an SMS changes nothing else about a night
        self.disk = blank_disk(self.clock, random.Random(rng.random()))
        self.network.recordings = self.disk.recordings
        self.theme = rng.choice(list(trouble.TROUBLES))
        self.settling = False
        self.report = Report(seed, self.theme)
        self._chronicle = Chronicle(self.loop, self.clock, zone, whole=whole)
        self._moment = asyncio.Event()
        self._outside = contextvars.copy_context()
        self._beside: dict[asyncio.Task[None], None] = {}
        self._offered: dict[Leg, Party] = {}
        self._calling: Party | None = None
        self._over = False
        self._parties = self._people()

    # Its people.

    def _people(self) -> list[Party]:
        rng, building = self.rng, self.building
        general = Mood(rng.choice((0.0, 0.3, 0.6, 0.9, 1.0)), rng.choice((0.0, 0.3, 0.7, 0.95)))
        moods = [general, Mood(rng.random(), rng.random())]
        staff = {
            phone: Party(self, person.id, phone, mood=rng.choice(moods))
            for person in building.people.values()
            for phone in person.phones
        }
        for extension in building.extensions:
            phone = f"ext:{extension}"
            staff.setdefault(phone, Party(self, phone, phone, mood=rng.choice(moods)))
        numbers = dict.fromkeys(
            (
                *(phone for resident in building.residents for phone in resident.phones),
                *RESIDENT_PHONES,
                *(f"+48511000{number:03}" for number in range(rng.choice((3, 10, 60)))),
            )
        )
        residents = [
            Party(self, f"caller {number[-3:]}", number, mood=Mood(0.7, 0.9), withheld=rng.random() < 0.1)
            for number in numbers
            if number not in staff
        ]
        residents += [Party(self, f"caller {odd}", odd, mood=general) for odd in ODD_NUMBERS if rng.random() < 0.3]
        for party in (*staff.values(), *residents):
            self.network.people[party.number] = party.rung
        self._staff = list(staff.values())
        self._on_duty = frozenset(staff)
        return residents

    # What people and troubles ask for: see `Town` and `Patient`.

    def tell(self, what: str) -> None:
        """See `Town`."""
        self._chronicle.tell(what)

    def call(self, party: Party, called: str) -> SimulatedLeg:
        """See `Town`."""
        if not self.life.running:
            raise ConnectionError("the box is off")
        lines = [line for line in self.life.lines.values() if called in line.numbers()]
        self._calling = party
        leg = lines[0].call(party.shown, called)
        if party.shown is not None:
            self.scene.callers.add(party.shown)
        self.report.calls += 1
        return leg

    def rings(self, party: Party, leg: SimulatedLeg) -> None:
        """See `Town`."""
        self.tell(f"{party.name} is rung at {party.number} by line {leg.line} as {leg.id}")
        known = [each.id for each in party.legs if each.ended is None and each.caller is not None]
        self.scene.rung.append((party.name, known))
        self._meets(party, leg, incoming=False)

    def alongside(self, work: Coroutine[Any, Any, None]) -> None:
        """See `Town`."""
        task = self.loop.create_task(work, context=self._outside)
        self._beside[task] = None
        task.add_done_callback(lambda ended: self._beside.pop(ended))

    def stir(self) -> None:
        """See `Town`."""
        self._moment.set()
        self._moment = asyncio.Event()

    async def stirred(self) -> None:
        """See `Town`."""
        if self.settling:
            return
        await self._moment.wait()
        for _ in range(self.rng.randint(0, TURNS_MAX)):
            await asyncio.sleep(0)

    async def power_cut(self, away: float) -> None:
        """See `Patient`."""
        if self.life.running:
            self.tell("the power is cut")
            await self._ends(self.life.cut(), away)

    async def restart(self, away: float) -> None:
        """See `Patient`."""
        if self.life.running:
            self.tell("the exchange is asked to stop")
            await self._ends(self.life.stop(), away)

    async def _ends(self, end: Coroutine[Any, Any, None], away: float) -> None:
        before = self.life
        self.contacts.alarms.clear()
        await end
        self._look()
        if before.register.pending():
            rows = self.disk.rows.calls
            self.scene.unwritten |= {uid for uid in self.scene.calls if uid not in rows or not rows[uid]["ended"]}
        self.tell(f"the box is off for {away:.1f} s")
        await asyncio.sleep(away)
        await self._starts()

    def _life(self) -> Life:
        chance = random.Random(self.rng.random())
        return Life(self.building, self.clock, chance, self.disk, self.network, self.air, self._pairs)

    async def _starts(self) -> None:
        self.report.lives += 1
        self.life = self._life()
        self.scene.life = self.life
        self.scene.open_calls.clear()
        self.scene.looked_shown.clear()
        self.scene.steps.clear()
        self.tell("the box starts")
        self.contacts.begins(self)
        await self.life.start(self._offers, sorted(self.contacts.closed))

    def _offers(self, leg: Leg) -> None:
        """The box is about to look after a call."""
        assert isinstance(leg, SimulatedLeg) and self._calling is not None
        self.tell(f"{self._calling.name} calls {leg.called} as {leg.id}")
        self._meets(self._calling, leg, incoming=True)

    def _meets(self, party: Party, leg: SimulatedLeg, *, incoming: bool) -> None:
        party.legs[leg] = None
        self.scene.ends[leg] = End(leg, incoming, party.name)
        self.alongside(self._until_gone(party, leg))

    def _texted(self, number: str, text: str) -> None:
        """An SMS has arrived at a telephone; now and then its owner answers."""
        self.tell(f"SMS to {number}: {text}")
        if number in self._on_duty and self._texting.random() < ANSWERS_SMS:
            self.alongside(self._answers(number))

    async def _answers(self, number: str) -> None:
        """Accept by SMS, or write something else, after some time."""
        await asyncio.sleep(
            self._texting.choice((0.0, self._texting.uniform(5.0, 60.0), self._texting.uniform(60.0, 900.0)))
        )
        text = self._texting.choice(("1", "1", "1", "1 1001", "1 1002", "1 9999", "jadę", "nie mogę"))
        if self.life.running and self.life.sims:
            self.tell(f"SMS from {number}: {text}")
            self.life.receives(self.life.sims[0], number, text)

    async def _until_gone(self, party: Party, leg: SimulatedLeg) -> None:
        cause = await leg.gone()
        party.legs.pop(leg)
        self.tell(f"{leg.id} ({party.name}) has ended: {cause.value}")
        self.stir()

    # Its course.

    def live(self) -> Report:
        """Live through it once."""
        self.loop.set_task_factory(task_factory)  # type: ignore[arg-type]
        try:
            run_virtually(self.loop, self._course())
        except StuckError as stuck:
            self._breaks("nothing is left", str(stuck))
        self.report.story = self._chronicle.lines
        return self.report

    async def _course(self) -> None:
        self.life = self._life()
        self.scene = Scene(self.building, self.network, self.life, self.contacts)
        await self._starts()
        troubles = [self.loop.create_task(self._daily(each)) for each in trouble.TROUBLES[self.theme]]
        callers = [
            self.loop.create_task(self._calls(party, day * DAY_SECONDS + at, tries))
            for day in range(self.days)
            for party, at, tries in self._plan()
        ]
        troubles += [self.loop.create_task(each) for each in self.contacts.acts(self)]
        elsewhere = self.loop.create_task(self._elsewhere())
        await asyncio.gather(*callers)
        await self._settles([*troubles, elsewhere])
        self._check(AT_THE_END)
        self.report.hours = self.loop.time() / 3600
        self._over = True

    async def _daily(self, each: trouble.Trouble) -> None:
        """A trouble, anew each day."""
        for day in range(self.days):
            await asyncio.sleep(max(0.0, day * DAY_SECONDS - self.loop.time()))
            await each(self)

    def _plan(self) -> Iterable[tuple[Party, float, int]]:
        """Who calls, when, and how often they try."""
        rng = self.rng
        number = rng.choice((1, 3, 8, 15, 25))
        for party in rng.sample(self._parties, min(number, len(self._parties))):
            yield party, rng.uniform(0.0, CALLING_SECONDS), rng.randint(1, 4)
        if rng.random() < 0.1:
            begins = rng.uniform(0.0, 600.0)
            for party in rng.choices(self._parties, k=STORM_CALLS):
                yield party, begins + rng.uniform(0.0, STORM_SECONDS), rng.randint(1, 3)
        for party in self._staff:
            if rng.random() < 0.1 and not party.number.startswith("ext:"):
                yield party, rng.uniform(0.0, CALLING_SECONDS), 1

    async def _calls(self, party: Party, at: float, tries: int) -> None:
        await asyncio.sleep(at)
        numbers = [number for config in self.building.lines.values() for number in config.numbers]
        await party.calls(self.rng.choice(numbers), tries=tries)

    async def _elsewhere(self) -> None:
        """People on calls that are not ours."""
        while True:
            await asyncio.sleep(self.rng.uniform(10.0, 400.0))
            party = self.rng.choice(self._staff)
            party.elsewhere = True
            await asyncio.sleep(self.rng.uniform(10.0, 200.0))
            party.elsewhere = False

    async def _settles(self, chance: list[asyncio.Task[None]]) -> None:
        """Trouble ends, everybody is reliable: what was left open must now come to its end."""
        self.settling = True
        self.tell("trouble is over, everybody answers from now on")
        for task in chance:
            task.cancel()
        await asyncio.wait(chance)
        for party in (*self._staff, *self._parties):
            party.elsewhere = False
        if not self.life.running:
            await self._sweep_and_start()
        for line in self.life.all_lines():
            line.broken, line.channels = "", max(1 if self.one_sim else 4, line.channels)
        self.life.phones.there |= set(self.building.extensions)
        trouble.recover(self)
        if self.contacts.blind:
            await self.contacts.come_back(self)
        until = self.loop.time() + SETTLING_SECONDS
        while self._busy() and self.loop.time() < until:  # noqa: ASYNC110 - on the virtual loop it costs nothing
            await asyncio.sleep(STEP_SECONDS)

    async def _sweep_and_start(self) -> None:
        """A restart was going on when trouble ended."""
        await self._ends(self.life.cut(), 0.0)

    def _busy(self) -> bool:
        life = self.life
        return bool(
            life.register.pending()
            or life.calls.aftercare.tickets()
            or life.calls.up
            or life.tasks
            or any(each.legs() for each in life.all_lines())
        )

    # Its checks.

    def _look(self) -> None:
        """Everything of a moment has happened."""
        if self._over or self.report.lives == 0:
            return
        scene = self.scene
        scene.now = self.loop.time()
        scene.calls.update(self.life.calls.up)
        scene.open_calls.update(self.life.calls.up)
        if self.life.running:
            self.contacts.look(self.life)
        self._check(EVERY_MOMENT)
        scene.open_calls &= self.life.calls.up.keys()
        for leg in [leg for leg, end in scene.ends.items() if leg.ended is not None and end.looked == len(leg.heard)]:
            partner = scene.ends[leg].partner
            if partner is None or partner.ended is not None:
                del scene.ends[leg]

    def _check(self, checks: Iterable[Check]) -> None:
        for check in checks:
            for what in check(self.scene):
                self._breaks((check.__doc__ or check.__name__).splitlines()[0], what)

    def _breaks(self, invariant: str, what: str) -> None:
        self.tell(f"BROKEN: {invariant} {what}")
        if len(self.report.broken) < BROKEN_MAX:
            self.report.broken.append(Broken(invariant, self.loop.time(), what))


def live(seed: int, *, whole: bool = False, one_sim: bool = False) -> Report:
    """Live through the night of this seed. `whole` keeps its story. `one_sim`: in a building with just a SIM card."""
    return Night(seed, whole=whole, one_sim=one_sim).live()
