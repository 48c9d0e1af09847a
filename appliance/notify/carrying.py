"""Carries what waits in the outbox: one message of a channel at a time, again after a pause, until it is of no use.

Each step is an event of the register: that it is tried is written before it is handed over, so that a restart knows
what may have been sent. It does not say what is told to whom.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from appliance.building.model import Building
from appliance.clock import Clock
from appliance.notify.notice import CHANNELS, IN_NEED, Channel, Notice, Occasion
from appliance.notify.ondemand import OnDemand
from appliance.notify.outbox import TRYING, Item, Outbox
from appliance.notify.post import Post
from appliance.notify.sms import NotSentError, Sms
from appliance.register import events
from appliance.register.log import Committed, Register, patiently

SEND_SECONDS: dict[Channel, float] = {"sms": 300.0, "mail": 90.0, "push": 90.0}  # then it is taken for lost
NO_CARRIER_SECONDS = 30.0  # until a SIM is asked again whether it could send; it may say so itself before
TRIES_MOST = 40
COURTESIES: tuple[Occasion, ...] = ("receipt", "answer")  # whoever calls or writes a thousand times gets not as many
COURTESIES_A_DAY, DAY_SECONDS = 100, 86400.0

log = logging.getLogger("dyzurka.notify")


class Carrying:
    """The carriers of one exchange. `sms` gives the SIMs of the moment, the one to be preferred first."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        outbox: Outbox,
        building: Callable[[], Building],
        sms: Callable[[], Sequence[Sms]],
        post: Post,
    ) -> None:
        self._register, self._clock, self._outbox = register, clock, outbox
        self._building, self._sms, self._post = building, sms, post
        self._courtesies: deque[float] = deque()  # when each of the last day was queued
        self._chores = {each: OnDemand(f"sending {each}", self._work_of(each)) for each in CHANNELS}

    def queue(self, notice: Notice) -> None:
        """Send this as soon as possible; returns at once. One that was queued before is not queued again."""
        if self._outbox.knows(notice) or self._too_many(notice):
            return
        self._note(
            events.NOTICE_QUEUED,
            self._register.new_uid(),
            notice,
            occasion=notice.occasion,
            about=notice.about,
            text=notice.text,
            title=notice.title,
        )
        self._chores[notice.channel].poke()

    async def at_once(self, notice: Notice) -> str:
        """Send this past the queue, for somebody waits; by what it went. Raises NotSentError. It is not recorded."""
        if notice.channel != "sms":
            await self._post.send(notice, self._building().notify)
            return notice.channel
        sim = next((each for each in self._sms() if each.ready()), None)
        if sim is None:
            raise NotSentError("no SIM card can send now")
        await sim.send(notice.to, notice.text)
        return sim.id

    def _too_many(self, notice: Notice) -> bool:
        """Whether this SMS is a courtesy, and so many of those went today that something is wrong: they cost money."""
        if notice.channel != "sms" or notice.occasion not in COURTESIES:
            return False
        now = self._clock.monotonic()
        while self._courtesies and now - self._courtesies[0] >= DAY_SECONDS:
            self._courtesies.popleft()
        if len(self._courtesies) >= COURTESIES_A_DAY:
            log.warning("an SMS is not sent, %d others went today: %s", COURTESIES_A_DAY, notice.occasion)
            return True
        self._courtesies.append(now)
        return False

    def drop(self, item: Item, why: str) -> None:
        """It is of no use any more."""
        self._note(events.NOTICE_DROPPED, item.uid, item.notice, why=why)

    def delivered(self, item: Item) -> None:
        """It has arrived."""
        self._note(events.NOTICE_DELIVERED, item.uid, item.notice)

    def refused(self, item: Item, why: str) -> None:
        """The network has given it up."""
        self._note(events.NOTICE_FAILED, item.uid, item.notice, why=why, final=True)

    def begin(self, waiting: frozenset[str]) -> None:
        """Go on with what an earlier life has left; `waiting`: the uids of urgent tickets that nobody has taken.

        For those it begins anew, whatever the clock says: it may have leapt, and somebody is still in need.
        """
        now = self._clock.monotonic()
        for item in self._outbox.unsent():
            if item.notice.occasion in IN_NEED and item.notice.ticket in waiting:
                self._outbox.again(item.uid, now)
            elif item.notice.occasion in IN_NEED:
                self.drop(item, "taken")
            elif item.state == TRYING:
                self.drop(item, "unknown")
        for chore in self._chores.values():
            chore.poke()

    def hurry(self, channel: Channel) -> None:
        """A carrier works again."""
        self._outbox.hurry(channel, self._clock.monotonic())
        self._chores[channel].poke()

    def stop(self) -> set[asyncio.Task[None]]:
        """End it; the tasks that are ending. What waits is known to the register."""
        return {task for chore in self._chores.values() for task in chore.stop()}

    def _work_of(self, channel: Channel) -> Callable[[], Coroutine[Any, Any, None]]:
        async def work() -> None:
            await self._carry(channel)

        return work

    async def _carry(self, channel: Channel) -> None:
        """Send what is due, and wait for what will be; ends when nothing waits."""
        while True:
            now = self._clock.monotonic()
            for late in self._outbox.late(now):
                self.drop(late, "late")
            item, at = self._outbox.due(channel, now), self._outbox.next_at(channel)
            if at is None:
                self._outbox.forget(now)
                return
            if item is None:
                await self._chores[channel].pause(max(0.0, at - now))
            elif channel == "sms":
                await self._by_sim(item)
            else:
                await self._by_post(item)

    async def _by_sim(self, item: Item) -> None:
        sim = next((each for each in self._sms() if each.ready()), None)
        if sim is None:
            await self._chores["sms"].pause(NO_CARRIER_SECONDS)
        else:
            await self._try(item, sim.id, lambda: sim.send(item.notice.to, item.notice.text))

    async def _by_post(self, item: Item) -> None:
        async def send() -> str:
            await self._post.send(item.notice, self._building().notify)
            return ""

        await self._try(item, item.notice.channel, send)

    async def _try(self, item: Item, by: str, send: Callable[[], Coroutine[Any, Any, str]]) -> None:
        """One try. What came of it is an event; one that was cut off is left open."""
        notice = item.notice
        await patiently(self._note(events.NOTICE_TRIED, item.uid, notice))
        try:
            async with asyncio.timeout(SEND_SECONDS[notice.channel]):
                reference = await send()
        except NotSentError as fault:
            if fault.unsure:
                self._lost(item, str(fault))
            else:
                self._failed(item, str(fault), final=fault.final)
        except TimeoutError:
            self._lost(item, "no answer")
        except Exception as fault:
            log.exception("%s to %s: sending failed", notice.channel, notice.occasion)
            self._lost(item, repr(fault))
        else:
            self._note(events.NOTICE_SENT, item.uid, notice, reference=reference, by=by)

    def _failed(self, item: Item, why: str, *, final: bool) -> None:
        given_up = final or item.tries + 1 >= TRIES_MOST
        self._note(events.NOTICE_FAILED, item.uid, item.notice, why=why, final=given_up)

    def _lost(self, item: Item, why: str) -> None:
        """It may have been sent: once more only where somebody is in need."""
        if item.notice.occasion in IN_NEED:
            self._failed(item, why, final=False)
        else:
            self.drop(item, "unknown")

    def _note(self, kind: str, uid: str, notice: Notice, **fields: object) -> asyncio.Future[Committed]:
        about = {"call": notice.call, "ticket": notice.ticket, "building": notice.building}
        body = {"notice": uid, "channel": notice.channel, "phone": notice.to, **fields}
        saved = self._register.record(kind, **about, **body)  # type: ignore[arg-type]
        self._outbox.apply(kind, {**about, **body}, self._clock.monotonic())
        return saved
