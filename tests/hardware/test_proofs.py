"""The box calls itself from its trunk to its SIM and back: real SIP, media process and AT port, a modem in software."""

import asyncio

import pytest

from appliance.demo import telephones
from appliance.demo.building import NUMBER
from appliance.media.sound import LegGoneError
from appliance.proving.plan import Pair
from tests.hardware.modem.makes import Huawei, Quectel, Simcom
from tests.hardware.neighbourhood import lives
from tests.hardware.test_whole_call import SIM, presses, with_sim

MAKES = {"quectel": Quectel, "simcom": Simcom, "huawei": Huawei}
LOOK_SECONDS = 0.02


async def joined(leg, far):
    """The networks between the two ends: keys pass both ways, and who hangs up ends both."""

    async def to_the_sim():
        try:
            while True:
                await presses(far, await leg.digit())
        except LegGoneError:
            far.hangs_up()

    async def to_the_trunk():
        passed = 0
        while not far.over.is_set():
            keys = far.keys[passed:]
            passed += len(keys)
            if keys and leg.up:
                await leg.press(keys)
            await asyncio.sleep(LOOK_SECONDS)
        leg.hangup()

    await asyncio.gather(to_the_sim(), to_the_trunk())


async def comes_by_sim(around):
    """The trunk's provider is asked for the SIM's number: its network rings the modem."""
    leg = await around.phones.rung(SIM, "the SIM")
    far = around.modem.network.call(NUMBER)
    await far.answered.wait()
    leg.answer()
    await joined(leg, far)


async def comes_by_trunk(around):
    """The SIM's network is asked for the trunk's number: the provider calls the box."""
    around.modem.network.people[NUMBER] = "answers"
    far = await around.modem.network.placed.get()
    await joined(await around.phones.call(SIM), far)


@pytest.mark.parametrize("make", MAKES)
def test_trunk_and_sim_prove_each_other_and_no_call_is_in_the_register(town, make):
    town.monkeypatch.setattr(telephones, "OUTSIDE", (*telephones.OUTSIDE, SIM))

    async def story():
        async with with_sim(town, MAKES[make], ["provider", "modem"]) as around:
            prover = around.exchange.prover
            for pair, network in (
                (Pair("provider", "modem"), comes_by_sim),
                (Pair("modem", "provider"), comes_by_trunk),
            ):
                between = asyncio.ensure_future(network(around))
                assert await prover.prove(pair) == "proved"
                await between
            assert [each["result"] for each in prover.told_of("modem")] == ["proved", "proved"]
            assert around.rows() == []

    lives(story)
