"""How long a call that we make may stay silent or ring, and what its end means (`Cause`). Sends nothing itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from appliance.clock import Clock
from appliance.lines.line import RINGING_SECONDS, TRYING_SECONDS, Cause
from appliance.lines.sip.events import Answered, Ended, Event, Progress, Rejected

CAUSES = {
    401: Cause.LINE_DOWN,  # our credentials do not please: no callee had a say
    407: Cause.LINE_DOWN,
    404: Cause.WRONG_NUMBER,
    410: Cause.WRONG_NUMBER,
    484: Cause.WRONG_NUMBER,
    604: Cause.WRONG_NUMBER,
    480: Cause.NO_ANSWER,
    487: Cause.NO_ANSWER,
    486: Cause.BUSY,
    600: Cause.BUSY,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an attempt: `answered`, or `cause` with a few words in `detail`.

    `heard`: the server said something; `silent`: it had its time and said nothing at all; `failing`: it is at fault
    itself, whoever is called (silence, 503, our credentials refused); `retry_after`: seconds for which the server wants
    to be left alone; `redirected`: the URIs that a redirection named.
    """

    cause: Cause
    detail: str = ""
    answered: Answered | None = None
    heard: bool = False
    silent: bool = False
    failing: bool = False
    retry_after: int | None = None
    redirected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerDied:
    """Among the events of an attempt: its server does not answer any more."""


def cause_of(rejected: Rejected, rang: bool) -> Cause:
    """What a refusal means; a 408 is the callee's once it rang, else the line's."""
    if rejected.status == 408:
        return Cause.NO_ANSWER if rang else Cause.LINE_DOWN
    if 500 <= rejected.status < 600:
        return Cause.LINE_DOWN
    return CAUSES.get(rejected.status, Cause.REFUSED)


FAILING = frozenset({401, 407, 503})  # said of the server, or of us; any other refusal is about one callee


class Watch:
    """Watches one attempt from its INVITE on; give `on_event` its events."""

    def __init__(self, clock: Clock, ring_seconds: float) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._ring_seconds = ring_seconds
        self._events: asyncio.Queue[Event | ServerDied] = asyncio.Queue()
        self._heard = False
        self._rang = False

    def on_event(self, event: Event) -> None:
        """Something happened to the call."""
        self._events.put_nowait(event)

    def server_died(self) -> None:
        """Nothing more will come of it: the server by which it rings is not there any more."""
        self._events.put_nowait(ServerDied())

    def seconds(self) -> float:
        """How long it has been tried."""
        return self._clock.monotonic() - self._began

    def rest(self) -> list[Event]:
        """What happened after the answer, before anybody else listened."""
        left: list[Event] = []
        while not self._events.empty():
            event = self._events.get_nowait()
            if not isinstance(event, ServerDied):  # what is answered may be up without it
                left.append(event)
        return left

    def _limit(self) -> tuple[float, Verdict]:
        """How long to wait at most, in seconds from the INVITE, and what it then means."""
        if self._rang:
            return self._ring_seconds, Verdict(Cause.NO_ANSWER, "rang its time", heard=True)
        if not self._heard and self._ring_seconds >= TRYING_SECONDS:
            detail = f"no response within {TRYING_SECONDS:.0f} s"
            return TRYING_SECONDS, Verdict(Cause.LINE_DOWN, detail, silent=True, failing=True)
        # Whom no telephone was heard to ring for did not miss a call: the next line may reach them.
        limit = min(self._ring_seconds, RINGING_SECONDS)
        return limit, Verdict(Cause.LINE_DOWN, f"no ringing within {max(0.0, limit):.0f} s", heard=self._heard)

    async def verdict(self) -> Verdict:
        """Wait for the end of the attempt."""
        while True:
            limit, verdict = self._limit()
            try:
                async with asyncio.timeout(max(0.0, limit - self.seconds())):
                    event = await self._events.get()
            except TimeoutError:
                return verdict
            if isinstance(event, Progress):
                self._heard = True
                self._rang = self._rang or event.status > 100
            elif isinstance(event, Answered):
                return Verdict(Cause.HANGUP, answered=event, heard=True)
            elif isinstance(event, Rejected):
                return Verdict(
                    cause_of(event, self._rang),
                    f"{event.status} {event.reason}".strip(),
                    heard=event.heard,
                    silent=not event.heard,
                    failing=not event.heard or event.status in FAILING,
                    retry_after=event.retry_after,
                    redirected=event.contacts,
                )
            elif isinstance(event, Ended):
                return Verdict(Cause.NO_ANSWER, "the far end hung up", heard=True)
            elif isinstance(event, ServerDied):
                return Verdict(Cause.LINE_DOWN, "the server died while it rang", silent=True, failing=True)
