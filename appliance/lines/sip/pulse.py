"""Whether a server is there: OPTIONS while nothing else shows it, more often while it is silent. Dials nothing.

A server that dies is told dead within `EVERY_SECONDS + PATIENCE_SECONDS + (MISSES - 1) × EVERY_SECONDS` = 28 s, one
that comes back is told alive within `WHILE_DOWN_SECONDS` and the way there. Each OPTIONS is a transaction that repeats
itself four times within its patience, so that a lossy line is not a dead one.
"""

from __future__ import annotations

from appliance import PRODUCT
from appliance.lines.sip.address import bracketed
from appliance.lines.sip.core import Core
from appliance.lines.sip.events import Pulsed
from appliance.lines.sip.layer import Place
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.schedule import Timer

EVERY_SECONDS = 10.0  # between a sign of life and the next OPTIONS; keeps a router's UDP mapping (30 s) open too
WHILE_DOWN_SECONDS = 5.0
PATIENCE_SECONDS = 8.0  # for the answer to one OPTIONS
MISSES = 2  # OPTIONS without an answer, after which the server counts as dead
SDP_TYPE = "application/sdp"


def options(core: Core, place: Place) -> Request:
    """An OPTIONS outside any call (RFC 3261 §11.1)."""
    server = f"sip:{bracketed(place[0])}:{place[1]}"
    headers: list[Header] = [
        ("Via", core.via(place)),
        ("Max-Forwards", "70"),
        ("From", f"{core.contact(place)};tag={core.token()}"),
        ("To", f"<{server}>"),
        ("Call-ID", f"{core.token(12)}@dyzurka"),
        ("CSeq", "1 OPTIONS"),
        ("Contact", core.contact(place)),
        ("Accept", SDP_TYPE),
        ("User-Agent", PRODUCT),
    ]
    return Request(headers, b"", "OPTIONS", server)


class Pulse:
    """Watches one server from its making until `stop`. `Pulsed` is told when it dies and when it comes back.

    A server is taken for alive until it has missed. One that has never answered an OPTIONS, but has answered other
    things, does not know OPTIONS: its silence says nothing.
    """

    def __init__(self, core: Core, place: Place) -> None:
        self.name = core.token()
        self.place = place
        self.alive = True
        self._core = core
        self._missed = 0
        self._answers = False  # it has answered an OPTIONS
        self._speaks = False  # it has said anything else
        self._over = False
        self._connected = False  # once at least, where it is reached by TCP or TLS
        self._next: Timer = core.schedule.after(EVERY_SECONDS, self._ask)
        self._patience: Timer | None = None

    def heard(self) -> None:
        """It said something by itself, or answered something else."""
        self._speaks = True
        self._lives()

    def doubt(self) -> None:
        """It did not answer something else: it counts as dead, which needs no telling, and is asked at once."""
        if self.alive:
            self.alive = False
            self._missed = MISSES
            self._next.cancel()
            self._ask()

    def unreachable(self) -> None:
        """No connection with it can be made: nothing is to be waited for."""
        if self.alive:
            self.alive = False
            self._missed = MISSES
            self._core.tell(Pulsed(self.name, False))

    def connected(self) -> None:
        """A connection with it is up; after one that failed or broke it is asked at once whether all is well."""
        again, self._connected = self._connected or not self.alive, True
        if again:
            self._next.cancel()
            self._ask()

    def prove(self) -> None:
        """It has just spoken, and can be asked at once whether it knows OPTIONS, if that is not known."""
        if not self._answers:
            self._next.cancel()
            self._ask()

    def stop(self) -> None:
        """Watch it no longer; nothing is told any more."""
        self._over = True
        self._next.cancel()
        if self._patience is not None:
            self._patience.cancel()

    def _ask(self) -> None:
        schedule = self._core.schedule
        self._next = schedule.after(EVERY_SECONDS if self.alive else WHILE_DOWN_SECONDS, self._ask)
        if self._patience is None or not self._patience.pending:
            self._patience = schedule.after(PATIENCE_SECONDS, self._miss)
        self._core.layer.request(options(self._core, self.place), self.place, self._answered, lambda: None)

    def _answered(self, response: Response) -> None:
        if response.status >= 200 and not self._over:
            self._answers = True
            self._lives()

    def _lives(self) -> None:
        self._missed = 0
        if self._patience is not None:
            self._patience.cancel()
        self._next.cancel()
        self._next = self._core.schedule.after(EVERY_SECONDS, self._ask)
        if not self.alive:
            self.alive = True
            self._core.tell(Pulsed(self.name, True))

    def _miss(self) -> None:
        self._missed += 1
        if self.alive and self._missed >= MISSES and (self._answers or not self._speaks):
            self.alive = False
            self._next.cancel()
            self._next = self._core.schedule.after(WHILE_DOWN_SECONDS, self._ask)
            self._core.tell(Pulsed(self.name, False))
