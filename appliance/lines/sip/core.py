"""What all calls of one agent share: its settings, its randomness, its packets and events on their way out.

No I/O: packets and events are kept until somebody takes them.
"""

from __future__ import annotations

import hmac
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from appliance import PRODUCT
from appliance.lines.sip.address import bracketed
from appliance.lines.sip.events import Event
from appliance.lines.sip.layer import MAGIC, Layer, Place
from appliance.lines.sip.message import Header, Request, Response, response_to
from appliance.lines.sip.nat import Nat
from appliance.lines.sip.place import Host, Stream, transport_of
from appliance.lines.sip.schedule import Schedule, Timer
from appliance.lines.sip.transactions import GIVE_UP, T1, T2

ALLOWED = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"
MAX_CALLS = 300

Role = Literal["trunk", "phones"]


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """What the agent asks about the world. Every function is pure and quick.

    `admits(host)` says as whom an address may speak to us, None: not at all. `owns(host, users)`: whether a
    trunk at that host may call one of these numbers. `phones(host)`: whether it lies in the telephones' networks.
    `password(user)`: a telephone's, None for a stranger.
    `calls(user, called)`: whether a telephone may call there. `local(place)`: our own address on the way there.
    `advertised`: the IP address under which providers reach us, where it is another; "" learns it from their answers.
    """

    admits: Callable[[str], Role | None]
    owns: Callable[[str, tuple[str, ...]], bool]
    local: Callable[[Place], Host]
    phones: Callable[[str], bool] = lambda host: False
    password: Callable[[str], str | None] = lambda user: None
    calls: Callable[[str, str], bool] = lambda user, called: False
    advertised: str = ""
    realm: str = "dyzurka"
    max_calls: int = MAX_CALLS


class Owner(Protocol):
    """A call, as the book of calls knows it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def key(self) -> tuple[str, str]:
        """Call-ID and our own tag."""
        ...


class Core:
    """The agent's inner room. Sessions use it; users see `agent`."""

    def __init__(self, config: AgentConfig, rng: random.Random) -> None:
        self.config = config
        self._rng = rng
        self.secret = rng.randbytes(32)
        self.schedule = Schedule()
        self.layer = Layer(self.schedule, self.send)
        self.nat = Nat()
        self.packets: list[tuple[bytes, Place]] = []
        self.events: list[Event] = []
        self.parties: Counter[str] = Counter()  # hosts that take part in calls, or just did

    def send(self, packet: bytes, place: Place) -> None:
        """Put a packet on its way."""
        self.packets.append((packet, place))

    def tell(self, event: Event) -> None:
        """Tell the agent's user."""
        self.events.append(event)

    def token(self, size: int = 8) -> str:
        """Random hexadecimal of `size` bytes: tags, branches, Call-IDs."""
        return self._rng.randbytes(size).hex()

    def uniform(self, low: float, high: float) -> float:
        """A random number between two, for waits that must not all be alike."""
        return self._rng.uniform(low, high)

    def number(self) -> int:
        """A random number for session ids."""
        return self._rng.randrange(1, 2**31)

    def via(self, place: Place) -> str:
        """A Via of our own with a new branch, for a request to `place`."""
        host, port = self.config.local(place)
        wire = transport_of(place).upper()
        return f"SIP/2.0/{wire} {bracketed(host)}:{port};rport;branch={MAGIC}{self.token()}"

    def contact(self, place: Place, user: str = "") -> str:
        """Our Contact as seen from `place`: where its requests reach us, through our router where there is one."""
        host, port = self.reached(place)
        wire = f";transport={transport_of(place)}" if isinstance(place, Stream) else ""
        return f"<sip:{user + '@' if user else ''}{bracketed(host)}:{port}{wire}>"

    def reached(self, place: Place) -> Host:
        """Where requests of `place` reach us: as we are told to advertise, as its answers say, or as we are bound."""
        local = self.config.local(place)
        if self.config.advertised and self.config.admits(place[0]) != "phones":
            return self.config.advertised, local[1]
        return self.nat.seen(place) or local

    def media(self, place: Place, media: Host) -> Host:
        """Where we ask `place` to send the sound: at the host that its requests reach, at our own port.

        Home routers keep port numbers where they can. Where ours does not, the sound that we send first opens the
        way, and providers answer to where it comes from.
        """
        host = self.reached(place)[0]
        return media if host == self.config.local(place)[0] else (host, media[1])

    def response(self, request: Request, status: int, tag: str = "", extra: Iterable[Header] = ()) -> Response:
        """A response that names our product."""
        return response_to(request, status, tag=tag, extra=[*extra, ("Server", PRODUCT)])

    def say(self, request: Request, status: int, source: Place, extra: Iterable[Header] = (), reason: str = "") -> None:
        """Answer without remembering (RFC 3261 §8.2.7); a copy of the request gets the same answer and tag."""
        seed = "\n".join([*request.all("Via")[:1], *request.all("Call-ID"), *request.all("CSeq")])
        tag = hmac.new(self.secret, seed.encode("utf-8", "replace"), "sha256").hexdigest()[:16]
        response = self.response(request, status, "" if status == 100 else tag, extra)
        response.reason = reason or response.reason
        self.send(response.encode(), source)


class Repeater:
    """Sends a 2xx again until its ACK comes: T1, doubling up to T2, 32 s in all (RFC 3261 §13.3.1.4)."""

    def __init__(self, schedule: Schedule, again: Callable[[], None], on_silence: Callable[[], None]) -> None:
        self._schedule = schedule
        self._again = again
        self._on_silence = on_silence
        self._interval = T1
        self._end = schedule.after(GIVE_UP, self._silent)
        self._next: Timer = schedule.after(T1, self._repeat)

    def _repeat(self) -> None:
        self._again()
        self._interval = min(2 * self._interval, T2)
        self._next = self._schedule.after(self._interval, self._repeat)

    def _silent(self) -> None:
        self.stop()
        self._on_silence()

    def stop(self) -> None:
        """The ACK is in, or nobody waits for it any more."""
        self._next.cancel()
        self._end.cancel()
