"""The whole panel on simulated pins and the virtual clock: what burns, sounds and happens, second by second."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from appliance.building.file import read
from appliance.building.model import Panel as Pins
from appliance.panel.panel import POWER_ON_SECONDS, Panel, Shown
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from hardware.panel.simulated import SimulatedPins

LIPOWA = read(Path(__file__).parents[3] / "examples" / "lipowa7.toml")
GREEN, AMBER, RED, PANIC, BUZZER, BUTTON = 17, 27, 22, 23, 24, 25
WELL = Shown("green", "off")
TICKET = Shown("green", "on", (frozenset({"ticket-1"}),))


class Lodge:
    """A panel whose exchange stands as `shown` says."""

    def __init__(self, shown: Shown = WELL, panel: Pins | None = None) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
        self.pins = SimulatedPins()
        panel = panel or Pins({"green": GREEN, "amber": AMBER, "red": RED}, PANIC, BUZZER, BUTTON)
        self.building = replace(LIPOWA, panel=panel)
        self.shown = shown
        self.resets: list[float] = []
        self.faults: dict[str, str | None] = {}

    def play(self, story, *, after: float = 0.0) -> None:
        async def whole():
            await asyncio.sleep(after)
            self.panel = Panel(
                self.pins,
                self.clock,
                building=lambda: self.building,
                shown=lambda: self.shown,
                reset=lambda: self.resets.append(self.loop.time()),
                tell=self.faults.__setitem__,
            )
            running = asyncio.create_task(self.panel.run())
            await asyncio.sleep(0.01)
            await story
            running.cancel()
            await asyncio.wait({running})

        run_virtually(self.loop, whole())
        assert not any(self.pins.burns(pin) for pin in range(28)), "a panel that has ended is dark"

    def burning(self) -> set[int]:
        return {pin for pin in (GREEN, AMBER, RED, PANIC, BUZZER) if self.pins.burns(pin)}

    async def seen(self, seconds: float) -> set[int]:
        """Everything that burnt for a moment."""
        seen: set[int] = set()
        for _ in range(int(seconds / 0.05)):
            seen |= self.burning()
            await asyncio.sleep(0.05)
        return seen

    async def press(self, seconds: float) -> None:
        self.pins.puts(BUTTON, True)
        await asyncio.sleep(seconds)
        self.pins.puts(BUTTON, False)
        await asyncio.sleep(0.05)

    @property
    def wrong(self):
        return {part: text for part, text in self.faults.items() if text is not None}


def test_the_lamps_follow_the_exchange_within_a_second():
    lodge = Lodge()

    async def story():
        assert lodge.burning() == {GREEN}
        for status, pin in (("amber", AMBER), ("red", RED), ("green", GREEN)):
            lodge.shown = Shown(status, "off")
            await asyncio.sleep(1.1)
            assert lodge.burning() == {pin}

    lodge.play(story())
    assert lodge.wrong == {}


def test_an_untaken_ticket_burns_and_sounds_until_a_short_press_and_the_next_one_sounds_again():
    lodge = Lodge(TICKET)

    async def story():
        assert await lodge.seen(6.0) == {GREEN, PANIC, BUZZER}
        await lodge.press(0.3)
        assert lodge.panel.buzzer() == "muted"
        assert await lodge.seen(12.0) == {GREEN, PANIC}  # the lamp burns on: muting is no more than that
        lodge.shown = Shown("green", "blinking", (*TICKET.alarms, frozenset({"call-2"})))
        assert BUZZER in await lodge.seen(4.0)
        lodge.shown = WELL
        await asyncio.sleep(1.0)
        assert await lodge.seen(6.0) == {GREEN}

    lodge.play(story())


def test_a_long_press_tests_all_lamps_and_mutes_nothing():
    lodge = Lodge(TICKET)

    async def story():
        lodge.pins.puts(BUTTON, True)
        await asyncio.sleep(3.1)
        assert lodge.burning() == {GREEN, AMBER, RED, PANIC, BUZZER}
        lodge.pins.puts(BUTTON, False)
        await asyncio.sleep(5.0)
        assert await lodge.seen(6.0) == {GREEN, PANIC, BUZZER}

    lodge.play(story())
    assert lodge.resets == []


def test_held_at_power_on_the_lamps_count_ten_seconds_and_then_tell_that_it_is_done():
    lodge = Lodge()

    async def story():
        assert await lodge.seen(9.0) == {GREEN, AMBER, RED, PANIC}
        assert lodge.resets == []
        await asyncio.sleep(1.5)
        assert len(lodge.resets) == 1
        assert lodge.burning() == {GREEN, AMBER, RED, PANIC, BUZZER}
        lodge.pins.puts(BUTTON, False)
        await asyncio.sleep(10.0)
        assert lodge.burning() == {GREEN}

    lodge.pins._closed.add(BUTTON)
    lodge.play(story())
    assert 9.9 < lodge.resets[0] < 10.2


def test_held_while_only_the_exchange_starts_again_nothing_is_reset_and_a_minute_is_a_fault():
    lodge = Lodge()
    lodge.pins._closed.add(BUTTON)

    async def story():
        await asyncio.sleep(30.0)
        assert (lodge.resets, lodge.wrong) == ([], {})
        await asyncio.sleep(31.0)
        assert list(lodge.wrong) == ["panel-button"]
        lodge.pins.puts(BUTTON, False)
        await asyncio.sleep(0.1)
        assert lodge.wrong == {}

    lodge.play(story(), after=POWER_ON_SECONDS)


def test_a_pin_that_somebody_has_is_one_fault_with_its_remedy_until_it_is_free():
    lodge = Lodge()
    lodge.pins.occupied[RED] = "spi0"

    async def story():
        assert lodge.burning() == {GREEN}
        (text,) = lodge.wrong.values()
        assert "czerwona" in text and "22" in text and "spi0" in text and "config.txt" in text
        lodge.pins.occupied.clear()
        await asyncio.sleep(11.0)
        assert lodge.wrong == {}
        lodge.shown = Shown("red", "off")
        await asyncio.sleep(1.1)
        assert lodge.burning() == {RED}

    lodge.play(story())


def test_without_gpio_it_is_told_and_the_buzzer_of_the_page_is_muted_all_the_same():
    lodge = Lodge(TICKET)
    lodge.pins.label = ""

    async def story():
        assert "GPIO" in lodge.wrong["panel"]
        assert lodge.panel.buzzer() == "sounding"
        assert lodge.panel.mute() == "muted"
        assert {each["on"] for each in lodge.panel.told()} == {None}

    lodge.play(story())


def test_a_building_without_a_panel_has_no_fault_on_a_machine_without_gpio():
    lodge = Lodge(TICKET)
    lodge.building, lodge.pins.label = LIPOWA, ""

    async def story():
        await asyncio.sleep(30.0)

    lodge.play(story())
    assert lodge.wrong == {}


def test_a_chip_that_goes_away_is_a_fault_and_ends_nothing():
    lodge = Lodge()

    async def story():
        lodge.pins.vanishes()
        await asyncio.sleep(2.5)
        assert list(lodge.wrong) == ["panel"]

    lodge.play(story())


def test_other_pins_in_the_building_file_are_taken_over():
    lodge = Lodge()

    async def story():
        lodge.building = replace(lodge.building, panel=Pins({"green": RED}))
        await asyncio.sleep(1.1)
        assert lodge.burning() == {RED}

    lodge.play(story())


def test_it_looks_only_once_a_second_while_nothing_blinks():
    lodge = Lodge()
    steps: list[float] = []

    async def story():
        step = lodge.panel.step
        lodge.panel.step = lambda now: steps.append(now) or step(now)
        await asyncio.sleep(60.0)

    lodge.play(story())
    assert 55 <= len(steps) <= 62
