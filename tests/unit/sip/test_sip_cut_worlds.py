"""A thousand calls over a connection that is cut at any moment: both ends agree, and nothing is left behind."""

from __future__ import annotations

import random

import pytest

from appliance.lines.sip.events import Answered, Ended, Incoming
from appliance.lines.sip.place import Stream

from .test_sip_worlds import Story
from .wire import OURS, THEIRS, World, agent, attempt

WORLDS = 1_000
IN_ONE_TEST = 250
MOST_CUTS = 4


class CutWorld(World):
    """One connection, in order and without loss, until it is cut; then a new one at once."""

    def __init__(self, seed):
        agents = {OURS: agent(OURS, seed), THEIRS: agent(THEIRS, seed + 1)}
        super().__init__(agents)
        self.connection = 0
        self.lost_packets = 0

    def _deliver_over(self, connection, packet, source, to):
        if connection == self.connection:
            self.agents[to].receive(packet, Stream(*source, "tcp"), self.now)
        else:
            self.lost_packets += 1

    def _post(self, packet, source, to):
        assert isinstance(to, Stream), "all of a call stays on TCP"
        self.log.append((self.now, source, packet.split(b"\r\n", 1)[0].decode()))
        connection = self.connection
        self.at(self.now + 0.01, lambda: self._deliver_over(connection, packet, source, to[:2]))

    def cut(self):
        self.connection += 1
        for place, other in ((OURS, THEIRS), (THEIRS, OURS)):
            self.agents[place].lost(Stream(*other, "tcp"), self.now)


class CutStory(Story):
    """One call, and some cuts; most of them while something is on its way."""

    def __init__(self, seed):
        super().__init__(seed)
        self.world = CutWorld(seed)
        self.ours, self.theirs = self.world.agents[OURS], self.world.agents[THEIRS]
        self.world.on_event[THEIRS] = self.far_end
        self.cuts = random.Random(seed)

    def play(self):
        self.call = self.ours.invite(attempt(place=Stream(*THEIRS, "tcp")), 0.0)
        self.later(0.0, 12.0, self.hang_up)
        for _ in range(self.cuts.randrange(MOST_CUTS + 1)):
            self.world.at(self.cuts.choice([0.005, 0.015, self.cuts.uniform(0, 12)]), self.world.cut)
        self.world.run()
        return self

    def answer(self):
        super().answer()
        if self.cuts.random() < 0.3:
            self.world.settle()
            self.world.at(self.world.now + 0.005, self.world.cut)

    def hang_up(self):
        super().hang_up()
        if self.cuts.random() < 0.3:
            self.world.settle()
            self.world.at(self.world.now + 0.005, self.world.cut)


@pytest.mark.parametrize("first", range(0, WORLDS, IN_ONE_TEST))
def test_no_cut_breaks_a_call_in_two(first):
    for seed in range(first, first + IN_ONE_TEST):
        story = CutStory(seed).play()
        try:
            story.check()
        except AssertionError as error:
            raise AssertionError(f"world {seed}: {error}") from error


def test_the_cuts_do_hit_messages_and_calls():
    stories = [CutStory(seed).play() for seed in range(200)]
    assert sum(each.world.lost_packets > 0 for each in stories) > 50
    assert sum(bool(each.world.seen(OURS, Answered)) for each in stories) > 50
    assert sum(bool(each.world.seen(THEIRS, Ended)) for each in stories) > 50
    assert all(len(each.world.seen(THEIRS, Incoming)) == 1 for each in stories), "every INVITE arrives in the end"
