"""Tickets as people at the page deal with them: taken, noted, done; nobody is rung about them any more."""

from __future__ import annotations

from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.register import events
from appliance.register.fold import Row
from appliance.register.log import NotSavedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks, whole
from appliance.requests.context import Context
from appliance.requests.rows import ticket_of

MOST_CHARACTERS = 4000  # of a note


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `ticket_take`, `ticket_note`, `ticket_done`."""

    async def take(asked: Asked) -> Answer:
        row, who = await ticket_of(context, whole(asked, "ticket")), who_asks(asked)
        await _record(context, row, events.TICKET_TAKEN, who, base=text(asked, "base", ""))
        context.calls.settled(row["uid"])
        return await _answer(context, row, who, "ticket_take")

    async def note(asked: Asked) -> Answer:
        row, who = await ticket_of(context, whole(asked, "ticket")), who_asks(asked)
        await _note(context, row, who, text(asked, "text"), text(asked, "base", ""))
        return await _answer(context, row, who, "ticket_note")

    async def done(asked: Asked) -> Answer:
        row, who = await ticket_of(context, whole(asked, "ticket")), who_asks(asked)
        if said := text(asked, "text", ""):
            await _note(context, row, who, said, "")
        await _record(context, row, events.TICKET_DONE, who, base=text(asked, "base", ""))
        context.calls.settled(row["uid"])
        return await _answer(context, row, who, "ticket_done")

    return {"ticket_take": take, "ticket_note": note, "ticket_done": done}


async def _note(context: Context, row: Row, who: str, said: str, base: str) -> None:
    if not said.strip():
        raise RefusedError("a note says something", "bad_argument", name="text")
    await _record(context, row, events.TICKET_NOTED, who, text=said.strip()[:MOST_CHARACTERS], base=base)


async def _record(context: Context, row: Row, kind: str, who: str, **body: str) -> None:
    """On disk before anybody is told so. Raises RefusedError."""
    try:
        await context.desk().register.record(kind, ticket=row["uid"], building=row["building"], who=who, **body)
    except NotSavedError as error:
        raise RefusedError(f"it could not be saved: {error}", "not_saved") from error


async def _answer(context: Context, row: Row, who: str, what: str) -> Answer:
    changed(context, who, what, ticket=row["number"])
    return {"ticket": await ticket_of(context, row["number"])}
