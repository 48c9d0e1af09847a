"""What is told, to whom, about what: the plain data that the rooms of `notify` hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from appliance.building.model import Language

Channel = Literal["sms", "mail", "push"]
Occasion = Literal["urgent", "nobody", "taken", "yours", "receipt", "answer", "reply", "test", "fault", "well", "mains"]

CHANNELS: tuple[Channel, ...] = ("sms", "mail", "push")
# What goes first where several wait for one carrier.
ORDER: tuple[Occasion, ...] = (
    "urgent",
    "nobody",
    "mains",
    "yours",
    "answer",
    "reply",
    "taken",
    "receipt",
    "fault",
    "well",
    "test",
)
LIFETIME_SECONDS: Mapping[Occasion, float] = {
    "urgent": 6 * 3600.0,
    "nobody": 6 * 3600.0,
    "yours": 2 * 3600.0,
    "taken": 2 * 3600.0,
    "answer": 1800.0,
    "reply": 6 * 3600.0,
    "receipt": 6 * 3600.0,
    "mains": 2 * 3600.0,
    "fault": 24 * 3600.0,
    "well": 24 * 3600.0,
    "test": 0.0,  # never queued
}
IN_NEED: tuple[Occasion, ...] = ("urgent", "nobody")  # in this order; of no use once somebody has the ticket


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the register as it passes by: `number` is the display number of a new ticket, 0 while not on disk."""

    kind: str
    at: datetime
    call: str = ""
    ticket: str = ""
    building: str = ""
    number: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field that holds text; "" where it is absent, erased or none."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Affair:
    """What is known of a call and its ticket, for as long as somebody may have to be told about it."""

    began: datetime
    call: str = ""
    ticket: str = ""
    number: int = 0
    building: str = ""
    caller: str | None = None
    language: Language | None = None  # the one that the caller chose
    urgent: bool = False
    duty: str = ""  # the list that was hunted last
    going: bool = False  # it has gone where the caller chose
    rung: dict[str, str] = field(default_factory=dict)  # who → the last result
    message: bool = False
    sensor: str = ""  # the contact that opened it
    taken_by: str = ""
    told: set[Occasion] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Notice:
    """One text to one recipient. `to` is a number (E.164), a mail address, or the name of a push service.

    `about` is what it is about: a ticket's uid, or a uid of its own. No two have the same `key`.
    """

    occasion: Occasion
    channel: Channel
    to: str
    text: str
    title: str = ""
    about: str = ""
    call: str = ""
    ticket: str = ""
    building: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same message when it is worked out a second time, after a restart."""
        return self.occasion, self.about, self.channel, self.to
