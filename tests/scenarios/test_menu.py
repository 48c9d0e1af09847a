"""The menu: what callers hear, choose, mistype or leave out, and where each of them ends."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from appliance.building import file
from appliance.building.model import Destination, Option, Resident
from appliance.callflow.menu import WRONG_KEYS_MAX
from appliance.callflow.sentences import menu_greeting, option
from appliance.media.prompts import Prompts
from appliance.media.speech import ESPEAK
from tests.scenarios.stage import EXAMPLES, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, WARSAW, Night


def heard(leg) -> list[str]:
    return [each.text for each in leg.heard if each.text]


def test_day_menu_reads_every_choice_twice_and_an_unknown_silent_number_wakes_nobody():
    night = Night(MONDAY_MORNING)

    async def story():
        caller = night.resident(STRANGER)
        await caller.gone()
        texts = heard(caller)
        assert texts[0] == "Dzień dobry, tu wspólnota mieszkaniowa Lipowa siedem."
        assert texts[1] == "Pilna awaria, na przykład zalanie: proszę nacisnąć jeden."
        assert texts.count("Usterka do naprawy: proszę nacisnąć dwa.") == 2
        assert texts[-1] == "Nie trzeba nic naciskać. Wystarczy powiedzieć: halo."

    night.play(story())
    assert (night.row()["outcome"], night.row()["ticket"]) == ("silent", None)
    assert night.network.rung == []


def test_greeting_follows_the_hour():
    night = Night(datetime(2026, 11, 23, 4, 59, tzinfo=WARSAW))

    async def story():
        caller = night.resident(STRANGER)
        await caller.hears("Dobry wieczór, tu wspólnota")
        caller.hangs_up()

    night.play(story())
    assert night.row()["scenario"] == "night"


def test_wrong_key_is_said_and_the_choices_are_read_again():
    night = Night(MONDAY_MORNING)

    async def story():
        caller = night.resident(STRANGER)
        await caller.hears("Dzień dobry")
        caller.presses("8")
        await caller.hears("Nie ma takiej opcji. Powtarzam.")
        await caller.hears("Pilna awaria")
        caller.hangs_up()

    night.play(story())
    assert night.row()["choices"] == []
    assert night.row()["outcome"] == "abandoned"


def test_only_wrong_keys_lead_to_a_human_at_last():
    night = Night()
    night.person(NOWAK, "answers after 4 and presses 1")

    async def story():
        caller = night.resident(STRANGER)
        for _ in range(WRONG_KEYS_MAX + 1):
            caller.presses("9")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["urgent"] is True


def test_digit_before_the_menu_is_heard_goes_straight_on():
    night = Night()
    night.person(NOWAK, "answers after 4 and presses 1")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.talks()
        assert "Pilna awaria" not in " ".join(heard(caller))
        caller.hangs_up()

    night.play(story())


LIPOWA, OSIEDLE = "lipowa7.toml", "osiedle.toml"
ON_DUTY = {LIPOWA: NOWAK, OSIEDLE: "+48600000101"}


def said_in_the_evening(building) -> Iterator[str]:
    for menu in building.menus.values():
        yield from menu_greeting(menu, "pl", building, evening=True)
        for choice in menu.options:
            yield from option(choice, "pl", building)


@pytest.fixture(scope="module")
def real_voice(tmp_path_factory) -> Prompts:
    """The sounds that ship, and espeak's for what the examples say themselves."""
    prompts = Prompts(tmp_path_factory.mktemp("prompts"), (ESPEAK,))
    needed = {("pl", text) for example in ON_DUTY for text in said_in_the_evening(file.read(EXAMPLES / example))}
    assert asyncio.run(prompts.prepare(needed)) == []
    return prompts


@pytest.fixture(params=["shipped sounds", "a letter in 85 ms"])
def voice(request):
    return request.getfixturevalue("real_voice") if request.param == "shipped sounds" else None


@pytest.mark.parametrize("example", ON_DUTY)
def test_known_resident_who_presses_nothing_at_night_has_somebody_ringing_within_25_seconds(example, voice):
    night = Night(example=example, voice=voice, residents=(Resident("12", (RESIDENT,)),))
    on_duty = night.person(ON_DUTY[example], "answers after 9 and presses 1")

    async def story():
        caller = night.resident(RESIDENT)
        await on_duty.is_rung()
        assert night.clock.monotonic() <= 25.0
        await caller.hears("Łączymy z człowiekiem")
        assert not any("halo" in each for each in heard(caller))
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["urgent"] is True
    assert night.row()["destination"].startswith("duty:")


@pytest.mark.parametrize("moment", ["at the greeting", "when asked to"])
@pytest.mark.parametrize("example", ON_DUTY)
def test_stranger_who_speaks_and_presses_nothing_reaches_a_human_within_25_seconds(example, voice, moment):
    night = Night(example=example, voice=voice)
    on_duty = night.person(ON_DUTY[example], "answers after 9 and presses 1")

    async def story():
        caller = night.resident(STRANGER)
        if moment == "when asked to":
            await caller.hears("Wystarczy powiedzieć: halo")
            await asyncio.sleep(2.0)
        caller.speaks(0.6)
        await on_duty.is_rung()
        assert night.clock.monotonic() <= 25.0
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["urgent"] is True


def test_stranger_who_speaks_after_25_seconds_reaches_a_human_at_once():
    night = Night(example=OSIEDLE)
    on_duty = night.person(ON_DUTY[OSIEDLE], "answers after 9 and presses 1")

    async def story():
        caller = night.resident(STRANGER)
        await asyncio.sleep(40.0)
        caller.speaks(0.6)
        await on_duty.is_rung()
        assert night.clock.monotonic() <= 40.5
        caller.hangs_up()

    night.play(story())


def test_voice_ends_the_wait_and_is_no_reason_to_hurry_who_looks_for_the_key():
    night = Night()
    short = replace(night.building.menus["closed"], greeting="Dobry wieczór.", timeout_seconds=8.0)
    night.building = replace(night.building, menus={"closed": short})
    nowak = night.person(NOWAK, "rings")

    async def story():
        caller = night.resident(STRANGER)
        await caller.hears("Wystarczy powiedzieć: halo")
        caller.speaks(0.6)
        await asyncio.sleep(6.0)
        caller.presses("2")
        await caller.hears("(beep)")
        caller.hangs_up()
        second = night.resident(STRANGER)
        begun = night.clock.monotonic()
        asked = await second.hears("Wystarczy powiedzieć: halo")
        await asyncio.sleep(5.0)
        second.speaks(0.6)
        await nowak.is_rung()
        assert night.clock.monotonic() == pytest.approx(asked + 5.4)
        assert night.clock.monotonic() - begun < 23.0
        second.hangs_up()

    night.play(story())


def test_who_is_pressing_keys_is_not_hurried():
    night = Night(example=OSIEDLE)
    night.person(ON_DUTY[OSIEDLE], "rings")

    async def story():
        caller = night.resident(STRANGER)
        await asyncio.sleep(20.0)
        caller.presses("3")
        await caller.hears("Wiadomość dla biura")
        caller.speaks(1.0)
        await asyncio.sleep(9.0)
        caller.presses("2")
        await caller.hears("(beep)")
        caller.hangs_up()

    night.play(story())
    assert night.row()["choices"] == ["3", "2"]


@pytest.mark.parametrize("key", ["3", "9"])
def test_who_pressed_a_key_and_then_hesitates_is_somebody_and_not_silent(key):
    night = Night(example=OSIEDLE)
    on_duty = night.person(ON_DUTY[OSIEDLE], "answers after 4 and presses 1")

    async def story():
        caller = night.resident(STRANGER)
        caller.presses(key)
        await on_duty.is_rung()
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["urgent"], night.row()["choices"]) == ("answered", True, [key])


def test_who_presses_nothing_and_finds_the_office_away_is_urgent_where_the_overflow_is_duty():
    night = Night(MONDAY_MORNING)
    office = replace(night.building.queues["office"], overflow=Destination("duty", "pogotowie"))
    night.building = replace(night.building, queues={"office": office})
    night.person(NOWAK, "answers after 9 and presses 1")

    async def story():
        caller = night.resident(RESIDENT)
        await caller.hears("Łączymy z człowiekiem")
        await caller.talks()
        caller.hangs_up()
        await caller.gone()
        chosen = night.resident(RESIDENT)
        chosen.presses("4")
        await chosen.talks()
        chosen.hangs_up()

    night.play(story())
    assert [row["urgent"] for row in night.register.calls()] == [True, False]


@pytest.mark.parametrize(("keys", "pause", "choices"), [("07", 0.0, ["07"]), ("07", 3.0, ["07"]), ("7", 0.0, [])])
def test_two_digits_choose_also_with_a_pause_between_them(keys, pause, choices):
    night = Night()
    closed = night.building.menus["closed"]
    options = (Option("07", "Parkowa siedem", Destination("voicemail", "office")),)
    night.building = replace(night.building, menus={"closed": replace(closed, digits=2, options=options)})

    async def story():
        caller = night.resident(STRANGER)
        await caller.hears("Parkowa siedem: proszę nacisnąć zero siedem.")
        for key in keys:
            caller.presses(key)
            await asyncio.sleep(pause)
        await caller.hears("(beep)" if choices else "Nie ma takiej opcji")
        caller.hangs_up()

    night.play(story())
    assert night.row()["choices"] == choices


def test_a_click_is_not_a_voice():
    night = Night()

    async def story():
        caller = night.resident(STRANGER)
        await caller.hears("Wystarczy powiedzieć: halo")
        caller.speaks(0.3)
        await caller.gone()

    night.play(story())
    assert night.row()["outcome"] == "silent"


def test_shared_number_asks_which_building_in_two_languages():
    night = Night(example="osiedle.toml")
    wisniewski = night.person("+48600000101", "answers after 4 and presses 1")

    async def story():
        caller = night.resident(STRANGER, "+48225550000")
        await caller.hears("Którego budynku dotyczy sprawa?")
        await caller.hears("For English, press nine.")
        caller.presses("9")
        await caller.hears("Parkowa Street, one: press one.")
        caller.presses("3")
        await caller.hears("Urgent, for example flooding: press one.")
        caller.presses("1")
        await caller.hears("We are calling the person on duty")
        duty = await wisniewski.is_rung()
        await duty.hears("Dyżurka, pilne, Parkowa 3.")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    row = night.row()
    assert (row["building"], row["choices"]) == ("parkowa3", ["9", "3", "1"])
    assert night.line.shown == ["+48225550000"]


def test_building_with_its_own_number_is_known_and_shown():
    night = Night(example="osiedle.toml")
    zielinska = night.person("+48600000102", "answers after 4 and presses 1")

    async def story():
        caller = night.resident(STRANGER, "+48225550005")
        caller.presses("1")
        duty = await zielinska.is_rung()
        await duty.hears("Dębowa 5")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert (night.row()["building"], night.row()["scenario"]) == ("debowa5", "debowa")
    assert night.line.shown == ["+48225550005"]


def test_message_for_the_office_has_a_ticket_that_is_not_urgent():
    night = Night()

    async def story():
        caller = night.resident(None)
        await caller.hears("Dobry wieczór")
        caller.presses("2")
        await caller.hears("Nie widzimy Państwa numeru")
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await asyncio.sleep(5.0)
        caller.presses("#")
        await caller.hears("Zapisane. Numer zgłoszenia:")
        await caller.gone()
        digits = [text for text in heard(caller) if text in ("jeden", "zero")]
        assert digits == ["jeden", "zero", "zero", "jeden"] * 2
        assert "Rozpoznamy ten telefon" not in " ".join(heard(caller))

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["urgent"], row["caller"]) == ("voicemail", False, None)
    assert night.register.tickets()[0]["urgent"] is False


def test_hanging_up_after_the_message_keeps_it():
    night = Night()

    async def story():
        caller = night.resident()
        caller.presses("2")
        await caller.hears("(beep)")
        caller.speaks(4.0)
        await asyncio.sleep(4.0)
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["ticket"]) == ("voicemail", 1001)


def test_hanging_up_at_the_tone_leaves_no_message():
    night = Night()

    async def story():
        caller = night.resident()
        caller.presses("2")
        await caller.hears("(beep)")
        await asyncio.sleep(0.5)
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["ticket"]) == ("abandoned", None)
