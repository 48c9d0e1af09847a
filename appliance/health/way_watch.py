"""Remembers since when each line stands as it does, and says in the log when the box works another way than before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from appliance.building.model import Building, LineConfig
from appliance.clock import Clock
from appliance.health.way import LineStands, Way, way
from appliance.lines.line import Line, LineState

LOOK_SECONDS = 1.0

log = logging.getLogger("dyzurka.lines")


class WayWatch:
    """Watches the lines of one exchange. `lines` may change; it is looked at again each time."""

    def __init__(self, lines: Mapping[str, Line], building: Callable[[], Building], clock: Clock) -> None:
        self._lines, self._building, self._clock = lines, building, clock
        self._known: dict[str, LineStands] = {}
        self._level = ""

    async def run(self) -> None:
        """Look for as long as it is not cancelled."""
        while True:
            self.now()
            await asyncio.sleep(LOOK_SECONDS)

    def now(self) -> Way:
        """Which way the box works."""
        now, building = self._clock.now(), self._building()
        order = dict.fromkeys([*building.outbound.lines, *building.lines])
        self._known = {name: self._stands(building.lines[name], now) for name in order if name in building.lines}
        found = way(tuple(self._known.values()), now, building.box.timezone)
        self._tell(found)
        return found

    def _stands(self, config: LineConfig, now: datetime) -> LineStands:
        """How it stands at this moment, with what is known of it from the moment before."""
        line, before = self._lines.get(config.id), self._known.get(config.id)
        state = line.state() if line is not None else LineState("starting")
        down_since = before.down_since if before is not None else None
        back_at = before.back_at if before is not None else None
        if state.state == "down":
            down_since = down_since or now
        elif state.state == "up" and down_since is not None:
            down_since, back_at = None, now
        kind = "fxo" if config.gateway else config.kind  # people call both a landline
        return LineStands(config.id, kind, state.state, state.fault or "", down_since, back_at)

    def _tell(self, found: Way) -> None:
        if found.level == self._level:
            return
        self._level = found.level
        (log.info if found.level in ("ok", "starting") else log.warning)("%s", found.en)
