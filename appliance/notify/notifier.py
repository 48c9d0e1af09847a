"""Tells people of calls by SMS, mail and push, and hears what they answer: joins the pure rooms to the carriers.

It is told of every event as it is recorded (`heard`), beside the call and without holding it up. What it does is
recorded likewise, so that `resume` goes on after a restart: what should have been told and was not queued is queued
then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from appliance.building.model import Building, Override
from appliance.clock import Clock
from appliance.notify.answering import Answering
from appliance.notify.carrying import Carrying
from appliance.notify.notice import IN_NEED, Affair, Happening, Notice, Occasion
from appliance.notify.occasions import Occasions, Told
from appliance.notify.ondemand import OnDemand
from appliance.notify.outbox import SENT, TRYING, WAITING, Outbox, Trouble
from appliance.notify.post import Post
from appliance.notify.sms import Received, Report, Sms
from appliance.notify.telling import notices
from appliance.register import events
from appliance.register.event import Event
from appliance.register.log import Committed, Register, patiently
from appliance.register.watched import Recorded

RESUME_SECONDS = 7200.0  # what happened longer ago and was not told is told only where somebody is still in need
HEARD = ("call.", "ticket.")
SETTLING = (events.TICKET_TAKEN, events.TICKET_DONE)  # told only once they are on disk

log = logging.getLogger("dyzurka.notify")


class Notifier:
    """Implements `sms.Listener`. `settled` is told the uid of a ticket that somebody took by SMS."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        *,
        building: Callable[[], Building],
        overrides: Callable[[], Sequence[Override]],
        sms: Callable[[], Sequence[Sms]],
        post: Post,
        settled: Callable[[str], None],
    ) -> None:
        self._clock, self._building, self._overrides = clock, building, overrides
        self.outbox, self.occasions = Outbox(), Occasions()
        self._carrying = Carrying(register, clock, self.outbox, building, sms, post)
        self._answering = Answering(
            register,
            clock,
            self.outbox,
            self.occasions,
            building=building,
            overrides=overrides,
            queue=self._carrying.queue,
            settled=settled,
        )
        self._heard: deque[tuple[Recorded, datetime]] = deque()
        self._digesting = OnDemand("what is to be told", self._digest)

    # -- what happens ------------------------------------------------------------------------------------------

    def heard(self, recorded: Recorded) -> None:
        """An event is being recorded. Returns at once."""
        if not recorded.kind.startswith(HEARD):
            return
        if recorded.kind in SETTLING:
            recorded.saved.add_done_callback(lambda saved: self._settled(recorded, saved))
        elif recorded.kind == events.TICKET_OPENED or self._heard:
            self._heard.append((recorded, self._clock.now()))
            self._digesting.poke()
        else:
            self._happens(_happening(recorded, self._clock.now(), 0))

    async def _digest(self) -> None:
        """In the order in which it was recorded; a ticket's number is waited for, but not for long."""
        while self._heard:
            recorded, at = self._heard[0]
            number = 0
            if recorded.kind == events.TICKET_OPENED:
                saved = await patiently(recorded.saved)
                number = saved.number if saved is not None else 0
            self._heard.popleft()
            self._happens(_happening(recorded, at, number))

    def _settled(self, recorded: Recorded, saved: asyncio.Future[Committed]) -> None:
        if not saved.cancelled() and saved.exception() is None:
            self._happens(_happening(recorded, self._clock.now(), 0))

    def _happens(self, happening: Happening) -> None:
        if happening.kind in SETTLING:
            for item in self.outbox.needless(happening.ticket):
                self._carrying.drop(item, "taken")
        for occasion, affair in self.occasions.feed(happening):
            self._tell(occasion, affair, happening.at)

    def _tell(self, occasion: Occasion, affair: Affair, at: datetime) -> None:
        for notice in notices(occasion, affair, self._building(), self._overrides(), at):
            if not self._needless(notice):
                self._carrying.queue(notice)

    def _needless(self, notice: Notice) -> bool:
        """That somebody has the ticket is no news to who has not heard of it."""
        return notice.occasion == "taken" and not self.outbox.told(notice.ticket, notice.channel, notice.to)

    def tell(self, notice: Notice) -> None:
        """Send this, too."""
        self._carrying.queue(notice)

    async def at_once(self, notice: Notice) -> str:
        """See `Carrying.at_once`."""
        return await self._carrying.at_once(notice)

    # -- a new life --------------------------------------------------------------------------------------------

    def resume(self, past: Iterable[Event]) -> None:
        """Go on where an earlier life ended; `past`: the events of the last hours, in their order."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        told: list[tuple[Told, datetime]] = []
        for event in past:
            at = datetime.fromisoformat(event.at.replace("Z", "+00:00"))
            fields = {**event.body, **event.personal}
            about = {"call": event.call, "ticket": event.ticket, "building": event.building}
            if event.kind.startswith("notice."):
                self.outbox.apply(event.kind, {**fields, **about}, monotonic - max(0.0, (now - at).total_seconds()))
            elif event.kind == events.SMS_RECEIVED:
                self._answering.remember(fields)
            elif event.kind.startswith(HEARD):
                happening = Happening(event.kind, at, **about, number=event.number, body=fields)
                told += [(each, at) for each in self.occasions.feed(happening)]
        for (occasion, affair), at in told:
            recent = abs((now - at).total_seconds()) < RESUME_SECONDS
            if (recent or occasion in IN_NEED) and self._still(occasion, affair):
                self._tell(occasion, affair, at)
        self._carrying.begin(frozenset(each.ticket for each in self.occasions.waiting()))

    def _still(self, occasion: Occasion, affair: Affair) -> bool:
        """Whether it is of use still: the need is not over, and no later occasion says more."""
        if occasion not in IN_NEED:
            return True
        known = self.occasions.of_ticket(affair.ticket)
        return known is not None and not known.taken_by and (occasion == "nobody" or "nobody" not in known.told)

    # -- SMS that come in, see `sms.Listener` ------------------------------------------------------------------

    async def received(self, sms: Received) -> None:
        """See `Listener`."""
        await self._answering.received(sms)

    def reported(self, report: Report) -> None:
        """See `Listener`."""
        item = self.outbox.sent_to(report.to, report.reference)
        if item is None:
            log.info("a report about an SMS that is not known: %s", report.reference)
        elif report.delivered:
            self._carrying.delivered(item)
        else:
            self._carrying.refused(item, report.why or "not delivered")

    def ready_again(self) -> None:
        """See `Listener`."""
        self._carrying.hurry("sms")

    # -- how things stand --------------------------------------------------------------------------------------

    def waiting(self) -> int:
        """How many messages are not sent yet."""
        return self.outbox.count(WAITING, TRYING)

    def unreported(self) -> int:
        """How many are sent, and not known to have arrived."""
        return self.outbox.count(SENT)

    def troubles(self) -> list[Trouble]:
        """Which messages did not reach anybody."""
        waiting = frozenset(each.ticket for each in self.occasions.waiting())
        return self.outbox.troubles(self._clock.monotonic(), waiting)

    def stop(self) -> set[asyncio.Task[None]]:
        """End it; the tasks that are ending. The register knows where to go on."""
        return self._carrying.stop() | self._digesting.stop()


def _happening(recorded: Recorded, at: datetime, number: int) -> Happening:
    return Happening(recorded.kind, at, recorded.call, recorded.ticket, recorded.building, number, recorded.body)
