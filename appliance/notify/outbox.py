"""What waits to be sent, and what became of it: a fold of the notice.* events. Pure; moments are monotonic seconds.

An exchange feeds it each event that it records, and at a start those of the last hours again. What was tried when the
power went, and is not known to have been sent, is sent once more where somebody is in need, and left alone elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.notify.notice import CHANNELS, IN_NEED, LIFETIME_SECONDS, ORDER, Channel, Notice
from appliance.register import events

# From one try to the next: a SIM's network comes back within minutes, and a mail server within hours.
PAUSES_SECONDS: Mapping[Channel, tuple[float, ...]] = {
    "sms": (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0),
    "mail": (10.0, 30.0, 60.0, 300.0, 900.0),
    "push": (10.0, 30.0, 60.0, 300.0, 900.0),
}
LATE_SECONDS = 180.0  # what is in need and has not been sent for so long is a fault
REPORT_SECONDS = 1800.0  # likewise an SMS that was sent and of which no report came
FAILED_SECONDS = 12 * 3600.0  # so long what was never sent is shown

WAITING, TRYING, SENT, DELIVERED, FAILED, DROPPED = "waiting", "trying", "sent", "delivered", "failed", "dropped"
_AFTER = {
    events.NOTICE_TRIED: TRYING,
    events.NOTICE_SENT: SENT,
    events.NOTICE_DELIVERED: DELIVERED,
    events.NOTICE_DROPPED: DROPPED,
}


@dataclass(frozen=True, slots=True)
class Item:
    """A notice on its way. `since`: when it came into `state`; `until`: when it is of no use any more."""

    uid: str
    notice: Notice
    queued: float
    state: str = WAITING
    since: float = 0.0
    not_before: float = 0.0
    tries: int = 0
    reference: str = ""
    why: str = ""

    @property
    def until(self) -> float:
        """When it is of no use any more."""
        return self.queued + LIFETIME_SECONDS[self.notice.occasion]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A notice that did not reach its recipient: `kind` is "late", "failed" or "no report"."""

    item: Item
    kind: str


class Outbox:
    """The notices of the last hours by uid, in the order of their queueing."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._keys: dict[tuple[str, str, str, str], str] = {}

    def apply(self, kind: str, fields: Mapping[str, Any], now: float) -> None:
        """An event of this moment. What is not known, or comes out of its order, changes nothing."""
        uid = str(fields.get("notice") or "")
        if kind == events.NOTICE_QUEUED:
            self._queue(uid, fields, now)
        elif (item := self._items.get(uid)) is not None:
            self._items[uid] = _after(item, kind, fields, now)

    def _queue(self, uid: str, fields: Mapping[str, Any], now: float) -> None:
        notice = _notice(fields)
        if notice is None or not uid or notice.key in self._keys:
            return
        self._items[uid] = Item(uid, notice, now, since=now, not_before=now)
        self._keys[notice.key] = uid

    def knows(self, notice: Notice) -> bool:
        """Whether it was queued before."""
        return notice.key in self._keys

    def due(self, channel: Channel, now: float) -> Item | None:
        """What is to be tried next on a channel at this moment."""
        ready = [each for each in self._waiting(channel) if each.not_before <= now]
        return min(ready, key=lambda each: (ORDER.index(each.notice.occasion), each.queued), default=None)

    def next_at(self, channel: Channel) -> float | None:
        """When there is next something to do on a channel; None: nothing waits there."""
        return min((min(each.not_before, each.until) for each in self._waiting(channel)), default=None)

    def hurry(self, channel: Channel, now: float) -> None:
        """The channel works again: what waits for another try is due."""
        for each in list(self._waiting(channel)):
            self._items[each.uid] = replace(each, not_before=min(each.not_before, now))

    def late(self, now: float) -> list[Item]:
        """What waits and is of no use any more."""
        return [each for channel in CHANNELS for each in self._waiting(channel) if each.until <= now]

    def needless(self, ticket: str) -> list[Item]:
        """What waits to tell people of a need that is over: somebody has the ticket."""
        return [each for each in self._items.values() if each.notice.ticket == ticket and _in_need(each)]

    def told(self, ticket: str, channel: Channel, to: str) -> bool:
        """Whether this recipient was told of the ticket, or may have been."""
        return any(
            each.notice.ticket == ticket
            and (each.notice.channel, each.notice.to) == (channel, to)
            and each.state in (TRYING, SENT, DELIVERED)
            for each in self._items.values()
        )

    def sent_to(self, to: str, reference: str) -> Item | None:
        """The SMS of this reference to a number, the last one; references come round again."""
        found = [each for each in self._items.values() if (each.notice.to, each.reference) == (to, reference)]
        return found[-1] if found and reference else None

    def last_about(self, to: str) -> str:
        """The uid of the ticket of which this number was told last, "" for none."""
        tickets = [each.notice.ticket for each in self._items.values() if each.notice.to == to and each.notice.ticket]
        return tickets[-1] if tickets else ""

    def unsent(self) -> list[Item]:
        """What waits or is being tried; at a start, what was when the last life ended."""
        return [each for each in self._items.values() if each.state in (WAITING, TRYING)]

    def again(self, uid: str, now: float) -> None:
        """Queue it anew, as if it had not been tried: it is not known whether it was sent."""
        self._items[uid] = replace(self._items[uid], state=WAITING, queued=now, since=now, not_before=now)

    def count(self, *states: str) -> int:
        """How many are in one of these states."""
        return sum(each.state in states for each in self._items.values())

    def troubles(self, now: float, open_tickets: frozenset[str]) -> list[Trouble]:
        """What is a fault at this moment. Who was told of a ticket that somebody has by now need not be reached."""
        return [each for item in self._items.values() if (each := _trouble(item, now, open_tickets)) is not None]

    def forget(self, now: float) -> None:
        """Let go of what is over, once nothing can come of it any more."""
        for uid, each in list(self._items.items()):
            if each.state not in (WAITING, TRYING) and now > max(each.until, each.since + FAILED_SECONDS):
                del self._items[uid]
                del self._keys[each.notice.key]

    def _waiting(self, channel: Channel) -> Iterator[Item]:
        return (each for each in self._items.values() if each.state == WAITING and each.notice.channel == channel)


def _notice(fields: Mapping[str, Any]) -> Notice | None:
    """As it was queued; None for what a newer exchange queued, or was erased since."""
    occasion, channel, to, text = (fields.get(each) for each in ("occasion", "channel", "phone", "text"))
    if occasion not in ORDER or channel not in CHANNELS or not isinstance(to, str) or not isinstance(text, str):
        return None
    rest = {each: str(fields.get(each) or "") for each in ("title", "about", "call", "ticket", "building")}
    return Notice(occasion, channel, to, text, **rest)


def _after(item: Item, kind: str, fields: Mapping[str, Any], now: float) -> Item:
    if item.state in (DELIVERED, FAILED, DROPPED):
        return item
    if kind == events.NOTICE_FAILED:
        why = str(fields.get("why") or "")
        if fields.get("final") is True:
            return replace(item, state=FAILED, since=now, why=why)
        pauses = PAUSES_SECONDS[item.notice.channel]
        pause = pauses[min(item.tries, len(pauses)) - 1]
        return replace(item, state=WAITING, since=now, not_before=now + pause, why=why)
    item = replace(item, state=_AFTER.get(kind, item.state), since=now)
    if kind == events.NOTICE_TRIED:
        return replace(item, tries=item.tries + 1)
    if kind == events.NOTICE_SENT:
        return replace(item, reference=str(fields.get("reference") or ""), why="")
    return replace(item, why=str(fields.get("why") or ""))


def _in_need(item: Item) -> bool:
    return item.state == WAITING and item.notice.occasion in IN_NEED


def _trouble(item: Item, now: float, open_tickets: frozenset[str]) -> Trouble | None:
    kind, notice = "", item.notice
    if item.state == FAILED or (item.state == DROPPED and item.why == "late"):
        kind = "failed" if now - item.since < FAILED_SECONDS else ""
    elif item.state in (WAITING, TRYING) and now - item.queued > LATE_SECONDS:
        kind = "late"
    elif item.state == SENT and notice.channel == "sms" and now - item.since > REPORT_SECONDS:
        kind = "no report"
    matters = notice.channel != "sms" or notice.occasion not in IN_NEED or notice.ticket in open_tickets
    if kind == "no report" and notice.occasion not in IN_NEED:
        return None
    return Trouble(item, kind) if kind and matters else None
