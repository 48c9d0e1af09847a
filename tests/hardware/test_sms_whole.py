"""An urgent call told by a modem in software, to the letter on the air, and taken by the SMS that comes back."""

import asyncio
import random
from dataclasses import replace

from appliance.building import file
from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.notify import outbox
from appliance.notify.notifier import Notifier
from appliance.notify.simulated import SimulatedPost
from appliance.notify.sms import CarriesSms
from appliance.register import events
from appliance.register.memory import MemoryRegister
from appliance.register.watched import WatchedRegister
from hardware.gsm.line import GsmLine
from hardware.gsm.sms import pdu
from hardware.modem.attached import Place
from tests.hardware.ear import Ear
from tests.hardware.modem.makes import Plain, Quectel
from tests.hardware.modem.usb import Stick
from tests.hardware.test_sms_carrier import Box, until
from tests.hardware.test_sms_pdu import delivered, report
from tests.scenarios.stage import EXAMPLES, KOWALSKA, NOWAK, RESIDENT

DEADLINE_SECONDS = 60.0


class House:
    """A building, its register and notifier, and a modem."""

    def __init__(self, tmp_path) -> None:
        building = file.read(EXAMPLES / "lipowa7.toml")
        sim = LineConfig("sim", "gsm", ("+48600000001",), 1)
        self.building = replace(building, lines={**building.lines, "sim": sim})
        self.clock = SystemClock()
        self.register = MemoryRegister(self.clock, random.Random(3))
        watched = WatchedRegister(self.register)
        self.settled: list[str] = []
        self.modem = Stick(Plain, tmp_path)
        self.modem.plug()
        self.notifier = Notifier(
            watched,
            self.clock,
            building=lambda: self.building,
            overrides=lambda: (),
            sms=lambda: [self.box.sms],
            post=SimulatedPost(),
            settled=self.settled.append,
        )
        watched.hears = self.notifier.heard
        self.box = Box(self.modem, self.notifier)
        self.record = watched.record

    def urgent_call(self) -> str:
        call, self.ticket = self.register.new_uid(), self.register.new_uid()
        self.record(events.CALL_STARTED, call=call, building="lipowa7", caller=RESIDENT, line="provider")
        self.record(events.CALL_URGENT, call=call)
        self.record(events.TICKET_OPENED, call=call, ticket=self.ticket, urgent=True, caller=RESIDENT, reason="urgent")
        self.record(events.CALL_DESTINATION, call=call, destination="duty:pogotowie")
        return call

    def air(self) -> list[tuple[str, str]]:
        """Who was sent what."""
        found = []
        for length, text in self.modem.network.sent:
            octets = bytes.fromhex(text)
            digits = "".join(f"{each & 15:x}{each >> 4:x}" for each in octets[5 : 5 + (octets[3] + 1) // 2])
            found.append((f"+{digits.rstrip('f')}", pdu.read(delivered(pdu.Submit(text, length))).text))
        return found


def lives(tmp_path, story):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            house = House(tmp_path)
            await house.box.opens()
            try:
                await story(house)
            finally:
                if ending := house.notifier.stop():
                    await asyncio.wait(ending)
                await house.box.closes()
                house.modem.unplug()
                await house.modem.network.end()

    asyncio.run(whole())


def address(number: str) -> str:
    """A number as it stands in a PDU."""
    digits = number.removeprefix("+")
    padded = digits + "F" * (len(digits) % 2)
    return f"{len(digits):02X}91" + "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))


def test_an_urgent_call_goes_out_to_both_and_the_answer_1_takes_the_ticket(tmp_path):
    async def story(house):
        house.urgent_call()
        await until(lambda: len(house.air()) == 2)
        assert [to for to, _ in house.air()] == [NOWAK, KOWALSKA]
        assert all(text.startswith("PILNE 1001: ") for _, text in house.air())
        house.modem.firmware.deliver(report(1, 0).replace("0B918405512005F3", address(NOWAK)))
        await until(lambda: any(each.kind == events.NOTICE_DELIVERED for each in house.register.events))
        house.modem.firmware.receive(delivered(pdu.submit(KOWALSKA, "1", 1)[0], sender=address(KOWALSKA)))
        await until(lambda: len(house.air()) == 4)
        assert house.settled == [house.ticket]
        assert house.register.tickets()[0]["taken_by"] == "kowalska"
        told = dict(house.air()[2:])
        assert "m. 12" in told[KOWALSKA] and "m. 12" not in told[NOWAK]
        await until(lambda: not house.modem.firmware.store)

    lives(tmp_path, story)


def test_unplugged_in_the_middle_of_an_sms_everybody_is_told_after_replugging(tmp_path, monkeypatch):
    monkeypatch.setitem(outbox.PAUSES_SECONDS, "sms", (0.1, 0.1))

    async def story(house):
        house.modem.firmware.at_body = house.modem.unplug
        house.urgent_call()
        await until(lambda: any(each.kind == events.NOTICE_FAILED for each in house.register.events))
        house.modem.network.sent.clear()
        house.modem.firmware.at_body = lambda: None
        house.modem.plug()
        await house.box.opens()
        await until(lambda: len(house.air()) == 2)
        await until(lambda: house.notifier.waiting() == 0)
        assert sorted(to for to, _ in house.air()) == [NOWAK, KOWALSKA]

    lives(tmp_path, story)


def test_the_line_of_a_sim_carries_sms_also_after_its_modem_was_away(tmp_path):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            stick, ear = Stick(Quectel, tmp_path), Ear()
            config = LineConfig("sim", "gsm", ("+48600000001",), 1)
            line = GsmLine(
                config,
                None,
                clock=SystemClock(),
                data=tmp_path,
                language=lambda: "pl",
                texts=ear,
                place=Place("", stick.sys, stick.dev),
            )
            assert isinstance(line, CarriesSms)
            await line.start(lambda leg: None)
            try:
                for turn in (1, 2):
                    assert not line.sms.ready()
                    stick.plug()
                    await until(line.sms.ready)
                    await until(lambda turn=turn: ear.ready == turn)
                    await line.sms.send(NOWAK, f"nr {turn}")
                    stick.firmware.receive(delivered(pdu.submit(NOWAK, f"odp {turn}", 1)[0]))
                    assert (await ear.came.get()).text == f"odp {turn}"
                    await until(lambda: not stick.firmware.store)
                    stick.unplug()
                    await until(lambda: not line.sms.ready())
                assert len(stick.network.sent) == 2
            finally:
                await line.stop()
                await stick.network.end()

    asyncio.run(whole())
