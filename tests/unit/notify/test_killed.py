"""The power goes after any event of an urgent night: in the next life everybody on duty gets what they must, once.

Each life of these tests begins with the events that were on disk when the power went, and nothing else.
"""

import asyncio
import json
import random
from dataclasses import replace
from functools import cache

import pytest

from appliance.building import file
from appliance.building.model import LineConfig
from appliance.nights.disk import Disk, NightRegister
from appliance.notify.notifier import Notifier
from appliance.notify.simulated import SimulatedAir, SimulatedPost, SimulatedSms
from appliance.register import events
from appliance.register.event import Event
from appliance.register.ledger import Ledger, apply
from appliance.register.memory import MemoryRows
from appliance.register.watched import WatchedRegister
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from tests.scenarios.stage import EXAMPLES, KOWALSKA, NOWAK, SUNDAY_NIGHT, Night

SIM = LineConfig("sim", "gsm", ("+48600000001",), 1)
ACCEPTS = ("rings", "rings", "rings", "rings", "answers after 3 and presses 1")


def the_building():
    building = file.read(EXAMPLES / "lipowa7.toml")
    return replace(building, lines={**building.lines, "sim": SIM})


@cache
def lived(taken: bool) -> tuple[Event, ...]:
    """All events of a night: an urgent call, nobody answers; somebody takes it later, or nobody does."""
    night = Night()
    night.building = the_building()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, *(ACCEPTS if taken else ("rings",)))

    async def story():
        caller = night.resident()
        caller.presses("1")
        await asyncio.sleep(200.0)
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(1200.0 if taken else 30.0)

    night.play(story())
    return tuple(night.register.events)


def disk_after(past: tuple[Event, ...]) -> Disk:
    """What a card holds that has seen just these events."""
    rows = MemoryRows()
    for event in past:
        apply(event, rows)
    tickets, calls = (sum(each.kind == kind for each in past) for kind in (events.TICKET_OPENED, events.CALL_STARTED))
    ledger = Ledger(past[0].box, past[0].epoch, past[-1].seq, past[-1].hlc, 1 + calls, 1001 + tickets)
    return Disk(ledger, rows, list(past))


def next_life(past: tuple[Event, ...], *, disk: Disk | None = None) -> tuple[SimulatedAir, Disk]:
    """Switch on again, a minute after the last event, and let two hours pass."""
    disk = disk or disk_after(past)
    loop, air = VirtualLoop(), SimulatedAir()
    seconds = (past[-1].hlc - past[0].hlc) / (1 << 16) / 1000
    clock = VirtualClock(loop, SUNDAY_NIGHT)
    clock.step(seconds + 60.0)
    sim = SimulatedSms("sim", air)

    async def life():
        register = NightRegister(disk, clock, random.Random(9))
        watched = WatchedRegister(register)
        notifier = Notifier(
            watched,
            clock,
            building=the_building,
            overrides=lambda: (),
            sms=lambda: [sim],
            post=SimulatedPost(),
            settled=lambda ticket: None,
        )
        watched.hears, sim.listener = notifier.heard, notifier
        await register.recover()
        notifier.resume(list(disk.events))
        await asyncio.sleep(7200.0)
        assert notifier.waiting() == 0
        await register.close()

    run_virtually(loop, life())
    return air, disk


def texts(past: tuple[Event, ...], number: str) -> list[str]:
    """What was handed to the network for a number by then."""
    queued = {each.body["notice"]: each for each in past if each.kind == events.NOTICE_QUEUED}
    sent = [each.body["notice"] for each in past if each.kind == events.NOTICE_SENT]
    return [queued[each].personal["text"] for each in sent if queued[each].personal["phone"] == number]


def first_urgent(past: tuple[Event, ...]) -> int:
    return next(at for at, each in enumerate(past) if each.kind == events.CALL_URGENT)


def test_cut_after_any_event_and_everybody_on_duty_has_been_told():
    past = lived(False)
    assert len(past) > 25
    for at in range(first_urgent(past), len(past)):
        cut = past[: at + 1]
        air, _ = next_life(cut)
        tried = any(each.kind == events.NOTICE_TRIED for each in cut[-2:])
        for number in (NOWAK, KOWALSKA):
            all_texts = [*texts(cut, number), *air.to(number)]
            about = f"cut after {cut[-1].kind}, {number}: {all_texts}"
            assert any(each.startswith("NIKT NIE") for each in all_texts), about
            assert len(all_texts) <= 2 + tried, about
            assert len(set(all_texts)) >= len(all_texts) - tried, about


def test_cut_after_any_event_of_a_night_in_which_somebody_takes_it_nobody_is_sent_for_in_vain():
    past = lived(True)
    taken = next(at for at, each in enumerate(past) if each.kind == events.TICKET_TAKEN)
    for at in range(taken, len(past)):
        cut = past[: at + 1]
        air, _ = next_life(cut)
        assert not [text for _, text in air.texts if not text.startswith(("Masz", "Zgloszenie"))]
        assert [each[:4] for each in (*texts(cut, KOWALSKA), *air.to(KOWALSKA))].count("Masz") <= 1
        if not any(each.kind == events.NOTICE_TRIED for each in cut[-1:]):
            assert [each[:4] for each in (*texts(cut, KOWALSKA), *air.to(KOWALSKA))].count("Masz") == 1


def test_a_second_start_tells_nothing_again():
    past = lived(False)[: first_urgent(lived(False)) + 3]
    _, disk = next_life(past)
    air, _ = next_life(tuple(disk.events), disk=disk)
    assert air.texts == []


@pytest.mark.parametrize("months", [-3, 3])
def test_a_clock_that_leapt_meanwhile_keeps_nobody_from_being_told(months, monkeypatch):
    past = lived(False)[: first_urgent(lived(False)) + 3]
    monkeypatch.setattr("tests.unit.notify.test_killed.SUNDAY_NIGHT", SUNDAY_NIGHT.replace(month=11 + (months > 0)))
    air, _ = next_life(past)
    assert air.to(NOWAK) and air.to(KOWALSKA)


def test_what_was_erased_or_comes_from_a_newer_exchange_ends_no_start():
    past = lived(False)
    odd = [
        replace(each, personal={}, body={**json.loads(json.dumps(dict(each.body))), "occasion": "of 2031"})
        for each in past
    ]
    next_life(tuple(odd))
