"""Nights without mains: who hears of it and when, what a call notices of it, and what the register knows afterwards."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime

from appliance.building.model import LineConfig, Mains
from appliance.faults import Faults
from appliance.mains.keeper import LOOK_SECONDS, MainsKeeper
from appliance.mains.rest import BACK_SECONDS, LONGEST_SECONDS, SILENT_SECONDS, until_mains
from appliance.notify.notice import Notice
from appliance.register import events
from hardware.mains.reading import Reading
from hardware.mains.simulated import SimulatedUps
from tests.scenarios.stage import KOWALSKA, NOWAK, WARSAW, Night

SIM = LineConfig("sim", "gsm", ("+48600000001",), 1)
TWO_AT_NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=WARSAW)
BY_UPS = Mains(ups="ups@localhost")


class DarkNight(Night):
    """Lipowa 7 at two at night, with a SIM card and a UPS; `stopped`: when the exchange was told to stop."""

    def __init__(self, mains: Mains = BY_UPS) -> None:
        super().__init__(start=TWO_AT_NIGHT)
        self.building = replace(self.building, lines={**self.building.lines, "sim": SIM}, mains=mains)
        self.ups, self.troubles = SimulatedUps(), Faults(self.clock)
        self.stopped: list[float] = []

    def keeper(self) -> MainsKeeper:
        return MainsKeeper(
            self.register,
            self.clock,
            self,
            building=lambda: self.building,
            overrides=lambda: self.overrides,
            faults=self.troubles,
            make=lambda _: self.ups,
        )

    def tell(self, notice: Notice) -> None:
        self.notifier.tell(notice)

    def telling(self) -> int:
        return self.notifier.waiting()

    def urgent(self) -> bool:
        return any(call.urgent for call in self.calls.up.values())

    async def stop(self, config: Mains) -> None:
        self.stopped.append(self.clock.monotonic())

    def power(self) -> list[str]:
        """What the register knows of the mains."""
        return [str(each.body["state"]) for each in self.register.events if each.kind == events.BOX_POWER]

    def live(self, story, past=()) -> None:
        """Live the story with the mains being watched."""

        async def whole():
            self.kept = self.keeper()
            self.kept.remember(past)
            watching = asyncio.create_task(self.kept.run())
            await story()
            watching.cancel()
            await asyncio.wait({watching})

        self.play(whole())


def test_mains_lost_at_two_at_night_during_an_urgent_call_are_told_within_a_minute_and_the_call_goes_on():
    night = DarkNight()
    night.person(NOWAK, "answers after 20 and presses 1")
    night.person(KOWALSKA, "rings")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await asyncio.sleep(5)
        night.ups.mains_go(minutes=235)
        await asyncio.sleep(60)
        assert [text for text in night.air.to(NOWAK) if "brak" in text] == [
            "Dyzurka Lipowa 7: brak pradu od 02:00. Dziala z baterii, jeszcze okolo 3 h 55 min."
        ]
        assert "Brak prądu od 02:00" in night.troubles.by_part()["mains"]
        assert night.kept.told() == {
            "state": "battery",
            "source": "nut",
            "since": night.kept.told()["since"],
            "charge": 50.0,
            "minutes": 235,
        }
        caller.hangs_up()
        await caller.gone()
        night.ups.mains_come_back()
        await asyncio.sleep(60)

    night.live(story)
    assert night.row()["outcome"] == "answered"
    assert night.power() == ["lost", "back"]
    assert night.troubles.by_part() == {}
    assert len([text for _, text in night.air.texts if "wrocil" in text]) == 1


def test_a_flicker_is_not_told():
    night = DarkNight()

    async def story():
        for _ in range(50):
            night.ups.mains_go()
            await asyncio.sleep(6)
            night.ups.mains_come_back()
            await asyncio.sleep(30)

    night.live(story)
    assert (night.power(), night.air.texts) == ([], [])


def test_the_battery_ends_while_an_urgent_call_is_up_which_is_let_finish():
    night = DarkNight()
    night.person(NOWAK, "answers after 20 and presses 1")
    night.person(KOWALSKA, "rings")

    async def story():
        night.ups.mains_go(minutes=60)
        await asyncio.sleep(30)
        caller = night.resident()
        caller.presses("1")
        await asyncio.sleep(60)
        night.ups.mains_go(minutes=9)
        await asyncio.sleep(60)
        assert night.stopped == []
        caller.hangs_up()
        await caller.gone()
        over = night.clock.monotonic()
        await asyncio.sleep(60)
        assert len(night.stopped) == 1
        assert night.stopped[0] - over <= LOOK_SECONDS + 6.0

    night.live(story)
    assert night.power() == ["lost", "ending", "resting"]
    assert [text for text in night.air.to(NOWAK) if "zatrzymuje" in text] != []


def test_a_call_that_outlasts_the_battery_does_not_keep_the_register_open():
    night = DarkNight()
    night.person(NOWAK, "answers after 5 and presses 1")
    night.person(KOWALSKA, "rings")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await asyncio.sleep(30)
        night.ups.mains_go(low=True)
        await asyncio.sleep(120)
        assert len(night.stopped) == 1
        caller.hangs_up()
        await caller.gone()

    night.live(story)


def test_mains_that_come_back_in_time_call_the_stop_off():
    night = DarkNight()
    night.person(NOWAK, "answers after 5 and presses 1")

    async def story():
        caller = night.resident()
        caller.presses("1")
        night.ups.mains_go(minutes=9)
        await asyncio.sleep(60)
        night.ups.mains_come_back()
        await asyncio.sleep(60)
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(60)

    night.live(story)
    assert night.power() == ["lost", "ending", "back"]
    assert night.stopped == []


def test_the_next_life_knows_of_the_outage_and_tells_that_it_is_over():
    first = DarkNight()

    async def goes():
        first.ups.mains_go(minutes=9)
        await asyncio.sleep(300)

    first.live(goes)
    assert first.power() == ["lost", "ending", "resting"]
    past = [each for each in first.register.events if each.kind == events.BOX_POWER]
    second = DarkNight()

    async def comes_back():
        await asyncio.sleep(60)

    second.live(comes_back, past)
    assert second.power() == ["back"]
    assert [text for text in second.air.to(NOWAK) if "wrocil" in text] != []


def test_a_ups_that_lies_does_not_silence_the_building_twice():
    first = DarkNight(Mains(pin=6, battery_minutes=30))

    async def goes():
        first.ups.mains_go()
        await asyncio.sleep(3600)

    first.live(goes)
    assert len(first.stopped) == 1
    second = DarkNight(Mains(pin=6, battery_minutes=30))
    second.ups.mains_go()

    async def stays():
        await asyncio.sleep(4 * 3600)
        assert "przewód" in second.troubles.by_part()["battery"]

    second.live(stays, [each for each in first.register.events if each.kind == events.BOX_POWER])
    assert (second.stopped, second.power()) == ([], [])


def test_a_ups_that_cannot_be_asked_is_a_fault_with_a_remedy_and_no_outage():
    night = DarkNight()

    async def story():
        night.ups.now = Reading(None, trouble="away", detail="nobody there")
        await asyncio.sleep(60)
        assert "systemctl start nut-server" in night.troubles.by_part()["ups"]
        assert night.kept.told()["state"] == "unknown"
        night.ups.mains_come_back()
        await asyncio.sleep(10)
        assert night.troubles.by_part() == {}

    night.live(story)
    assert night.power() == []


def test_at_rest_the_box_waits_for_the_mains_but_not_for_ever():
    for after, reading, why in (
        (BACK_SECONDS, Reading(False), "back"),
        (SILENT_SECONDS, Reading(None, trouble="away"), "silent"),
        (LONGEST_SECONDS, Reading(True), "again"),
    ):
        night = DarkNight()
        alive: list[float] = []

        async def story(night=night, alive=alive, after=after, reading=reading, why=why):
            night.ups.now = reading
            begun = night.clock.monotonic()
            signs = lambda: alive.append(night.clock.monotonic())  # noqa: E731
            assert await until_mains(night.ups, night.clock, signs) == why
            assert night.clock.monotonic() - begun == after
            assert all(b - a <= LOOK_SECONDS for a, b in itertools.pairwise(alive))

        night.play(story())
