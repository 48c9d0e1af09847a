"""A contact closes at three in the morning: whoever is on duty is rung within seconds and hears which one it is."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from appliance.building.model import LineConfig, Sensor
from appliance.lamps import panic_lamp
from appliance.panel.sensors import Sensors
from hardware.panel.simulated import SimulatedPins
from tests.scenarios.stage import KOWALSKA, NOWAK, WARSAW, Night

THREE = datetime(2026, 11, 23, 3, 0, tzinfo=WARSAW)
MINUTE, HOUR = 60.0, 3600.0
PIN, HEATING = 5, 6
FLOOD = Sensor(PIN, "zalanie w piwnicy", "pogotowie")
FAULT = Sensor(HEATING, "awaria kotłowni", "pogotowie")


class Cellar(Night):
    """A night with contacts. `pins.puts(PIN, True)` closes one."""

    def __init__(self, **changes) -> None:
        super().__init__(THREE, sensors=(FLOOD, FAULT), **changes)
        self.pins = SimulatedPins()

    def play(self, story):
        async def whole():
            self.begins()
            await story
            await asyncio.gather(*self.sensors.stop(), return_exceptions=True)

        super().play(whole())

    def begins(self, past=()):
        """The sensors as a new life of the box has them."""
        self.sensors = Sensors(
            self.pins,
            self.clock,
            self.desk().register,
            lambda: self.building,
            self.calls.aftercare.chase,
            self.faults.__setitem__,
        )
        self.sensors.remember(past)
        self.sensors.follow()

    @property
    def wrong(self):
        return {part: text for part, text in self.faults.items() if text is not None}

    def lamp(self):
        return panic_lamp([], untaken=self.calls.aftercare.urgent_waits())

    def done(self, number: int):
        ticket = next(each for each in self.register.tickets() if each["number"] == number)
        self.calls.settled(ticket["uid"])
        return self.register.record("ticket.done", ticket=ticket["uid"], who="dozorca", base="")

    async def floods(self, seconds: float) -> None:
        self.pins.puts(PIN, True)
        await asyncio.sleep(seconds)
        self.pins.puts(PIN, False)


def test_duty_is_rung_within_five_seconds_and_hears_which_contact_it_is():
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 6")
    night.person(KOWALSKA, "answers after 6")

    async def story():
        await asyncio.sleep(10.0)
        night.pins.puts(PIN, True)
        leg = await nowak.is_rung()
        assert night.loop.time() - 10.0 <= 5.0
        assert night.lamp() == "on"
        await leg.hears("Alarm: zalanie w piwnicy, Wspólnota Mieszkaniowa Lipowa 7. Jeden: przyjmuję.")
        leg.presses("1")
        await leg.hears("Przyjęte. Innych już nie budzimy.")
        await leg.gone()
        await asyncio.sleep(1.0)
        assert night.lamp() == "off"
        await asyncio.sleep(10 * HOUR)

    night.play(story())
    (ticket,) = night.register.tickets()
    assert (ticket["state"], ticket["taken_by"], ticket["urgent"]) == ("in progress", "nowak", True)
    assert (ticket["reason"], ticket["sensor"], ticket["caller"]) == ("sensor", "zalanie w piwnicy", None)
    assert len(nowak.legs) == 1
    assert night.wrong == {}


def test_keys_that_ask_for_a_caller_say_it_once_more():
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 6")

    async def story():
        night.pins.puts(PIN, True)
        leg = await nowak.is_rung()
        for key in "234":
            await leg.hears("Alarm: zalanie w piwnicy", after=len(leg.heard))
            leg.presses(key)
        await leg.hears("Alarm: zalanie w piwnicy", after=len(leg.heard))
        leg.presses("1")
        await leg.hears("Przyjęte")
        await leg.gone()

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_while_nobody_answers_the_lamp_burns_and_the_chase_goes_on():
    night = Cellar()
    nowak, kowalska = night.person(NOWAK, "rings"), night.person(KOWALSKA, "busy")

    async def story():
        await night.floods(30.0)
        await asyncio.sleep(3 * HOUR)
        assert night.lamp() == "on"
        (ticket,) = night.register.tickets()
        assert ticket["state"] == "new"
        rounds = night.building.duties["pogotowie"].rounds
        chased = 7  # after 5, 10, 20, 35, 65, 95, 125, 155 minutes: the first eight, less what has not begun
        assert len(nowak.legs) >= rounds + chased
        assert len(kowalska.legs) >= rounds + chased
        await night.done(ticket["number"])
        rung = len(nowak.legs)
        await asyncio.sleep(3 * HOUR)
        assert len(nowak.legs) == rung

    night.play(story())
    assert night.lamp() == "off"


def test_everybody_on_duty_gets_an_sms_that_names_the_contact():
    night = Cellar()
    sim = LineConfig("sim", "gsm", ("+48600000001",), 1)
    night.building = replace(night.building, lines={**night.building.lines, "sim": sim})
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        night.pins.puts(PIN, True)
        await asyncio.sleep(60.0)

    night.play(story())
    texts = dict(night.air.texts)
    assert texts.keys() == {NOWAK, KOWALSKA}
    assert texts[NOWAK].startswith(
        "PILNE 1001: Wspolnota Mieszkaniowa Lipowa 7, 03:00, zalanie w piwnicy. Dzwonimy do dyzurnych."
    )


def test_a_contact_that_stays_closed_is_one_ticket_also_when_it_is_done():
    night = Cellar()
    night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        night.pins.puts(PIN, True)
        await asyncio.sleep(MINUTE)
        await night.done(1001)
        await asyncio.sleep(10 * HOUR)

    night.play(story())
    assert len(night.register.tickets()) == 1


def test_it_closes_again_one_ticket_until_it_is_done_and_then_another():
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        for _ in range(3):
            await night.floods(30.0)
            await asyncio.sleep(5 * MINUTE)
        assert len(night.register.tickets()) == len(nowak.legs) == 1
        await night.done(1001)
        await night.floods(30.0)
        await asyncio.sleep(5 * MINUTE)

    night.play(story())
    assert [each["state"] for each in night.register.tickets()] == ["done", "in progress"]
    assert len(nowak.legs) == 2


def test_two_contacts_are_two_tickets():
    night = Cellar()
    night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        night.pins.puts(PIN, True)
        night.pins.puts(HEATING, True)
        await asyncio.sleep(10 * MINUTE)

    night.play(story())
    assert {each["sensor"] for each in night.register.tickets()} == {FLOOD.name, FAULT.name}


def test_a_chattering_contact_is_one_fault_and_rings_nobody():
    night = Cellar()
    nowak = night.person(NOWAK, "rings")

    async def story():
        for _ in range(200):
            await night.floods(0.7)
            await asyncio.sleep(0.4)
        assert list(night.wrong) == ["sensor-5"]
        assert "zalanie w piwnicy" in night.wrong["sensor-5"]
        await asyncio.sleep(2 * MINUTE)
        assert night.wrong == {}

    night.play(story())
    assert night.register.tickets() == []
    assert nowak.legs == []


def test_a_spark_of_less_than_two_seconds_is_nothing():
    night = Cellar()
    nowak = night.person(NOWAK, "rings")

    async def story():
        await night.floods(1.9)
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert (night.register.tickets(), nowak.legs, night.wrong) == ([], [], {})


def test_after_a_restart_a_contact_that_is_still_closed_wakes_nobody_again():
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        night.pins.puts(PIN, True)
        await asyncio.sleep(MINUTE)
        await night.done(1001)
        night.sensors.stop()
        night.begins(night.register.events)
        await asyncio.sleep(MINUTE)
        assert len(night.register.tickets()) == len(nowak.legs) == 1
        night.pins.puts(PIN, False)
        await asyncio.sleep(MINUTE)
        await night.floods(10.0)
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert len(night.register.tickets()) == len(nowak.legs) == 2


def test_water_that_came_while_the_box_was_off_is_told():
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        night.sensors.stop()
        night.pins.puts(PIN, True)
        night.begins()
        await nowak.is_rung()
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert len(night.register.tickets()) == 1


@pytest.mark.parametrize("seconds", [0.4, 30.0])
def test_a_slow_disk_holds_nobody_up(seconds):
    night = Cellar()
    nowak = night.person(NOWAK, "answers after 2")
    night.register.delay_seconds = seconds

    async def story():
        night.pins.puts(PIN, True)
        leg = await nowak.is_rung()
        assert night.loop.time() <= 5.0
        await leg.hears("Alarm: zalanie w piwnicy")
        leg.presses("1")
        await leg.hears("Przyjęte")
        await leg.gone()

    night.play(story())


def test_a_pin_that_somebody_else_has_is_a_fault_and_the_other_contact_works():
    night = Cellar()
    night.pins.occupied[PIN] = "spi0"
    night.person(NOWAK, "answers after 2 and presses 1")

    async def story():
        assert list(night.wrong) == ["sensor-5"]
        assert "spi0" in night.wrong["sensor-5"]
        night.pins.puts(HEATING, True)
        await asyncio.sleep(MINUTE)
        assert [each["sensor"] for each in night.register.tickets()] == [FAULT.name]
        night.pins.occupied.clear()
        night.sensors.follow()
        assert night.wrong == {}
        night.building = replace(night.building, sensors=())
        night.sensors.follow()
        night.pins.puts(PIN, True)
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert len(night.register.tickets()) == 1
