"""Turns what the call flow says into a draft: shared by every store, so that all of them keep the same thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.clock import Clock
from appliance.register.event import Draft, pack, split, stamp_of
from appliance.register.log import NotSavedError
from appliance.register.uid import UidSource


class Drafter:
    """Writes drafts with the box's clock; `synced` says whether that clock may be trusted."""

    def __init__(self, clock: Clock, uids: UidSource, synced: Callable[[], bool]) -> None:
        self._clock = clock
        self.uids = uids
        self._synced = synced

    def draft(self, kind: str, call: str, ticket: str, building: str, fields: Mapping[str, object]) -> Draft:
        """A draft of an event that happens now. Raises NotSavedError for what is no JSON value or no Unicode."""
        body, personal = split(kind, fields)
        try:
            "".join((kind, call, ticket, building)).encode()
            packed = pack(body), pack(personal)
        except (TypeError, ValueError, RecursionError) as error:
            raise NotSavedError(f"{kind}: {error}") from error
        at = stamp_of(self._clock.now())
        return Draft(self.uids.new(), at, self._synced(), kind, call, ticket, building, *packed)
