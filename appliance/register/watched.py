"""A `Register` in front of another one that lets somebody hear what is recorded, at the moment it is; nothing changes.

Who hears must be quick and raise nothing: it is called by whoever records.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.register.in_front import InFront
from appliance.register.log import Committed, Register

log = logging.getLogger("dyzurka.register")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was given to `Register.record`; `saved` resolves as its future does."""

    kind: str
    call: str
    ticket: str
    building: str
    body: Mapping[str, Any]
    saved: asyncio.Future[Committed]


class WatchedRegister(InFront):
    """Implements `Register`. `hears` is told of each event."""

    def __init__(self, register: Register, hears: Callable[[Recorded], None] = lambda recorded: None) -> None:
        super().__init__(register)
        self.hears = hears

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """See `Register`."""
        saved = self._register.record(kind, call=call, ticket=ticket, building=building, **body)
        try:
            self.hears(Recorded(kind, call, ticket, building, body, saved))
        except Exception:
            log.exception("what was recorded was not heard: %s", kind)
        return saved
