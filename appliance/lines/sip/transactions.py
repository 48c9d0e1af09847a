"""The four transaction machines of RFC 3261 §17 with RFC 6026's Accepted state, as tables.

A machine starts no timer and sends nothing: `apply` returns what to do. `layer` does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

T1 = 0.5  # seconds: round-trip estimate
T2 = 4.0  # seconds: longest retransmission interval
T4 = 5.0  # seconds: longest a message stays in the network
GIVE_UP = 64 * T1


class State(Enum):
    """Where a transaction stands; CALLING and TRYING are the first states."""

    CALLING = auto()
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    ACCEPTED = auto()
    TERMINATED = auto()


class Event(Enum):
    """What can happen to a transaction: from the wire, from our side, or by a timer."""

    REQUEST = auto()  # a retransmission
    ACK = auto()
    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    SEND_PROVISIONAL = auto()
    SEND_SUCCESS = auto()
    SEND_FAILURE = auto()
    RESEND = auto()  # timers A, E, G
    EXPIRE = auto()  # timers B, F, H: nobody answered
    FADE = auto()  # timers D, I, J, K, L, M: stray copies have died out


class Action(Enum):
    """What is to be done."""

    SEND = auto()  # the request, or the last response
    PASS = auto()  # give the message to the user
    ACK = auto()  # acknowledge a failure, on the same branch to the same place
    REPORT = auto()  # tell the user that nobody answered


@dataclass(frozen=True, slots=True)
class Interval:
    """How a timer runs: first `seconds`; with `doubles`, twice as long each time, up to `longest`.

    `for_copies`: it only waits for copies that a lossy network may still bring; a connection brings none.
    """

    seconds: float
    doubles: bool = False
    longest: float = GIVE_UP
    for_copies: bool = False


Table = Mapping[tuple[State, Event], tuple[State, tuple[Action, ...]]]
Running = Mapping[State, Mapping[Event, Interval]]

SEND, PASS, ACK, REPORT = Action.SEND, Action.PASS, Action.ACK, Action.REPORT


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the four machines: first state, table, and which timers run in which state.

    A timer that runs in both the old and the new state with the same interval goes on.
    """

    name: str
    first: State
    table: Table
    running: Running


INVITE_CLIENT = Kind(
    "INVITE client",
    State.CALLING,
    {
        (State.CALLING, Event.RESEND): (State.CALLING, (SEND,)),
        (State.CALLING, Event.EXPIRE): (State.TERMINATED, (REPORT,)),
        (State.CALLING, Event.PROVISIONAL): (State.PROCEEDING, (PASS,)),
        (State.CALLING, Event.SUCCESS): (State.ACCEPTED, (PASS,)),
        (State.CALLING, Event.FAILURE): (State.COMPLETED, (ACK, PASS)),
        (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (PASS,)),
        (State.PROCEEDING, Event.SUCCESS): (State.ACCEPTED, (PASS,)),
        (State.PROCEEDING, Event.FAILURE): (State.COMPLETED, (ACK, PASS)),
        (State.ACCEPTED, Event.PROVISIONAL): (State.ACCEPTED, ()),
        (State.ACCEPTED, Event.SUCCESS): (State.ACCEPTED, (PASS,)),
        (State.ACCEPTED, Event.FAILURE): (State.ACCEPTED, ()),
        (State.ACCEPTED, Event.FADE): (State.TERMINATED, ()),
        (State.COMPLETED, Event.PROVISIONAL): (State.COMPLETED, ()),
        (State.COMPLETED, Event.SUCCESS): (State.COMPLETED, ()),
        (State.COMPLETED, Event.FAILURE): (State.COMPLETED, (ACK,)),
        (State.COMPLETED, Event.FADE): (State.TERMINATED, ()),
    },
    {
        State.CALLING: {Event.RESEND: Interval(T1, doubles=True), Event.EXPIRE: Interval(GIVE_UP)},  # A, B
        State.PROCEEDING: {},  # a telephone may ring for longer than any timer
        State.ACCEPTED: {Event.FADE: Interval(GIVE_UP)},  # M
        State.COMPLETED: {Event.FADE: Interval(GIVE_UP, for_copies=True)},  # D
    },
)

CLIENT = Kind(
    "client",
    State.TRYING,
    {
        (State.TRYING, Event.RESEND): (State.TRYING, (SEND,)),
        (State.TRYING, Event.EXPIRE): (State.TERMINATED, (REPORT,)),
        (State.TRYING, Event.PROVISIONAL): (State.PROCEEDING, (PASS,)),
        (State.TRYING, Event.SUCCESS): (State.COMPLETED, (PASS,)),
        (State.TRYING, Event.FAILURE): (State.COMPLETED, (PASS,)),
        (State.PROCEEDING, Event.RESEND): (State.PROCEEDING, (SEND,)),
        (State.PROCEEDING, Event.EXPIRE): (State.TERMINATED, (REPORT,)),
        (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (PASS,)),
        (State.PROCEEDING, Event.SUCCESS): (State.COMPLETED, (PASS,)),
        (State.PROCEEDING, Event.FAILURE): (State.COMPLETED, (PASS,)),
        (State.COMPLETED, Event.PROVISIONAL): (State.COMPLETED, ()),
        (State.COMPLETED, Event.SUCCESS): (State.COMPLETED, ()),
        (State.COMPLETED, Event.FAILURE): (State.COMPLETED, ()),
        (State.COMPLETED, Event.FADE): (State.TERMINATED, ()),
    },
    {
        State.TRYING: {Event.RESEND: Interval(T1, doubles=True, longest=T2), Event.EXPIRE: Interval(GIVE_UP)},  # E, F
        State.PROCEEDING: {Event.RESEND: Interval(T2, doubles=True, longest=T2), Event.EXPIRE: Interval(GIVE_UP)},
        State.COMPLETED: {Event.FADE: Interval(T4, for_copies=True)},  # K
    },
)

INVITE_SERVER = Kind(
    "INVITE server",
    State.PROCEEDING,
    {
        (State.PROCEEDING, Event.REQUEST): (State.PROCEEDING, (SEND,)),
        (State.PROCEEDING, Event.ACK): (State.PROCEEDING, ()),
        (State.PROCEEDING, Event.SEND_PROVISIONAL): (State.PROCEEDING, (SEND,)),
        (State.PROCEEDING, Event.SEND_SUCCESS): (State.ACCEPTED, (SEND,)),
        (State.PROCEEDING, Event.SEND_FAILURE): (State.COMPLETED, (SEND,)),
        (State.COMPLETED, Event.REQUEST): (State.COMPLETED, (SEND,)),
        (State.COMPLETED, Event.RESEND): (State.COMPLETED, (SEND,)),
        (State.COMPLETED, Event.EXPIRE): (State.TERMINATED, (REPORT,)),
        (State.COMPLETED, Event.ACK): (State.CONFIRMED, ()),
        (State.CONFIRMED, Event.REQUEST): (State.CONFIRMED, ()),
        (State.CONFIRMED, Event.ACK): (State.CONFIRMED, ()),
        (State.CONFIRMED, Event.FADE): (State.TERMINATED, ()),
        (State.ACCEPTED, Event.REQUEST): (State.ACCEPTED, ()),
        (State.ACCEPTED, Event.ACK): (State.ACCEPTED, ()),  # on the INVITE's branch, as some telephones do: harmless
        (State.ACCEPTED, Event.SEND_SUCCESS): (State.ACCEPTED, (SEND,)),
        (State.ACCEPTED, Event.FADE): (State.TERMINATED, ()),
    },
    {
        State.PROCEEDING: {},
        State.COMPLETED: {  # G, H
            Event.RESEND: Interval(T1, doubles=True, longest=T2),
            Event.EXPIRE: Interval(GIVE_UP),
        },
        State.CONFIRMED: {Event.FADE: Interval(T4, for_copies=True)},  # I
        State.ACCEPTED: {Event.FADE: Interval(GIVE_UP)},  # L
    },
)

SERVER = Kind(
    "server",
    State.TRYING,
    {
        (State.TRYING, Event.REQUEST): (State.TRYING, ()),
        (State.TRYING, Event.SEND_PROVISIONAL): (State.PROCEEDING, (SEND,)),
        (State.TRYING, Event.SEND_SUCCESS): (State.COMPLETED, (SEND,)),
        (State.TRYING, Event.SEND_FAILURE): (State.COMPLETED, (SEND,)),
        (State.PROCEEDING, Event.REQUEST): (State.PROCEEDING, (SEND,)),
        (State.PROCEEDING, Event.SEND_PROVISIONAL): (State.PROCEEDING, (SEND,)),
        (State.PROCEEDING, Event.SEND_SUCCESS): (State.COMPLETED, (SEND,)),
        (State.PROCEEDING, Event.SEND_FAILURE): (State.COMPLETED, (SEND,)),
        (State.COMPLETED, Event.REQUEST): (State.COMPLETED, (SEND,)),
        (State.COMPLETED, Event.FADE): (State.TERMINATED, ()),
    },
    {
        State.TRYING: {},
        State.PROCEEDING: {},
        State.COMPLETED: {Event.FADE: Interval(GIVE_UP, for_copies=True)},  # J
    },
)

KINDS = (INVITE_CLIENT, CLIENT, INVITE_SERVER, SERVER)


class ImpossibleError(Exception):
    """An event that the table does not know in this state: our own mistake, never the far end's."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one event asks for: `actions` in order, timers to start (seconds) and to cancel."""

    actions: tuple[Action, ...]
    start: tuple[tuple[Event, float], ...] = ()
    cancel: tuple[Event, ...] = ()


class Machine:
    """One transaction's state. Only `apply` changes it.

    On a `reliable` transport nothing is sent again by a timer (A, E, G) and nobody waits for copies (D, I, J, K).
    """

    def __init__(self, kind: Kind, *, reliable: bool = False) -> None:
        self.kind = kind
        self.state = kind.first
        self._reliable = reliable
        self._intervals: dict[Event, float] = {}

    def begin(self) -> Step:
        """The timers of the first state."""
        return Step((), self._started(self._running(self.state)))

    def knows(self, event: Event) -> bool:
        """Whether the table has this event in the present state."""
        return (self.state, event) in self.kind.table

    def apply(self, event: Event) -> Step:
        """Take one step. Raises ImpossibleError for a pair that is not in the table."""
        try:
            state, actions = self.kind.table[self.state, event]
        except KeyError:
            raise ImpossibleError(f"{self.kind.name}: {event.name} in {self.state.name}") from None
        before, after = self._running(self.state), self._running(state)
        changed = state is not self.state
        self.state = state
        if changed:
            fresh = {name: each for name, each in after.items() if before.get(name) != each}
            return Step(actions, self._started(fresh), tuple(name for name in before if name not in after))
        again = after.get(event)
        return Step(actions, self._again(event, again) if again else ())

    def _running(self, state: State) -> Mapping[Event, Interval]:
        timers = self.kind.running.get(state, {})
        if not self._reliable:
            return timers
        return {
            event: Interval(0.0) if interval.for_copies else interval
            for event, interval in timers.items()
            if event is not Event.RESEND
        }

    def _started(self, timers: Mapping[Event, Interval]) -> tuple[tuple[Event, float], ...]:
        for name, interval in timers.items():
            self._intervals[name] = interval.seconds
        return tuple((name, interval.seconds) for name, interval in timers.items())

    def _again(self, event: Event, interval: Interval) -> tuple[tuple[Event, float], ...]:
        seconds = min(self._intervals[event] * (2 if interval.doubles else 1), interval.longest)
        self._intervals[event] = seconds
        return ((event, seconds),)
