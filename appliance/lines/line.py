"""The contract of every line: what a `Line` and a `Leg` owe the call flow, whatever wire is behind them.

A line carries calls to and from the world (a SIP trunk, a SIM, a copper pair). A leg is one call on it,
between the box and one far end. `tests/lines/test_contract.py` holds the tests that each kind of line passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from appliance.media.sound import Sound

TRYING_SECONDS = 3.0  # without a sign of life for so long, an outgoing call's line counts as down
# Words of the register: see `Leg.ended_by`.
TONE, SILENCE, LONGEST, TRANSFER = "tone", "silence", "longest", "transfer"
RINGING_SECONDS = 15.0  # likewise without a ringing or progress report


class Cause(Enum):
    """Why a call was not answered, or how it ended. The values are words of the register (CONTRACT)."""

    NO_ANSWER = "no answer"  # rang its time; SIP 408 from the callee's side, 480
    BUSY = "busy"  # SIP 486, 600
    REFUSED = "refused"  # SIP 603, 403, and any other refusal by a person or their operator
    WRONG_NUMBER = "wrong number"  # SIP 404, 410, 484, 604; also a number that may not be dialled
    LINE_DOWN = "line down"  # SIP 5xx, silence, no free channel: worth trying the next line
    NOT_REGISTERED = "not registered"  # a telephone in the building that is not there
    CANCELLED = "cancelled"  # we gave up before an answer, or the caller did
    HANGUP = "hangup"  # after the answer: one side hung up
    LOST = "lost"  # after the answer: the far end vanished


class NotAnsweredError(Exception):
    """A dialled call that nobody answered: `cause` says why, `seconds` how long it was tried, on which `line`."""

    def __init__(self, cause: Cause, seconds: float, detail: str = "", line: str | None = None) -> None:
        super().__init__(f"{cause.value} after {seconds:.1f} s {detail}".rstrip())
        self.cause = cause
        self.seconds = seconds
        self.detail = detail
        self.line = line


@dataclass(frozen=True, slots=True)
class LineState:
    """`state` is "up", "starting" or "down"; `fault` says in words what is wrong, or is None; `about`, what it is.

    `modem`: what is known of a SIM card's modem, as the status tells it: see `GsmLine.state`.
    """

    state: str
    fault: str | None = None
    about: str = ""
    modem: Mapping[str, Any] | None = field(default=None, hash=False)


class Leg(Sound, Protocol):
    """One call between the box and one far end. Lives in the event loop's task; no method blocks the loop.

    Life: an incoming leg is *offered*; `ring`, `answer` or `hangup` follow. A leg from `Line.dial` is up.
    After the end every waiting method raises LegGoneError, `hangup` does nothing, and nothing of it is left:
    no port, no task, no timer (lines may keep protocol timers for as long as their standard asks).
    """

    @property
    def id(self) -> str:
        """Names the leg in every log line; unique while the exchange runs."""
        ...

    @property
    def line(self) -> str:
        """The id of its line."""
        ...

    @property
    def called(self) -> str:
        """Incoming: which of our numbers was called, E.164. Outgoing: the number dialled."""
        ...

    @property
    def caller(self) -> str | None:
        """Incoming: the caller's number, E.164 or `ext:NUMBER`; None where withheld. Outgoing: what was shown."""
        ...

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        ...

    @property
    def may_ring(self) -> float:
        """Outgoing: for how many seconds after "answered" it may still ring; 0 where an answer is an answer.

        A gateway for a copper line answers as soon as it has dialled. Nobody is taken to be there who presses no key
        and says nothing; see `guessed`.
        """
        ...

    @property
    def guessed(self) -> bool:
        """Outgoing, with `may_ring`: the line has listened, and heard a voice or no more ringing.

        Then whoever says nothing until `may_ring` is over is there all the same; else it has rung in vain.
        """
        ...

    @property
    def ended_by(self) -> str:
        """What ended it on an analogue line that tells of no end: `TONE`, `SILENCE`, `LONGEST`; "" for all else.

        `TRANSFER`: the two go on talking, joined by the network, and the line is out of it.
        """
        ...

    def ring(self) -> None:
        """Tell the caller that it rings (SIP 180). At most once, before `answer`."""
        ...

    def answer(self) -> None:
        """Answer; sound may be used at once. At most once. Does nothing once the caller has gone."""
        ...

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """End the leg: refuses it before the answer (BUSY, NO_ANSWER, … as the line can say it), ends it after.

        May be called at any time and more than once. Pending waits raise LegGoneError at once.
        """
        ...

    async def gone(self) -> Cause:
        """Wait for the end, by either side; returns at once when it has ended."""
        ...

    async def bridge(self, other: Leg, *, recording: Path | None = None) -> None:
        """Let the two far ends hear each other until one of them ends; then return (the other is still up).

        Stops whatever either of them was playing. Cancelling parts them and leaves both up. Both legs must have
        their sound in the same place (ValueError). `recording`: what both say goes into this WAV file (A-law,
        8 kHz, stereo: this leg's far end left, the other's right); at most the last second is lost when the power
        goes. A file that cannot be made is a fault shown elsewhere: the two talk all the same.
        """
        ...


class Line(Protocol):
    """A way in and out."""

    @property
    def id(self) -> str:
        """The id in building.toml."""
        ...

    @property
    def kind(self) -> str:
        """One of "sip", "gsm", "fxo", "simulated"."""
        ...

    def state(self) -> LineState:
        """What the page shows; cheap, may be asked every second."""
        ...

    def free_channels(self) -> int:
        """How many more calls it can carry now; 0 is the next line's turn."""
        ...

    def capacity(self) -> int:
        """How many calls it can carry at once; with 1, who is on it keeps everybody else off it."""
        ...

    def idle(self) -> bool:
        """Whether no call is on it: none offered, being placed, or up."""
        ...

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers, E.164; the first one is shown unless the building says otherwise."""
        ...

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Begin to carry calls. Raises OSError (address in use); what it had taken until then, `stop` lets go.

        `on_call` is called once for each new incoming call, in the loop's task; it must
        return at once (start a task). Retransmissions are not new calls.
        """
        ...

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """Call an E.164 number (or, where the line can, a `sip:` address) and return the leg once it is answered.

        An emergency number comes as it is dialled (112, 99x): it is called although no channel is free.

        `shown` is the caller number to show, one of our own. Raises NotAnsweredError: LINE_DOWN after
        `TRYING_SECONDS` or `RINGING_SECONDS` without the sign of life each names, or when `ring_seconds` end before
        any ringing; NO_ANSWER when it rang until `ring_seconds` from the first attempt to reach the far end.
        Cancelling this call ends the attempt; an answer that crosses the cancellation is hung up.
        """
        ...

    async def retire(self) -> None:
        """Take no more calls and place none; legs that are up go on. `stop` may follow at any time."""
        ...

    async def stop(self) -> None:
        """End all legs politely and let go of every socket; returns within 5 s."""
        ...
