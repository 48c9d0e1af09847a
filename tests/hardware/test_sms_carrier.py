"""SMS over the AT port, with a modem in software at the other end of a pseudo-terminal."""

import asyncio

import pytest

from appliance.clock import SystemClock
from appliance.notify.sms import NotSentError
from hardware.at import port as at_port
from hardware.at.port import AtPort, PortGoneError
from hardware.gsm.sms import carrier, pdu
from hardware.gsm.sms.carrier import GsmSms
from tests.hardware.ear import Ear
from tests.hardware.modem.firmware import Knobs, Radio
from tests.hardware.modem.makes import Plain
from tests.hardware.modem.usb import Stick
from tests.hardware.test_sms_pdu import NUMBER, delivered, report

DEADLINE_SECONDS = 60.0
LONG = "Zalana piwnica w klatce B, woda leci z rury przy liczniku i zalewa rozdzielnie. " * 4


class Box:
    """The box's half: a port that comes back when the modem is plugged in again."""

    def __init__(self, modem: Stick, ear: Ear) -> None:
        self._modem, self.port = modem, None
        self.sms = GsmSms("sim", self, ear, SystemClock(), lambda: self.port is not None and self.port.open)

    async def opens(self) -> None:
        self.port = AtPort(self._modem.at, on_report=self.sms.on_report, on_gone=lambda reason: self.sms.on_change())
        self.port.start()
        await self.port.send("AT")
        self.sms.on_change()

    async def send(self, command, prefix=None, **how):
        if self.port is None or not self.port.open:
            raise PortGoneError("no modem")
        return await self.port.send(command, prefix, **how)

    async def closes(self) -> None:
        if ending := self.sms.stop():
            await asyncio.wait(ending)
        if self.port is not None:
            self.port.close()


def texts(tmp_path, story, **stick):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            modem = Stick(Plain, tmp_path, **stick)
            modem.plug()
            ear = Ear()
            box = Box(modem, ear)
            await box.opens()
            try:
                await story(modem, box, ear)
            finally:
                await box.closes()
                modem.unplug()
                await modem.network.end()

    asyncio.run(whole())


def at_the_far_end(modem) -> str:
    """What the recipient reads."""
    parts = [pdu.read(delivered(pdu.Submit(text, length))) for length, text in modem.network.sent]
    return "".join(each.text for each in parts)


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110 - the modem in software tells nobody
        await asyncio.sleep(0.01)


FRAGMENTS = [{}, {"piece_bytes": 1}, {"piece_bytes": 7, "piece_seconds": 0.05}]


@pytest.mark.parametrize("pieces", FRAGMENTS, ids=["whole", "bytes", "50 ms"])
@pytest.mark.parametrize("text", ["PILNE 1001: Lipowa 7", "Zażółć gęślą jaźń", "OK", LONG, "żółw " * 40])
def test_a_text_is_sent_and_its_arrival_is_told(tmp_path, text, pieces):
    async def story(modem, box, ear):
        reference = await box.sms.send(NUMBER, text)
        assert at_the_far_end(modem) == text
        for each in reference.split("+"):
            assert ear.fates.empty()
            modem.firmware.deliver(report(int(each), 0))
        fate = await ear.fates.get()
        assert (fate.to, fate.reference, fate.delivered) == (NUMBER, reference, True)

    texts(tmp_path, story, knobs=Knobs(**pieces))


def test_what_the_network_gave_up_is_told_and_what_it_still_tries_is_not(tmp_path):
    async def story(modem, box, ear):
        reference = await box.sms.send(NUMBER, "x")
        modem.firmware.deliver(report(int(reference), 0x30))
        modem.firmware.deliver(report(int(reference), 0x46))
        assert not (await ear.fates.get()).delivered
        assert ear.fates.empty()

    texts(tmp_path, story)


def test_a_lost_prompt_costs_one_try_and_nothing_is_sent_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(at_port, "PROMPT_SECONDS", 0.3)
    monkeypatch.setattr(carrier, "NOT_BEGUN", ("no modem", "no prompt within 0.3 s"))

    async def story(modem, box, ear):
        with pytest.raises(NotSentError) as lost:
            await box.sms.send(NUMBER, "pierwszy")
        assert not lost.value.unsure and not lost.value.final
        await box.sms.send(NUMBER, "pierwszy")
        assert at_the_far_end(modem) == "pierwszy"

    texts(tmp_path, story, knobs=Knobs(lost_prompts=1))


def test_without_a_network_it_is_not_sent_and_not_given_up(tmp_path):
    async def story(modem, box, ear):
        with pytest.raises(NotSentError, match="331") as refused:
            await box.sms.send(NUMBER, "x")
        assert not refused.value.final and not refused.value.unsure

    texts(tmp_path, story, radio=Radio(registration=2))


def test_unplugged_in_the_middle_nobody_knows_and_after_replugging_it_goes(tmp_path):
    async def story(modem, box, ear):
        modem.firmware.at_body = modem.unplug
        begun = asyncio.get_running_loop().time()
        with pytest.raises(NotSentError) as cut:
            await box.sms.send(NUMBER, "x")
        assert cut.value.unsure
        assert asyncio.get_running_loop().time() - begun < 3.0
        assert not box.sms.ready()
        with pytest.raises(NotSentError, match="no modem") as away:
            await box.sms.send(NUMBER, "x")
        assert not away.value.unsure
        modem.firmware.at_body = lambda: None
        modem.network.sent.clear()
        modem.plug()
        await box.opens()
        assert ear.ready == 2
        await box.sms.send(NUMBER, "x")
        assert at_the_far_end(modem) == "x"

    texts(tmp_path, story)


@pytest.mark.parametrize("pieces", FRAGMENTS, ids=["whole", "bytes", "50 ms"])
@pytest.mark.parametrize("text", ["1", "OK", "Nie działa domofon", LONG])
def test_what_comes_in_is_told_once_and_erased(tmp_path, text, pieces):
    async def story(modem, box, ear):
        for part in reversed(pdu.submit(NUMBER, text, 77)):
            modem.firmware.receive(delivered(part))
        sms = await ear.came.get()
        assert (sms.sender, sms.text, sms.line) == (NUMBER, text, "sim")
        await until(lambda: not modem.firmware.store)
        assert ear.came.empty()

    texts(tmp_path, story, knobs=Knobs(**pieces))


def test_what_came_while_the_box_was_off_is_fetched_at_the_start(tmp_path):
    async def story(modem, box, ear):
        await box.closes()
        modem.firmware.receive(delivered(pdu.submit(NUMBER, "w nocy", 1)[0]))
        again = Box(modem, ear)
        await again.opens()
        assert (await ear.came.get()).text == "w nocy"
        await again.closes()

    texts(tmp_path, story)


def test_a_full_store_is_emptied_and_what_cannot_be_read_does_not_fill_it(tmp_path):
    async def story(modem, box, ear):
        await box.closes()
        modem.firmware.receive("00FFFF")
        number = 0
        while modem.firmware.receive(delivered(pdu.submit(NUMBER, f"nr {number}", 1)[0])) is not None:
            number += 1
        again = Box(modem, ear)
        await again.opens()
        assert [(await ear.came.get()).text for _ in range(number)] == [f"nr {each}" for each in range(number)]
        await until(lambda: not modem.firmware.store)
        await again.closes()

    texts(tmp_path, story)


def test_what_the_disk_does_not_take_stays_in_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr(carrier, "RETRY_SECONDS", 0.1)

    async def story(modem, box, ear):
        ear.saves = False
        modem.firmware.receive(delivered(pdu.submit(NUMBER, "1", 1)[0]))
        await asyncio.sleep(0.4)
        assert len(modem.firmware.store) == 1
        ear.saves = True
        assert (await ear.came.get()).text == "1"
        await until(lambda: not modem.firmware.store)

    texts(tmp_path, story)


def test_a_missing_part_is_waited_for_until_the_rest_goes_without_it(tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.gsm.sms.letters.PATIENCE_SECONDS", 0.5)

    async def story(modem, box, ear):
        first, _, *rest = pdu.submit(NUMBER, "a" * 400, 5)
        for part in (first, *rest):
            modem.firmware.receive(delivered(part))
        assert "[…]" in (await ear.came.get()).text
        await until(lambda: not modem.firmware.store)

    texts(tmp_path, story)
