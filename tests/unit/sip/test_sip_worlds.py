"""Thousands of calls over a wire that loses, doubles and reorders: both ends agree, and nothing is left behind."""

from __future__ import annotations

import random

import pytest

from appliance.lines.sip.events import Answered, Ended, Incoming, Rejected

from .wire import OURS, THEIRS, answering, attempt, pair

WORLDS = 2_000
IN_ONE_TEST = 250


def lossy(rng):
    """A wire of its own character: up to 40 % loss, up to 30 % doubled, up to 0.9 s late."""
    loss, doubled, late = rng.uniform(0, 0.4), rng.uniform(0, 0.3), rng.choice([0.02, 0.2, 0.9])

    def wire(packet, source):
        copies = 1 + (rng.random() < doubled)
        return [0.005 + rng.random() * late for _ in range(copies) if rng.random() >= loss]

    return wire


class Story:
    """One call in one world: the caller gives up or hangs up, the callee answers, refuses or does nothing."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.world = pair(lossy(self.rng), seed)
        self.ours, self.theirs = self.world.agents[OURS], self.world.agents[THEIRS]
        self.accepted = self.refused = self.they_hung_up = self.we_hung_up = False
        self.world.on_event[THEIRS] = self.far_end
        self.plan = self.rng.choice(["answer", "answer", "answer", "refuse", "ignore"])

    def later(self, shortest, longest, action):
        self.world.at(self.world.now + self.rng.uniform(shortest, longest), action)

    def play(self):
        self.call = self.ours.invite(attempt(), 0.0)
        if self.rng.random() < 0.6:
            self.later(0.0, 8.0, self.hang_up)
        else:
            self.later(60.0, 90.0, self.hang_up)
        self.world.run()
        return self

    def hang_up(self):
        self.we_hung_up = True
        self.ours.hang_up(self.call, self.world.now)

    def far_end(self, event):
        if not isinstance(event, Incoming):
            return
        self.taken = event.call
        if self.rng.random() < 0.7:
            self.theirs.ring(event.call, self.world.now)
        if self.plan == "answer":
            self.later(0.0, 6.0, self.answer)
        elif self.plan == "refuse":
            self.later(0.0, 6.0, self.refuse)
        if self.rng.random() < 0.4:
            self.later(6.0, 12.0, self.far_end_hangs_up)

    def answer(self):
        if not self.world.seen(THEIRS, Ended):
            self.accepted = True
            self.theirs.accept(self.taken, (THEIRS[0], 20000), self.world.now)

    def refuse(self):
        self.refused = True
        self.theirs.hang_up(self.taken, self.world.now, 486)

    def far_end_hangs_up(self):
        self.they_hung_up = True
        self.theirs.hang_up(self.taken, self.world.now)

    def check(self):
        world = self.world
        incoming, answered = world.seen(THEIRS, Incoming), world.seen(OURS, Answered)
        assert len(incoming) <= 1, "one INVITE became two calls"
        assert len(answered) + len(world.seen(OURS, Rejected)) <= 1, "one call ended twice"
        assert not answered or self.accepted, "answered by nobody"
        assert self.ours.idle() and self.theirs.idle(), "something was left behind"
        ours_knows = self.we_hung_up or world.seen(OURS, Rejected) or world.seen(OURS, Ended)
        assert ours_knows, "the caller was not told of the end"
        if incoming:
            assert self.refused or self.they_hung_up or len(world.seen(THEIRS, Ended)) == 1, "the callee was not told"
        if answered and not (self.we_hung_up or self.they_hung_up):
            assert world.seen(OURS, Ended) or world.seen(THEIRS, Ended)


@pytest.mark.parametrize("first", range(0, WORLDS, IN_ONE_TEST))
def test_no_world_breaks_a_call_in_two(first):
    for seed in range(first, first + IN_ONE_TEST):
        story = Story(seed).play()
        try:
            story.check()
        except AssertionError as error:
            raise AssertionError(f"world {seed}: {error}") from error


def test_the_worlds_are_not_all_alike():
    """What the random worlds are for does happen in them: answers, refusals, silence, crossings."""
    stories = [Story(seed).play() for seed in range(300)]
    both = [(bool(each.world.seen(OURS, Answered)), bool(each.world.seen(OURS, Rejected))) for each in stories]
    assert both.count((True, False)) > 50
    assert both.count((False, True)) > 20
    crossed = [each for each in stories if each.accepted and not each.world.seen(OURS, Answered)]
    assert len(crossed) > 5
    assert all(each.world.sent("BYE") for each in crossed if each.world.seen(THEIRS, Ended))


def test_with_the_first_copy_of_every_message_lost_every_call_goes_through():
    for seed in range(10):
        seen = set()

        def wire(packet, source, seen=seen):
            if (packet, source) in seen:
                return [0.01]
            seen.add((packet, source))
            return []

        world = pair(wire, seed)
        answering(world)
        call = world.agents[OURS].invite(attempt(), 0.0)
        world.run(until=20.0)
        assert len(world.seen(OURS, Answered)) == 1
        assert len(world.seen(THEIRS, Incoming)) == 1
        world.agents[OURS].hang_up(call, world.now)
        world.run()
        assert len(world.seen(THEIRS, Ended)) == 1
        assert all(each.idle() for each in world.agents.values())
