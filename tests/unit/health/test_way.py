"""One sentence tells by which line the box works, since when another does not, and that it has come back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from appliance.building import file
from appliance.building.model import LineConfig
from appliance.health.way import LineStands, way
from appliance.health.way_watch import WayWatch
from appliance.lines.line import LineState
from appliance.lines.simulated import SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from tests.scenarios.stage import EXAMPLES, SUNDAY_NIGHT, WARSAW

AT = SUNDAY_NIGHT
NOW = AT + timedelta(minutes=20)
UP = {"trunk": LineStands("provider", "sip", "up"), "sim": LineStands("sim", "gsm", "up")}
TRUNK_DOWN = LineStands("provider", "sip", "down", "no answer from 192.0.2.1:5060", AT)
SIM_DOWN = LineStands("sim", "gsm", "down", "no SIM card", AT - timedelta(days=1))


def told(*lines: LineStands, now: datetime = NOW) -> tuple[str, str, str]:
    found = way(lines, now, WARSAW)
    return found.level, found.pl, found.en


@pytest.mark.parametrize(
    ("lines", "level", "pl", "en"),
    [
        ((UP["trunk"],), "ok", "Łącze internetowe działa.", "The internet line works."),
        (
            (UP["trunk"], LineStands("sim", "gsm", "starting")),
            "ok",
            "Działa przez łącze internetowe; karta SIM dopiero rusza.",
            "Works by the internet line; the SIM card is only starting.",
        ),
        ((UP["trunk"], UP["sim"]), "ok", "Wszystkie linie działają.", "All lines work."),
        (
            (TRUNK_DOWN, UP["sim"]),
            "fallback",
            "Działa przez kartę SIM: łącze internetowe nie odpowiada od 21:14.",
            "Works by the SIM card: the internet line has not answered since 21:14.",
        ),
        (
            (UP["trunk"], SIM_DOWN),
            "fallback",
            "Działa przez łącze internetowe, ale bez zapasu: karta SIM nie działa od 21.11 21:14.",
            "Works by the internet line, with nothing in reserve: the SIM card has not worked since 21.11 21:14.",
        ),
        (
            (TRUNK_DOWN, SIM_DOWN),
            "fault",
            "Żadna linia nie działa jak trzeba, więc połączenia mogą nie dochodzić: łącze internetowe nie odpowiada od"
            " 21:14; karta SIM nie działa od 21.11 21:14.",
            "No line works as it should, so calls may not get through: the internet line has not answered since 21:14;"
            " the SIM card has not worked since 21.11 21:14.",
        ),
        ((), "fault", "Nie ma żadnej linii: nikt się nie dodzwoni.", "There is no line: nobody can get through."),
        (
            (LineStands("provider", "sip", "starting"),),
            "starting",
            "Linie dopiero ruszają.",
            "The lines are only starting.",
        ),
    ],
)
def test_the_sentence_says_which_way_the_box_works(lines, level, pl, en):
    assert told(*lines) == (level, pl, en)


def test_two_lines_of_a_kind_are_told_apart_by_their_names():
    other = LineStands("second", "sip", "up")
    assert told(TRUNK_DOWN, other)[1] == (
        "Działa przez łącze internetowe second: łącze internetowe provider nie odpowiada od 21:14."
    )


def test_a_line_that_has_come_back_is_told_for_ten_minutes():
    back = LineStands("provider", "sip", "up", back_at=AT)
    assert told(back, UP["sim"], now=AT + timedelta(minutes=9)) == (
        "ok",
        "Łącze internetowe wróciło o 21:14: działa jak zwykle.",
        "The internet line came back at 21:14: all works as usual.",
    )
    assert told(back, UP["sim"], now=AT + timedelta(minutes=10))[1] == "Wszystkie linie działają."


class Line(SimulatedLine):
    """One whose state the test says."""

    stands = LineState("up")

    def state(self) -> LineState:
        return self.stands


def test_the_log_tells_each_change_once_with_the_moment_at_which_the_line_went_down(caplog):
    caplog.set_level(logging.INFO, "dyzurka.lines")
    loop = VirtualLoop()
    building = file.read(EXAMPLES / "lipowa7.toml")
    building = replace(building, lines={"sim": LineConfig("sim", "gsm"), **building.lines})
    line, second = (Line(each, (), 1, SimulatedNetwork()) for each in ("provider", "sim"))
    watch = WayWatch({"sim": second, "provider": line}, lambda: building, VirtualClock(loop, SUNDAY_NIGHT))

    async def story():
        running = asyncio.ensure_future(watch.run())
        await asyncio.sleep(30)
        line.stands = LineState("down", "no answer")
        await asyncio.sleep(40 * 60)
        line.stands = LineState("starting")
        await asyncio.sleep(2)
        line.stands = LineState("up")
        await asyncio.sleep(30 * 60)
        running.cancel()

    run_virtually(loop, story())
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("INFO", "All lines work."),
        ("WARNING", "Works by the SIM card: the internet line has not answered since 21:14."),
        ("INFO", "The internet line came back at 21:54: all works as usual."),
    ]


def test_a_gateway_for_a_copper_line_is_called_a_landline():
    loop = VirtualLoop()
    building = file.read(EXAMPLES / "lipowa7.toml")
    building = replace(building, lines={**building.lines, "copper": LineConfig("copper", "sip", gateway="ht813")})
    trunk, copper = (Line(each, (), 1, SimulatedNetwork()) for each in ("provider", "copper"))
    copper.stands = LineState("down", "no voltage on the copper line")
    watch = WayWatch({"provider": trunk, "copper": copper}, lambda: building, VirtualClock(loop, SUNDAY_NIGHT))

    async def story():
        return watch.now().en

    told = "Works by the internet line, with nothing in reserve: the landline has not worked since"
    assert run_virtually(loop, story()).startswith(told)
