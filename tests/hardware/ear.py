"""Whoever is told of SMS in the tests of modems."""

import asyncio

from appliance.register.log import NotSavedError


class Ear:
    """Implements `Listener`: remembers what it is told."""

    def __init__(self) -> None:
        self.came: asyncio.Queue = asyncio.Queue()
        self.fates: asyncio.Queue = asyncio.Queue()
        self.saves = True
        self.ready = 0

    async def received(self, sms):
        if not self.saves:
            raise NotSavedError("no disk")
        self.came.put_nowait(sms)

    def reported(self, report):
        self.fates.put_nowait(report)

    def ready_again(self):
        self.ready += 1
