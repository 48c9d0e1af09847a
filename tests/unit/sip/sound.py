"""A media plane without sound: its channels note what was asked of them."""

from __future__ import annotations

import asyncio
import itertools

from appliance.media.sound import LegGoneError


class QuietChannel:
    """Plays nothing, hears nothing; `digit` gives what `on_digit` brought."""

    def __init__(self, local):
        self.local = local
        self.on_lost = None
        self.connections = []
        self.held = False
        self.partner = None
        self.closed = False
        self._digits = asyncio.Queue()
        self._gone = asyncio.Event()

    def connect(self, remote, codec, payload_type, event_type):
        self.connections.append((remote, codec, payload_type, event_type))

    def hold(self, on):
        self.held = on

    def join(self, other, recording=None):
        if self.closed or other.closed:
            raise LegGoneError
        self.partner, other.partner = other, self

    def part(self):
        if self.partner is not None:
            self.partner.partner = None
        self.partner = None

    def close(self):
        self.part()
        self.closed = True
        self._gone.set()

    def on_digit(self, digit):
        self._digits.put_nowait(digit)

    async def digit(self):
        if self.closed:
            raise LegGoneError
        getter, gone = asyncio.create_task(self._digits.get()), asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait({getter, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not getter.done():
                raise LegGoneError
            return getter.result()
        finally:
            getter.cancel()
            gone.cancel()


class QuietMedia:
    """Gives channels on made-up ports; `free` of them."""

    def __init__(self, free=100):
        self.free = free
        self.channels = []
        self._ports = itertools.count(20000, 2)

    def channel(self, leg_id, local_host):
        if len([each for each in self.channels if not each.closed]) >= self.free:
            raise OSError("no free port")
        self.channels.append(QuietChannel((local_host, next(self._ports))))
        return self.channels[-1]
