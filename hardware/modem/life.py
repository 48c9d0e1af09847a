"""The states of a modem, from the socket to a call and back, and what is done when it fails. Pure: times come in.

    ABSENT → PROBING → SIM_WAIT → REGISTERING → READY ⇄ IN_CALL      FAULT: tried again after a pause that grows

A modem that fails again and again gets stronger medicine, never during a call: its port is opened anew, it is told to
restart, its USB port is reset, its power is cut.
"""

from __future__ import annotations

from enum import Enum

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # between tries; the last one again and again
STEADY_SECONDS = 60.0  # in service for so long: what happened before is forgotten
PATIENCE_SECONDS = 60.0  # without a network after a start, before that is a fault: cold, modems search for that long
LOST_SECONDS = 10.0  # likewise where there was one
RESTART_SECONDS = 600.0  # without a network for so long, a restart may help


class State(Enum):
    """Where a modem is."""

    ABSENT = "absent"
    PROBING = "probing"
    SIM_WAIT = "waiting for the SIM"
    REGISTERING = "registering"
    READY = "ready"
    IN_CALL = "in a call"
    FAULT = "fault"


class Event(Enum):
    """What happens to it."""

    FOUND = "found"
    GONE = "gone"
    PROBED = "answers"
    SIM_READY = "the SIM is ready"
    REGISTERED = "registered"
    UNREGISTERED = "lost the network"
    CALL = "a call began"
    IDLE = "the last call ended"
    FAILED = "does not answer"


class Medicine(Enum):
    """What is done about a modem that fails, in this order."""

    REOPEN = "its port is opened anew"
    RESTART = "it is told to restart"
    USB_RESET = "its USB port is reset"
    POWER_CUT = "its power is cut"


_MEDICINES = tuple(Medicine)
_S, _E = State, Event
TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.ABSENT, _E.FOUND): _S.PROBING,
    (_S.FAULT, _E.FOUND): _S.PROBING,
    (_S.PROBING, _E.PROBED): _S.SIM_WAIT,
    (_S.SIM_WAIT, _E.SIM_READY): _S.REGISTERING,
    (_S.REGISTERING, _E.REGISTERED): _S.READY,
    (_S.READY, _E.UNREGISTERED): _S.REGISTERING,
    (_S.READY, _E.CALL): _S.IN_CALL,
    (_S.IN_CALL, _E.IDLE): _S.READY,
    **{(state, _E.GONE): _S.ABSENT for state in _S},
    # In a call a modem that says nothing still carries it, and sound tells when it does not.
    **{(state, _E.FAILED): _S.FAULT for state in _S if state not in (_S.ABSENT, _S.IN_CALL)},
}


class Life:
    """One modem's. An event that its state does not know changes nothing."""

    def __init__(self, now: float) -> None:
        self.state = State.ABSENT
        self.since = now
        self._failures = 0
        self.had_network = False  # since it was found

    def on(self, event: Event, now: float) -> bool:
        """Something happened at this monotonic second; whether the state is another one now."""
        after = TRANSITIONS.get((self.state, event))
        if after is None or after is self.state:
            return False
        if self.state in (State.READY, State.IN_CALL) and now - self.since >= STEADY_SECONDS:
            self._failures = 0
        if event is Event.FAILED:
            self._failures += 1
        if event is Event.UNREGISTERED:
            self.had_network = True
        if event in (Event.GONE, Event.FAILED):
            self.had_network = False
        self.state, self.since = after, now
        return True

    def pause(self) -> float:
        """Seconds before a modem in FAULT is tried again; none after it was pulled out."""
        if self.state is not State.FAULT:
            return 0.0
        return PAUSES_SECONDS[min(self._failures, len(PAUSES_SECONDS)) - 1]

    def medicine(self) -> Medicine:
        """What is done before the next try; never asked for in a call, for there nothing is FAULT."""
        return _MEDICINES[min(self._failures, len(_MEDICINES)) - 1] if self._failures else Medicine.REOPEN

    def searches_too_long(self, now: float) -> bool:
        """Whether it has been without a network for longer than a caller forgives."""
        patience = LOST_SECONDS if self.had_network else PATIENCE_SECONDS
        return self.state is State.REGISTERING and now - self.since >= patience

    def needs_restart(self, now: float) -> bool:
        """Whether it has searched for so long that a restart may help."""
        return self.state is State.REGISTERING and now - self.since >= RESTART_SECONDS
