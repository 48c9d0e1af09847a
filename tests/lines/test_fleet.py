"""The lines of a building through changes of its file, and lines that do not start."""

import asyncio
from dataclasses import replace
from typing import ClassVar

import pytest

from appliance.building import file
from appliance.lines.fleet import RETRY_SECONDS, Fleet
from appliance.lines.line import NotAnsweredError
from appliance.lines.simulated import SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.virtual import VirtualLoop, run_virtually
from tests.scenarios.stage import EXAMPLES, RESIDENT


class Stubborn(SimulatedLine):
    """A line that does not start so many times."""

    refusals = 0
    hanging = False
    made: ClassVar[list["Stubborn"]] = []
    stopped = 0

    async def start(self, on_call):
        Stubborn.made.append(self)
        if Stubborn.hanging:
            await asyncio.get_running_loop().create_future()
        if Stubborn.refusals:
            Stubborn.refusals -= 1
            raise OSError(98, "Address already in use")
        await super().start(on_call)

    async def stop(self):
        self.stopped += 1
        await super().stop()


PROVIDER = file.read(EXAMPLES / "lipowa7.toml").lines["provider"]
BOTH = {"landline": replace(PROVIDER, id="landline"), "provider": PROVIDER}


def lives(story):
    """On the virtual clock, with a fleet of simulated lines that is tended."""
    network = SimulatedNetwork()
    Stubborn.made.clear()

    async def whole():
        fleet = Fleet(lambda config: Stubborn(config.id, config.numbers, 2, network), lambda leg: leg.answer())
        tending = asyncio.ensure_future(fleet.tend())
        await story(fleet)
        tending.cancel()
        await asyncio.wait({tending})
        await fleet.stop()

    run_virtually(VirtualLoop(), whole())


def test_a_line_that_does_not_start_says_why_leaves_the_others_alone_and_comes_when_it_can():
    async def story(fleet):
        Stubborn.refusals = 2
        await fleet.follow(BOTH)
        assert {name: line.state().state for name, line in fleet.lines.items()} == {
            "landline": "down",
            "provider": "down",
        }
        assert "Address already in use" in fleet.lines["landline"].state().fault
        with pytest.raises(NotAnsweredError):
            await fleet.lines["landline"].dial(RESIDENT, shown="", ring_seconds=1.0)
        await asyncio.sleep(RETRY_SECONDS + 1.0)
        assert {name: line.state().state for name, line in fleet.lines.items()} == {"landline": "up", "provider": "up"}

    lives(story)


def test_a_line_whose_start_is_broken_off_is_stopped_and_can_be_started_again():
    async def story(fleet):
        Stubborn.hanging = True
        starting = asyncio.ensure_future(fleet.follow({"provider": PROVIDER}))
        await asyncio.sleep(1.0)
        starting.cancel()
        await asyncio.wait({starting})
        assert [line.stopped for line in Stubborn.made] == [1]
        Stubborn.hanging = False
        await fleet.follow({})
        await fleet.follow({"provider": PROVIDER})
        assert fleet.lines["provider"].state().state == "up"

    lives(story)


def test_a_reload_is_taken_over_whole_though_one_line_does_not_start():
    async def story(fleet):
        await fleet.follow({"provider": PROVIDER})
        Stubborn.refusals = 1
        await fleet.follow({**BOTH, "provider": replace(PROVIDER, channels=1)})
        assert list(fleet.lines) == ["landline", "provider"]
        assert [line.state().state for line in fleet.lines.values()] == ["down", "up"]

    lives(story)


def test_a_line_that_went_is_let_go_when_its_last_call_has_ended():
    async def story(fleet):
        await fleet.follow({"provider": PROVIDER})
        line = fleet.lines["provider"]
        leg = line.call(RESIDENT)
        await fleet.follow({})
        await asyncio.sleep(RETRY_SECONDS * 2)
        assert leg.up and not line.stopped
        leg.hangs_up()
        await asyncio.sleep(RETRY_SECONDS + 1.0)
        assert line.stopped == 1
        await fleet.stop()
        assert line.stopped == 1, "it is known no more"

    lives(story)
