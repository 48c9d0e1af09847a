"""The calendar feeds: one token a person, and what a telephone that has one is told.

The tokens lie in DATA/feeds.json (0600). They open nothing but the times at which that person is rung first.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Any

from appliance.building.model import Building
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.media.durable import write_durably
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context
from appliance.requests.duty import known_overrides, spans

FILE = "feeds.json"
PRIVATE_MODE = 0o600
TOKEN_BYTES = 18
BACK, AHEAD = timedelta(days=62), timedelta(days=365)

Feed = dict[str, str]  # person, token, since


class Feeds:
    """The tokens of one data directory; read and written beside the event loop."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE
        self.turn = asyncio.Lock()

    async def read(self) -> list[Feed]:
        """All of them; none where the file is missing or broken: then new ones are made."""
        return await asyncio.to_thread(self._read)

    async def write(self, feeds: list[Feed]) -> None:
        """Keep these. Raises RefusedError."""
        content = json.dumps({"feeds": feeds}, ensure_ascii=False, indent=1).encode()
        try:
            await asyncio.to_thread(write_durably, self._path, content, PRIVATE_MODE)
        except OSError as error:
            raise RefusedError(f"nothing was changed: {error}", "not_saved") from error

    def _read(self) -> list[Feed]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))["feeds"]
            return [{key: str(each[key]) for key in ("person", "token", "since")} for each in found]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return []


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `feeds`, `feed_open`, `feed_close`, `feed`."""
    kept = Feeds(context.options.data)

    async def feeds(_: Asked) -> Answer:
        known = context.building.people
        return {"feeds": [each for each in await kept.read() if each["person"] in known]}

    async def feed_open(asked: Asked) -> Answer:
        who, person = who_asks(asked), text(asked, "person")
        if person not in context.building.people:
            raise RefusedError("there is no such person", "no_such_person")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        since = context.clock.now().isoformat(timespec="seconds")
        async with kept.turn:
            others = [each for each in await kept.read() if each["person"] != person]
            await kept.write([*others, {"person": person, "token": token, "since": since}])
        changed(context, who, "feed_open", person=person)
        return {"token": token}

    async def feed_close(asked: Asked) -> Answer:
        who, person = who_asks(asked), text(asked, "person")
        async with kept.turn:
            before = await kept.read()
            after = [each for each in before if each["person"] != person]
            if len(after) != len(before):
                await kept.write(after)
                changed(context, who, "feed_close", person=person)
        return {"closed": len(after) != len(before)}

    async def feed(asked: Asked) -> Answer:
        token = text(asked, "token").encode()
        matching = [each for each in await kept.read() if compare_digest(each["token"].encode(), token)]
        person = context.building.people.get(matching[0]["person"]) if matching else None
        if person is None:
            raise RefusedError("there is no such calendar any more", "no_such_feed")
        now = context.clock.now()
        return {"person": person.id, "name": person.name, "duties": list(duties_of(context, person.id, now))}

    return {"feeds": feeds, "feed_open": feed_open, "feed_close": feed_close, "feed": feed}


def duties_of(context: Context, person: str, now: datetime) -> Iterator[dict[str, Any]]:
    """When a person is rung first. A span that reaches beyond the time looked at is left out, for its edge moves."""
    building: Building = context.building
    start, end = now - BACK, now + AHEAD
    for duty in building.duties.values():
        for each in merged(spans(building, duty, start, end, None, known_overrides(context)), person):
            begin, finish = (datetime.fromisoformat(each[key]) for key in ("from", "to"))
            if begin > start and finish < end:
                yield {"duty": duty.id, "name": duty.name, **each}


def merged(stretches: Iterator[dict[str, Any]], person: str) -> Iterator[dict[str, str]]:
    """The stretches in which the person comes first, those that touch as one: who is rung after them is no matter."""
    held: dict[str, str] | None = None
    for each in stretches:
        first = bool(each["people"]) and each["people"][0] == person
        if held is not None and not first:
            yield held
            held = None
        elif first:
            held = {"from": held["from"] if held else each["from"], "to": each["to"]}
    if held is not None:
        yield held
