"""When an update may begin, which bundle is for this box, and when the new version is well."""

from __future__ import annotations

import json

import pytest

from appliance.updating import journal as journals
from appliance.updating.allowed import (
    SPARE_BYTES,
    Box,
    newer,
    why_not_begin,
    why_not_install,
    why_not_restart,
    why_not_return,
)
from appliance.updating.healthy import PROVING_SECONDS, STEADY_SECONDS, Probation, Seen, Verdict, missing
from appliance.updating.journal import Journal, Line, found_at_start
from appliance.updating.slots import Bundle, Installation, Slot
from appliance.updating.states import Event, State

MACHINE = Installation("A", "A", {"A": Slot("1.2.0", True), "B": Slot("1.1.0", True)}, "boot-1", "box-arm64")
BUNDLE = Bundle("1.3.0", "box-arm64")
BEFORE = {"provider": Line("sip", True), "sim": Line("gsm", True), "old": Line("sip", False)}
WELL = Seen(page=True, register=True, sound=True, lines={"provider": True, "sim": True, "old": False})


@pytest.mark.parametrize(
    ("box", "why"),
    [
        (Box(), None),
        (Box(calls=2), "calls_up"),
        (Box(urgent=True), "urgent_waits"),
        (Box(unconfirmed=True), "unconfirmed_edit"),
        (Box(weak_power=True), "weak_power"),
        (Box(free_bytes=SPARE_BYTES + 99), "no_room"),
        (Box(free_bytes=SPARE_BYTES + 100), None),
    ],
)
def test_what_speaks_against_beginning(box, why):
    found = why_not_begin(box, 100)
    assert (found and found[0]) == why


def test_a_restart_waits_for_calls_but_not_for_room():
    assert why_not_restart(Box(calls=1)) == ("calls_up", {"count": "1"})
    assert why_not_restart(Box(urgent=True)) is not None
    assert why_not_restart(Box(free_bytes=0, weak_power=True)) is None


@pytest.mark.parametrize(
    ("version", "than", "is_newer"),
    [
        ("1.2.1", "1.2.0", True),
        ("1.10.0", "1.9.9", True),
        ("2.0.0", "1.99.99", True),
        ("1.2.0", "1.2.0", False),
        ("1.2.0+20261126", "1.2.0", False),
        ("1.2.0", "1.2.0-rc1", True),
        ("1.2.0-rc1", "1.2.0", False),
        ("1.2.0-rc.2", "1.2.0-rc.1", True),
        ("1.2.0-rc.10", "1.2.0-rc.9", True),
        ("1.2.0-rc.x", "1.2.0-rc.9", True),
        ("1.1.9", "1.2.0", False),
        ("banana", "1.2.0", False),
        ("1.2.0", "banana", True),
        ("", "", False),
    ],
)
def test_versions_are_ordered_as_semantic_versioning_has_it(version, than, is_newer):
    assert newer(version, than) is is_newer


def test_a_bundle_for_another_machine_or_an_older_one_is_refused():
    assert why_not_install(BUNDLE, MACHINE, downgrade=False) is None
    other = why_not_install(Bundle("1.3.0", "toaster"), MACHINE, downgrade=True)
    assert other == ("other_machine", {"bundle": "toaster", "machine": "box-arm64"})
    older = Bundle("1.1.0", "box-arm64")
    assert why_not_install(older, MACHINE, downgrade=False) == ("not_newer", {"bundle": "1.1.0", "running": "1.2.0"})
    assert why_not_install(older, MACHINE, downgrade=True) is None


def test_nothing_is_installed_over_the_version_that_would_be_gone_back_to():
    on_probation = Installation("B", "A", MACHINE.slots, "boot-2", "box-arm64")
    assert why_not_install(BUNDLE, on_probation, downgrade=True) == ("on_probation", {})
    assert why_not_return(on_probation) == ("on_probation", {})


def test_one_goes_back_only_to_what_is_there():
    assert why_not_return(MACHINE) is None
    for slot in (Slot("", True), Slot("1.1.0", False)):
        empty = Installation("A", "A", {"A": Slot("1.2.0", True), "B": slot}, "boot-1", "box-arm64")
        assert why_not_return(empty) == ("other_slot_empty", {})


def test_only_what_was_well_before_must_be_well_after():
    assert missing(BEFORE, WELL) == []
    assert missing(BEFORE, Seen(False, False, False, {"provider": False, "sim": True})) == [
        *("page", "register", "sound"),
        "line provider",
    ]


def test_a_line_that_was_taken_out_of_the_building_is_not_missed():
    assert missing(BEFORE, Seen(True, True, True, {"sim": True})) == []


def test_well_for_a_minute_is_well():
    probation = Probation(BEFORE, 100.0)
    assert probation.judge(WELL, 100.0) is Verdict.WAIT
    assert probation.judge(WELL, 100.0 + STEADY_SECONDS - 0.1) is Verdict.WAIT
    assert probation.judge(WELL, 100.0 + STEADY_SECONDS) is Verdict.STAY


def test_a_line_that_comes_and_goes_begins_the_minute_anew():
    probation, without = Probation(BEFORE, 0.0), Seen(True, True, True, {"provider": True, "sim": False})
    probation.judge(WELL, 0.0)
    assert probation.judge(without, 50.0) is Verdict.WAIT
    assert probation.missing == ["line sim"]
    assert probation.judge(WELL, 70.0) is Verdict.WAIT
    assert probation.judge(WELL, 70.0 + STEADY_SECONDS) is Verdict.STAY


def test_not_well_within_the_bound_is_not_well():
    probation, without = Probation(BEFORE, 0.0), Seen(False, True, True, {"provider": True, "sim": True})
    assert probation.judge(without, PROVING_SECONDS - 0.1) is Verdict.WAIT
    assert probation.judge(without, PROVING_SECONDS) is Verdict.LEAVE
    assert probation.missing == ["page"]


JOURNAL = Journal(
    id="7",
    state=State.PROVING,
    old_slot="A",
    new_slot="B",
    old_version="1.2.0",
    new_version="1.3.0",
    boot="boot-1",
    before=BEFORE,
    values={"why": "żółw"},
    kind="return",
    downgrade=True,
)


def at(booted: str, committed: str, boot: str = "boot-2") -> Installation:
    return Installation(booted, committed, MACHINE.slots, boot, "box-arm64")


@pytest.mark.parametrize(
    ("state", "machine", "event"),
    [
        (State.NONE, at("A", "A"), None),
        (State.DONE, at("B", "B"), None),
        (State.WRITING, at("A", "A"), Event.CUT_OFF),
        (State.WAITING, at("A", "A"), Event.CUT_OFF),
        (State.WAITING, at("B", "B"), Event.STOPPED),
        (State.RESTARTING, at("A", "A", "boot-1"), Event.NOT_YET),
        (State.RESTARTING, at("A", "A"), Event.IN_OLD),
        (State.RESTARTING, at("B", "A"), Event.IN_NEW),
        (State.PROVING, at("B", "A"), Event.IN_NEW),
        (State.PROVING, at("A", "A"), Event.IN_OLD),
        (State.PROVING, at("B", "B"), Event.COMMITTED),
        (State.COMMITTING, at("B", "B"), Event.COMMITTED),
        (State.COMMITTING, at("B", "A"), Event.IN_NEW),
        (State.COMMITTING, at("A", "A"), Event.IN_OLD),
        (State.LEAVING, at("A", "A"), Event.IN_OLD),
        (State.LEAVING, at("B", "A"), Event.IN_NEW),
    ],
)
def test_a_start_finds_out_what_has_become_of_an_update(state, machine, event):
    journal = Journal(**{**vars_of(JOURNAL), "state": state})
    assert found_at_start(journal, machine) is event
    if event is not None:
        journal.moved(event, "now")  # which is in the table


def vars_of(journal: Journal) -> dict:
    return {name: getattr(journal, name) for name in journal.__dataclass_fields__}


def test_the_journal_is_read_as_it_was_written(tmp_path):
    assert journals.read(tmp_path) == Journal()
    journals.write(tmp_path, JOURNAL)
    assert journals.read(tmp_path) == JOURNAL
    assert (tmp_path / "update" / "journal.json").stat().st_mode & 0o777 == 0o600


def test_a_journal_of_another_version_is_understood(tmp_path):
    """The one slot writes it, the other reads it: both an older and a newer program."""
    journals.write(tmp_path, JOURNAL)
    path = tmp_path / "update" / "journal.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "phase_of_the_moon": {"full": True}}))
    assert journals.read(tmp_path) == JOURNAL
    least = {"id": "7", "state": "proving", "old_slot": "A", "new_slot": "B"}
    path.write_text(json.dumps(least))
    assert journals.read(tmp_path) == Journal(id="7", state=State.PROVING, old_slot="A", new_slot="B")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"state": "dancing"}', '{"before": 7}', '{"before": {"a": 1}}']
)
def test_half_a_journal_is_none(tmp_path, text):
    (tmp_path / "update").mkdir()
    (tmp_path / "update" / "journal.json").write_text(text)
    assert journals.read(tmp_path) == Journal()
