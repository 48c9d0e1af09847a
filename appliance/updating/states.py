"""The states of an update and what leads from one to the next: one table, that the docs are drawn from.

It moves nothing by itself: `Journal` keeps the state, `updater.py` does what each of them asks for.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an update stands."""

    NONE = "none"  # there never was one
    CHECKING = "checking"  # is the bundle signed, for this machine, another version
    BACKING_UP = "backing_up"
    WRITING = "writing"  # the other slot; the running one is not touched
    WAITING = "waiting"  # for a moment without calls
    RESTARTING = "restarting"  # into the other slot, this once
    PROVING = "proving"  # the new version runs, on probation
    COMMITTING = "committing"
    LEAVING = "leaving"  # the new version is not well: restarting into the old one
    DONE = "done"
    FAILED = "failed"  # nothing was changed
    BACK = "back"  # the old version runs again


class Event(StrEnum):
    """What happens to an update."""

    BEGUN = "begun"
    CHECKED = "checked"
    BACKED_UP = "backed_up"
    WRITTEN = "written"
    QUIET = "quiet"  # nobody calls
    REFUSED = "refused"  # it cannot go on
    STOPPED = "stopped"  # somebody has thought better of it
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    COMMITTED = "committed"
    # What a start of the exchange finds:
    CUT_OFF = "cut_off"  # the power went, or the exchange ended
    NOT_YET = "not_yet"  # the machine was not restarted
    IN_NEW = "in_new"
    IN_OLD = "in_old"


IDLE = frozenset({State.NONE, State.DONE, State.FAILED, State.BACK})
STOPPABLE = frozenset({State.CHECKING, State.BACKING_UP, State.WRITING, State.WAITING})

TRANSITIONS: dict[tuple[State, Event], State] = {
    **{(state, Event.BEGUN): State.CHECKING for state in IDLE},
    (State.CHECKING, Event.CHECKED): State.BACKING_UP,
    (State.BACKING_UP, Event.BACKED_UP): State.WRITING,
    (State.WRITING, Event.WRITTEN): State.WAITING,
    (State.WAITING, Event.QUIET): State.RESTARTING,
    **{(state, Event.REFUSED): State.FAILED for state in (*STOPPABLE, State.RESTARTING)},
    **{(state, Event.STOPPED): State.FAILED for state in STOPPABLE},
    **{(state, Event.CUT_OFF): State.FAILED for state in (State.CHECKING, State.BACKING_UP, State.WRITING)},
    (State.WAITING, Event.CUT_OFF): State.WAITING,  # all is there: it goes on
    (State.RESTARTING, Event.NOT_YET): State.WAITING,
    (State.RESTARTING, Event.IN_NEW): State.PROVING,
    (State.PROVING, Event.IN_NEW): State.PROVING,  # only the exchange was started again
    (State.PROVING, Event.HEALTHY): State.COMMITTING,
    (State.PROVING, Event.UNHEALTHY): State.LEAVING,
    (State.COMMITTING, Event.IN_NEW): State.PROVING,  # nobody knows whether it was kept: once more
    (State.COMMITTING, Event.REFUSED): State.LEAVING,
    (State.LEAVING, Event.IN_NEW): State.LEAVING,
    **{(state, Event.COMMITTED): State.DONE for state in (State.PROVING, State.COMMITTING, State.LEAVING)},
    **{
        (state, Event.IN_OLD): State.BACK
        for state in (State.RESTARTING, State.PROVING, State.COMMITTING, State.LEAVING)
    },
}


class NoSuchStepError(Exception):
    """This cannot happen to an update in this state: a mistake of the program."""


def after(state: State, event: Event) -> State:
    """The state that follows. Raises NoSuchStepError."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise NoSuchStepError(f"{event} while {state}") from None
