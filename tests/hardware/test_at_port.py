"""The AT port over a pseudo-terminal, with a modem in software at the other end."""

import asyncio

import pytest

from hardware.at import port as at_port
from hardware.at.port import AtError, AtPort, AtTimeoutError, CutShortError, PortGoneError
from tests.hardware.modem.firmware import Card, Knobs
from tests.hardware.modem.makes import Plain, Quectel, Simcom
from tests.hardware.modem.usb import Stick

DEADLINE_SECONDS = 20.0
PDU = "0001000B918405210583F200000241E1"  # to +48501250382, "A"... as the soft modem counts it
LENGTH = len(PDU) // 2 - 1


def talks(tmp_path, story, make=Plain, **stick):
    """Run a story with a modem that is plugged in and a port that is open."""

    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            modem = Stick(make, tmp_path, **stick)
            modem.plug()
            reports, gone = [], []
            port = AtPort(modem.at, on_report=reports.append, on_gone=gone.append)
            port.start()
            try:
                await story(modem, port, reports, gone)
            finally:
                port.close()
                modem.unplug()
                await modem.network.end()

    asyncio.run(whole())


FRAGMENTS = [{}, {"piece_bytes": 1}, {"piece_bytes": 7, "piece_seconds": 0.05}]


@pytest.mark.parametrize("pieces", FRAGMENTS, ids=["whole", "bytes", "50 ms"])
@pytest.mark.parametrize("echo", [True, False])
def test_commands_get_their_own_answers_in_order(tmp_path, pieces, echo):
    async def story(modem, port, reports, gone):
        asked = [port.send("AT+CGMM", ""), port.send("AT+CSQ", "+CSQ:"), port.send("AT+CPIN?", "+CPIN:")]
        assert await asyncio.gather(*asked) == [["X220"], ["+CSQ: 21,99"], ["+CPIN: READY"]]
        assert reports == gone == []

    talks(tmp_path, story, knobs=Knobs(echo=echo, **pieces))


def test_refusals_come_with_their_number(tmp_path):
    async def story(modem, port, reports, gone):
        with pytest.raises(AtError) as refused:
            await port.send("AT+NOSUCH")
        assert refused.value.code is None
        with pytest.raises(AtError) as refused:
            await port.send("AT+CPIN?", "+CPIN:")
        assert refused.value.code == 10
        with pytest.raises(AtError) as refused:
            await port.send("ATD123")
        assert refused.value.final.kind == "NO CARRIER"

    talks(tmp_path, story, card=Card(present=False))


def test_ring_within_every_answer_stays_a_ring(tmp_path):
    async def story(modem, port, reports, gone):
        modem.network.call("+48501502503")
        for _ in range(5):
            assert await port.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]
        assert [each.text for each in reports] == ["RING"] * 6

    talks(tmp_path, story, knobs=Knobs(ring_in_answers=True))


def test_call_that_ends_during_another_command_does_not_end_that_command(tmp_path):
    async def story(modem, port, reports, gone):
        far = modem.network.call("+48501502503")
        asked = asyncio.ensure_future(port.send("AT+CSQ", "+CSQ:"))
        far.hangs_up()
        assert await asked == ["+CSQ: 21,99"]
        assert [each.text for each in reports] == ["RING", "NO CARRIER"]

    talks(tmp_path, story)


def test_bytes_of_no_language_do_not_stop_it(tmp_path):
    async def story(modem, port, reports, gone):
        modem.network.call("+48501502503")
        assert await port.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]
        assert [each.text for each in reports] == ["ÿþÃ", "RING"]

    talks(tmp_path, story, knobs=Knobs(junk=b"\r\n\xff\xfe\x00\xc3\r\n"))


@pytest.mark.parametrize("pieces", FRAGMENTS, ids=["whole", "bytes", "50 ms"])
def test_message_is_sent_after_its_prompt(tmp_path, pieces):
    async def story(modem, port, reports, gone):
        assert await port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU) == ["+CMGS: 1"]
        assert modem.network.sent == [(LENGTH, PDU)]

    talks(tmp_path, story, knobs=Knobs(**pieces))


def test_lost_prompt_is_escaped_from_and_the_next_command_is_a_command(tmp_path, monkeypatch):
    monkeypatch.setattr(at_port, "PROMPT_SECONDS", 0.2)

    async def story(modem, port, reports, gone):
        with pytest.raises(AtTimeoutError, match="no prompt"):
            await port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU)
        assert await port.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]
        assert await port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU) == ["+CMGS: 1"]
        assert modem.network.sent == [(LENGTH, PDU)]

    talks(tmp_path, story, knobs=Knobs(lost_prompts=1))


def test_late_answer_is_not_taken_for_the_next_one(tmp_path):
    async def story(modem, port, reports, gone):
        modem.firmware.knobs.mute = True
        with pytest.raises(AtTimeoutError):
            await port.send("AT+CSQ", "+CSQ:", seconds=0.1)
        modem.firmware.knobs.mute = False
        modem.firmware.ok("+CSQ: 3,99")  # what was asked before
        assert await port.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]

    talks(tmp_path, story, knobs=Knobs(echo=False))


def test_whoever_stops_waiting_disturbs_nobody(tmp_path):
    async def story(modem, port, reports, gone):
        first = asyncio.ensure_future(port.send("AT+CGMM", ""))
        second = asyncio.ensure_future(port.send("AT+CGMI", ""))
        third = asyncio.ensure_future(port.send("AT+CSQ", "+CSQ:"))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        assert await third == ["+CSQ: 21,99"]
        assert "AT+CGMI" not in modem.firmware.received

    talks(tmp_path, story, knobs=Knobs(piece_bytes=1))


def test_urgent_command_goes_before_those_that_wait(tmp_path):
    async def story(modem, port, reports, gone):
        waiting = [asyncio.ensure_future(port.send(each)) for each in ("AT", "AT+CMEE=1", "AT+CSMS=1")]
        await asyncio.sleep(0)
        await port.send("AT+CHUP", first=True)
        await asyncio.gather(*waiting)
        assert modem.firmware.received.index("AT+CHUP") <= 1

    talks(tmp_path, story)


def test_unplugged_every_command_fails_at_once_and_it_is_told_once(tmp_path):
    async def story(modem, port, reports, gone):
        modem.firmware.knobs.mute = True
        asked = [asyncio.ensure_future(port.send(each, seconds=60.0)) for each in ("AT", "AT+CSQ", "AT+CGMM")]
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        modem.unplug()
        failed = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(each) for each in failed] == [PortGoneError] * 3
        assert asyncio.get_running_loop().time() - began < 1.0
        assert len(gone) == 1
        assert not port.open
        with pytest.raises(PortGoneError):
            await port.send("AT")

    talks(tmp_path, story)


def test_port_belongs_to_one_owner(tmp_path):
    async def story(modem, port, reports, gone):
        second = AtPort(modem.at, on_report=reports.append)
        with pytest.raises(OSError, match="busy"):
            second.start()
        port.close()
        second.start()
        assert await second.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]
        second.close()

    talks(tmp_path, story)


def test_delivery_report_comes_with_its_second_line_between_other_answers(tmp_path):
    async def story(modem, port, reports, gone):
        modem.firmware.deliver("0006050B918405210583F2")
        assert await port.send("AT+CSQ", "+CSQ:") == ["+CSQ: 21,99"]
        assert [(each.name, each.body) for each in reports] == [("+CDS", "0006050B918405210583F2")]

    talks(tmp_path, story, knobs=Knobs(piece_bytes=1))


def test_stored_messages_are_read_with_their_bodies(tmp_path):
    async def story(modem, port, reports, gone):
        index = modem.firmware.receive(PDU)
        assert await port.send("AT+CMGL=4", "+CMGL:", bodies=True) == [f"+CMGL: {index},0,,{LENGTH}", PDU]
        assert await port.send(f"AT+CMGR={index}", "+CMGR:", bodies=True) == [f"+CMGR: 1,,{LENGTH}", PDU]
        await port.send(f"AT+CMGD={index}")
        assert await port.send("AT+CMGL=4", "+CMGL:", bodies=True) == []
        assert [each.text for each in reports] == [f'+CMTI: "ME",{index}']

    talks(tmp_path, story)


def test_silent_modem_is_told_from_one_that_is_gone(tmp_path):
    async def story(modem, port, reports, gone):
        modem.firmware.knobs.mute = True
        with pytest.raises(AtTimeoutError):
            await port.send("AT", seconds=0.1)
        assert port.open
        assert gone == []

    talks(tmp_path, story, make=Quectel)


def test_modem_that_takes_no_bytes_holds_a_command_up_for_its_time_only(tmp_path, monkeypatch):
    monkeypatch.setattr(at_port, "WRITE_SECONDS", 0.3)

    async def story(modem, port, reports, gone):
        modem.stalls(True)
        with pytest.raises(AtTimeoutError, match="takes no bytes"):
            await port.send("AT" + "X" * 1_000_000)
        modem.stalls(False)
        assert await port.send("AT+CGMM", "") == ["X220"]
        assert gone == []

    talks(tmp_path, story)


def test_pin_is_not_written_to_the_log(tmp_path, caplog):
    caplog.set_level("DEBUG", logger="dyzurka.gsm")

    async def story(modem, port, reports, gone):
        with pytest.raises(AtError) as refused:
            await port.send('AT+CPIN="4711"', secret=True)
        assert "4711" not in caplog.text + str(refused.value)

    talks(tmp_path, story, make=Simcom, card=Card(pin="1234"), knobs=Knobs(echo=False))


async def a_message_on_its_way(modem, port):
    sending = asyncio.ensure_future(port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU, seconds=45.0, slow=True))
    while modem.firmware.wires[0].sending is None:  # noqa: ASYNC110 - the modem in software tells nobody
        await asyncio.sleep(0.01)
    return sending


def test_message_on_its_way_is_cut_short_by_a_call_where_the_modem_lets_it(tmp_path):
    async def story(modem, port, reports, gone):
        sending = await a_message_on_its_way(modem, port)
        began = asyncio.get_running_loop().time()
        await port.send("AT+CHUP", first=True)
        assert asyncio.get_running_loop().time() - began < 1.0
        with pytest.raises(CutShortError) as cut:
            await sending
        assert cut.value.begun

    talks(tmp_path, story, knobs=Knobs(sms_seconds=20.0))


@pytest.mark.parametrize("meanwhile", ["keeps", "drops"])
def test_modem_that_hears_nothing_meanwhile_takes_the_call_when_the_network_has_the_message(tmp_path, meanwhile):
    async def story(modem, port, reports, gone):
        sending = await a_message_on_its_way(modem, port)
        began = asyncio.get_running_loop().time()
        await port.send("AT+CHUP", first=True)
        assert asyncio.get_running_loop().time() - began < 5.0 + 1.5
        assert modem.firmware.received[-1] == "AT+CHUP"
        with pytest.raises(CutShortError) as cut:
            await sending
        assert cut.value.begun

    talks(tmp_path, story, knobs=Knobs(sms_seconds=5.0, while_sending=meanwhile))


def test_message_that_the_network_takes_in_time_was_sent_although_a_call_wanted_the_port(tmp_path):
    async def story(modem, port, reports, gone):
        sending = await a_message_on_its_way(modem, port)
        await port.send("AT+CHUP", first=True)
        assert await sending == ["+CMGS: 1"]

    talks(tmp_path, story, knobs=Knobs(sms_seconds=1.0, while_sending="drops"))


def test_message_that_still_waits_for_its_turn_is_given_back_unsent(tmp_path):
    async def story(modem, port, reports, gone):
        before = asyncio.ensure_future(port.send("AT"))
        sending = asyncio.ensure_future(port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU, slow=True))
        await asyncio.sleep(0)
        port.hurry()
        with pytest.raises(CutShortError) as cut:
            await sending
        await before
        assert not cut.value.begun
        assert not any("CMGS" in each for each in modem.firmware.received)

    talks(tmp_path, story)


def test_message_whose_prompt_was_just_asked_for_is_taken_back(tmp_path):
    async def story(modem, port, reports, gone):
        sending = asyncio.ensure_future(port.send(f"AT+CMGS={LENGTH}", "+CMGS:", body=PDU, seconds=45.0, slow=True))
        while not any("CMGS" in each for each in modem.firmware.received):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0)
        await port.send("AT+CHUP", first=True)
        with pytest.raises(CutShortError) as cut:
            await sending
        assert not cut.value.begun
        assert modem.network.sent == []

    talks(tmp_path, story)


def test_commands_of_calls_go_first_and_in_their_order(tmp_path):
    async def story(modem, port, reports, gone):
        others = [asyncio.ensure_future(port.send(each)) for each in ("AT", "AT+CSMS=1", "AT+CMEE=1")]
        calls = [asyncio.ensure_future(port.send(each, first=True)) for each in ("AT+CLVL=3", "AT+CHUP")]
        await asyncio.gather(*others, *calls)
        assert modem.firmware.received == ["AT+CLVL=3", "AT+CHUP", "AT", "AT+CSMS=1", "AT+CMEE=1"]

    talks(tmp_path, story)
