"""Work that has a task only while there is some: no task is left when everything is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("dyzurka.notify")


class OnDemand:
    """Does `work`, one at a time, whenever it is poked; once more where it is poked meanwhile. A failure is logged."""

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._name, self._work = name, work
        self._task: asyncio.Task[None] | None = None
        self._wanted = False
        self._poked: asyncio.Event | None = None
        self._stopped = False

    def poke(self) -> None:
        """There is something to do. Returns at once."""
        self._wanted = True
        if self._poked is not None:
            self._poked.set()
        if self._task is None and not self._stopped:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)
            self._task.add_done_callback(self._ended)

    async def pause(self, seconds: float) -> None:
        """Within the work: wait so long, or until it is poked."""
        self._poked = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._poked.wait()
        except TimeoutError:
            return
        finally:
            self._poked = None

    def stop(self) -> set[asyncio.Task[None]]:
        """End it and begin it no more; the task that is ending."""
        self._stopped = True
        if self._task is None:
            return set()
        self._task.cancel()
        return {self._task}

    async def _run(self) -> None:
        while self._wanted:
            self._wanted = False
            await self._work()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            return
        if (fault := task.exception()) is not None:
            log.error("%s failed", self._name, exc_info=fault)
        if self._wanted and not self._stopped:
            self.poke()
