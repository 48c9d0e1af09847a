"""What the agent tells its user: plain values, in the order in which they happened. `call` is the call's id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.lines.sip.place import Place
from appliance.lines.sip.sdp import MediaChoice


@dataclass(frozen=True, slots=True)
class Incoming:
    """A new call. `called` are the users of Request-URI and To; `asserted` those of P-Asserted-Identity.

    All are as the far end wrote them. `choice` is None where the far end leaves the offer to us: a `MediaChanged`
    follows the answer. `anonymous`: the caller asked not to be shown. `extension`: a telephone in the building calls,
    which has proved its password.
    """

    call: str
    source: Place
    called: tuple[str, ...]
    asserted: tuple[str, ...]
    sender: str
    anonymous: bool
    choice: MediaChoice | None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A trunk's server at `host` called somebody who is none of its numbers: `called` as in `Incoming`."""

    host: str
    called: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional response to our INVITE: 100 is a sign of life, 18x means that it rings."""

    call: str
    status: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Our call was answered."""

    call: str
    choice: MediaChoice


@dataclass(frozen=True, slots=True)
class Rejected:
    """Our call was not answered. `status` 408 with `heard` False: nobody said anything. It is over.

    `contacts`: the URIs that a redirection (3xx) names, the best first.
    """

    call: str
    status: int
    reason: str
    heard: bool
    retry_after: int | None = None
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """The far end ended the call, or was lost (`lost`). Not told for ends that we asked for."""

    call: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """The far end moved, held or resumed the sound; its new wishes stand in `choice`."""

    call: str
    choice: MediaChoice


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit that came by INFO (application/dtmf-relay)."""

    call: str
    digit: str


@dataclass(frozen=True, slots=True)
class Pulsed:
    """A watched server died or came back. `name` is that of its watch."""

    name: str
    alive: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A telephone of this extension has registered, or taken its registration away."""

    extension: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a registration stands now. `fault` says in words why it is down.

    `silent`: because nobody answered; `denied`: because of who we are, so that another server will hardly help.

    "gone" is the last that is told of it.
    """

    name: str
    state: Literal["up", "down", "gone"]
    fault: str | None = None
    silent: bool = False
    denied: bool = False


Event = (
    Incoming | Progress | Answered | Rejected | Ended | MediaChanged | Digit | Pulsed | Registered | Standing | Unlisted
)
