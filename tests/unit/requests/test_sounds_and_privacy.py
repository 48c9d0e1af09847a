"""Sentences heard and kept; a number erased, a box kept in a file and brought back."""

from __future__ import annotations

import asyncio
import json
import os
import random
import wave

import pytest

from appliance.clock import SystemClock
from appliance.media.prompts import Prompts
from appliance.register import events
from appliance.register.reports import Reports
from appliance.register.store import RegisterStore
from tests.scenarios.stage import NOWAK, RESIDENT, STRANGER
from tests.unit.requests.world import Phone, World, ended, virtually


def lived(folder, story):
    """On real time, with a register on disk and real prompts, spoken by nobody."""

    async def life():
        clock = SystemClock()
        register = await RegisterStore.open(
            folder / "register.db", clock, random.Random(3), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        world = World(folder, clock, register=register)
        world.prompts = Prompts(folder / "prompts", ())
        await world.start()
        try:
            async with asyncio.timeout(60):
                return await story(world)
        finally:
            await world.stop()
            await world.register.close()

    return asyncio.run(life())


def tone(path, seconds=1.5):
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(random.Random(1).randbytes(2 * int(16000 * seconds)))


# -- sounds ------------------------------------------------------------------------------------------------------------


def test_a_sentence_that_ships_can_be_heard_as_callers_hear_it(tmp_path):
    async def story(world):
        [said] = [each for each in (await world.ask("sentences"))["sentences"] if each["key"] == "goodbye"]
        answer = await world.ask("render", language="pl", text=said["pl"])
        with wave.open(str(tmp_path / answer["sound"])) as heard:
            assert (heard.getsampwidth(), heard.getframerate(), heard.getnchannels()) == (2, 8000, 1)
            assert abs(heard.getnframes() / 8000 - answer["seconds"]) < 0.01
        assert answer["seconds"] > 0.5

    lived(tmp_path, story)


def test_an_option_is_heard_with_its_key_and_a_sentence_with_examples_filled_in(tmp_path):
    async def story(world):
        said = []

        async def heard(language, text):
            said.append(text)
            return world.prompts.silence(0.1)

        world.prompts.heard = heard
        await world.ask("render", language="pl", text="Usterka do naprawy", key="2")
        await world.ask("render", language="en", text="Press {key}. You are {count}. of {building}")
        assert said == [
            "Usterka do naprawy: proszę nacisnąć dwa.",
            "Press nine. You are three. of Wspólnota Mieszkaniowa Lipowa 7",
        ]
        assert await world.refused("render", language="pl", text="Usterka", key="dwa") == "bad_argument"
        [told] = [each for each in (await world.ask("sentences"))["sentences"] if each["key"] == "goodbye"]
        assert told["built_in"] == {"pl": "Do usłyszenia.", "en": "Goodbye."}

    lived(tmp_path, story)


def test_what_cannot_be_rendered_says_why(tmp_path):
    async def story(world):
        assert await world.refused("render", language="pl", text="Nikt tego nie powie.") == "bad_sound"
        assert await world.refused("render", language="pl", text="Zgłoszenie {ticket}.") == "bad_argument"
        assert await world.refused("render", language="de", text="Guten Tag") == "bad_argument"
        assert await world.refused("render", language="pl", text=" ") == "bad_argument"

    lived(tmp_path, story)


def test_an_uploaded_sound_becomes_one_of_the_box_and_is_moved_away(tmp_path):
    tone(tmp_path / "incoming" / "upload.wav")

    async def story(world):
        answer = await world.ask("keep_sound", path="incoming/upload.wav", name="powitanie.wav", who="anna")
        assert answer["text"] == "file:powitanie.wav"
        assert answer["seconds"] > 1.0
        assert not (tmp_path / "incoming" / "upload.wav").exists()
        heard = await world.ask("render", language="pl", text=answer["text"])
        assert abs(heard["seconds"] - answer["seconds"]) < 0.3

    lived(tmp_path, story)


def test_what_is_no_sound_or_lies_elsewhere_is_refused(tmp_path):
    (tmp_path / "incoming").mkdir()

    async def story(world):
        (tmp_path / "incoming" / "letter.wav").write_text("Szanowni Państwo")
        asked = {"name": "powitanie.wav", "who": "anna"}
        assert await world.refused("keep_sound", path="incoming/letter.wav", **asked) == "bad_sound"
        for path in ("building.toml", "incoming/../building.toml", "/etc/passwd", "incoming/none.wav"):
            assert await world.refused("keep_sound", path=path, **asked) == "bad_argument"
        assert (tmp_path / "building.toml").exists()
        tone(tmp_path / "incoming" / "a.wav")
        wrong = {"path": "incoming/a.wav", "who": "anna"}
        assert await world.refused("keep_sound", name="../a.wav", **wrong) == "bad_name"

    lived(tmp_path, story)


def test_a_sentence_is_spoken_over_the_phone(tmp_path):
    kept = []

    async def story(world):
        async def keep(raw, name):
            kept.append(name)

        world.prompts.keep_recording = keep
        Phone(world, NOWAK, "1" * 30)
        look = await ended(world, await world.ask("dictate", phone=NOWAK, name="winda.wav", who="anna"))
        assert look["steps"][0]["key"] == "rings"
        assert look["result"] == {"kept": True, "text": "file:winda.wav"}
        assert kept == ["winda.wav"]

    virtually(tmp_path, story)


# -- privacy -----------------------------------------------------------------------------------------------------------


async def called(world, caller, *, urgent=False, sound=""):
    """A call with its ticket, as the register has them; the ticket's number."""
    register, call, ticket = world.register, world.register.new_uid(), world.register.new_uid()
    about = {"call": call, "building": "lipowa7", "after": 0.0}
    register.record(
        events.CALL_STARTED, line="provider", number="+48221234567", caller=caller, resident="m. 12", **about
    )
    opened = register.record(
        events.TICKET_OPENED, call=call, ticket=ticket, urgent=urgent, caller=caller, reason="message"
    )
    if sound:
        (world.options.data / "recordings").mkdir(exist_ok=True)
        (world.options.data / sound).write_bytes(b"voice")
        register.record(events.CALL_MESSAGE, voicemail="office", recording=sound, seconds=3, voice_seconds=2, **about)
    register.record(events.TICKET_NOTED, ticket=ticket, text="klucz u sąsiadki", who="anna", base="")
    await register.record(events.CALL_ENDED, outcome="voicemail", cause="hangup", **about)
    return (await opened).number


def test_one_number_is_erased_with_its_voice_and_nobody_elses(tmp_path):
    async def story(world):
        await called(world, RESIDENT, sound="recordings/a.wav")
        await called(world, STRANGER, sound="recordings/b.wav")
        urgent = await called(world, RESIDENT, urgent=True, sound="recordings/c.wav")
        answer = await world.ask("erase_person", number=RESIDENT, who="anna")
        elsewhere = {"versions": 0, "backups": [], "before_restore": []}
        assert answer == {"calls": 1, "tickets": 1, "sounds": 1, "waiting": [urgent], **elsewhere}
        with Reports(tmp_path / "register.db") as reports:
            calls, tickets = reports.calls(), reports.tickets()
        assert [each["caller"] for each in calls] == [None, STRANGER, RESIDENT]
        assert [each["caller"] for each in tickets] == [None, STRANGER, RESIDENT]
        assert "sąsiadki" not in str(tickets[0])
        assert sorted(each.name for each in (tmp_path / "recordings").iterdir()) == ["b.wav", "c.wav"]
        await world.ask("ticket_done", ticket=urgent, who="anna")
        assert (await world.ask("erase_person", number=RESIDENT, who="anna"))["calls"] == 1
        assert await world.refused("erase_person", number="501502503", who="anna") == "bad_argument"

    lived(tmp_path, story)


def test_an_erased_number_leaves_the_former_building_files_and_the_rest_is_named(tmp_path):
    data = tmp_path / "data"

    async def story(world):
        (data / "building.history").mkdir()
        kept = {"building": "", "secrets": ""}
        for name, number in (("1", "501 50-25 03"), ("2", "+48 600 000 001"), ("3", RESIDENT)):
            version = {"at": "2026-11-22T20:00:00+00:00", "who": "a", "what": "b", "pair": {**kept, "building": number}}
            (data / "building.history" / f"{name}.json").write_text(json.dumps(version))
        (data / "backups").mkdir()
        (data / "backups" / "dyzurka-20260101-000000.zip").touch()
        (tmp_path / "data.before-restore-20261122T201541").mkdir()
        answer = await world.ask("erase_person", number=RESIDENT, who="anna")
        assert answer["versions"] == 2
        assert [each.name for each in (data / "building.history").iterdir()] == ["2.json"]
        assert answer["backups"] == ["backups/dyzurka-20260101-000000.zip"]
        assert answer["before_restore"] == ["data.before-restore-20261122T201541"]

    lived(data, story)


def test_uploads_that_nobody_asked_for_go_at_the_next_start(tmp_path):
    tone(tmp_path / "incoming" / "old.wav")
    tone(tmp_path / "incoming" / "new.wav")
    os.utime(tmp_path / "incoming" / "old.wav", (1e9, 1e9))

    async def story(world):
        assert [each.name for each in (tmp_path / "incoming").iterdir()] == ["new.wav"]

    lived(tmp_path, story)


def test_a_backup_is_made_and_the_last_three_are_kept(tmp_path):
    async def story(world):
        (tmp_path / "backups").mkdir()
        for year in (2021, 2022, 2023):
            (tmp_path / "backups" / f"dyzurka-{year}0101-000000.zip").touch()
        look = await ended(world, await world.ask("backup", who="anna"))
        assert look["state"] == "done", look
        assert look["result"]["bytes"] == (tmp_path / look["result"]["path"]).stat().st_size > 1000
        assert len(list((tmp_path / "backups").iterdir())) == 3

    lived(tmp_path, story)


def test_a_box_is_brought_back_once_nothing_runs(tmp_path):
    data = tmp_path / "data"

    async def story(world):
        await called(world, RESIDENT)
        (data / "feeds.json").write_text('{"feeds": [{"person": "a", "token": "anna-token", "since": ""}]}')
        look = await ended(world, await world.ask("backup", who="anna"))
        (data / "feeds.json").unlink()
        await called(world, STRANGER)
        (data / "tls").mkdir()
        (data / "tls" / "ca.crt").write_text("trusted by the house")
        answer = await world.ask("restore", path=look["result"]["path"], who="anna")
        assert answer == {"restore": "begun"}
        await asyncio.wait({each for each in asyncio.all_tasks() if each.get_name() == "bringing back a backup"})
        with Reports(data / "register.db") as reports:
            assert len(reports.calls()) == 2
        return world.restarted

    lived(data, story)()
    with Reports(data / "register.db") as reports:
        assert [each["caller"] for each in reports.calls()] == [RESIDENT]
    assert not (data / "page.key").exists()  # a new one is made at the start: no session of before goes on
    assert "anna-token" in (data / "feeds.json").read_text()
    assert (data / "tls" / "ca.crt").read_text() == "trusted by the house"
    assert len(list((data / "backups").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half of it"])
def test_what_is_no_backup_changes_nothing(tmp_path, content):
    data = tmp_path / "data"

    async def story(world):
        (data / "incoming").mkdir()
        (data / "incoming" / "box.zip").write_bytes(content)
        assert await world.refused("restore", path="incoming/box.zip", who="anna") == "bad_backup"
        assert not hasattr(world, "restarted")

    lived(data, story)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_backup_whose_building_has_mistakes_changes_nothing(tmp_path):
    data = tmp_path / "data"

    async def story(world):
        good = (data / "building.toml").read_text()
        (data / "building.toml").write_text(good.replace('menu = "main"', 'menu = "nowhere"'))
        look = await ended(world, await world.ask("backup", who="anna"))
        (data / "building.toml").write_text(good)
        assert await world.refused("restore", path=look["result"]["path"], who="anna") == "bad_backup"

    lived(data, story)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]
