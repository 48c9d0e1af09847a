"""The contract of whatever carries SMS: what it owes the notifier, and what is told to it. The GSM line implements it.

`received` is given on in the event loop's task, once each; a carrier keeps an SMS that came in until it is on disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


class NotSentError(Exception):
    """It was not sent; the text says why. `final`: trying again cannot help (a number that does not exist).

    `unsure`: it was handed over, and nobody knows whether it went out.
    """

    def __init__(self, why: str, *, final: bool = False, unsure: bool = False) -> None:
        super().__init__(why)
        self.final, self.unsure = final, unsure


@dataclass(frozen=True, slots=True)
class Received:
    """An SMS that came in, whole. `sender` is E.164, or the letters or short number that an operator sends from.

    `at`: when the network took it, aware; None where it does not say.
    """

    sender: str
    text: str
    line: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an SMS that was sent, as the network tells it: `delivered`, or given up and `why`."""

    to: str
    reference: str
    delivered: bool
    why: str = ""


class Sms(Protocol):
    """One SIM's SMS."""

    @property
    def id(self) -> str:
        """The id of its line."""
        ...

    def ready(self) -> bool:
        """Whether it could send now; cheap."""
        ...

    async def send(self, to: str, text: str) -> str:
        """Send a text to a number (E.164), in as many parts as it needs; returns a reference for `Report`.

        One at a time. Returns when the network has taken all of it. Raises NotSentError. Cancelling it leaves open
        whether it was sent.
        """
        ...


class Listener(Protocol):
    """Whoever is told what comes in."""

    async def received(self, sms: Received) -> None:
        """An SMS came in; returns once it is on disk and may be erased from the card. Raises NotSavedError: keep it.

        One that is handed over again, because the carrier was cut off before it could erase it, does nothing.
        """
        ...

    def reported(self, report: Report) -> None:
        """What became of one that was sent."""
        ...

    def ready_again(self) -> None:
        """It could send again: what waits need not wait any longer."""
        ...


@runtime_checkable
class CarriesSms(Protocol):
    """A line that carries SMS, too."""

    @property
    def sms(self) -> Sms:
        """Its SMS."""
        ...
