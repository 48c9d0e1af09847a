"""The table of an update: every pair is known, every state is left again, and nothing goes on after its end."""

from __future__ import annotations

from itertools import product

import pytest

from appliance.updating.states import IDLE, STOPPABLE, TRANSITIONS, Event, NoSuchStepError, State, after

GOES_ON = set(State) - IDLE


def test_what_is_not_in_the_table_is_a_mistake():
    for pair in product(State, Event):
        if pair in TRANSITIONS:
            assert after(*pair) is TRANSITIONS[pair]
        else:
            with pytest.raises(NoSuchStepError, match=f"{pair[1]} while {pair[0]}"):
                after(*pair)


@pytest.mark.parametrize("state", sorted(GOES_ON))
def test_every_state_leads_to_an_end(state):
    reached, todo = set(), [state]
    while todo:
        here = todo.pop()
        reached.add(here)
        todo += [to for (source, _), to in TRANSITIONS.items() if source is here and to not in reached]
    assert reached & {State.DONE, State.FAILED, State.BACK}


def test_only_a_new_update_leaves_an_end():
    assert {event for (state, event) in TRANSITIONS if state in IDLE} == {Event.BEGUN}


def test_what_has_changed_nothing_yet_may_be_stopped_and_nothing_else():
    assert {state for (state, event) in TRANSITIONS if event is Event.STOPPED} == STOPPABLE
    before_the_restart = {state for state, event in TRANSITIONS if TRANSITIONS[state, event] is State.FAILED}
    assert before_the_restart == {*STOPPABLE, State.RESTARTING}


@pytest.mark.parametrize("state", [State.RESTARTING, State.PROVING, State.COMMITTING, State.LEAVING])
def test_a_power_cut_after_the_restart_ends_well_in_either_slot(state):
    assert after(state, Event.IN_OLD) is State.BACK
    assert after(state, Event.IN_NEW) in (State.PROVING, State.LEAVING)
