"""A telephone in the building calls 112: by whichever line works, and with a row of the register."""

import asyncio

from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLine
from tests.scenarios.stage import Night

LANDLINE = "+48221234568"


class House(Night):
    """A night with a second line and a telephone in the building."""

    def calls_112(self):
        """Somebody takes the telephone 21 and dials; their leg."""
        return self.phones.call("ext:21", "112")

    async def begin(self):
        self.phones = SimulatedLine("phones", (), 5, self.network)
        await self.phones.start(lambda leg: self.comes(leg, self.calls.emergency))

    @property
    def row(self):
        return self.register.calls()[-1]


def live(night, story):
    async def whole():
        await night.begin()
        await story()

    night.play(whole())


def test_112_is_put_through_and_has_its_row():
    night = House()
    control_room = night.person("112", "answers after 3")

    async def story():
        caller = night.calls_112()
        leg = await control_room.is_rung()
        assert leg.caller == night.line.numbers()[0], "the number of ours is shown"
        await caller.talks()
        await asyncio.sleep(20.0)
        leg.hangs_up()
        assert await caller.gone() is Cause.HANGUP

    live(night, story)
    row = night.row
    assert (row["line"], row["number"], row["caller"]) == ("phones", "112", "ext:21")
    assert (row["destination"], row["outcome"], row["answered_by"]) == ("emergency", "answered", "112")
    assert row["talk_seconds"] == 20.0 and row["rung"][0]["line"] == "provider"


def test_the_next_line_is_tried_whatever_went_wrong_on_the_first():
    night = House()
    night.lines["landline"] = SimulatedLine("landline", (LANDLINE,), 1, night.network)
    control_room = night.person("112", "refuses", "answers after 1")

    async def story():
        caller = night.calls_112()
        await control_room.is_rung()
        leg = await control_room.is_rung()
        assert (leg.line, leg.caller) == ("landline", LANDLINE), "though the building does not name it for calls out"
        await caller.talks()
        caller.hangs_up()
        await leg.gone()

    live(night, story)
    assert (night.row["outcome"], night.row["rung"][0]["line"]) == ("answered", "landline")


def test_when_no_line_can_do_it_the_caller_hears_it_at_once_and_the_row_says_so():
    night = House()
    night.person("112", "busy after 1")

    async def story():
        caller = night.calls_112()
        assert await caller.gone() is Cause.BUSY

    live(night, story)
    assert (night.row["outcome"], night.row["rung"][0]["result"]) == ("failed", "busy")


def test_who_hangs_up_before_the_answer_stops_the_ringing():
    night = House()
    control_room = night.person("112", "rings")

    async def story():
        caller = night.calls_112()
        leg = await control_room.is_rung()
        await asyncio.sleep(2.0)
        caller.hangs_up()
        await leg.gone()

    live(night, story)
    assert (night.row["outcome"], night.row["rung"][0]["result"]) == ("abandoned", "cancelled")
