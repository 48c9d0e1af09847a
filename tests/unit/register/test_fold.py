"""What a row says after which events."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.register import events
from appliance.register.event import Event, split
from appliance.register.fold import Row, fold_call, fold_ticket, present

KINDS = [value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)]
JSON = st.sampled_from([None, True, False, -1, 3.5, 10**400, "", "o", "duty:x", [], ["a"], {"a": 1}])
FIELDS = [
    "after",
    "who",
    "phone",
    "base",
    "text",
    "urgent",
    "seconds",
    "destination",
    "outcome",
    "ended_by",
    "key",
    "caller",
    "call_number",
    "ticket_number",
]


def event(kind: str, hlc: int = 1, number: int = 0, box: str = "a", uid: str = "", **fields: Any) -> Event:
    body, personal = split(kind, fields)
    at = f"2026-11-22T20:00:{hlc % 60:02}.000Z"
    where = (box, 1, hlc, uid or f"{box}{hlc}", hlc, at, True, "lipowa7")
    return Event(*where, kind, 1, "c", "t", number, body, personal)


def call(*happened: Event) -> Row:
    row: Row | None = fold_call(None, event("call.started", number=17))
    for each in happened:
        row = fold_call(row, each)
    assert row is not None
    return row


def ticket(*happened: Event) -> Row:
    row: Row | None = fold_ticket(None, event("ticket.opened", uid="o", number=1001, urgent=False, call_number=17))
    for each in happened:
        row = fold_ticket(row, each)
    assert row is not None
    return row


def test_a_call_in_progress_has_neither_end_nor_outcome() -> None:
    row = call(event("call.answered"), event("call.bridged", after=9.0, who="nowak"))
    assert (row["ended"], row["outcome"]) == (None, None)
    assert (row["wait_seconds"], row["answered_by"]) == (9.0, "nowak")


def test_a_caller_who_gives_up_has_waited_until_the_end() -> None:
    row = call(event("call.answered"), event("call.ended", 3, after=12.5, outcome="abandoned"))
    assert (row["wait_seconds"], row["talk_seconds"], row["outcome"]) == (12.5, None, "abandoned")


@pytest.mark.parametrize("kind", ["call.parted", "call.ended"])
def test_what_ended_a_call_on_a_copper_line_is_told(kind: str) -> None:
    row = call(
        event("call.answered"),
        event("call.bridged", after=9.0, who="nowak"),
        event(kind, after=12.5, ended_by="silence"),
        event("call.ended", 3, after=13.0, outcome="answered"),
    )
    assert row["ended_by"] == "silence"


def test_a_row_of_a_version_that_did_not_tell_it_has_no_such_end() -> None:
    row = call(event("call.answered"), event("call.ended", 3, after=12.5, outcome="abandoned"))
    del row["ended_by"]
    assert present(row, ZoneInfo("Europe/Warsaw"))["ended_by"] is None


def test_a_call_never_answered_has_waited_for_nothing() -> None:
    assert call(event("call.ended", after=0.0, outcome="failed"))["wait_seconds"] is None


def test_two_conversations_in_one_call_count_together_and_the_first_ends_the_wait() -> None:
    row = call(
        event("call.answered"),
        event("call.bridged", after=10.0, who="biuro"),
        event("call.parted", after=30.0),
        event("call.bridged", after=40.0, who="nowak"),
        event("call.ended", after=45.5, outcome="answered"),
    )
    assert (row["wait_seconds"], row["talk_seconds"], row["answered_by"]) == (10.0, 25.5, "biuro")


def test_choices_are_kept_in_order_and_the_first_destination_is_the_rows() -> None:
    row = call(
        event("call.chose", key="9"),
        event("call.chose", key="1"),
        event("call.destination", destination="duty:pogotowie"),
        event("call.destination", destination="voicemail:urgent"),
    )
    assert (row["choices"], row["destination"]) == (["9", "1"], "duty:pogotowie")


def test_an_interrupted_call_ended_at_its_last_sign_of_life() -> None:
    row = call(
        event("call.answered", 2),
        event("call.bridged", 9, after=7.0, who="nowak"),
        event("call.interrupted", 50, after=7.0),
    )
    assert (row["ended"], row["outcome"]) == ("2026-11-22T20:00:09.000Z", "interrupted")
    assert (row["wait_seconds"], row["talk_seconds"]) == (7.0, None)


def test_what_comes_after_the_end_changes_nothing_but_the_recording() -> None:
    ended = call(event("call.ended", after=5.0, outcome="voicemail"))
    assert fold_call(ended, event("call.interrupted")) is ended
    later = fold_call(ended, event("call.message", recording="recordings/x.wav"))
    assert later is not None
    assert (later["recording"], later["outcome"]) == ("recordings/x.wav", "voicemail")


def test_a_ticket_goes_from_new_over_in_progress_to_done_and_back_when_somebody_takes_it_again() -> None:
    assert ticket()["state"] == "new"
    assert ticket(event("ticket.taken", 2, who="nowak"))["state"] == "in progress"
    assert ticket(event("ticket.taken", 2, who="nowak"), event("ticket.done", 3))["state"] == "done"
    again = ticket(event("ticket.done", 3), event("ticket.taken", 4, who="kowalska"))
    assert (again["state"], again["taken_by"]) == ("in progress", "kowalska")


def test_of_two_states_set_at_once_the_more_open_one_wins_in_either_order() -> None:
    taken = event("ticket.taken", 5, box="b", base="o", who="nowak")
    done = event("ticket.done", 6, box="a", base="o", who="kowalska")
    assert ticket(taken, done)["state"] == ticket(done, taken)["state"] == "in progress"
    assert ticket(taken, done)["base"] == ticket(done, taken)["base"]


def test_who_took_it_is_settled_by_the_hybrid_clock_in_either_order() -> None:
    early, late = event("ticket.taken", 5, box="b", who="nowak"), event("ticket.taken", 6, who="kowalska")
    assert ticket(early, late)["taken_by"] == ticket(late, early)["taken_by"] == "kowalska"


def test_notes_are_a_union_in_order_and_urgent_stays() -> None:
    one, two = event("ticket.noted", 5, text="dzwonię", who="biuro"), event("ticket.noted", 6, text="jadę", who="nowak")
    assert ticket(two, one)["notes"] == ticket(one, two)["notes"]
    assert [note["text"] for note in ticket(two, one)["notes"]] == ["dzwonię", "jadę"]
    joined = ticket(event("ticket.joined", 2, urgent=True), event("ticket.joined", 3, urgent=False))
    assert joined["urgent"] is True


def test_one_more_call_joins_a_ticket_once() -> None:
    row = fold_ticket(ticket(), event("ticket.joined", call_number=18))
    row = fold_ticket(row, event("ticket.joined", call_number=18))
    assert row is not None
    assert row["calls"] == [17, 18]


@pytest.mark.parametrize("fold", [fold_call, fold_ticket])
def test_a_kind_from_the_future_changes_nothing(fold: Any) -> None:
    assert fold(None, event("call.teleported", where="Kraków")) is None
    row = call() if fold is fold_call else ticket()
    assert fold(row, event("call.teleported")) is row


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)), max_size=12)
)
def test_folds_take_any_body_and_never_alter_the_row_before(happened: list[tuple[str, dict[str, Any]]]) -> None:
    row: Row | None = None
    job: Row | None = None
    for hlc, (kind, fields) in enumerate(happened, 1):
        before = repr((row, job))
        old = (row, job)
        each = event(kind, hlc, **fields)
        row, job = fold_call(row, each), fold_ticket(job, each)
        assert repr(old) == before


def test_what_is_personal_lies_apart_from_what_happened() -> None:
    body, personal = split("call.rung", {"who": "nowak", "phone": "+48600100200", "seconds": 4.0})
    assert (body, personal) == ({"who": "nowak", "seconds": 4.0}, {"phone": "+48600100200"})
    assert split("box.fault", {"text": "no disk"}) == ({"text": "no disk"}, {})
