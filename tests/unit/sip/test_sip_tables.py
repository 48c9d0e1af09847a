"""Every pair of every state table, walked; and the timers of RFC 3261 with their times."""

from __future__ import annotations

import random
from itertools import product

import pytest

from appliance.lines.sip.call import TRANSITIONS, CallAction, CallEvent, CallState
from appliance.lines.sip.core import AgentConfig, Core
from appliance.lines.sip.session import Session
from appliance.lines.sip.transactions import (
    CLIENT,
    INVITE_CLIENT,
    INVITE_SERVER,
    KINDS,
    SERVER,
    Action,
    Event,
    ImpossibleError,
    Machine,
    State,
)

PAIRS = [(kind, state, event) for kind, state, event in product(KINDS, State, Event) if state is not State.TERMINATED]


def way_to(kind, wanted):
    """Events that lead a new machine to a state, or None."""
    ways = {kind.first: ()}
    while True:
        more = {
            after: (*ways[state], event)
            for (state, event), (after, _) in kind.table.items()
            if state in ways and after not in ways
        }
        if not more:
            return ways.get(wanted)
        ways.update(more)


@pytest.mark.parametrize(("kind", "state", "event"), PAIRS, ids=lambda each: getattr(each, "name", str(each)))
def test_each_pair_of_a_transaction_table(kind, state, event):
    way = way_to(kind, state)
    if way is None:
        assert not any(known == state for known, _ in kind.table), f"{state} cannot be reached"
        return
    machine = Machine(kind)
    machine.begin()
    for step in way:
        machine.apply(step)
    assert machine.state is state
    if (state, event) in kind.table:
        after, actions = kind.table[state, event]
        assert machine.apply(event).actions == actions
        assert machine.state is after
    else:
        with pytest.raises(ImpossibleError):
            machine.apply(event)
        assert machine.state is state


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_running_timer_is_known_to_its_state_and_each_timer_event_has_its_timer(kind):
    timers = {Event.RESEND, Event.EXPIRE, Event.FADE}
    for state in State:
        known = {event for at, event in kind.table if at is state} & timers
        assert known == set(kind.running.get(state, {}))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_wires_events_are_understood_in_every_state(kind):
    """Whatever copy arrives late, from the other side, it never finds a hole in the table."""
    client = kind in (INVITE_CLIENT, CLIENT)
    wire = {Event.PROVISIONAL, Event.SUCCESS, Event.FAILURE} if client else {Event.REQUEST}
    if kind is INVITE_SERVER:
        wire |= {Event.ACK}
    states = {state for state, _ in kind.table}
    assert {(state, event) for state in states for event in wire} <= set(kind.table)


def intervals(kind, way, timer, times):
    """Seconds between the firings of a timer after the events of `way`."""
    machine = Machine(kind)
    step = machine.begin()
    for event in way:
        step = machine.apply(event)
    found = []
    for _ in range(times):
        seconds = dict(step.start)[timer]
        found.append(seconds)
        step = machine.apply(timer)
    return found


def test_an_invite_is_repeated_at_doubling_intervals_for_32_seconds():
    assert intervals(INVITE_CLIENT, (), Event.RESEND, 6) == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert dict(Machine(INVITE_CLIENT).begin().start)[Event.EXPIRE] == 32.0


def test_another_request_is_repeated_up_to_every_four_seconds_and_so_while_proceeding():
    assert intervals(CLIENT, (), Event.RESEND, 6) == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert intervals(CLIENT, (Event.PROVISIONAL,), Event.RESEND, 3) == [4.0, 4.0, 4.0]


def test_a_ringing_telephone_is_not_cut_by_any_timer():
    machine = Machine(INVITE_CLIENT)
    machine.begin()
    assert set(machine.apply(Event.PROVISIONAL).cancel) == {Event.RESEND, Event.EXPIRE}
    assert machine.kind.running[State.PROCEEDING] == {}


def test_a_proceeding_request_still_expires():
    machine = Machine(CLIENT)
    machine.begin()
    step = machine.apply(Event.PROVISIONAL)
    assert step.cancel == () and dict(step.start) == {Event.RESEND: 4.0}
    assert Action.REPORT in machine.apply(Event.EXPIRE).actions


def test_a_refusal_is_repeated_until_its_ack():
    assert intervals(INVITE_SERVER, (Event.SEND_FAILURE,), Event.RESEND, 5) == [0.5, 1.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize(
    ("kind", "way", "seconds"),
    [
        (INVITE_CLIENT, (Event.FAILURE,), 32.0),
        (INVITE_CLIENT, (Event.SUCCESS,), 32.0),
        (CLIENT, (Event.SUCCESS,), 5.0),
        (INVITE_SERVER, (Event.SEND_SUCCESS,), 32.0),
        (INVITE_SERVER, (Event.SEND_FAILURE, Event.ACK), 5.0),
        (SERVER, (Event.SEND_SUCCESS,), 32.0),
    ],
)
def test_how_long_copies_are_expected_after_the_end(kind, way, seconds):
    assert intervals(kind, way, Event.FADE, 1) == [seconds]


# -- the call's table --------------------------------------------------------------------------------------------


class NotedSession(Session):
    """A call that does nothing but note what it was to do."""

    def __init__(self, state):
        core = Core(AgentConfig(lambda host: None, lambda host, users: False, lambda place: place), random.Random(1))
        self.done, self.over = [], 0
        super().__init__(core, ("call", "tag"), state, self.ended)

    def ended(self, session):
        self.over += 1

    def _do(self, action, response):
        self.done.append(action)


def call_in(wanted):
    """A session led to a state by events, from whichever first state leads there."""
    for first in (CallState.CALLING, CallState.OFFERED):
        ways = {first: ()}
        while more := {
            after: (*ways[at], event)
            for (at, event), (after, _) in TRANSITIONS.items()
            if at in ways and after not in ways
        }:
            ways.update(more)
        if wanted in ways:
            session = NotedSession(first)
            for event in ways[wanted]:
                session.step(event)
            session.done.clear()
            return session
    raise AssertionError(f"{wanted} cannot be reached")


@pytest.mark.parametrize(("state", "event"), list(product(CallState, CallEvent)), ids=lambda each: each.name)
def test_each_pair_of_the_call_table(state, event):
    session = call_in(state)
    assert session.state is state
    if (state, event) not in TRANSITIONS:
        with pytest.raises(ImpossibleError):
            session.step(event)
        assert session.state is state and not session.done
        return
    after, actions = TRANSITIONS[state, event]
    session.step(event)
    assert session.state is after
    assert tuple(session.done) == actions
    assert session.over == (after is CallState.ENDED)
    if after not in (CallState.CALLING, CallState.HEARD, CallState.OFFERED):
        assert session.core.schedule.next_deadline() is None


def test_every_call_state_can_be_reached_and_ends():
    reached = {CallState.CALLING, CallState.OFFERED}
    while more := {after for (state, _), (after, _) in TRANSITIONS.items() if state in reached} - reached:
        reached |= more
    assert reached == set(CallState)
    ending = {CallState.ENDED}
    while more := {state for (state, _), (after, _) in TRANSITIONS.items() if after in ending} - ending:
        ending |= more
    assert ending == set(CallState)


def test_hanging_up_is_possible_in_every_state_and_at_most_told_once():
    for state in CallState:
        after, actions = TRANSITIONS[state, CallEvent.HANG_UP]
        assert not {each for each in actions if each.name.startswith("TELL")}, state
        assert after not in (CallState.CALLING, CallState.HEARD, CallState.OFFERED, CallState.ANSWERED, CallState.UP)


def test_no_bye_before_an_ack_and_no_cancel_before_a_provisional():
    for (state, _event), (_, actions) in TRANSITIONS.items():
        if CallAction.BYE in actions and state in (CallState.ANSWERED, CallState.HANGING_UP):
            assert _event in (CallEvent.ACK, CallEvent.NO_ACK)
        if CallAction.CANCEL in actions:
            assert state is CallState.HEARD or _event is CallEvent.PROVISIONAL


def test_every_success_is_acknowledged_wherever_it_comes():
    states = {state for state, event in TRANSITIONS if event is CallEvent.SUCCESS}
    assert {CallState.UP, CallState.CLOSING, CallState.ENDED, CallState.GIVING_UP, CallState.CANCELLED} <= states
    for state in states:
        assert CallAction.ACK in TRANSITIONS[state, CallEvent.SUCCESS][1]
