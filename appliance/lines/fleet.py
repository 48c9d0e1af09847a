"""The lines of a building, kept in step with its file: new ones start, changed ones are replaced, none drops a call.

What a line is made of is the maker's business; which calls go out on which is `routing.py`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from appliance.building.model import LineConfig
from appliance.lines.line import Leg, Line

log = logging.getLogger("dyzurka.lines")


class Fleet:
    """All lines. `lines` is shared with whoever chooses among them and is changed in place."""

    def __init__(self, make: Callable[[LineConfig], Line], on_call: Callable[[Leg], None]) -> None:
        self.lines: dict[str, Line] = {}
        self._make, self._on_call = make, on_call
        self._configs: dict[str, LineConfig] = {}
        self._retired: list[Line] = []

    async def follow(self, configs: Mapping[str, LineConfig]) -> None:
        """Run just these lines from now on; a line that changed or went keeps the calls that are up on it."""
        for name in [each for each in self._configs if configs.get(each) != self._configs[each]]:
            del self._configs[name]
            line = self.lines.pop(name)
            self._retired.append(line)
            log.info("line %s: as it was, it takes no more calls", name)
            await line.retire()
        for name, config in configs.items():
            if name not in self._configs:
                line = self._make(config)
                await line.start(self._on_call)
                self._configs[name] = config
                self.lines[name] = line

    async def stop(self) -> None:
        """End all of them, and their calls."""
        for line in (*self.lines.values(), *self._retired):
            await line.stop()
