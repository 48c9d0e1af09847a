"""The lines of a building, kept in step with its file: new ones start, changed ones are replaced, none drops a call.

What a line is made of is the maker's business; which calls go out on which is `routing.py`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from appliance.building.model import LineConfig
from appliance.lines.absent import AbsentLine
from appliance.lines.line import Leg, Line

RETRY_SECONDS = 60.0  # between two tries to start a line that could not be started

log = logging.getLogger("dyzurka.lines")


class Fleet:
    """All lines. `lines` is shared with whoever chooses among them and is changed in place."""

    def __init__(self, make: Callable[[LineConfig], Line], on_call: Callable[[Leg], None]) -> None:
        self.lines: dict[str, Line] = {}
        self._make, self._on_call = make, on_call
        self._configs: dict[str, LineConfig] = {}
        self._failed: dict[str, None] = {}  # lines that could not be started, by id
        self._retired: list[Line] = []  # and with calls
        self._changing = asyncio.Lock()

    async def follow(self, configs: Mapping[str, LineConfig]) -> None:
        """Run just these lines from now on; a line that changed or went keeps the calls that are up on it.

        One that cannot be started is there as an absent line, with the reason, and `tend` tries again. Raises nothing.
        """
        async with self._changing:
            for name in [each for each in self._configs if configs.get(each) != self._configs[each]]:
                del self._configs[name]
                self._failed.pop(name, None)
                await self._retire(self.lines.pop(name))
            for name, config in configs.items():
                if name not in self._configs:
                    self.lines[name] = await self._started(config)
                    self._configs[name] = config

    async def tend(self) -> None:
        """Look after them, without an end: lines that could not be started, and those whose last call has ended."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            async with self._changing:
                for name in tuple(self._failed):
                    self.lines[name] = await self._started(self._configs[name])
                idle = [line for line in self._retired if line.idle()]
                self._retired = [line for line in self._retired if line not in idle]
                for line in idle:
                    await self._stopped(line)

    async def stop(self) -> None:
        """End all of them, and their calls."""
        await asyncio.gather(*(self._stopped(line) for line in (*self.lines.values(), *self._retired)))

    async def _started(self, config: LineConfig) -> Line:
        line: Line | None = None
        try:
            line = self._make(config)
            await line.start(self._on_call)
        except asyncio.CancelledError:
            if line is not None:
                await self._stopped(line)
            raise
        except Exception as fault:
            log.exception("line %s cannot be started", config.id)
            if line is not None:
                await self._stopped(line)
            self._failed[config.id] = None
            return AbsentLine(config, f"the line cannot be started: {fault}; it is tried again every minute")
        if config.id in self._failed:
            log.info("line %s: started at last", config.id)
            del self._failed[config.id]
        return line

    async def _retire(self, line: Line) -> None:
        log.info("line %s: as it was, it takes no more calls", line.id)
        self._retired.append(line)
        try:
            await line.retire()
        except Exception:
            log.exception("line %s does not retire", line.id)

    async def _stopped(self, line: Line) -> None:
        try:
            await line.stop()
        except Exception:
            log.exception("line %s does not stop", line.id)
