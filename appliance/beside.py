"""Work that goes on beside the calls: for as long as a block lasts, or until the exchange ends.

Work that fails is a fault with its name, and nothing else ends with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from appliance.faults import Faults

log = logging.getLogger("dyzurka.exchange")


class Chores:
    """All such work of one exchange. A failure is logged, and shown until the same work is begun again."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._later: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def beside(self, name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
        """Do this work for as long as the block lasts."""
        task = self._begin(name, work)
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def later(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do this work now, waited for by nobody; it ends with the exchange."""
        task = self._begin(name, work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def stop(self, patience: float) -> None:
        """End what was begun with `later`; after `patience` seconds it is waited for no longer."""
        for task in (going := set(self._later)):
            task.cancel()
        if going:
            await asyncio.wait(going, timeout=patience)

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._faults.clear(name)
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=fault)
            self._faults.set(task.get_name(), f"{task.get_name()} failed and does not go on: {fault!r}")
