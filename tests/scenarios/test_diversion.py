"""While the box is dead a SIM card's network calls the person on duty: told within minutes of a shift or a swap."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.building import file
from appliance.building.model import Override
from appliance.diverting.target import target
from appliance.lines.divert import DivertRefusedError
from appliance.lines.simulated import SimulatedLine
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, WARSAW
from tests.unit.requests.world import EXAMPLES, World, virtually

EVENING = datetime(2026, 11, 22, 21, 14, tzinfo=WARSAW)
HANDOVER = datetime(2026, 11, 23, 8, 0, tzinfo=WARSAW)
ROTATION = 'rotation = { every = "week", starts = "2026-11-16 08:00", people = ["nowak", "kowalska"] }\n'
SIM = '\n[[lines]]\nid = "sim"\nkind = "gsm"\nnumber = "+48600000001"\n'
MINUTE = 60.0


class Card(SimulatedLine):
    """A SIM card: its network is told to whom calls go while it cannot be reached."""

    stands = "up"

    def __init__(self, world: World) -> None:
        super().__init__("sim", ("+48600000001",), 1, world.network)
        self.told: list[tuple[datetime, str | None]] = []
        self.answer: Exception | None = None
        self._world = world

    async def divert(self, number: str | None) -> None:
        await asyncio.sleep(5)
        self.told.append((self._world.clock.now().astimezone(WARSAW), number))
        if self.answer is not None:
            raise self.answer


def changed(folder: Path, old: str, new: str) -> Path:
    text = (EXAMPLES / "lipowa7.toml").read_text("utf-8").replace("\n[outbound]", f"{SIM}\n[outbound]", 1)
    assert old in text
    folder.mkdir(exist_ok=True)
    (folder / "building.toml").write_text(text.replace(old, new, 1))
    return folder


def weekly(folder: Path) -> Path:
    return changed(folder, "confirm_shift = false", f"confirm_shift = false\n{ROTATION}#")


async def with_card(world: World) -> tuple[Card, asyncio.Task[None]]:
    card = Card(world)
    await card.start(world.prover.take)
    world.fleet.lines["sim"] = card
    return card, asyncio.ensure_future(world.diverter.run())


async def told(world: World) -> Any:
    status = await world.ask("status")
    assert status["lines"][0]["diverted"] is None, "a trunk has no such thing"
    return status["lines"][1]["diverted"]


def test_the_network_is_told_at_the_start_and_within_five_minutes_of_a_shift(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        assert await told(world) == {"to": None, "since": None, "refused": None}
        await asyncio.sleep(MINUTE)
        assert [number for _, number in card.told] == [NOWAK]
        assert (await told(world))["to"] == "nowak"
        await asyncio.sleep(12 * 60 * MINUTE)
        (_, first), (at, second) = card.told
        assert (first, second) == (NOWAK, KOWALSKA)
        assert timedelta(0) <= at - HANDOVER <= timedelta(minutes=5)
        assert (await told(world))["to"] == "kowalska"
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_a_swap_agreed_for_tonight_is_told_within_five_minutes_and_taken_back_at_its_end(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        await asyncio.sleep(10 * MINUTE)
        now = world.clock.now()
        swap = Override("pogotowie", "kowalska", "nowak", now, now + timedelta(hours=2))
        world.calls.overrides = (swap,)
        await asyncio.sleep(5 * MINUTE)
        assert [number for _, number in card.told] == [NOWAK, KOWALSKA]
        await asyncio.sleep(120 * MINUTE)
        assert [number for _, number in card.told] == [NOWAK, KOWALSKA, NOWAK]
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_a_refusal_is_a_fault_in_words_the_status_keeps_what_holds_and_it_is_tried_again(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        await asyncio.sleep(MINUTE)
        card.answer = DivertRefusedError("+CME ERROR: 30")
        await asyncio.sleep(11 * 60 * MINUTE)
        status = await told(world)
        assert (status["to"], status["refused"]) == ("nowak", "+CME ERROR: 30")
        (fault,) = world.faults.texts()
        assert "operator nie przyjął przekierowania na dyżurnego Anna Kowalska (+CME ERROR: 30)" in fault
        assert "Poprosić operatora karty" in fault
        assert len(card.told) == 2, "not hammered"
        card.answer = None
        await asyncio.sleep(61 * MINUTE)
        assert (await told(world))["to"] == "kowalska"
        assert (await told(world))["refused"] is None
        assert world.faults.texts() == []
        kinds = [
            (each.get("who"), each.get("refused")) for each in world.register.events if each.kind == "box.diverted"
        ]
        assert kinds == [("nowak", ""), ("kowalska", "+CME ERROR: 30"), ("kowalska", "")]
        assert not any(NOWAK in str(each.body) for each in world.register.events)
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_a_building_that_wants_none_has_it_taken_back_once_and_no_fault(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        card.answer = DivertRefusedError("+CME ERROR: 30")
        await asyncio.sleep(MINUTE)
        assert len(world.faults.texts()) == 1
        building = world.building
        lines = {**building.lines, "sim": replace(building.lines["sim"], divert=False)}
        world.following.building = replace(building, lines=lines)
        await asyncio.sleep(24 * 60 * MINUTE)
        assert [number for _, number in card.told] == [NOWAK, None]
        assert await told(world) == {"to": None, "since": None, "refused": None}
        assert world.faults.texts() == []
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_a_modem_that_is_not_there_is_no_refusal_and_is_told_when_it_is_back(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        card.answer = OSError("unplugged")
        await asyncio.sleep(3 * MINUTE)
        assert ((await told(world))["to"], world.faults.texts()) == (None, [])
        card.answer = None
        await asyncio.sleep(2 * MINUTE)
        assert (await told(world))["to"] == "nowak"
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_it_waits_for_the_end_of_a_call_on_the_card(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        caller = card.call(RESIDENT)
        await asyncio.sleep(0)
        await asyncio.sleep(MINUTE / 2)
        caller.hangs_up()
        before = len(card.told)
        await asyncio.sleep(2 * MINUTE)
        assert (before, len(card.told)) == (0, 1)
        work.cancel()

    virtually(weekly(tmp_path), story, EVENING)


def test_after_a_restart_it_is_known_to_whom_calls_went_and_the_network_is_told_anew(tmp_path):
    async def story(world):
        card, work = await with_card(world)
        await asyncio.sleep(2 * MINUTE)
        work.cancel()
        kept = [each for each in world.register.events if each.kind == "box.diverted"]
        world.diverter = type(world.diverter)(
            world.fleet.lines,
            lambda: world.building,
            lambda: (),
            world.clock,
            world.register,
            world.faults,
        )
        world.diverter.remember(kept)
        assert (await told(world))["to"] == "nowak"
        card.told.clear()
        await world.diverter.look()
        assert [number for _, number in card.told] == [NOWAK]
        assert len([each for each in world.register.events if each.kind == "box.diverted"]) == 1

    virtually(weekly(tmp_path), story, EVENING)


def test_who_cannot_be_reached_from_outside_is_passed_over(tmp_path):
    building = file.read(changed(tmp_path, 'phones = ["+48600100200"]', 'phones = ["ext:21"]') / "building.toml")
    found = target(building, EVENING)
    assert found is not None
    assert (found.who, found.number) == ("kowalska", KOWALSKA)
    assert target(replace(building, duties={}), EVENING) is None
