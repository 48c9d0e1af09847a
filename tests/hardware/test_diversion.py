"""The diversion of a SIM card by its network: set through a modem, refused in words, kept without the modem."""

import asyncio

import pytest

from appliance.lines.divert import Divertible, DivertRefusedError
from hardware.gsm.diversion import divert
from hardware.gsm.line import GsmLine
from tests.hardware.modem.firmware import Card
from tests.hardware.modem.makes import Huawei, Quectel, Simcom
from tests.hardware.modem.usb import Stick
from tests.hardware.neighbourhood import lives
from tests.hardware.test_modem import driven, until
from tests.hardware.test_whole_call import with_sim

NOWAK, KOWALSKA = "+48600100200", "+48600300400"


def test_a_sim_line_can_do_it():
    assert issubclass(GsmLine, Divertible)


@pytest.mark.parametrize("make", [Quectel, Simcom, Huawei])
def test_the_network_is_told_and_keeps_it_when_the_modem_is_pulled_out(tmp_path, make):
    async def story():
        card = Card()
        stick = Stick(make, tmp_path, card=card)
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            await divert(modem.beside, NOWAK)
            assert card.diverted == NOWAK
            await divert(modem.beside, None)
            assert card.diverted is None
            await divert(modem.beside, KOWALSKA)
            stick.unplug()
            await until(lambda: not modem.ready)
            with pytest.raises(OSError, match="PortGoneError"):
                await divert(modem.beside, NOWAK)
        assert card.diverted == KOWALSKA

    asyncio.run(story())


def test_a_tariff_that_refuses_is_told_in_the_networks_words_without_the_number(tmp_path):
    async def story():
        stick = Stick(Quectel, tmp_path, card=Card(tariff_diverts=False))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            with pytest.raises(DivertRefusedError) as refused:
                await divert(modem.beside, NOWAK)
            assert str(refused.value) == "+CME ERROR: 3"
        with pytest.raises(ValueError, match="no number"):
            await divert(modem.beside, 'x",145\r')

    asyncio.run(story())


def test_a_running_box_has_the_network_call_the_person_on_duty_while_it_is_dead(town):
    async def story():
        async with with_sim(town, Quectel, ["provider", "modem"]) as around:
            await around.exchange.diverter.look()
            assert around.exchange.diverter.told_of("modem")["to"] == "nowak"
            assert around.exchange.diverter.told_of("provider") is None
        assert around.modem.firmware.card.diverted == NOWAK

    lives(story)
