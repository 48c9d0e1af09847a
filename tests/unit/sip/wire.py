"""Agents on a simulated wire and a virtual clock: packets are delayed, lost, doubled and overtaken as told."""

from __future__ import annotations

import heapq
import itertools
import random

from appliance.lines.sip.agent import Agent
from appliance.lines.sip.core import AgentConfig
from appliance.lines.sip.events import Incoming
from appliance.lines.sip.outgoing import Attempt

OURS = ("192.0.2.1", 5060)
THEIRS = ("192.0.2.2", 5060)
NUMBER = "+48221234567"
CALLER = "+48501502503"


def agent(place=OURS, seed=1, **settings):
    """An agent at `place` that takes calls from everybody as a trunk, unless told otherwise."""
    config = {"admits": lambda host: "trunk", "owns": lambda host, users: True, "local": lambda to: place, **settings}
    return Agent(AgentConfig(**config), random.Random(seed))


def attempt(place=THEIRS, media=(OURS[0], 10000), login=None, number=NUMBER):
    return Attempt(f"sip:{number}@{place[0]}", place, CALLER, place[0], media, login)


def steady(packet, source):
    """A wire that delivers everything once, after 10 ms."""
    return [0.01]


class World:
    """Agents by place. `wire(packet, source)` says after how many seconds each copy of a packet arrives."""

    def __init__(self, agents, wire=steady):
        self.now = 0.0
        self.agents = agents
        self.wire = wire
        self.log = []  # (time, source, first line)
        self.events = {place: [] for place in agents}
        self.on_event = {}
        self._queue = []
        self._order = itertools.count()

    def at(self, seconds, action):
        heapq.heappush(self._queue, (seconds, next(self._order), action))

    def settle(self):
        """Carry packets and events away from the agents."""
        busy = True
        while busy:
            busy = False
            for place, each in self.agents.items():
                for packet, to in each.take_packets():
                    busy = True
                    self._post(packet, place, to)
                for event in each.take_events():
                    busy = True
                    self.events[place].append(event)
                    if place in self.on_event:
                        self.on_event[place](event)

    def _post(self, packet, source, to):
        self.log.append((self.now, source, packet.split(b"\r\n", 1)[0].decode("utf-8", "replace")))
        for delay in self.wire(packet, source):
            self.at(self.now + delay, lambda: self._deliver(packet, source, to))

    def _deliver(self, packet, source, to):
        if to in self.agents:
            self.agents[to].receive(packet, source, self.now)

    def run(self, until=float("inf"), steps=20_000):
        """Let time pass until `until`, or until nothing is left to do."""
        self.settle()
        for _ in range(steps):
            deadlines = [each.next_deadline() for each in self.agents.values()]
            due = min([each for each in deadlines if each is not None], default=None)
            posted = self._queue[0][0] if self._queue else None
            upcoming = min([each for each in (due, posted) if each is not None], default=None)
            if upcoming is None or upcoming > until:
                self.now = max(self.now, until) if until != float("inf") else self.now
                return
            self.now = max(self.now, upcoming)
            if posted is not None and posted <= upcoming:
                heapq.heappop(self._queue)[2]()
            for each in self.agents.values():
                each.advance(self.now)
            self.settle()
        raise AssertionError("the world does not come to rest")

    def seen(self, place, kind):
        return [event for event in self.events[place] if isinstance(event, kind)]

    def sent(self, start, source=None):
        """First lines of packets that begin with `start`."""
        return [line for _, who, line in self.log if line.startswith(start) and source in (None, who)]


def pair(wire=steady, seed=1, **settings):
    """A world of two agents, ours and theirs."""
    return World({OURS: agent(OURS, seed, **settings), THEIRS: agent(THEIRS, seed + 1)}, wire)


def answering(world, after=0.5, media=(THEIRS[0], 20000)):
    """Let the far end ring at once and answer every call."""
    far = world.agents[THEIRS]

    def taken(event):
        if isinstance(event, Incoming):
            far.ring(event.call, world.now)
            world.at(world.now + after, lambda: far.accept(event.call, media, world.now))

    world.on_event[THEIRS] = taken
