"""The switchboard: on which line a person is rung, which one is next when it fails, and who is on a call.

Only numbers that the building allows are dialled, only our own are shown. It knows lines by their contract alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from appliance.building.model import Building, Person
from appliance.building.numbers import may_dial
from appliance.clock import Clock
from appliance.lines.joining import Joining
from appliance.lines.line import Cause, Leg, Line, NotAnsweredError
from appliance.lines.ration import Ration

EXTENSION, SIP_ADDRESS = "ext:", "sip:"
EMERGENCY_RING_SECONDS = 60.0  # on each line

log = logging.getLogger("dyzurka.lines")


class Telephones(Line, Protocol):
    """The line that the building's telephones are."""

    def registered(self, extension: str) -> bool:
        """Whether a telephone of this extension is there."""
        ...


class Routing:
    """Implements the call flow's `Switchboard`. `building` gives the building file that holds now."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        building: Callable[[], Building],
        clock: Clock,
        telephones: Telephones | None = None,
    ) -> None:
        self._lines = lines
        self._building = building
        self._ration = Ration(clock, lambda: building().box.timezone)
        self._telephones = telephones
        self._engaged: Counter[str] = Counter()
        self._freed = asyncio.Event()
        self._watchers: set[asyncio.Task[None]] = set()

    async def dial(
        self, phone: str, *, building: str, ring_seconds: float, rationed: bool = False, beside: Leg | None = None
    ) -> Leg:
        """Ring a phone on the first line that carries it. See `Switchboard.dial`."""
        refusal = self._refusal(phone)
        if refusal is not None:
            raise NotAnsweredError(Cause.WRONG_NUMBER, 0.0, refusal)
        if rationed and self._used_up(phone):
            raise NotAnsweredError(Cause.REFUSED, 0.0, "the minutes of today are used up")
        with self._counted(phone):
            leg = await self._on_a_line(phone, building, ring_seconds, beside)
            self.hold(phone, leg, outgoing=not phone.startswith(EXTENSION))
            return leg

    def _used_up(self, phone: str) -> bool:
        ceiling = self._building().outbound.minutes_per_day
        return 0 < ceiling <= self._ration.minutes() and not phone.startswith(EXTENSION)

    async def emergency(self, number: str) -> Leg:
        """Put a telephone of the building through to 112 or 99x, on whichever line can do it; there is no ceiling.

        Every line is tried, the outbound ones first and those thought down last, and the next one whatever the
        failure was. Raises NotAnsweredError with the last one.
        """
        tried = NotAnsweredError(Cause.LINE_DOWN, 0.0, "no line")
        outbound = [self._lines[each] for each in self._building().outbound.lines if each in self._lines]
        lines = dict.fromkeys([*outbound, *self._lines.values()])
        for line in sorted(lines, key=lambda each: each.state().state == "down"):
            shown = next(iter(line.numbers()), "")
            try:
                return await line.dial(number, shown=shown, ring_seconds=EMERGENCY_RING_SECONDS)
            except NotAnsweredError as unanswered:
                unanswered.line = line.id
                log.error("%s by line %s: %s", number, line.id, unanswered)
                tried = unanswered
            except Exception as fault:
                tried = _defective(line, fault)
        raise tried

    def engaged(self, person: Person) -> bool:
        """Whether one of their phones is on a call or being rung."""
        return any(self.on_a_call(phone) for phone in person.phones)

    def reachable(self, person: Person) -> bool:
        """Whether one of their phones could be rung now, as far as is known."""
        return any(self._refusal(phone) is None and self._candidates(phone) for phone in person.phones)

    def waits_for(self, leg: Leg, person: Person) -> bool:
        """Whether they can be rung only once this call is over: it is on the one channel that works."""
        own = self._lines.get(leg.line)
        if own is not None and own.capacity() > 1:  # asked of everybody on duty, while other calls wait for an answer
            return False
        phones = [phone for phone in person.phones if self._refusal(phone) is None]
        lines = dict.fromkeys(line for phone in phones for line in self._candidates(phone))
        if self._holder(leg) in lines or any(
            line.free_channels() > 0 and line.state().state != "down" for line in lines
        ):
            return False
        return any(line.id == leg.line and line.capacity() <= 1 for line in lines)

    def must_hold(self, leg: Leg, person: Person) -> bool:
        """Whether they can be rung only while this call is on hold."""
        holder = self._holder(leg)
        if holder is None:
            return False
        phones = [phone for phone in person.phones if self._refusal(phone) is None]
        lines = dict.fromkeys(line for phone in phones for line in self._candidates(phone))
        free = any(line.free_channels() > 0 and line.state().state != "down" for line in lines)
        return not free and holder in lines

    def _holder(self, leg: Leg) -> Line | None:
        """The line of this leg, where it can put the leg on hold for a call beside it."""
        line = self._lines.get(leg.line)
        if line is None or line.capacity() > 1 or not isinstance(line, Joining) or not line.holds(leg):
            return None
        return line

    async def join(self, leg: Leg, other: Leg) -> bool:
        """Whether the two can be bridged: where they share a line, it has joined them. See `Joining.join`."""
        line = self._lines.get(leg.line)
        if leg.line != other.line or not isinstance(line, Joining):
            return True
        return await line.join(leg, other)

    async def back(self, leg: Leg) -> None:
        """Wait, some seconds at most, until this leg is not on hold."""
        line = self._lines.get(leg.line)
        if isinstance(line, Joining):
            await line.back(leg)

    def room(self) -> int:
        """How many calls more the lines to the world that work can carry now."""
        lines = [self._lines[each] for each in self._building().outbound.lines if each in self._lines]
        return sum(max(0, line.free_channels()) for line in lines if line.state().state != "down")

    def on_a_call(self, number: str) -> bool:
        """Whether this phone is on a call or being rung."""
        return self._engaged[number] > 0

    async def somebody_free(self, people: Sequence[Person]) -> None:
        """Return when one of them is not engaged; at once where the list is empty."""
        while people and all(self.engaged(person) for person in people):
            await self._freed.wait()

    def hold(self, phone: str, leg: Leg, *, outgoing: bool = False) -> None:
        """Count this phone as engaged until the leg ends; for incoming legs too (their caller is on a call).

        The minutes of an `outgoing` one count.
        """
        if outgoing:
            self._ration.begin(leg)
        task = asyncio.get_running_loop().create_task(self._until_gone(phone, leg))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)
        self._engaged[phone] += 1

    async def _until_gone(self, phone: str, leg: Leg) -> None:
        try:
            await leg.gone()
        finally:
            self._ration.end(leg)
            self._release(phone)

    @contextmanager
    def _counted(self, phone: str) -> Iterator[None]:
        self._engaged[phone] += 1
        try:
            yield
        finally:
            self._release(phone)

    def _release(self, phone: str) -> None:
        self._engaged[phone] -= 1
        if not self._engaged[phone]:
            del self._engaged[phone]
            self._freed.set()
            self._freed = asyncio.Event()

    def _refusal(self, phone: str) -> str | None:
        if phone.startswith((EXTENSION, SIP_ADDRESS)):
            return None
        return may_dial(self._building(), phone)

    async def _on_a_line(self, phone: str, building: str, ring_seconds: float, beside: Leg | None) -> Leg:
        tried = NotAnsweredError(
            Cause.NOT_REGISTERED if phone.startswith(EXTENSION) else Cause.LINE_DOWN, 0.0, "no line"
        )
        for line in self._candidates(phone):
            if line.free_channels() <= 0:
                tried = NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel", line.id)
                continue
            try:
                return await line.dial(phone, shown=self._shown(line, building), ring_seconds=ring_seconds)
            except NotAnsweredError as unanswered:
                unanswered.line = line.id
                if unanswered.cause is not Cause.LINE_DOWN:
                    raise
                log.warning("line %s is down: %s", line.id, unanswered)
                tried = unanswered
            except Exception as fault:
                tried = _defective(line, fault)
        holder = self._holder(beside) if beside is not None else None
        if beside is not None and isinstance(holder, Joining) and holder in self._candidates(phone):
            return await self._beside(beside, holder, phone, self._shown(holder, building), ring_seconds)
        raise tried

    async def _beside(self, leg: Leg, line: Joining, phone: str, shown: str, ring_seconds: float) -> Leg:
        try:
            return await line.dial_beside(leg, phone, shown=shown, ring_seconds=ring_seconds)
        except NotAnsweredError as unanswered:
            unanswered.line = leg.line
            raise

    def _candidates(self, phone: str) -> list[Line]:
        """The outbound lines in order, those thought down last: one of them may have come back."""
        lines = [self._lines[each] for each in self._building().outbound.lines if each in self._lines]
        if phone.startswith(EXTENSION):
            phones = self._telephones
            return [phones] if phones is not None and phones.registered(phone.removeprefix(EXTENSION)) else []
        if phone.startswith(SIP_ADDRESS):
            lines = [line for line in lines if line.kind == "sip"]
        return sorted(lines, key=lambda line: line.state().state == "down")

    def _shown(self, line: Line, building: str) -> str:
        """The number of ours to show: the house's own where this line has it, else the line's first.

        A telephone in the building sees the house's own, else the first that we call anybody with.
        """
        own = self._building().outbound.caller_id.get(building, "")
        if line is self._telephones:
            outbound = [self._lines[each] for each in self._building().outbound.lines if each in self._lines]
            return own or next((number for each in outbound for number in each.numbers()), "")
        return own if own in line.numbers() else next(iter(line.numbers()), "")


def _defective(line: Line, fault: Exception) -> NotAnsweredError:
    """A line that raises what no line may raise: for whoever rings, it is down."""
    log.exception("line %s raised what it may not", line.id)
    return NotAnsweredError(Cause.LINE_DOWN, 0.0, repr(fault), line.id)
