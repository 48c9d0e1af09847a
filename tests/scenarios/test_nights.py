"""Whole nights by chance: every promise of DESIGN holds at every moment, and each seed that ever failed is kept."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.calls import Calls
from appliance.nights import cli, invariants
from appliance.nights.night import Night, live
from appliance.nights.week import Week
from appliance.register.log import Committed

SEEDS = Path(__file__).parents[1] / "data" / "nights" / "seeds.txt"
NIGHTS, BATCH = 500, 50
ONE_SIM_NIGHTS = 150


def kept_seeds() -> list[int]:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("first", range(1, NIGHTS + 1, BATCH))
def test_nights_keep_every_promise(first, caplog):
    caplog.set_level("CRITICAL")
    for seed in range(first, first + BATCH):
        report = live(seed)
        assert not report.broken, f"dyzurka-night {seed}"


@pytest.mark.parametrize("first", range(1, ONE_SIM_NIGHTS + 1, BATCH))
def test_nights_of_a_box_with_just_a_sim_card_keep_every_promise(first, caplog):
    caplog.set_level("CRITICAL")
    for seed in range(first, first + BATCH):
        assert not live(seed, one_sim=True).broken, f"dyzurka-night --one-sim {seed}"


@pytest.mark.parametrize("seed", kept_seeds())
def test_night_that_once_failed_keeps_every_promise(seed, caplog):
    caplog.set_level("CRITICAL")
    assert not live(seed).broken


def test_same_seed_is_the_same_night(caplog):
    caplog.set_level("CRITICAL")
    first, second = live(41, whole=True), live(41, whole=True)
    assert first.story and first.story == second.story


def test_a_night_is_the_same_in_another_process_with_other_hashes():
    told = [
        subprocess.run(
            [sys.executable, "-c", "from appliance.nights.cli import night; night()", "--one-sim", "1"],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    ]
    assert told[0] and told[0] == told[1]


def test_a_night_is_told_step_by_step():
    try:
        told = CliRunner().invoke(cli.night, ["58"])
    finally:
        logging.disable(logging.NOTSET)  # the command silences its whole process, which is ours here
    assert told.exit_code == 0, told.output
    assert "calls +48" in told.output and "is rung at" in told.output


# A check that cannot fail is worth nothing: each of these nights is spoilt on purpose.


def spoilt(seed: int, monkeypatch, target: str, deed, *, one_sim: bool = False) -> set[str]:
    """The promises that a night breaks once this part of the product is replaced."""
    monkeypatch.setattr(target, deed)
    return {each.invariant for each in Night(seed, one_sim=one_sim).live().broken}


def promise(check) -> str:
    return (check.__doc__ or "").splitlines()[0]


async def _nothing(*args, **kwargs) -> None:
    """Does nothing, at once."""


def _not_at_all(*args, **kwargs) -> None:
    """Does nothing."""


@pytest.mark.parametrize(
    ("target", "deed", "check"),
    [
        ("appliance.callflow.reception._chase_where_needed", _nothing, invariants.urgent_calls_end_well),
        ("appliance.lines.simulated.SimulatedLeg.answer", _not_at_all, invariants.calls_are_answered),
        ("appliance.callflow.waiting.MOMENT_SECONDS", 30.0, invariants.no_silence),
        ("appliance.callflow.menu.DIALLING_SECONDS", -30.0, invariants.who_presses_nothing_is_helped),
        ("appliance.nights.invariants.HUNT_SECONDS", -300.0, invariants.hunts_end),
        ("appliance.lines.routing.Routing._shown", lambda *_: "+48500000000", invariants.only_allowed_numbers),
        ("appliance.callflow.call.Call.can_be_called_back", lambda call: call.leg.caller is not None,
         invariants.nothing_is_claimed_too_early),
        ("appliance.callflow.connecting._part", _not_at_all, invariants.bridges_end_together),
        ("appliance.callflow.waiting_room.WaitingRoom.leave", _not_at_all, invariants.nothing_is_left),
        ("appliance.nights.disk.findings", lambda *_: (), invariants.rows_are_closed),
        ("appliance.resuming.matters", lambda *_: (), invariants.urgent_tickets_are_taken),
        ("appliance.callflow.voicemail.MESSAGE_SECONDS", 60.0, invariants.messages_are_kept),
        ("appliance.nights.disk.Committed", lambda *given: Committed(*given[:2], given[2] + 1),
         invariants.numbers_are_true),
        ("appliance.notify.notifier.Notifier.heard", _not_at_all, invariants.duty_is_told_by_sms),
        ("appliance.lines.routing.Routing.on_a_call", lambda *_: False, invariants.nobody_is_rung_on_a_call),
        ("hardware.panel.contact.CLOSED_SECONDS", 20.0, invariants.contacts_ring_duty),
        ("appliance.callflow.chase._hunted", _nothing, invariants.contacts_ring_duty),
        ("hardware.panel.contact.CLOSED_SECONDS", 0.0, invariants.contacts_open_a_ticket_each),
    ],
)  # fmt: skip
def test_a_defect_is_found_within_some_nights(monkeypatch, caplog, target, deed, check):
    caplog.set_level("CRITICAL")
    found: set[str] = set()
    for seed in (8, 20, 41, 58, 186, 210, 542, *range(1000, 1060)):
        found |= spoilt(seed, monkeypatch, target, deed)
        if promise(check) in found:
            return
    pytest.fail(f"not noticed; noticed was {found}")


@pytest.mark.parametrize(
    ("target", "deed", "check"),
    [
        ("appliance.callflow.reception._chase_where_needed", _nothing, invariants.urgent_calls_end_well),
        ("appliance.callflow.call.Call.ticket_saved", _nothing, invariants.nothing_is_claimed_too_early),
        ("appliance.callflow.chase.Chased.taken_by", _nothing, invariants.urgent_tickets_are_taken),
    ],
)
def test_a_defect_on_the_only_line_is_found_within_some_nights(monkeypatch, caplog, target, deed, check):
    caplog.set_level("CRITICAL")
    assert any(promise(check) in spoilt(seed, monkeypatch, target, deed, one_sim=True) for seed in range(1, 41))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_week_the_exchange_holds_no_more_than_after_its_first_day(seed, caplog):
    caplog.set_level("CRITICAL")
    week = Week(seed)
    report = week.live()
    assert not report.broken
    assert len(week.grown()) >= 4
    assert all(day.objects <= 5 and day.tasks == 0 and day.files == 0 for day in week.grown())


def test_a_call_that_is_kept_for_ever_is_seen_by_the_week(monkeypatch, caplog):
    caplog.set_level("CRITICAL")
    kept = []
    take = Calls.take
    monkeypatch.setattr(Calls, "take", lambda calls, leg: (kept.append(leg), take(calls, leg)))
    week = Week(1)
    week.live()
    assert week.grown()[-1].objects > 20
