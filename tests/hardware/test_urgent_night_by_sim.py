"""An urgent call whose duty person is rung by the SIM that also tells them by SMS, whatever the network's pace."""

import asyncio
from dataclasses import replace

import pytest

from appliance.demo.building import NOWAK, RESIDENT
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ
from tests.hardware.modem.makes import Quectel
from tests.hardware.neighbourhood import hears_voice, lives, they_talk
from tests.hardware.test_line import until
from tests.hardware.test_whole_call import presses, with_sim

NETWORK_SECONDS = 20.0  # an SMS that takes longer than the call
AT_ONCE_SECONDS = 1.5


class Slow(Quectel):
    """Its network takes its time with SMS."""

    second_port = "answers"

    def __init__(self, network, knobs, card, radio):
        slow = replace(knobs, sms_seconds=NETWORK_SECONDS, second_port=self.second_port)
        super().__init__(network, slow, card, radio)


class SlowWithOnePort(Slow):
    """And its second port is dead."""

    second_port = "mute"


@pytest.mark.parametrize("make", [Slow, SlowWithOnePort])
def test_duty_is_rung_before_the_sms_that_goes_all_the_same(town, make):
    async def story():
        async with with_sim(town, make, ["modem"]) as around:
            modem, network = around.modem.firmware, around.modem.network
            network.people[NOWAK] = "answers"
            async with around.phones.in_call("resident", await around.phones.call(RESIDENT)) as resident:
                await resident.leg.voice(1.0)
                await resident.press("1")
                far = await network.placed.get()
                assert not any(each.startswith("AT+CMGS") for each in modem.received)
                await hears_voice(far)
                await presses(far, "1")
                await they_talk(far, DUTY_HERTZ, resident, RESIDENT_HERTZ)
                await until(lambda: any(each.sending is not None for each in modem.wires))
                resident.leg.hangup()
                began = asyncio.get_running_loop().time()
                await far.over.wait()
                assert asyncio.get_running_loop().time() - began < AT_ONCE_SECONDS
            modem.knobs.sms_seconds = 0.0
            await until(lambda: network.sent)

    lives(story)
