"""The chase: an urgent ticket that nobody has taken keeps ringing the people on duty until somebody does.

1. It begins `chase_minutes` after the ticket was opened, and comes again after 1, 2, 3 and then every 6 times as long.
2. Whoever answers hears that an urgent ticket waits. 2 plays the message, 3 reads the number, 1 accepts, and 4
   accepts and calls the resident back at once.
   Who need not confirm is told all of it, and has accepted by hearing it to the end.
3. The first to accept has it, and is told so when that is on disk; the others hear that somebody else accepted.
4. Whose caller made way on the only line (`one_line.py`) is rung about at once. Where the two cannot be put through,
   who accepted hears the number and is asked to call it.
5. A sensor's ticket is rung about at once, as often as the list is hunted for a caller (`rounds`); its name is told.
6. Once it has waited for `escalate_minutes`, the people of `escalate_to` are rung: they alone at that moment, and with
   those on duty, after them, whenever these are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress

from appliance.building.model import Duty, Person
from appliance.building.rota import escalated, on_duty
from appliance.callflow.case import Case, TicketMatter
from appliance.callflow.connecting import ACCEPT, ring_while_they_wait, told
from appliance.callflow.desk import Desk
from appliance.callflow.duty import must_confirm
from appliance.callflow.ringing import DECISION_SECONDS, WHISPER_PAUSE_SECONDS, Search
from appliance.callflow.waiting import ask, ask_whoever_answers, not_in_silence
from appliance.lines.line import Leg
from appliance.media.sound import Clip, LegGoneError
from appliance.register import events
from appliance.register.log import NotSavedError

WAITS = (1, 1, 2, 3)  # times `chase_minutes` (CONTRACT)
LAST_WAIT = 6  # and so on for as long as nobody claims
ROOM_SECONDS, ROOM_LOOK_SECONDS = 120.0, 1.0  # for the only line: some carry nothing for a while after a call
LIST_SECONDS = 60.0  # until a building file without a duty list is looked at again
MESSAGE, NUMBER, CALL_BACK = "2", "3", "4"

log = logging.getLogger("dyzurka.call")


def moments(chase_minutes: float) -> Iterator[float]:
    """When to ring, in seconds after the ticket was opened, without an end."""
    at = 0.0
    for wait in WAITS:
        at += wait * chase_minutes * 60
        yield at
    while True:
        at += LAST_WAIT * chase_minutes * 60
        yield at


def rounds(config: Duty) -> Iterator[tuple[float, bool]]:
    """`moments`, and among them the one at which only the people of `escalate_to` are rung, which is marked."""
    escalation = config.escalate_minutes * 60
    ahead = bool(config.escalate_to) and escalation > 0
    for moment in moments(config.chase_minutes):
        if ahead and escalation < moment:
            yield escalation, True
        ahead = ahead and escalation > moment
        yield moment, False


async def chase(case: Case, desk_now: Callable[[], Desk], tell: Callable[[str | None], None]) -> None:
    """Ring the people on duty about a case until somebody takes it. `desk_now` gives the desk of the moment.

    `tell` is told in words why nobody can be rung, and None when that is over: the building file has no duty list.

    Goes on where it was after a restart: a time missed meanwhile is made up for at once. Cancelled when the ticket
    is taken in another way.
    """
    while (config := duty_list(desk_now(), case)) is None:
        tell(f"ticket {case.number}: nobody is rung about it, no duty list in the building file: add one, or ring them")
        await asyncio.sleep(LIST_SECONDS)
    tell(None)
    desk = desk_now()
    age = max(0.0, (desk.clock.now() - case.opened).total_seconds())
    begun = desk.clock.monotonic() - age
    missed, hunted = case.promised, bool(case.sensor)
    if hunted and await _hunted(case, config, desk_now, age):
        return
    for moment, escalates in rounds(config):
        if moment < age:
            missed = not hunted
            continue
        if missed:
            missed = False
            if await _rung(case, desk_now, age):
                return
        await asyncio.sleep(max(0.0, begun + moment - desk.clock.monotonic()))
        if await _rung(case, desk_now, moment, escalates=escalates):
            return


async def _hunted(case: Case, config: Duty, desk_now: Callable[[], Desk], waited: float) -> bool:
    """The rounds of a hunt, without a caller who waits; whether somebody took the ticket."""
    for number in range(1, config.rounds + 1):
        if await _rung(case, desk_now, waited, in_turn=number < config.rounds or config.rounds == 1):
            return True
    return False


async def _rung(
    case: Case, desk_now: Callable[[], Desk], waited: float, *, in_turn: bool = False, escalates: bool = False
) -> bool:
    """One round about a ticket that has waited for so many seconds; whether somebody took it.

    One that fails is a fault, and the next one comes all the same.
    """
    desk = desk_now()
    try:
        return await _round(case, desk, waited, in_turn=in_turn, escalates=escalates)
    except Exception as fault:
        log.exception("ticket-%d: a round of the chase failed", case.number)
        desk.fault(f"ticket {case.number}: ringing the people on duty failed: {fault!r}")
        return False


def duty_list(desk: Desk, case: Case) -> Duty | None:
    """The list that was hunted, or the building's first."""
    lists = desk.building.duties
    return lists.get(case.duty) or next(iter(lists.values()), None)


def called_upon(desk: Desk, case: Case, config: Duty, waited: float, *, escalates: bool = False) -> list[Person]:
    """Who is rung about a ticket that has waited for so many seconds, in order and nobody twice.

    `escalates`: those on duty are left alone.
    """
    people = on_duty(desk.building, config.id, desk.clock.now(), case.building or None, desk.overrides)
    others = [each for each in escalated(desk.building, config.id, waited) if each not in people]
    return others if escalates else [*people, *others]


async def _round(case: Case, desk: Desk, waited: float, *, in_turn: bool, escalates: bool) -> bool:
    """Ring everybody once; whether somebody took the ticket. `in_turn`: whatever the list says."""
    config = duty_list(desk, case)
    if config is None:
        return False
    people = called_upon(desk, case, config, waited, escalates=escalates)
    if escalates and not people:
        return False
    if case.promised:
        await _until(lambda: desk.switchboard.room() > 0)
    elif case.sensor:
        await _until(lambda: any(map(desk.switchboard.reachable, people)))
    matter = TicketMatter(desk, case)
    chased = Chased(matter)
    search = Search(
        matter,
        config.ring_seconds,
        chased.whisper,
        lambda person, phone: must_confirm(person, config),
        inform=chased.inform,
    )
    everybody = config.last_round == "all" and not in_turn
    async with matter.errands_afterwards():
        try:
            found = await (search.all_at_once if everybody else search.in_turn)(people)
            if found is None:
                return False
            return await asyncio.shield(matter.errand(chased.taken_by(found.person, found.leg)))
        finally:
            if not chased.taken:
                search.let_go()


async def _until(there_is_a_way: Callable[[], bool]) -> None:
    """Wait for a line or a telephone, but not for long: there may be other ways to a phone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ROOM_SECONDS):
            while not there_is_a_way():  # noqa: ASYNC110 - lines tell nobody that they are free
                await asyncio.sleep(ROOM_LOOK_SECONDS)


class Chased:
    """One round about one ticket: what those who answer hear, and what they do."""

    def __init__(self, matter: TicketMatter) -> None:
        self.matter = matter
        self.taken = False
        self._call_back: set[Leg] = set()

    async def whisper(self, leg: Leg) -> str | None:
        """Tell what waits; the message and the number at will. `ACCEPT`, or None."""
        words = self._opening()
        patience, asked = DECISION_SECONDS + leg.may_ring, ask_whoever_answers
        try:
            while True:
                async with asyncio.timeout(patience):
                    key = await asked(leg, words, seconds=DECISION_SECONDS)
                patience, asked = DECISION_SECONDS, ask
                if key == CALL_BACK and not self.matter.case.sensor:
                    self._call_back.add(leg)
                    return ACCEPT
                if key == ACCEPT:
                    return ACCEPT
                if self.matter.case.sensor:
                    continue  # there is neither a message nor a number: once more
                words = [*self._wanted(key), *self.matter.to_staff("chase_menu")]
                if key == MESSAGE:
                    await leg.play(*self._wanted(MESSAGE))
                    words = self.matter.to_staff("chase_menu")
        except (TimeoutError, LegGoneError):
            return None

    async def inform(self, leg: Leg) -> str | None:
        """Who need not press a key has it once they have heard all of it to the end."""
        try:
            if self.matter.case.sensor:
                await leg.play(*self._opening())
            else:
                await leg.play(*self.matter.to_staff("chase"), *self._wanted(MESSAGE), *self._wanted(NUMBER))
        except LegGoneError:
            return None
        return ACCEPT

    def _opening(self) -> list[Clip]:
        """What it is about, and which keys there are."""
        if sensor := self.matter.case.sensor:
            once = self.matter.to_staff("sensor", name=sensor)
            return [*once, self.matter.desk.voice.silence(WHISPER_PAUSE_SECONDS), *once]
        return [*self.matter.to_staff("chase"), *self.matter.to_staff("chase_menu")]

    def _wanted(self, key: str | None) -> list[Clip]:
        """What a key asks to hear."""
        case = self.matter.case
        if key == MESSAGE:
            message = self.matter.desk.voice.message(case.recording) if case.recording else None
            return [message] if message is not None else self.matter.to_staff("no_message")
        if key == NUMBER:
            if case.caller is None:
                return self.matter.to_staff("number_withheld")
            return self.matter.to_staff("caller_number", number=case.caller)
        return []

    async def taken_by(self, person: Person, leg: Leg) -> bool:
        """The ticket is theirs once that is on disk, and then they are told; false when it could not be saved."""
        self.taken = True
        try:
            async with not_in_silence(leg, self.matter.desk.voice.hold_music()):
                await self.matter.desk.register.record(
                    events.TICKET_TAKEN,
                    ticket=self.matter.case.ticket,
                    building=self.matter.building,
                    who=person.id,
                    base="",
                )
            await told(leg, [*self.matter.to_staff("claimed"), *self._flat()])
            await self._to_the_caller(person, leg)
        except NotSavedError:
            await told(leg, self.matter.to_staff("not_saved"))
            return False
        except LegGoneError:
            pass
        finally:
            leg.hangup()
        return True

    async def _to_the_caller(self, person: Person, leg: Leg) -> None:
        """Put them through where they want it and it can be done; else they are told whom to call. Raises LegGoneError.

        Who waits for a call of ours is told of them in any case.
        """
        number, wanted = self.matter.case.caller, leg in self._call_back
        if number is None:
            return
        if wanted and not self.matter.desk.switchboard.waits_for(leg, Person("caller", "", (number,))):
            await self._talk(person, leg, number)
        elif wanted or self.matter.case.promised:
            words = [*self._wanted(NUMBER), *self.matter.to_staff("call_yourself")]
            await told(leg, [*words, *self._wanted(NUMBER)])

    def _flat(self) -> list[Clip]:
        resident = self.matter.resident
        return self.matter.to_staff("flat", number=resident.flat) if resident is not None else []

    async def _talk(self, person: Person, leg: Leg, number: str) -> None:
        """Ring the resident and put the two through. Raises LegGoneError."""
        words = self.matter.spoken("callback_call", self.matter.case.language, {})
        resident = await ring_while_they_wait(self.matter, leg, number, words)
        if resident is None:
            return
        try:
            self.matter.desk.aftercare.talked(self.matter.case.ticket)
            self.matter.note(events.TICKET_TALKED, who=person.id)
            await resident.bridge(leg)
        finally:
            resident.hangup()
