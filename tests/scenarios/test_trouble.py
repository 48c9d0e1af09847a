"""When something of ours fails: the disk, a step of the call, a line, the exchange itself."""

import asyncio

from appliance.callflow import reception
from appliance.lines.simulated import SimulatedLine
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, STRANGER, Night

ACCEPTS = "answers after 4 and presses 1"


def test_message_that_cannot_be_saved_is_not_claimed_and_the_caller_reaches_a_human():
    night = Night()
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("2")
        await caller.hears("(beep)")
        night.register.fails = True
        caller.speaks(3.0)
        await asyncio.sleep(3.0)
        caller.presses("#")
        await caller.hears("Nie udało się zapisać. Łączymy z człowiekiem.")
        await caller.talks()
        night.register.fails = False
        assert not any("Zapisane" in each.text for each in caller.heard)
        caller.hangs_up()

    night.play(story())


def test_urgent_call_is_hunted_though_nothing_can_be_written():
    night = Night()
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident()
        await caller.hears("Dobry wieczór")
        night.register.fails = True
        caller.presses("1")
        await caller.talks()
        night.register.fails = False
        caller.hangs_up()

    night.play(story())


def test_step_that_fails_puts_the_caller_to_a_human(monkeypatch):
    night = Night()
    night.person(NOWAK, ACCEPTS)

    async def broken(call, config):
        raise RuntimeError("a defect")

    monkeypatch.setattr(reception, "voicemail", broken)

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("2")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["urgent"]) == ("answered", True)


def test_step_that_fails_and_nobody_there_leaves_an_urgent_ticket(monkeypatch):
    night = Night()
    night.person(NOWAK, "busy")
    night.person(KOWALSKA, "busy")

    async def broken(call, config):
        raise RuntimeError("a defect")

    monkeypatch.setattr(reception, "voicemail", broken)

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("2")
        await caller.gone()

    night.play(story())
    assert night.row()["outcome"] == "failed"
    assert night.register.tickets()[0]["urgent"] is True


def two_lines(night: Night) -> SimulatedLine:
    """A second line beside the provider's, tried after it."""
    second = SimulatedLine("sim", ("+48600000001",), 1, night.network)
    night.lines["sim"] = second
    return second


def test_silent_provider_is_noticed_after_three_seconds_and_the_next_line_rings():
    night = Night()
    two_lines(night)
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident()
        await caller.hears("Dobry wieczór")
        night.line.broken = "silent"
        caller.presses("1")
        begun = await caller.hears("Dzwonimy do dyżurnego")
        leg = await nowak.is_rung()
        assert night.clock.monotonic() - begun == 3.0
        assert (leg.line, leg.caller) == ("sim", "+48600000001")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["rung"][0]["line"] == "sim"


def test_provider_that_never_rings_is_given_up_after_fifteen_seconds():
    night = Night()
    two_lines(night)
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident()
        await caller.hears("Dobry wieczór")
        night.line.broken = "deaf"
        caller.presses("1")
        begun = await caller.hears("Dzwonimy do dyżurnego")
        await nowak.is_rung()
        assert night.clock.monotonic() - begun == 15.0
        await caller.talks()
        caller.hangs_up()

    night.play(story())


def test_full_line_is_the_next_line_at_once():
    night = Night()
    night.line.channels = 1
    two_lines(night)
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.hears("Dzwonimy do dyżurnego")
        leg = await nowak.is_rung()
        assert leg.line == "sim"
        await caller.talks()
        caller.hangs_up()

    night.play(story())


def test_exchange_that_stops_closes_the_row_and_keeps_the_message():
    night = Night()

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("2")
        await caller.hears("(beep)")
        caller.speaks(3.0)
        await asyncio.sleep(3.0)
        await night.calls.stop()
        assert not caller.up

    night.play(story())
    assert (night.row()["outcome"], night.row()["ticket"]) == ("voicemail", 1001)


def test_exchange_that_stops_in_the_middle_of_a_hunt_says_interrupted_and_leaves_the_ticket():
    night = Night()
    night.person(NOWAK, "rings")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.hears("Dzwonimy do dyżurnego")
        await night.calls.stop()

    night.play(story())
    assert night.row()["outcome"] == "interrupted"
    assert night.register.tickets()[0]["state"] == "new"
