"""Deals with SMS that came in: what each means is `inbox.py`'s, what is done about it is done here, on disk first."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from appliance.building.model import Building, Override
from appliance.building.numbers import is_e164, sends_sms
from appliance.clock import Clock
from appliance.notify import inbox
from appliance.notify.inbox import CHARACTERS, Asked, Inbox
from appliance.notify.notice import Affair, Notice
from appliance.notify.occasions import Occasions
from appliance.notify.outbox import Outbox
from appliance.notify.sms import Received
from appliance.notify.telling import as_sms, duty_numbers, may_be_texted, place
from appliance.notify.texts import said
from appliance.register import events
from appliance.register.journal import masked
from appliance.register.log import Committed, Register

SEEN_MOST = 500  # SMS that are known again when a carrier hands them over a second time

log = logging.getLogger("dyzurka.notify")


class Answering:
    """Whoever answers SMS. `queue` sends a text; `settled` is told the uid of a ticket that somebody took."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        outbox: Outbox,
        occasions: Occasions,
        *,
        building: Callable[[], Building],
        overrides: Callable[[], Sequence[Override]],
        queue: Callable[[Notice], None],
        settled: Callable[[str], None],
    ) -> None:
        self._register, self._clock, self._outbox, self._occasions = register, clock, outbox, occasions
        self._building, self._overrides, self._queue, self._settled = building, overrides, queue, settled
        self._inbox = Inbox()
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def remember(self, fields: Mapping[str, Any]) -> None:
        """An SMS that an earlier life has dealt with."""
        self._see(str(fields.get("caller") or fields.get("sender") or ""), fields.get("text"), fields.get("sent"))

    async def received(self, sms: Received) -> None:
        """Deal with one; returns once it is on disk. Raises NotSavedError."""
        sent = sms.at.isoformat() if sms.at is not None else None
        if sent is not None and (sms.sender, sms.text[:CHARACTERS], sent) in self._seen:
            return
        asked = await self._asked(sms)
        meaning = self._inbox.read(asked, self._clock.monotonic())
        log.info("an SMS from %s: %s", masked(sms.sender), type(meaning).__name__.lower())
        match meaning:
            case inbox.Accepts(affair, who):
                await self._accept(affair, who, sms)
            case inbox.Asks(waiting):
                await self._keep(sms)
                self._choose(waiting, sms.sender)
            case inbox.Writes(ticket):
                await self._keep(sms, ticket)
            case inbox.Opens():
                await self._open(sms)
            case inbox.Kept():
                await self._keep(sms)
            case inbox.Ignored():
                log.warning("an SMS of %s is not kept: too many came", masked(sms.sender))
        self._see(sms.sender, sms.text[:CHARACTERS], sent)

    def _see(self, sender: str, text: object, sent: object) -> None:
        if isinstance(text, str) and isinstance(sent, str):
            self._seen[sender, text, sent] = None
            if len(self._seen) > SEEN_MOST:
                self._seen.popitem(last=False)

    async def _asked(self, sms: Received) -> Asked:
        building, sender = self._building(), sms.sender
        known = is_e164(sender)
        tickets = await self._register.tickets_of(caller=sender) if known else []
        own = [each.uid for each in tickets if each.state != "done"]
        waiting = [each for each in self._occasions.waiting() if self._is_on(each, sender)]
        return Asked(
            sender,
            sms.text,
            who=self._on_duty(sender),
            waiting=waiting,
            told=self._outbox.last_about(sender),
            own=own[-1] if own else "",
            resident=building.resident(sender) is not None,
        )

    def _numbers(self, affair: Affair) -> list[tuple[str, str]]:
        people = duty_numbers(self._building(), affair, self._overrides(), self._clock.now())
        return [(number, person.id) for person, number in people]

    def _is_on(self, affair: Affair, number: str) -> bool:
        return number in dict(self._numbers(affair))

    def _on_duty(self, number: str) -> str:
        """The id of the person whose number this is, where they are on some duty list now or were told of a ticket that
        nobody has taken; else "".
        """
        lists = [Affair(self._clock.now(), duty=each) for each in self._building().duties]
        lists += self._occasions.waiting()
        return next((who for each in lists for phone, who in self._numbers(each) if phone == number), "")

    async def _accept(self, affair: Affair, who: str, sms: Received) -> None:
        """As pressing 1 would. What is then told, the flat among it, follows from the event."""
        about = {"ticket": affair.ticket, "building": affair.building}
        kept = self._record(sms, affair.ticket, affair.building)
        await self._register.record(events.TICKET_TAKEN, **about, who=who, base="")
        self._settled(affair.ticket)
        await kept

    def _choose(self, waiting: Sequence[Affair], to: str) -> None:
        building = self._building()
        language = building.box.language
        numbers = [str(each.number) for each in waiting if each.number]
        text = said("none_waits", language)
        if numbers:
            text = said("choose", language, numbers=", ".join(numbers), digits=numbers[0])
        self._answer(to, text)

    async def _open(self, sms: Received) -> None:
        building = self._building()
        resident = building.resident(sms.sender)
        premises = resident.building if resident is not None else ""
        if not premises and len(building.premises) == 1:
            premises = next(iter(building.premises))
        ticket = self._register.new_uid()
        opened = self._register.record(
            events.TICKET_OPENED, ticket=ticket, building=premises, urgent=False, caller=sms.sender, reason="sms"
        )
        await self._record(sms, ticket, premises)
        number = (await opened).number
        if building.notify.receipt:
            language = building.box.language
            where = place(building, premises, language)
            self._answer(sms.sender, said("receipt", language, place=where, digits=number), ticket)

    async def _keep(self, sms: Received, ticket: str = "") -> None:
        await self._record(sms, ticket)

    def _record(self, sms: Received, ticket: str, building: str = "") -> asyncio.Future[Committed]:
        """Write it down. Of a person's without a ticket only that it came: nobody could find it to erase it."""
        person = is_e164(sms.sender)
        whose = {"caller": sms.sender} if person else {"sender": sms.sender}
        text = sms.text[:CHARACTERS] if ticket or not person else ""
        return self._register.record(
            events.SMS_RECEIVED,
            ticket=ticket,
            building=building,
            **(whose if ticket or not person else {}),
            text=text,
            line=sms.line,
            sent=sms.at.isoformat() if sms.at is not None else None,
        )

    def _answer(self, to: str, text: str, ticket: str = "") -> None:
        building = self._building()
        if sends_sms(building) and may_be_texted(building, to):
            about = self._register.new_uid()
            self._queue(Notice("answer", "sms", to, as_sms(text, building), about=about, ticket=ticket))
