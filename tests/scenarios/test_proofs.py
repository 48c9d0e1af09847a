"""Once a day the box calls itself over each line to each other; whoever calls meanwhile does not notice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.doctor.findings import findings
from appliance.doctor.probe import proofs_in
from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from appliance.proving.plan import Pair, attempts_in
from tests.scenarios.stage import NOWAK, RESIDENT, WARSAW
from tests.unit.doctor_facts import WELL
from tests.unit.requests.world import EXAMPLES, Phone, World, virtually

EVENING = datetime(2026, 11, 22, 21, 14, tzinfo=WARSAW)
TRUNK, SIM = "+48221234567", "+48600000001"
SECOND_LINE = '\n[[lines]]\nid = "sim"\nkind = "gsm"\nnumber = "+48600000001"\n'
OUT, IN = Pair("provider", "sim"), Pair("sim", "provider")
HOUR = 3600.0


def with_sim(folder: Path, more: str = SECOND_LINE, test_call: str = "10:15") -> Path:
    """The sample building with a SIM card beside its trunk."""
    text = (EXAMPLES / "lipowa7.toml").read_text("utf-8")
    text = text.replace('language = "pl"', f'language = "pl"\ntest_call = "{test_call}"', 1)
    folder.mkdir(exist_ok=True)
    (folder / "building.toml").write_text(text.replace("\n[outbound]", f"{more}\n[outbound]", 1))
    return folder


def lines(world: World) -> tuple[SimulatedLine, SimulatedLine]:
    """Trunk and SIM, whose numbers lead to each other."""
    found = tuple(world.fleet.lines[each] for each in ("provider", "sim"))
    for line in found:
        assert isinstance(line, SimulatedLine)
        world.network.leads_to(line)
    return found  # type: ignore[return-value]


def proving(world: World) -> asyncio.Task[None]:
    return asyncio.ensure_future(world.prover.run())


def results(world: World) -> list[tuple[str, str, str]]:
    """The test calls that the register has."""
    return [(each.pair.calling, each.pair.called, each.result) for each in attempts_in(world.register.events)]


async def proofs(world: World, line: str = "provider") -> list[dict[str, Any]]:
    status = await world.ask("status")
    return next(each["proofs"] for each in status["lines"] if each["id"] == line)


def test_both_ways_are_proved_soon_after_the_start_then_once_a_day_and_the_register_has_no_call(tmp_path):
    async def story(world):
        trunk, sim = lines(world)
        work = proving(world)
        await asyncio.sleep(HOUR / 2)
        assert sorted(results(world)) == [("provider", "sim", "proved"), ("sim", "provider", "proved")]
        assert (trunk.shown, sim.shown) == ([TRUNK], [SIM])
        await asyncio.sleep(12 * HOUR)
        assert len(results(world)) == 2
        await asyncio.sleep(2 * HOUR)
        assert len(results(world)) == 4
        await asyncio.sleep(6 * 24 * HOUR)
        assert len(results(world)) == 4 + 2 * 6
        assert {each[2] for each in results(world)} == {"proved"}
        assert world.register.calls() == []
        assert world.faults.texts() == []
        work.cancel()

    virtually(with_sim(tmp_path), story, EVENING)


def test_the_status_tells_the_last_proof_of_each_line_and_when_the_next_is_due(tmp_path):
    async def story(world):
        lines(world)
        assert (await proofs(world))[0] == {
            "way": "out",
            "with": "sim",
            "at": None,
            "result": None,
            "seconds": None,
            "proved": None,
        }
        work = proving(world)
        await asyncio.sleep(HOUR / 2)
        out, back = await proofs(world)
        assert (out["way"], out["with"], out["result"]) == ("out", "sim", "proved")
        assert (back["way"], back["with"], back["result"]) == ("in", "sim", "proved")
        assert out["proved"] == out["at"]
        assert out["at"].startswith("2026-11-22T21:1")
        assert 1.0 < out["seconds"] < 10.0
        status = await world.ask("status")
        assert status["test_calls"]["next"].startswith("2026-11-23T10:")
        assert status["test_calls"]["why_not"] is None
        work.cancel()

    virtually(with_sim(tmp_path), story, EVENING)


def test_a_box_with_one_line_says_that_it_cannot_prove_itself_and_has_no_fault(tmp_path):
    async def story(world):
        work = proving(world)
        await asyncio.sleep(72 * HOUR)
        assert (await world.ask("status"))["test_calls"] == {"next": None, "why_not": "one line"}
        assert (await proofs(world), results(world), world.faults.texts()) == ([], [], [])
        work.cancel()

    virtually(with_sim(tmp_path, more=""), story, EVENING)


def test_never_means_never(tmp_path):
    async def story(world):
        lines(world)
        work = proving(world)
        await asyncio.sleep(72 * HOUR)
        assert (await world.ask("status"))["test_calls"] == {"next": None, "why_not": "never"}
        assert (results(world), world.faults.texts()) == ([], [])
        work.cancel()

    virtually(with_sim(tmp_path, test_call="never"), story, EVENING)


async def deaf(leg: SimulatedLeg, line: SimulatedLine, *, hears: bool) -> Cause | None:
    """The call comes in on the line, and its sound in one direction only: `hears` what the calling end says."""
    far = line.call(leg.caller, leg.called)
    (leg if hears else far).comes_out = far if hears else leg
    link = asyncio.ensure_future(leg.gone())
    link.add_done_callback(lambda done: far.hangup())
    await far.is_answered()
    return None


def answered_by_a_stranger(leg: SimulatedLeg, line: SimulatedLine) -> Any:
    async def deed() -> Cause | None:
        return None

    return deed()


def with_another_number(leg: SimulatedLeg, line: SimulatedLine) -> Any:
    async def deed() -> Cause | None:
        leg.comes_out = line.call(None, leg.called)
        leg.comes_out.comes_out = leg
        await leg.comes_out.is_answered()
        return None

    return deed()


def refusing(cause: Cause) -> Any:
    async def deed(leg: SimulatedLeg, line: SimulatedLine) -> Cause | None:
        return cause

    return deed


async def ringing(leg: SimulatedLeg, line: SimulatedLine) -> Cause | None:
    await asyncio.sleep(HOUR)
    return None


@pytest.mark.parametrize(
    ("deed", "came", "words"),
    [
        (ringing, "no answer", "połączenie nie doszło. Zadzwonić na +48600000001 z własnego telefonu"),
        (refusing(Cause.BUSY), "busy", "numer był zajęty"),
        (refusing(Cause.WRONG_NUMBER), "wrong number", "Sprawdzić w pliku budynku number linii sim"),
        (answered_by_a_stranger, "answered elsewhere", "odebrał kto inny niż ta Dyżurka"),
        (with_another_number, "not recognised", "Poprosić operatora linii provider, żeby pokazywał jej numer"),
        (
            lambda leg, line: deaf(leg, line, hears=True),
            "no sound back",
            "na linii provider nie było słychać linii sim",
        ),
        (
            lambda leg, line: deaf(leg, line, hears=False),
            "no sound out",
            "na linii sim nie było słychać linii provider",
        ),
    ],
)
def test_what_failed_is_named_and_after_26_hours_without_proof_it_is_a_fault_with_a_remedy(tmp_path, deed, came, words):
    async def story(world):
        _, sim = lines(world)
        world.network.people[SIM] = lambda leg: deed(leg, sim)
        work = proving(world)
        await asyncio.sleep(5 * HOUR)
        assert [each[2] for each in results(world) if each[:2] == ("provider", "sim")] == [came] * 3
        assert (await proofs(world))[0]["result"] == came
        assert world.faults.texts() == []
        await asyncio.sleep(22 * HOUR)
        (fault,) = world.faults.texts()
        assert "nie udało się połączenie próbne z linii provider na linię sim" in fault
        assert words in fault
        assert [each["urgent"] for each in world.register.calls()].count(True) == 0
        world.network.leads_to(sim)
        await asyncio.sleep(24 * HOUR)
        assert world.faults.texts() == []
        work.cancel()

    virtually(with_sim(tmp_path), story, EVENING)


def test_a_line_that_is_down_is_not_called_and_is_named_when_its_proof_is_missing(tmp_path):
    async def story(world):
        _, sim = lines(world)
        sim.broken = "refusing"
        sim._fault = "no SIM card"
        work = proving(world)
        await asyncio.sleep(27 * HOUR)
        assert (results(world), world.network.rung) == ([], [])
        assert len(world.faults.texts()) == 2
        assert all("jedna z tych linii nie działa" in each for each in world.faults.texts())
        sim.broken = ""
        sim._fault = None
        await asyncio.sleep(60)
        assert [each[2] for each in results(world)] == ["proved", "proved"]
        assert world.faults.texts() == []
        work.cancel()

    virtually(with_sim(tmp_path), story, EVENING)


def test_it_waits_for_the_end_of_a_call_and_until_somebody_has_taken_an_urgent_ticket(tmp_path):
    async def story(world):
        trunk, _ = lines(world)
        Phone(world, NOWAK, Cause.NO_ANSWER, seconds=20)
        caller = trunk.call(RESIDENT)
        await caller.hears("Lipowa")
        caller.presses("1")
        await asyncio.sleep(10)
        caller.hangs_up()
        work = proving(world)
        await asyncio.sleep(3 * HOUR)
        assert world.calls.aftercare.urgent_waits()
        assert results(world) == []
        await world.ask("ticket_take", ticket=1001, who="anna")
        await asyncio.sleep(90)
        assert [each[2] for each in results(world)] == ["proved", "proved"]
        work.cancel()

    virtually(with_sim(tmp_path), story, EVENING)


def test_a_resident_who_calls_during_a_test_call_is_answered_at_once_and_ends_it(tmp_path):
    async def story(world):
        trunk, sim = lines(world)
        test = asyncio.ensure_future(world.prover.prove(OUT))
        await asyncio.sleep(0.1)
        assert sim.free_channels() == 0
        caller = trunk.call(RESIDENT)
        await caller.is_answered()
        await asyncio.sleep(0.5)
        assert sim.free_channels() == 1
        await caller.hears("Lipowa")
        assert await test == "interrupted"
        assert caller.up
        caller.hangs_up()
        await asyncio.sleep(1)
        assert [each["caller"] for each in world.register.calls()] == [RESIDENT]

    virtually(with_sim(tmp_path), story, EVENING)


def test_a_resident_on_the_line_that_is_being_called_is_not_taken_for_the_test(tmp_path):
    async def story(world):
        _, sim = lines(world)
        sim.channels = 2
        world.network.people[SIM] = lambda leg: ringing(leg, sim)
        test = asyncio.ensure_future(world.prover.prove(OUT))
        await asyncio.sleep(2)
        caller = sim.call(RESIDENT, SIM)
        await caller.hears("Lipowa")
        assert await test == "interrupted"
        assert "0123456789" not in caller.pressed_by_box
        assert caller.pressed_by_box == ""
        caller.hangs_up()

    virtually(with_sim(tmp_path), story, EVENING)


def test_a_resident_whose_diverted_call_shows_our_own_number_is_answered_like_any_other(tmp_path):
    """The provider diverts calls to the trunk to the SIM card and shows the trunk's number: the digits do not come."""

    async def story(world):
        _, sim = lines(world)
        sim.channels = 2
        world.network.people[SIM] = lambda leg: ringing(leg, sim)
        test = asyncio.ensure_future(world.prover.prove(OUT))
        await asyncio.sleep(2)
        began = world.clock.monotonic()
        caller = sim.call(TRUNK, SIM)
        await caller.is_answered()
        assert await caller.hears("Lipowa") - began < 10.0
        assert await test == "no answer"
        assert [each["caller"] for each in world.register.calls()] == [TRUNK]
        caller.presses("2")
        await caller.hears("(beep)")
        caller.hangs_up()
        await asyncio.sleep(5)

    virtually(with_sim(tmp_path), story, EVENING)


def test_what_was_proved_is_known_after_a_restart(tmp_path):
    async def story(world):
        lines(world)
        assert await world.prover.prove(OUT) == "proved"
        await asyncio.sleep(1)  # for the register's commit
        before = await proofs(world)
        kept = list(attempts_in(world.register.events))
        world.prover.remember(())
        assert (await proofs(world))[0]["proved"] is None
        world.prover.remember(kept)
        after = await proofs(world)
        assert [each["result"] for each in after] == ["proved", None]
        moment = datetime.fromisoformat
        assert abs(moment(after[0]["proved"]) - moment(before[0]["proved"])) < timedelta(seconds=30)

    virtually(with_sim(tmp_path), story, EVENING)


# -- a copper line by a gateway, which answers as soon as it has dialled -----------------------------------------------

COPPER = "+48224445566"
GATEWAY = """
[[lines]]
id = "copper"
kind = "sip"
gateway = "ht813"
server = "192.0.2.50"
number = "+48224445566"
channels = 1
dial_format = "national"
"""
BY_COPPER = Pair("copper", "provider")


def by_copper(world: World) -> tuple[SimulatedLine, SimulatedLine]:
    """Trunk and copper line, whose numbers lead to each other; the gateway says "answered" at once."""
    trunk, copper = (world.fleet.lines[each] for each in ("provider", "copper"))
    assert isinstance(trunk, SimulatedLine) and isinstance(copper, SimulatedLine)
    world.network.leads_to(trunk)
    world.network.leads_to(copper)
    copper.early = "gateway"
    return trunk, copper


def test_a_gateway_answers_long_before_the_call_is_here_and_the_line_is_proved_all_the_same(tmp_path):
    async def story(world):
        by_copper(world)
        there = world.network.people[TRUNK]

        async def after_a_while(leg: SimulatedLeg) -> Cause | None:
            await asyncio.sleep(12.0)
            return await there(leg)

        world.network.people[TRUNK] = after_a_while
        assert await world.prover.prove(BY_COPPER) == "proved"
        assert await world.prover.prove(Pair("provider", "copper")) == "proved"

    virtually(with_sim(tmp_path, more=GATEWAY), story, EVENING)


def into_nothing(leg: SimulatedLeg) -> Any:
    return asyncio.sleep(HOUR, Cause.NO_ANSWER)


async def busy_tone(leg: SimulatedLeg) -> Cause | None:
    return Cause.BUSY


@pytest.mark.parametrize(("deed", "came"), [(into_nothing, "no answer"), (busy_tone, "busy")])
def test_a_gateways_answer_alone_proves_nothing(tmp_path, deed, came):
    async def story(world):
        by_copper(world)
        world.network.people[TRUNK] = deed
        assert await world.prover.prove(BY_COPPER) == came

    virtually(with_sim(tmp_path, more=GATEWAY), story, EVENING)


def test_a_copper_line_that_died_behind_its_gateway_is_a_fault_that_status_lamps_and_doctor_tell(tmp_path):
    """The gateway is there and its line "up": only the test calls, both ways, get nowhere."""

    async def story(world):
        by_copper(world)
        work = proving(world)
        await asyncio.sleep(HOUR)
        assert {each[2] for each in results(world)} == {"proved"}
        assert (await world.ask("status"))["lamps"]["status"] == "green"
        world.network.people[TRUNK] = world.network.people[COPPER] = into_nothing
        await asyncio.sleep(27 * HOUR)
        status = await world.ask("status")
        assert {each["state"] for each in status["lines"]} == {"up"}
        assert len(status["faults"]) == 2
        for calling, called in (("provider", "copper"), ("copper", "provider")):
            told = f"nie udało się połączenie próbne z linii {calling} na linię {called}: połączenie nie doszło"
            assert any(told in each for each in status["faults"])
        assert status["lamps"]["status"] == "red"
        facts = replace(WELL, language="pl", running=True, faults=tuple(status["faults"]), proofs=proofs_in(status))
        said = [each.line("pl") for each in findings(facts) if each.level == "note"]
        assert [each.count("Centrala zgłasza: Od ") for each in said].count(1) == 2
        assert any("z linii provider na linię copper nie udało się" in each for each in said)
        world.network.leads_to(world.fleet.lines["provider"])
        world.network.leads_to(world.fleet.lines["copper"])
        await asyncio.sleep(24 * HOUR)
        assert (await world.ask("status"))["faults"] == []
        work.cancel()

    virtually(with_sim(tmp_path, more=GATEWAY), story, EVENING)
