"""A leg of any line whose sound is a channel can be bridged with one of another line, and with no other."""

import asyncio

import pytest

from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from tests.lines.worlds import OURS, RESIDENT


class Modem(ChannelLeg):
    """A leg that is no SIP call."""

    def hangs_up(self):
        self._over.set_result(Cause.HANGUP)


class Joinable:
    """Notes what it is joined to."""

    joined: "Joinable | None" = None

    def join(self, other, recording):
        if other is None:
            raise ValueError("not of the same plane")
        self.joined = other

    def part(self):
        self.joined = None


def test_two_legs_of_different_lines_are_bridged_until_one_ends():
    async def story():
        one, other = Modem(Joinable()), ChannelLeg(Joinable())
        talk = asyncio.ensure_future(one.bridge(other))
        await asyncio.sleep(0)
        assert one.channel.joined is other.channel
        one.hangs_up()
        await asyncio.wait_for(talk, 1.0)
        assert one.channel.joined is None

    asyncio.run(story())


def test_a_leg_whose_sound_is_elsewhere_is_refused():
    async def story():
        line = SimulatedLine("simulated", (OURS,), 1, SimulatedNetwork())
        await line.start(lambda leg: None)
        with pytest.raises(ValueError, match="plane"):
            await Modem(Joinable()).bridge(line.call(RESIDENT))

    asyncio.run(story())
