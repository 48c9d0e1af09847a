"""The trunk dies while people on duty are rung: the SIM card rings them at once, and the caller is never in silence."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from appliance.building.model import LineConfig
from appliance.health.way_watch import WayWatch
from appliance.lines.line import TRYING_SECONDS
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from tests.scenarios.stage import KOWALSKA, NOWAK, Night

ACCEPTS = "answers after 4 and presses 1"
SIM = "+48600000001"
NOTICED_SECONDS = 1.0  # from noticing that a line is down to the next ring
SILENCE_SECONDS = 2.0  # longer nobody waits without hearing anything


def night_with_sim() -> tuple[Night, SimulatedLine, WayWatch]:
    """The sample building with a SIM card beside its trunk, and what tells which way it works."""
    night = Night()
    card = LineConfig("sim", "gsm", (SIM,))
    trunk = night.building.lines["provider"]
    night.building = replace(night.building, lines={"provider": trunk, "sim": card})
    sim = night.lines["sim"] = SimulatedLine("sim", (SIM,), 1, night.network)
    return night, sim, WayWatch(night.lines, lambda: night.building, night.clock)


async def longest_silence(caller: SimulatedLeg) -> float:
    """The longest time in which the caller hears nothing, until they talk to somebody; looked at every 50 ms."""
    longest = quiet = 0.0
    while caller.up and caller.talking_to is None:
        await asyncio.sleep(0.05)
        quiet = 0.0 if caller.hearing else quiet + 0.05
        longest = max(longest, quiet)
    return longest


def test_the_trunk_dies_while_a_phone_rings_and_the_sim_rings_it_at_that_moment():
    night, sim, way = night_with_sim()
    nowak = night.person(NOWAK, "rings", ACCEPTS)

    async def story():
        caller = await calls_from_the_sim(night, sim)
        silence = asyncio.ensure_future(longest_silence(caller))
        assert (await nowak.is_rung()).line == "provider"
        await asyncio.sleep(6.0)
        died = night.clock.monotonic()
        night.line.broken = "silent"
        night.line.dies()
        night.line._fault = "no answer"
        assert (await nowak.is_rung()).line == "sim"
        assert night.clock.monotonic() - died < NOTICED_SECONDS
        assert way.now().pl == "Działa przez kartę SIM: łącze internetowe nie odpowiada od 21:14."
        await caller.talks()
        assert await silence < SILENCE_SECONDS
        caller.hangs_up()

    night.play(story())
    assert [each["line"] for each in night.row()["rung"]] == ["sim"]


async def calls_from_the_sim(night: Night, sim: SimulatedLine) -> SimulatedLeg:
    """A resident calls the SIM card's number, which has room for two here, and is in need."""
    sim.channels = 2
    caller = sim.call("+48501502503")
    caller.presses("1")
    await caller.hears("Dzwonimy do dyżurnego")
    return caller


def test_the_trunk_dies_between_two_people_and_the_second_is_rung_by_sim_within_a_second_of_noticing():
    night, sim, way = night_with_sim()
    nowak, kowalska = night.person(NOWAK, "rings"), night.person(KOWALSKA, ACCEPTS)

    async def story():
        caller = await calls_from_the_sim(night, sim)
        silence = asyncio.ensure_future(longest_silence(caller))
        leg = await nowak.is_rung()
        assert leg.line == "provider"
        night.line.broken = "silent"
        await leg.gone()
        given_up = night.clock.monotonic()
        rung = await kowalska.is_rung()
        assert rung.line == "sim"
        assert night.clock.monotonic() - given_up < TRYING_SECONDS + NOTICED_SECONDS
        assert way.now().level == "fallback"
        await caller.talks()
        assert await silence < SILENCE_SECONDS
        caller.hangs_up()

    night.play(story())
    assert [(each["who"], each["line"]) for each in night.row()["rung"]] == [("nowak", "provider"), ("kowalska", "sim")]


def test_what_is_known_to_be_down_costs_no_second_of_the_next_ring():
    night, sim, way = night_with_sim()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        night.line.broken, night.line._fault = "silent", "no answer"
        assert way.now().level == "fallback"
        caller = await calls_from_the_sim(night, sim)
        hunted = night.clock.monotonic()
        assert (await nowak.is_rung()).line == "sim"
        assert night.clock.monotonic() - hunted < NOTICED_SECONDS
        await caller.talks()
        caller.hangs_up()

    night.play(story())


def test_the_trunk_that_is_back_rings_again_by_itself_and_that_is_told():
    night, sim, way = night_with_sim()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        night.line.broken, night.line._fault = "silent", "no answer"
        assert way.now().level == "fallback"
        await asyncio.sleep(1800.0)
        night.line.broken, night.line._fault = "", None  # as a trunk's own OPTIONS notice
        assert (way.now().level, way.now().pl) == ("ok", "Łącze internetowe wróciło o 21:44: działa jak zwykle.")
        caller = await calls_from_the_sim(night, sim)
        assert (await nowak.is_rung()).line == "provider"
        await caller.talks()
        caller.hangs_up()

    night.play(story())
