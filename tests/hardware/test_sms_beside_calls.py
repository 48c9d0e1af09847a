"""SMS, diversions and questions beside calls: whoever rings or is rung does not wait for them."""

import asyncio

import pytest

from appliance.lines.line import NotAnsweredError
from appliance.notify.sms import NotSentError
from hardware.at.once import TWIN_SECONDS, Once
from hardware.at.port import AtPort
from hardware.at.replies import Report
from hardware.gsm import beside
from hardware.gsm import modem as driver
from tests.hardware.test_line import MAKES, answered, lives, offered, until
from tests.lines.worlds import OURS, THEIRS, GsmWorld, SimcomWorld

NETWORK_SECONDS = 20.0  # an SMS that takes its time
AT_ONCE_SECONDS = 1.0
DEAF_NETWORK_SECONDS = 4.0  # likewise, where the test has to wait for it
EVERYTHING = "Pilne 1001: Lipowa 7"


def now():
    return asyncio.get_running_loop().time()


async def an_sms_on_its_way(world):
    sending = asyncio.ensure_future(world.line.sms.send(THEIRS, EVERYTHING))
    await until(lambda: any(each.sending is not None for each in world.stick.firmware.wires))
    return sending


async def given_up(sending):
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize("make", MAKES)
def test_caller_is_answered_at_once_whatever_sms_is_on_its_way_by_the_second_port(tmp_path, make):
    async def story(world):
        sending = await an_sms_on_its_way(world)
        began = now()
        await answered(world)
        assert now() - began < AT_ONCE_SECONDS
        assert not sending.done()
        await given_up(sending)

    lives(tmp_path, story, MAKES[make], sms_seconds=NETWORK_SECONDS)


@pytest.mark.parametrize("make", MAKES)
def test_duty_is_dialled_and_hung_up_at_once_whatever_sms_is_on_its_way_by_the_second_port(tmp_path, make):
    async def story(world):
        world.will("rings")
        sending = await an_sms_on_its_way(world)
        began = now()
        dial = asyncio.ensure_future(world.line.dial(THEIRS, shown=OURS, ring_seconds=30.0))
        far = await world.stick.network.placed.get()
        assert now() - began < AT_ONCE_SECONDS
        await until(lambda: far.state == "alerting")
        began = now()
        dial.cancel()
        await far.over.wait()
        assert now() - began < AT_ONCE_SECONDS
        assert not sending.done()
        await given_up(sending)

    lives(tmp_path, story, MAKES[make], sms_seconds=NETWORK_SECONDS)


def test_sms_and_everything_slow_never_touch_the_port_of_calls(tmp_path):
    async def story(world):
        await world.line.sms.send(THEIRS, EVERYTHING)
        await world.line.divert("+48601601601")
        ours = {each.partition("=")[0] for each in world.stick.firmware.received}
        assert not ours & {"AT+CMGS", "AT+CMGL", "AT+CCFC", "AT+CSQ", "AT+COPS?", "AT+CREG?"}
        assert world.stick.network.sent

    lives(tmp_path, story)


def test_report_that_comes_on_both_ports_is_one(tmp_path):
    async def story(world):
        leg, _ = await answered(world)
        await until(lambda: leg.up)
        world.stick.network.calls[0].presses("11")
        assert [await leg.digit(), await leg.digit()] == ["1", "1"]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await leg.digit()
        assert world.offered.empty()

    lives(tmp_path, story, reports_on_both=True)


def test_twins_are_one_report_and_two_keys_are_two():
    once, key, ring = Once(), Report("+RXDTMF: 1"), Report("RING")
    told = [once.is_new(key, port, 1.0) for port in (0, 0, 1, 1, 1)]
    assert told == [True, True, False, False, True]
    assert once.is_new(ring, 1, 2.0)
    assert not once.is_new(ring, 0, 2.5)
    assert once.is_new(ring, 0, 2.5 + 2 * TWIN_SECONDS)
    assert once.is_new(Report("+CDS: 25", "00"), 0, 9.0)
    assert once.is_new(Report("+CDS: 25", "01"), 1, 9.0)


@pytest.mark.usefixtures("soon_given_up")
def test_second_port_that_does_not_answer_is_told_in_words_and_the_first_does_both(tmp_path):
    async def story(world):
        assert world.line.state().fault is None
        assert "second AT port does not answer" in world.line.state().about
        await world.line.sms.send(THEIRS, EVERYTHING)
        assert world.stick.network.sent
        await answered(world)

    lives(tmp_path, story, second_port="mute")


def test_second_port_that_falls_silent_later_is_done_without(tmp_path):
    async def story(world):
        world.stick.firmware.knobs.second_port = "mute"
        assert await world.line.modem.beside.send("AT+CSQ", "+CSQ:", seconds=0.2) == ["+CSQ: 21,99"]
        assert world.line.modem.beside.lacks == "silent"
        await world.line.sms.send(THEIRS, EVERYTHING)
        assert world.stick.network.sent
        assert world.line.state().state == "up"

    lives(tmp_path, story)


@pytest.mark.usefixtures("soon_given_up")
def test_second_port_is_taken_again_when_it_answers_again(tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(driver, "WATCH_SECONDS", 0.2)

    async def story(world):
        assert "second AT port" in world.line.state().about
        world.stick.firmware.knobs.second_port = "answers"
        await until(lambda: "second AT port" not in world.line.state().about)
        await world.line.sms.send(THEIRS, EVERYTHING)
        assert any(each.startswith("AT+CMGS") for each in world.stick.firmware.received_beside)

    lives(tmp_path, story, second_port="mute")


def test_second_port_that_another_program_has_is_told_in_words(tmp_path):
    async def story(world):
        stick = world.stick
        other = AtPort(stick.tty(stick.firmware.second_interface), on_report=lambda report: None)
        stick.unplug()
        await until(lambda: world.line.state().state == "down")
        stick.plug()
        other.start()
        await until(lambda: world.line.state().state == "up")
        assert "second AT port cannot be opened" in world.line.state().about
        await answered(world)
        other.close()

    lives(tmp_path, story)


def test_modem_that_restarts_after_a_call_sends_the_sms_on_its_way_first(tmp_path):
    async def story(world):
        leg, far = await answered(world)
        await until(lambda: far.heard)
        sending = await an_sms_on_its_way(world)
        leg.hangup()
        await far.over.wait()
        await sending
        assert world.stick.network.sent
        await until(lambda: "AT+CRESET" in world.stick.firmware.received)

    lives(tmp_path, story, SimcomWorld, sms_seconds=3.0)


class OnePort(GsmWorld):
    """With a modem of which one AT port answers."""

    async def _sim(self, parts, media, name, make):
        self.knobs.second_port = "mute"
        return await super()._sim(parts, media, name, make)


@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_a_caller_cuts_an_sms_short_where_the_modem_lets_it(tmp_path):
    async def story(world):
        sending = await an_sms_on_its_way(world)
        began = now()
        await answered(world)
        assert now() - began < AT_ONCE_SECONDS
        with pytest.raises(NotSentError) as cut:
            await sending
        assert cut.value.unsure

    lives(tmp_path, story, OnePort, sms_seconds=NETWORK_SECONDS)


@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_duty_is_dialled_at_once_where_the_modem_lets_an_sms_be_cut_short(tmp_path):
    async def story(world):
        world.will("answers")
        sending = await an_sms_on_its_way(world)
        began = now()
        leg = await world.line.dial(THEIRS, shown=OURS, ring_seconds=30.0)
        assert now() - began < AT_ONCE_SECONDS
        assert leg.up
        await asyncio.wait({sending})

    lives(tmp_path, story, OnePort, sms_seconds=NETWORK_SECONDS)


@pytest.mark.parametrize("meanwhile", ["keeps", "drops"])
@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_that_hears_nothing_meanwhile_a_caller_waits_for_the_network_and_no_longer(tmp_path, meanwhile):
    async def story(world):
        sending = await an_sms_on_its_way(world)
        began = now()
        leg, _ = await answered(world)
        assert now() - began < DEAF_NETWORK_SECONDS + 2.0
        assert leg.up
        with pytest.raises(NotSentError):
            await sending

    lives(tmp_path, story, OnePort, sms_seconds=DEAF_NETWORK_SECONDS, while_sending=meanwhile)


@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_an_sms_waits_while_somebody_rings_and_goes_once_the_call_is_up(tmp_path):
    async def story(world):
        leg, far = await offered(world)
        sending = asyncio.ensure_future(world.line.sms.send(THEIRS, EVERYTHING))
        await asyncio.sleep(1.0)
        assert world.stick.network.sent == []
        leg.answer()
        await far.answered.wait()
        await sending
        assert leg.up
        assert world.stick.network.sent

    lives(tmp_path, story, OnePort)


@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_an_sms_waits_while_duty_is_rung_and_goes_when_nobody_answers(tmp_path):
    async def story(world):
        world.will("rings")
        dial = asyncio.ensure_future(world.line.dial(THEIRS, shown=OURS, ring_seconds=2.0))
        await world.stick.network.placed.get()
        sending = asyncio.ensure_future(world.line.sms.send(THEIRS, EVERYTHING))
        with pytest.raises(NotAnsweredError):
            await dial
        assert world.stick.network.sent == []
        await sending
        commands = world.stick.firmware.received
        assert commands.index("AT+CHUP") < next(at for at, each in enumerate(commands) if each.startswith("AT+CMGS"))

    lives(tmp_path, story, OnePort)


@pytest.mark.usefixtures("soon_given_up")
def test_with_one_port_an_sms_goes_late_although_somebody_is_still_rung(tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "LATE_SECONDS", 1.5)

    async def story(world):
        world.will("rings")
        dial = asyncio.ensure_future(world.line.dial(THEIRS, shown=OURS, ring_seconds=30.0))
        await world.stick.network.placed.get()
        await world.line.sms.send(THEIRS, EVERYTHING)
        assert world.stick.network.sent
        assert not dial.done()
        await given_up(dial)

    lives(tmp_path, story, OnePort)
