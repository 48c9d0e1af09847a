"""The life of one call as a table (RFC 3261 §13, §14, §15): which event leads where, and what is to be done.

Nothing here sends or parses: `session`, `outgoing` and `incoming` carry out the actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class CallState(Enum):
    """Where a call stands."""

    CALLING = auto()  # our INVITE, nothing heard yet
    HEARD = auto()  # our INVITE, a provisional response came
    GIVING_UP = auto()  # we want to cancel, but may not before something is heard (§9.1)
    CANCELLED = auto()  # CANCEL sent; the INVITE's end is awaited
    OFFERED = auto()  # their INVITE, not answered yet
    ANSWERED = auto()  # our 200 is out, their ACK not in
    HANGING_UP = auto()  # we want to end it, but may not before the ACK (§15)
    UP = auto()
    CLOSING = auto()  # our BYE is out
    ENDED = auto()


class CallEvent(Enum):
    """What happens to a call: from the far end, from our user, or by time."""

    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    CHALLENGE = auto()  # 401 or 407 that we can answer
    SILENCE = auto()
    PEER_CANCEL = auto()
    PEER_BYE = auto()
    ACK = auto()
    NO_ACK = auto()
    RING = auto()
    ACCEPT = auto()
    HANG_UP = auto()  # cancel, refuse or end, as the state has it
    BYE_DONE = auto()


class CallAction(Enum):
    """What is to be done. The TELL_ ones are events for the agent's user."""

    ACK = auto()
    BYE = auto()
    CANCEL = auto()
    RETRY = auto()  # the INVITE again, with credentials
    FORGET_INVITE = auto()  # its transaction will never end by itself
    AWAIT_END = auto()  # give a cancelled INVITE 32 s to end
    SEND_RINGING = auto()
    SEND_ANSWER = auto()
    SEND_REFUSAL = auto()
    SEND_TERMINATED = auto()  # 487
    TELL_PROGRESS = auto()
    TELL_ANSWERED = auto()
    TELL_REJECTED = auto()
    TELL_ENDED = auto()
    TELL_LOST = auto()


_S, _E, _A = CallState, CallEvent, CallAction
Table = Mapping[tuple[CallState, CallEvent], tuple[CallState, tuple[CallAction, ...]]]

_OUTGOING: Table = {
    (_S.CALLING, _E.PROVISIONAL): (_S.HEARD, (_A.TELL_PROGRESS,)),
    (_S.CALLING, _E.SUCCESS): (_S.UP, (_A.ACK, _A.TELL_ANSWERED)),
    (_S.CALLING, _E.FAILURE): (_S.ENDED, (_A.TELL_REJECTED,)),
    (_S.CALLING, _E.CHALLENGE): (_S.CALLING, (_A.RETRY,)),
    (_S.CALLING, _E.SILENCE): (_S.ENDED, (_A.TELL_REJECTED,)),
    (_S.CALLING, _E.HANG_UP): (_S.GIVING_UP, ()),
    # A BYE that overtakes its 200: they are gone already.
    (_S.CALLING, _E.PEER_BYE): (_S.CANCELLED, (_A.TELL_ENDED, _A.AWAIT_END)),
    (_S.HEARD, _E.PROVISIONAL): (_S.HEARD, (_A.TELL_PROGRESS,)),
    (_S.HEARD, _E.SUCCESS): (_S.UP, (_A.ACK, _A.TELL_ANSWERED)),
    (_S.HEARD, _E.FAILURE): (_S.ENDED, (_A.TELL_REJECTED,)),
    (_S.HEARD, _E.CHALLENGE): (_S.CALLING, (_A.RETRY,)),
    (_S.HEARD, _E.HANG_UP): (_S.CANCELLED, (_A.CANCEL, _A.AWAIT_END)),
    (_S.HEARD, _E.PEER_BYE): (_S.CANCELLED, (_A.TELL_ENDED, _A.AWAIT_END)),
    (_S.GIVING_UP, _E.PROVISIONAL): (_S.CANCELLED, (_A.CANCEL, _A.AWAIT_END)),
    (_S.GIVING_UP, _E.SUCCESS): (_S.CLOSING, (_A.ACK, _A.BYE)),
    (_S.GIVING_UP, _E.FAILURE): (_S.ENDED, ()),
    (_S.GIVING_UP, _E.CHALLENGE): (_S.ENDED, ()),
    (_S.GIVING_UP, _E.SILENCE): (_S.ENDED, ()),
    (_S.GIVING_UP, _E.HANG_UP): (_S.GIVING_UP, ()),
    (_S.GIVING_UP, _E.PEER_BYE): (_S.CANCELLED, (_A.AWAIT_END,)),
    (_S.CANCELLED, _E.PROVISIONAL): (_S.CANCELLED, ()),
    (_S.CANCELLED, _E.SUCCESS): (_S.CLOSING, (_A.ACK, _A.BYE)),  # the answer crossed our CANCEL
    (_S.CANCELLED, _E.FAILURE): (_S.ENDED, ()),
    (_S.CANCELLED, _E.CHALLENGE): (_S.ENDED, ()),
    (_S.CANCELLED, _E.SILENCE): (_S.ENDED, (_A.FORGET_INVITE,)),
    (_S.CANCELLED, _E.HANG_UP): (_S.CANCELLED, ()),
    (_S.CANCELLED, _E.PEER_BYE): (_S.CANCELLED, ()),
}

_INCOMING: Table = {
    (_S.OFFERED, _E.RING): (_S.OFFERED, (_A.SEND_RINGING,)),
    (_S.OFFERED, _E.ACCEPT): (_S.ANSWERED, (_A.SEND_ANSWER,)),
    (_S.OFFERED, _E.HANG_UP): (_S.ENDED, (_A.SEND_REFUSAL,)),
    (_S.OFFERED, _E.PEER_CANCEL): (_S.ENDED, (_A.SEND_TERMINATED, _A.TELL_ENDED)),
    (_S.OFFERED, _E.PEER_BYE): (_S.ENDED, (_A.SEND_TERMINATED, _A.TELL_ENDED)),
    (_S.ANSWERED, _E.ACK): (_S.UP, ()),
    (_S.ANSWERED, _E.NO_ACK): (_S.CLOSING, (_A.TELL_LOST, _A.BYE)),
    (_S.ANSWERED, _E.HANG_UP): (_S.HANGING_UP, ()),
    (_S.ANSWERED, _E.PEER_CANCEL): (_S.ANSWERED, ()),  # too late: they will say BYE
    (_S.ANSWERED, _E.PEER_BYE): (_S.ENDED, (_A.TELL_ENDED,)),
    (_S.HANGING_UP, _E.ACK): (_S.CLOSING, (_A.BYE,)),
    (_S.HANGING_UP, _E.NO_ACK): (_S.CLOSING, (_A.BYE,)),
    (_S.HANGING_UP, _E.HANG_UP): (_S.HANGING_UP, ()),
    (_S.HANGING_UP, _E.PEER_CANCEL): (_S.HANGING_UP, ()),
    (_S.HANGING_UP, _E.PEER_BYE): (_S.ENDED, ()),
}

_BOTH: Table = {
    (_S.UP, _E.SUCCESS): (_S.UP, (_A.ACK,)),  # their 200 again: our ACK was lost
    (_S.UP, _E.ACK): (_S.UP, ()),
    (_S.UP, _E.NO_ACK): (_S.CLOSING, (_A.TELL_LOST, _A.BYE)),  # of a re-INVITE (§14.2)
    (_S.UP, _E.PEER_CANCEL): (_S.UP, ()),
    (_S.UP, _E.HANG_UP): (_S.CLOSING, (_A.BYE,)),
    (_S.UP, _E.PEER_BYE): (_S.ENDED, (_A.TELL_ENDED,)),
    (_S.CLOSING, _E.SUCCESS): (_S.CLOSING, (_A.ACK,)),
    (_S.CLOSING, _E.ACK): (_S.CLOSING, ()),
    (_S.CLOSING, _E.NO_ACK): (_S.CLOSING, ()),
    (_S.CLOSING, _E.PEER_CANCEL): (_S.CLOSING, ()),
    (_S.CLOSING, _E.HANG_UP): (_S.CLOSING, ()),
    (_S.CLOSING, _E.PEER_BYE): (_S.CLOSING, ()),  # both at once
    (_S.CLOSING, _E.BYE_DONE): (_S.ENDED, ()),
    (_S.ENDED, _E.SUCCESS): (_S.ENDED, (_A.ACK,)),
    (_S.ENDED, _E.ACK): (_S.ENDED, ()),
    (_S.ENDED, _E.PEER_CANCEL): (_S.ENDED, ()),
    (_S.ENDED, _E.HANG_UP): (_S.ENDED, ()),
    (_S.ENDED, _E.RING): (_S.ENDED, ()),
    (_S.ENDED, _E.ACCEPT): (_S.ENDED, ()),
}

TRANSITIONS: Table = {**_OUTGOING, **_INCOMING, **_BOTH}
