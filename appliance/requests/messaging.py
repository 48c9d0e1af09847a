"""Messages that somebody at the page sends: one to try SIM card, mail server or push service, and an answer by SMS.

One that is tried goes past the queue, for somebody waits for what comes of it; an answer is queued like any other.
"""

from __future__ import annotations

import asyncio
from typing import Any

from appliance.building.model import Building
from appliance.building.numbers import carries_sms
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.notify.notice import CHANNELS, Channel, Notice
from appliance.notify.sms import NotSentError
from appliance.notify.telling import as_sms, may_be_texted, others
from appliance.notify.texts import said, segments
from appliance.register import events
from appliance.register.log import NotSavedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks, whole
from appliance.requests.context import Context
from appliance.requests.jobs import Job, Jobs
from appliance.requests.rows import ticket_of

TRY_SECONDS = 90.0  # for one message; the mail helper gives up after 60
SEGMENTS_MOST = 3  # of an answer: what it costs


def handlers(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """The verbs `test_message`, `ticket_sms`."""

    async def test_message(asked: Asked) -> Answer:
        who, channel, building = who_asks(asked), _channel(asked), context.building
        recipients = _recipients(building, channel, text(asked, "to", ""))

        async def work(job: Job) -> dict[str, Any]:
            told = []
            for to in recipients:
                job.step("sending", to=to)
                told.append({"to": to, **await _tried(context, _notice(building, channel, to))})
            return {"channel": channel, "messages": told}

        changed(context, who, "test_message", channel=channel)
        return jobs.begin("a test message", work)

    async def ticket_sms(asked: Asked) -> Answer:
        row, who, building = await ticket_of(context, whole(asked, "ticket")), who_asks(asked), context.building
        typed, caller = text(asked, "text").strip(), row["caller"] or ""
        if not typed:
            raise RefusedError("an SMS says something", "bad_argument", name="text")
        if not carries_sms(building):
            raise RefusedError("no line has a SIM card", "no_sim")
        if not may_be_texted(building, caller):
            raise RefusedError("no SMS can be sent to this number", "not_texted")
        words = as_sms(typed, building)
        if segments(words) > SEGMENTS_MOST:
            raise RefusedError(f"more than {SEGMENTS_MOST} SMS", "too_long", most=SEGMENTS_MOST)
        about = {"ticket": row["uid"], "building": row["building"]}
        try:
            await context.desk().register.record(
                events.TICKET_NOTED, **about, who=who, text=f"SMS: {words}", base=text(asked, "base", "")
            )
        except NotSavedError as error:
            raise RefusedError(f"it could not be saved: {error}", "not_saved") from error
        context.messages.notifier.tell(Notice("reply", "sms", caller, words, about=context.register.new_uid(), **about))
        changed(context, who, "ticket_sms", ticket=row["number"])
        return {"ticket": await ticket_of(context, row["number"])}

    return {"test_message": test_message, "ticket_sms": ticket_sms}


def _channel(asked: Asked) -> Channel:
    channel = text(asked, "channel")
    if channel not in CHANNELS:
        raise RefusedError(f"channel: one of {', '.join(CHANNELS)}", "bad_argument", name="channel")
    return channel


def _recipients(building: Building, channel: Channel, to: str) -> list[str]:
    """Who gets it. Raises RefusedError: an SMS costs money and goes to a phone of the building's people alone."""
    if channel == "sms":
        if not carries_sms(building):
            raise RefusedError("no line has a SIM card", "no_sim")
        if not any(to in each.phones for each in building.people.values()) or not may_be_texted(building, to):
            raise RefusedError("no phone of anybody here that takes SMS", "not_texted")
        return [to]
    if channel == "mail" and not building.notify.mail_server:
        raise RefusedError("there is no mail_server in [notify]", "no_mail_server")
    found = [each for kind, each in others(building) if kind == channel]
    if not found:
        raise RefusedError("nobody is told in this way", "no_recipient")
    return found


def _notice(building: Building, channel: Channel, to: str) -> Notice:
    language = building.box.language
    words = said("test", language, box=building.box.name)
    if channel == "sms":
        return Notice("test", "sms", to, as_sms(words, building))
    return Notice("test", channel, to, words, said("test_title", language, box=building.box.name))


async def _tried(context: Context, notice: Notice) -> dict[str, str]:
    try:
        async with asyncio.timeout(TRY_SECONDS):
            return {"result": "sent", "by": await context.messages.notifier.at_once(notice)}
    except NotSentError as error:
        return {"result": "not sent", "why": str(error)}
    except TimeoutError:
        return {"result": "not sent", "why": f"no response within {TRY_SECONDS:g} s"}
