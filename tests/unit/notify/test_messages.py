"""The exchange's messages on a real register: what a killed exchange has left, faults shown, faults sent by mail."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

from appliance.building import file
from appliance.building.model import LineConfig, Notify
from appliance.clock import SystemClock
from appliance.faults import Faults
from appliance.lines.simulated import SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.messages import Messages
from appliance.notify.simulated import SimulatedAir, SimulatedPost, SimulatedSms
from appliance.register import events
from appliance.register.store import RegisterStore
from appliance.register.watched import WatchedRegister
from tests.scenarios.stage import EXAMPLES, KOWALSKA, NOWAK, RESIDENT

SIM = LineConfig("sim", "gsm", ("+48600000001",), 1)


class SimLine(SimulatedLine):
    """A line that carries SMS, too."""

    def __init__(self, air: SimulatedAir) -> None:
        super().__init__("sim", SIM.numbers, 1, SimulatedNetwork())
        self.sms = SimulatedSms("sim", air)


class Life:
    """One life of an exchange's messages on the data of `folder`."""

    def __init__(self, folder: Path, notify: Notify) -> None:
        building = file.read(EXAMPLES / "lipowa7.toml")
        self.building = replace(building, lines={**building.lines, "sim": SIM}, notify=notify)
        self.folder, self.clock, self.air = folder, SystemClock(), SimulatedAir()
        self.faults, self.post = Faults(self.clock), SimulatedPost()

    async def __aenter__(self) -> "Life":
        self.store = await RegisterStore.open(
            self.folder / "register.db", self.clock, random.Random(), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        self.watched = WatchedRegister(self.store)
        self.line = SimLine(self.air)
        self.messages = Messages(
            self.watched,
            self.folder / "register.db",
            self.clock,
            building=lambda: self.building,
            overrides=lambda: (),
            lines={"sim": self.line},
            settled=lambda ticket: None,
            faults=self.faults,
            faults_now=self.faults.by_part,
        )
        self.messages.notifier._carrying._post = self.post
        self.line.sms.listener = self.messages.notifier
        await self.messages.resume()
        return self

    async def __aexit__(self, *trouble: object) -> None:
        if ending := self.messages.stop():
            await asyncio.wait(ending)
        await self.store.close()

    async def urgent(self) -> None:
        call, ticket = self.store.new_uid(), self.store.new_uid()
        record = self.watched.record
        record(events.CALL_STARTED, call=call, building="lipowa7", caller=RESIDENT, line="provider")
        record(events.CALL_URGENT, call=call)
        record(events.TICKET_OPENED, call=call, ticket=ticket, urgent=True, caller=RESIDENT, reason="urgent")
        await record(events.CALL_DESTINATION, call=call, destination="duty:pogotowie")


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the disk's thread tells by futures of others
            await asyncio.sleep(0.02)


def test_what_a_life_could_not_send_the_next_one_sends_once(tmp_path, monkeypatch):
    monkeypatch.setattr("appliance.notify.simulated.SEND_SECONDS", 0.01)

    async def story():
        async with Life(tmp_path, Notify()) as first:
            first.line.sms.broken = "no network"
            await first.urgent()
            await until(lambda: first.messages.notifier.waiting() == 2)
            assert first.messages.now() == {"waiting": 2, "undelivered": 0}
        async with Life(tmp_path, Notify()) as second:
            await until(lambda: second.messages.notifier.waiting() == 0)
            assert sorted(to for to, _ in second.air.texts) == [NOWAK, KOWALSKA]
            assert all("PILNE 1001" in text for _, text in second.air.texts)
        async with Life(tmp_path, Notify()) as third:
            await asyncio.sleep(0.2)
            assert third.air.texts == []

    asyncio.run(story())


def test_a_register_that_opens_later_is_gone_on_with_then_and_only_once(tmp_path):
    async def story():
        async with Life(tmp_path, Notify()) as life:
            assert life.messages._resumed
            resumed = []
            life.messages.notifier.resume = resumed.append
            await life.messages.resume()
            assert resumed == []

    asyncio.run(story())


def test_what_reached_nobody_is_a_fault_with_its_remedy_and_no_name_in_the_log(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("appliance.notify.simulated.SEND_SECONDS", 0.01)

    async def story():
        async with Life(tmp_path, Notify()) as life:
            life.air.unknown.add(KOWALSKA)
            await life.urgent()
            await until(lambda: life.messages.now()["undelivered"] == 1)
            life.messages._look(life.clock.monotonic())
            [fault] = life.faults.texts()
            assert "Anna Kowalska (+48600300400)" in fault and "Zadzwonić do tej osoby" in fault
            assert "Kowalska" not in caplog.text and KOWALSKA not in caplog.text

    asyncio.run(story())


def test_faults_go_out_by_mail_when_they_last_and_when_they_are_over(tmp_path):
    async def story():
        notify = Notify(mail=("zarzad@example.com",), mail_server="smtp.example.com")
        async with Life(tmp_path, notify) as life:
            life.faults.set("disk", "Na dysku jest już tylko 150 MB.")
            for moment in (0.0, 61.0):
                life.messages._look(moment)
            await until(lambda: len(life.post.sent) == 1)
            life.faults.clear("disk")
            for moment in (62.0, 300.0):
                life.messages._look(moment)
            await until(lambda: len(life.post.sent) == 2)
        assert [each.title for each in life.post.sent] == [
            "Dyżurka Lipowa 7: usterka",
            "Dyżurka Lipowa 7: usterka minęła",
        ]
        assert "150 MB" in life.post.sent[0].text

    asyncio.run(story())


def test_addresses_without_a_server_are_a_fault(tmp_path):
    async def story():
        async with Life(tmp_path, Notify(mail=("zarzad@example.com",))) as life:
            life.messages._look(0.0)
            assert "mail_server" in life.faults.texts()[0]

    asyncio.run(story())
