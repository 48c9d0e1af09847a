"""What an SMS that came in means: somebody on duty accepts, or writes about a ticket, or somebody asks for one. Pure.

1. `1`, from a phone of the duty list that an urgent ticket was told to, accepts it: the only one that waits, or the one
   whose number follows ("1 1017"). Where several wait and none is named, they are told which.
2. Anything else from such a phone is a note to the ticket it was last told about.
3. A resident's, or a stranger's, is a note to their open ticket, or opens an ordinary one. It is never urgent: an SMS
   may lie for hours.
4. Bounds: what an operator or an advertiser sends opens nothing; nor does a number that writes too often.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.building.numbers import is_e164
from appliance.notify.notice import Affair

PER_NUMBER, PER_NUMBER_SECONDS = 10, 3600.0  # SMS of one number that are kept
STRANGERS, STRANGERS_SECONDS = 30, 86400.0  # tickets that numbers nobody knows may open
ALL, ALL_SECONDS = 300, 86400.0  # SMS that are kept at all
CHARACTERS = 1600  # of a text that are kept: ten parts

_ACCEPTS = re.compile(r"\W*1(?:\W+(?:nr\W*)?(\d{4,9}))?\W*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Accepts:
    """Somebody takes this ticket."""

    affair: Affair
    who: str


@dataclass(frozen=True, slots=True)
class Asks:
    """Somebody wants to take a ticket, but which? These wait; none: nothing does, or not the one they named."""

    waiting: tuple[Affair, ...]


@dataclass(frozen=True, slots=True)
class Writes:
    """A text for a ticket that is open, by its uid."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Opens:
    """A text that opens a ticket."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that is kept, and opens nothing."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A text too many."""


Meaning = Accepts | Asks | Writes | Opens | Kept | Ignored


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known about who wrote: `who` is a person's id where the number is a phone of the duty list.

    `waiting`: urgent tickets that nobody has taken; `told`: the ticket that the number was told of last, "" for none;
    `own`: their own open ticket, likewise; `resident`: whether the number is in the directory.
    """

    sender: str
    text: str
    who: str = ""
    waiting: Sequence[Affair] = ()
    told: str = ""
    own: str = ""
    resident: bool = False


class Inbox:
    """Reads SMS, and remembers how many came. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._strangers: deque[float] = deque()
        self._numbers: dict[str, deque[float]] = {}

    def read(self, asked: Asked, now: float) -> Meaning:
        """What it means."""
        accepts = _ACCEPTS.fullmatch(asked.text)
        if asked.who and accepts is not None:
            return _accepted(asked, int(accepts[1] or 0))
        if not self._within(asked.sender, now):
            return Ignored()
        if not is_e164(asked.sender):
            return Kept()
        if asked.who and asked.told:
            return Writes(asked.told)
        if asked.own:
            return Writes(asked.own)
        known = asked.resident or asked.who
        if not known and not _counts(self._strangers, STRANGERS, STRANGERS_SECONDS, now):
            return Kept()
        return Opens()

    def _within(self, sender: str, now: float) -> bool:
        """Whether it may be kept, and count it."""
        self._numbers = {each: last for each, last in self._numbers.items() if last[-1] > now - PER_NUMBER_SECONDS}
        own = self._numbers.get(sender, deque())
        if not _counts(own, PER_NUMBER, PER_NUMBER_SECONDS, now):
            return False
        self._numbers[sender] = own
        return _counts(self._all, ALL, ALL_SECONDS, now)


def _accepted(asked: Asked, number: int) -> Meaning:
    named = [each for each in asked.waiting if each.number == number] if number else list(asked.waiting)
    if len(named) == 1:
        return Accepts(named[0], asked.who)
    return Asks(tuple(named))


def _counts(times: deque[float], most: int, seconds: float, now: float) -> bool:
    """Whether one more is within the bound; it is counted then."""
    while times and now - times[0] >= seconds:
        times.popleft()
    if len(times) >= most:
        return False
    times.append(now)
    return True
