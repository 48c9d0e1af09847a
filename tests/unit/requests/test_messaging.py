"""Messages sent from the page: one of each kind to try it, and an answer to whoever opened a ticket."""

from __future__ import annotations

import asyncio
import tomllib

from appliance.notify.simulated import SimulatedAir, SimulatedPost, SimulatedSms
from appliance.register import events
from tests.scenarios.stage import NOWAK, RESIDENT
from tests.unit.requests.world import EXAMPLES, World, ended, virtually

SIM = """
[[lines]]
id = "sim"
kind = "gsm"
number = "+48600000001"
"""
MAIL = """
[notify]
mail = ["zarzad@example.com", "biuro@example.com"]
mail_server = "smtp.example.com"
"""


def written(folder, extra=""):
    """The example with these tables besides."""
    folder.mkdir(exist_ok=True)
    text = (EXAMPLES / "lipowa7.toml").read_text("utf-8")
    if "[notify]" in extra:
        before, _, after = text.partition("[notify]")
        text = before + after[after.index("\n[") :] if "\n[" in after else before
    text += extra
    assert tomllib.loads(text)
    (folder / "building.toml").write_text(text)


def with_sim(world: World) -> SimulatedAir:
    """The world's SIM line carries SMS."""
    air = SimulatedAir()
    world.fleet.lines["sim"].sms = SimulatedSms("sim", air, world.messages.notifier)
    return air


def test_a_test_sms_goes_out_at_once_and_says_by_which_line(tmp_path):
    written(tmp_path, SIM)

    async def story(world):
        air = with_sim(world)
        told = await ended(world, await world.ask("test_message", channel="sms", to=NOWAK, who="anna"))
        assert told["result"] == {"channel": "sms", "messages": [{"to": NOWAK, "result": "sent", "by": "sim"}]}
        assert [to for to, text in air.texts] == [NOWAK] and "wiadomosc probna" in air.texts[0][1]
        assert ("anna", "test_message") in world.audit()
        world.fleet.lines["sim"].sms.broken = "no network"
        told = await ended(world, await world.ask("test_message", channel="sms", to=NOWAK, who="anna"))
        assert told["result"]["messages"] == [{"to": NOWAK, "result": "not sent", "why": "no SIM card can send now"}]

    virtually(tmp_path, story)


def test_an_sms_costs_money_and_goes_to_nobody_else(tmp_path):
    written(tmp_path, SIM)

    async def story(world):
        for number in (RESIDENT, "+48221234500", "+48700123456", ""):
            assert await world.refused("test_message", channel="sms", to=number, who="anna") == "not_texted"
        assert await world.refused("test_message", channel="letter", who="anna") == "bad_argument"
        assert await world.refused("test_message", channel="sms", to=NOWAK) == "bad_argument"

    virtually(tmp_path, story)


def test_mail_is_tried_with_every_address_and_says_what_the_server_says(tmp_path):
    written(tmp_path, MAIL)

    async def story(world):
        post = world.messages.notifier._carrying._post = SimulatedPost()
        told = await ended(world, await world.ask("test_message", channel="mail", who="anna"))
        assert [each.to for each in post.sent] == ["zarzad@example.com", "biuro@example.com"]
        assert [each["result"] for each in told["result"]["messages"]] == ["sent", "sent"]
        assert "wiadomość próbna" in post.sent[0].title
        post.broken = "(535, b'no')"
        told = await ended(world, await world.ask("test_message", channel="mail", who="anna"))
        assert {each["why"] for each in told["result"]["messages"]} == {"(535, b'no')"}
        assert await world.refused("test_message", channel="push", who="anna") == "no_recipient"

    virtually(tmp_path, story)


def test_what_is_not_set_up_cannot_be_tried(tmp_path):
    async def story(world):
        assert await world.refused("test_message", channel="sms", to=NOWAK, who="anna") == "no_sim"
        assert await world.refused("test_message", channel="mail", who="anna") == "no_mail_server"

    written(tmp_path, "\n[notify]\nsms = true\n")
    virtually(tmp_path, story)


async def a_ticket(world, caller=RESIDENT):
    ticket = world.register.new_uid()
    saved = await world.register.record(
        events.TICKET_OPENED, ticket=ticket, building="lipowa7", urgent=False, caller=caller, reason="sms"
    )
    return saved.number


def test_a_ticket_is_answered_by_sms_and_the_answer_is_a_note(tmp_path):
    written(tmp_path, SIM)

    async def story(world):
        air = with_sim(world)
        number = await a_ticket(world)
        told = await world.ask("ticket_sms", ticket=number, text=" Hydraulik będzie o 8. ", who="anna")
        [note] = told["ticket"]["notes"]
        assert (note["who"], note["text"]) == ("anna", "SMS: Hydraulik bedzie o 8.")
        while not air.texts:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(1)
        assert air.texts == [(RESIDENT, "Hydraulik bedzie o 8.")]
        kinds = [event.kind for event in world.register.events if event.kind.startswith("notice.")]
        assert kinds[0] == events.NOTICE_QUEUED
        assert ("anna", "ticket_sms") in world.audit()

    virtually(tmp_path, story)


def test_an_answer_that_cannot_arrive_is_refused(tmp_path):
    written(tmp_path, SIM)

    async def story(world):
        number = await a_ticket(world)
        assert await world.refused("ticket_sms", ticket=number, text=" ", who="anna") == "bad_argument"
        assert await world.refused("ticket_sms", ticket=number, text="a" * 460, who="anna") == "too_long"
        for caller in (None, "+48221234500"):
            number = await a_ticket(world, caller)
            assert await world.refused("ticket_sms", ticket=number, text="Tak", who="anna") == "not_texted"
        assert await world.refused("ticket_sms", ticket=9999, text="Tak", who="anna") == "no_such_ticket"

    virtually(tmp_path, story)
