"""How things stand and who is on duty, as the page shows it; and what is announced to callers for a while."""

from __future__ import annotations

import asyncio
import shutil
import tomllib
from dataclasses import replace
from datetime import datetime

from appliance.building.model import Announcement
from appliance.lines.line import Cause
from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, SUNDAY_NIGHT, WARSAW
from tests.unit.requests.test_accounts import HASH
from tests.unit.requests.world import EXAMPLES, Phone, virtually

DUTY = """
rotation = { every = "week", starts = "2026-11-16 08:00", people = ["nowak", "kowalska"] }
shifts = [{ who = "zarzad", days = "sat-sun", hours = "08:00-20:00" }]
substitutions = [{ from = "2026-11-24 08:00", to = "2026-11-25 08:00", who = "zarzad", instead_of = "nowak" }]
"""


def with_duty(folder, extra=DUTY):
    text = (EXAMPLES / "lipowa7.toml").read_text("utf-8")
    before, marker, after = text.partition("confirm_shift = false")
    line, newline, rest = after.partition("\n")
    folder.mkdir(exist_ok=True)
    text = before + marker + line + newline + extra + rest
    assert tomllib.loads(text)
    (folder / "building.toml").write_text(text)


def test_the_status_tells_who_is_on_until_when_and_who_comes_next(tmp_path):
    with_duty(tmp_path)

    async def story(world):
        status = await world.ask("status")
        assert list(status)[:5] == ["lines", "calls", "on_duty", "lamps", "faults"]
        assert status["on_duty"] == {"pogotowie": ["nowak", "kowalska"]}
        assert status["duty"]["pogotowie"] == {
            "name": "Pogotowie techniczne",
            "people": ["nowak", "kowalska"],
            "until": "2026-11-23T08:00:00+01:00",
            "next": ["kowalska", "nowak"],
        }
        assert status["time"] == "2026-11-22T21:14:00.000+01:00"
        assert (status["claimed"], status["confirm"], status["announcements"]) == (False, None, [])
        assert status["box"]["revision"] == world.building.revision
        assert status["scenarios"] == [
            {
                "number": "+48221234567",
                "scenario": "weekend",
                "menu": "closed",
                "until": "2026-11-23T00:00:00+01:00",
            }
        ]

    virtually(tmp_path, story)


def test_a_list_that_never_changes_has_no_end(tmp_path):
    async def story(world):
        duty = (await world.ask("status"))["duty"]["pogotowie"]
        assert (duty["people"], duty["until"], duty["next"]) == (["nowak", "kowalska"], None, None)

    virtually(tmp_path, story)


def test_a_waiting_caller_is_told_with_place_and_since_when(tmp_path):
    async def story(world):
        biuro = replace(world.building.people["biuro"], phones=(NOWAK,))
        world.following.building = replace(world.building, people={**world.building.people, "biuro": biuro})
        Phone(world, NOWAK, Cause.NO_ANSWER, seconds=60)
        world.fleet.lines["provider"].call(RESIDENT).presses("3")
        await asyncio.sleep(5)
        world.fleet.lines["provider"].call(None).presses("3")
        await asyncio.sleep(5)
        status = await world.ask("status")
        assert status["waiting"] == {"office": 2}
        first, second = status["calls"]
        assert (first["state"], first["queue"], first["place"], second["place"]) == ("queue", "office", 1, 2)
        assert (first["caller"], first["resident"], first["building"]) == (RESIDENT, "12", "lipowa7")
        assert (first["since"], first["line"]) == ("2026-11-23T09:00:00.000+01:00", "provider")
        assert (first["urgent"], second["caller"], second["resident"]) == (False, None, None)
        for line in world.fleet.lines.values():
            for leg in list(line.legs()):
                leg.hangs_up()
        await asyncio.sleep(5)

    virtually(tmp_path, story, MONDAY_MORNING)


# -- announcements -----------------------------------------------------------------------------------------------------

FAILURE = Announcement(
    "water",
    "Wiemy o braku wody. Naprawa potrwa do północy.",
    datetime(2026, 11, 22, 20, 0, tzinfo=WARSAW),
    datetime(2026, 11, 22, 22, 0, tzinfo=WARSAW),
)


async def heard(world, seconds=30):
    leg = world.fleet.lines["provider"].call(RESIDENT)
    await asyncio.sleep(seconds)
    leg.hangs_up()
    await asyncio.sleep(60)
    return [each.text for each in leg.heard]


def test_what_is_announced_is_heard_right_after_the_greeting_and_ends_by_itself(tmp_path):
    async def story(world):
        Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        world.following.building = replace(world.building, announcements=(FAILURE,))
        assert (await world.ask("status"))["announcements"] == ["water"]
        texts = await heard(world)
        assert "nieczynne" in texts[0]
        assert texts[1] == FAILURE.text
        assert texts.count(FAILURE.text) == 1
        await asyncio.sleep(3600)
        assert FAILURE.text not in await heard(world)
        assert (await world.ask("status"))["announcements"] == []

    virtually(tmp_path, story, SUNDAY_NIGHT)


def test_it_is_for_the_callers_of_its_building_only(tmp_path):
    async def story(world):
        elsewhere = replace(FAILURE, building="elsewhere")
        world.following.building = replace(world.building, announcements=(elsewhere,))
        assert FAILURE.text not in await heard(world)

    virtually(tmp_path, story)


def test_the_lamps_burn_as_things_stand(tmp_path):
    async def story(world):
        assert (await world.ask("status"))["lamps"] == {"status": "green", "panic_lamp": "off", "buzzer": "off"}
        Phone(world, NOWAK, Cause.NO_ANSWER, seconds=25)
        Phone(world, KOWALSKA, Cause.NO_ANSWER, seconds=25)
        leg = world.fleet.lines["provider"].call(RESIDENT)
        await leg.hears("Lipowa")
        leg.presses("1")
        await asyncio.sleep(10)
        assert (await world.ask("status"))["lamps"] == {
            "status": "green",
            "panic_lamp": "blinking",
            "buzzer": "sounding",
        }
        assert await world.refused("panel_mute") == "bad_argument"
        assert await world.ask("panel_mute", who="anna") == {"buzzer": "muted"}
        leg.hangs_up()
        await asyncio.sleep(60)
        assert (await world.ask("status"))["lamps"] == {"status": "green", "panic_lamp": "on", "buzzer": "muted"}
        await world.ask("ticket_take", ticket=1001, who="anna")
        assert (await world.ask("status"))["lamps"] == {"status": "green", "panic_lamp": "off", "buzzer": "off"}
        world.faults.set("disk", "the disk is full")
        assert (await world.ask("status"))["lamps"]["status"] == "red"
        world.faults.clear("disk")
        world.faults.set("line sim", "told beside the lines")
        assert (await world.ask("status"))["lamps"]["status"] == "green"

    virtually(tmp_path, story)


PINS = """
[panel]
status = { green = 17, red = 22 }
button = 25

[[sensors]]
pin = 5
name = "zalanie w piwnicy"
duty = "pogotowie"
"""


def test_pins_and_contacts_are_told_as_they_are_and_a_contact_opens_a_ticket(tmp_path):
    shutil.copy(EXAMPLES / "lipowa7.toml", tmp_path / "building.toml")
    with (tmp_path / "building.toml").open("a") as building:
        building.write(PINS)

    async def story(world):
        Phone(world, NOWAK, Cause.NO_ANSWER, seconds=25)
        Phone(world, KOWALSKA, Cause.NO_ANSWER, seconds=25)
        running = asyncio.create_task(world.lodge.run())
        await asyncio.sleep(2)
        panel = (await world.ask("status"))["panel"]
        assert panel["chip"] == "simulated"
        assert panel["pins"] == [
            {"name": "status green", "pin": 17, "on": True},
            {"name": "status red", "pin": 22, "on": False},
            {"name": "button", "pin": 25, "on": False},
        ]
        (contact,) = panel["contacts"]
        assert (contact["name"], contact["state"], contact["ticket"]) == ("zalanie w piwnicy", "open", None)
        world.pins.puts(5, True)
        await asyncio.sleep(5)
        status = await world.ask("status")
        assert (status["lamps"]["panic_lamp"], status["lamps"]["buzzer"]) == ("on", "sounding")
        (contact,) = status["panel"]["contacts"]
        assert (contact["state"], contact["ticket"], contact["since"]) == ("closed", 1001, "2026-11-22T21:14:02+01:00")
        assert await world.ask("panel_test", who="anna") == {"testing": True}
        await asyncio.sleep(1)
        assert world.pins.burns(22)
        assert (await world.ask("status"))["panel"]["testing"]
        running.cancel()
        await asyncio.wait({running})

    virtually(tmp_path, story)


def test_the_button_held_at_power_on_gives_a_code_that_the_page_is_never_told(tmp_path):
    shutil.copy(EXAMPLES / "lipowa7.toml", tmp_path / "building.toml")
    with (tmp_path / "building.toml").open("a") as building:
        building.write(PINS)

    async def story(world):
        world.accounts.claim(world.accounts.code, "prezes", HASH)
        assert await world.ask("claim_way") == {"by_button": False, "spoken": False}
        world.pins.puts(25, True)
        running = asyncio.create_task(world.lodge.run())
        await asyncio.sleep(11)
        code = world.accounts.code
        told = await world.ask("claim_way")
        assert told == {"by_button": True, "spoken": True} and code not in str(told), "a telephone says it"
        assert world.accounts.spoken_code() == code != ""
        assert await world.ask("claim_code", code=code) == {}
        assert world.audit() == [("", "unlock")]
        await asyncio.sleep(600)
        assert await world.ask("claim_way") == {"by_button": False, "spoken": False}
        running.cancel()
        await asyncio.wait({running})

    virtually(tmp_path, story)
