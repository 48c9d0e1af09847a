"""Telephones in the building as a line: rung all at once, remembered over a restart, heard when they call 112."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime

import pytest

from appliance.lines.line import Cause, LineState, NotAnsweredError
from appliance.lines.sip.digest import Login, answer, strongest
from appliance.lines.sip.extensions import Extensions
from appliance.lines.sip.stack import SipStack
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

from .peer import SDP, request, response
from .sound import QuietMedia
from .test_sip_keeping import Provider

OURS = "+48221234567"
HOST = "127.0.0.1"


class Telephone(Provider):
    """A telephone of extension 21; `will` are the statuses with which it answers an INVITE."""

    def __init__(self, house, will=(180,)):
        super().__init__()
        self.house, self.will = house, will
        self.says = self.behave
        self.number = 0

    def behave(self, message):
        method = getattr(message, "method", None)
        if method == "INVITE":
            return [self.answer(message, status) for status in self.will]
        if method == "CANCEL":
            invite = next(each for each in self.heard if getattr(each, "method", None) == "INVITE")
            return [response(message, 200), self.answer(invite, 487)]
        return [response(message, 200)] if method == "BYE" else []

    def answer(self, invite, status):
        contact = (f"Contact: <sip:21@10.1.2.3:{self.port}>",)  # what it thinks of itself
        return response(invite, status, extra=contact, body=SDP if status == 200 else "", tag=f"t{self.port}")

    async def send(self, packet):
        self.socket.send(packet.encode(), self.house.stack.address)
        await asyncio.sleep(0.01)

    async def ask(self, method, uri=f"sip:{HOST}", call="", headers=()):
        """A request with the password of 21; what came back last."""
        self.number += 2
        call = call or f"r{self.port}"
        value = None
        for step in (0, 1):
            packet = request(
                method,
                uri=uri,
                branch=f"{method}{self.port}{self.number + step}",
                cseq=self.number + step,
                call=call,
                from_=f"<sip:21@{HOST}>;tag=t",
                contact=f"<sip:21@10.1.2.3:{self.port}>",
                extra=[*headers, *([f"Authorization: {value}"] if value else [])],
            ).replace("To: <sip:+48221234567@", "To: <sip:21@")
            await self.send(packet)
            challenged = self.heard[-1]
            if step == 0:
                login = Login("21", "secret")
                value = answer(strongest(challenged.all("WWW-Authenticate")), login, method, f"sip:{HOST}", "c")
        return self.heard[-1]


class Memory:
    """Keeps what was written; `full`: it refuses."""

    def __init__(self):
        self.content, self.full = '{"telephones": []}', False

    async def read(self):
        return json.loads(self.content)["telephones"]

    async def write(self, content):
        if self.full:
            raise OSError("no space left")
        self.content = content


class House:
    def __init__(self, loop):
        self.clock = VirtualClock(loop, datetime(2026, 11, 22, tzinfo=UTC))
        self.store = Memory()
        self.telephones = []
        self.calls = []
        self.media = QuietMedia()
        self.code = ""  # that the box has to tell

    async def begin(self):
        self.stack = SipStack(
            (HOST, 0),
            media=self.media,
            clock=self.clock,
            rng=random.Random(1),
            phones=lambda host: True,
            password={"21": "secret"}.get,
        )
        await self.stack.start()
        self.line = Extensions(self.stack, self.store, lambda: 'Dyżurka "Lipowa 7"', lambda: self.code)
        await self.line.start(self.calls.append)

    async def end(self):
        await self.line.stop()
        await self.stack.stop()

    async def telephone(self, *will, registered=True):
        phone = Telephone(self, will or (180,))
        self.telephones.append(phone)
        if registered:
            assert (await phone.ask("REGISTER", headers=["Expires: 600"])).status == 200
        return phone

    async def dial(self, ring_seconds=20.0):
        return await self.line.dial("ext:21", shown=OURS, ring_seconds=ring_seconds)

    async def fails(self, ring_seconds=20.0):
        with pytest.raises(NotAnsweredError) as failed:
            await self.dial(ring_seconds)
        return failed.value


def live(story):
    loop = VirtualLoop()

    async def told():
        house = House(loop)
        await house.begin()
        try:
            await story(house)
        finally:
            await house.end()
            for phone in house.telephones:
                phone.socket.close()
        assert all(channel.closed for channel in house.media.channels)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtually(loop, told())


def test_nobody_is_registered():
    async def story(house):
        assert house.line.state() == LineState("up") and not house.line.registered("21")
        failed = await house.fails()
        assert (failed.cause, failed.seconds) == (Cause.NOT_REGISTERED, 0.0)

    live(story)


def test_a_telephone_is_rung_and_shows_who_calls_it():
    async def story(house):
        phone = await house.telephone(180, 200)
        leg = await house.dial()
        assert (leg.called, leg.line, leg.up) == ("ext:21", "phones", True)
        invite = next(each for each in phone.heard if getattr(each, "method", None) == "INVITE")
        assert invite.uri == f"sip:21@10.1.2.3:{phone.port}"
        assert invite.first("From").startswith(f'"Dyżurka \\"Lipowa 7\\"" <sip:{OURS}@{HOST}>;tag=')
        leg.hangup()
        await asyncio.sleep(0.01)
        assert phone.methods()[-2:] == ["ACK", "BYE"], "where it really is, whatever its Contact says"

    live(story)


def test_all_ring_the_first_to_answer_has_the_call_and_the_others_stop():
    async def story(house):
        first, second, third = [await house.telephone(180) for _ in range(3)]
        dialling = asyncio.create_task(house.dial())
        await asyncio.sleep(5.0)
        assert all("INVITE" in each.methods() for each in (first, second, third))
        invite = next(each for each in second.heard if getattr(each, "method", None) == "INVITE")
        await second.send(second.answer(invite, 200))
        leg = await dialling
        await asyncio.sleep(0.01)
        assert leg.up and "CANCEL" in first.methods() and "CANCEL" in third.methods()
        assert "CANCEL" not in second.methods() and "ACK" in second.methods()
        assert house.line.free_channels() == 59

    live(story)


def test_two_that_answer_in_the_same_moment_leave_one_call():
    async def story(house):
        both = [await house.telephone(180, 200) for _ in range(2)]
        leg = await house.dial()
        await asyncio.sleep(0.05)
        assert leg.up and sorted("BYE" in each.methods() for each in both) == [False, True]

    live(story)


@pytest.mark.parametrize(
    ("wills", "cause"),
    [
        ([(486,)], Cause.BUSY),
        ([(180, 603)], Cause.REFUSED),
        ([(486,), (180,)], Cause.BUSY),
        ([(480,), (486,), ()], Cause.BUSY),
        ([(404,)], Cause.WRONG_NUMBER),
        ([(503,)], Cause.NOT_REGISTERED),
        ([None], Cause.NOT_REGISTERED),
        ([None, (180,)], Cause.NO_ANSWER),
    ],
)
def test_why_nobody_answered(wills, cause):
    async def story(house):
        for will in wills:
            phone = await house.telephone(*(will or ()))
            if will is None:
                phone.says = lambda message: []
        assert (await house.fails()).cause is cause

    live(story)


def test_ringing_time_is_kept_and_giving_up_stops_the_ringing():
    async def story(house):
        phone = await house.telephone(180)
        failed = await house.fails(15.0)
        assert (failed.cause, failed.seconds) == (Cause.NO_ANSWER, 15.0)
        await asyncio.sleep(0.01)
        assert phone.methods().count("CANCEL") == 1
        dialling = asyncio.create_task(house.dial())
        await asyncio.sleep(1.0)
        dialling.cancel()
        await asyncio.wait({dialling})
        await asyncio.sleep(0.01)
        assert phone.methods().count("CANCEL") == 2 and house.line.free_channels() == 60

    live(story)


def test_over_a_restart_a_telephone_is_still_known_until_its_time_is_over():
    async def story(house):
        await house.telephone(180, 486)
        await house.end()
        (row,) = await house.store.read()
        assert (row["extension"], row["host"]) == ("21", HOST)
        await house.begin()
        assert house.line.registered("21")
        assert (await house.fails()).cause is Cause.BUSY
        await asyncio.sleep(600.0)
        assert not house.line.registered("21")

    live(story)


def test_where_they_are_is_on_disk_at_once_not_only_at_the_end():
    async def story(house):
        await house.telephone()
        await asyncio.sleep(0.01)
        assert len(await house.store.read()) == 1

    live(story)


def test_a_disk_that_refuses_costs_nothing_but_the_memory_over_a_restart(caplog):
    async def story(house):
        house.store.full = True
        await house.telephone(180, 486)
        assert (await house.fails()).cause is Cause.BUSY

    live(story)
    assert "cannot be written" in caplog.text


def test_a_telephone_calls_112_and_nothing_else():
    async def story(house):
        phone = await house.telephone()
        assert (await phone.ask("INVITE", "sip:0700123456@box", call="fraud")).status == 403
        assert house.calls == []
        assert (await phone.ask("INVITE", "sip:112@box", call="help")).status == 100
        (leg,) = house.calls
        assert (leg.called, leg.caller, leg.line) == ("112", "ext:21", "phones")

    live(story)


def test_while_the_box_has_a_code_to_tell_a_telephone_may_dial_anything_and_reaches_the_box():
    async def story(house):
        phone = await house.telephone()
        house.code = "7KQM-X2WD"
        assert (await phone.ask("INVITE", "sip:0@box", call="claim")).status == 100
        assert (await phone.ask("INVITE", "sip:0700123456@box", call="also")).status == 100
        assert (await phone.ask("INVITE", "sip:+48112@box", call="help")).status == 100
        assert [leg.called for leg in house.calls] == ["0", "0700123456", "112"]
        house.code = ""
        assert (await phone.ask("INVITE", "sip:0@box", call="later")).status == 403

    live(story)
