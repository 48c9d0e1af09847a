"""Calls that the page asks for: a resident called back, a phone tested, a duty list's two phones rung at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance.building.model import Duty, Person
from appliance.building.numbers import may_dial
from appliance.callflow import by_hand
from appliance.callflow.case import Case, TicketMatter
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.lines.line import Cause
from appliance.lines.routing import EXTENSION, SIP_ADDRESS
from appliance.register import events
from appliance.register.fold import Row
from appliance.register.journal import masked
from appliance.register.log import NotSavedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks, whole
from appliance.requests.context import Context
from appliance.requests.jobs import Job, Jobs
from appliance.requests.rows import call_of, ticket_of, tickets_about

REASON = "page"  # of a ticket that is opened to call somebody back
TWO_AT_ONCE, ONE_ONLY, UNCLEAR, ONE_PHONE = "two at once", "one only", "unclear", "one phone"
REACHED = (by_hand.CONFIRMED, by_hand.NOT_CONFIRMED, Cause.NO_ANSWER.value)  # the phone rang


def handlers(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """The verbs `call_back`, `test_call`, `test_duty`."""

    async def call_back(asked: Asked) -> Answer:
        who, phone = who_asks(asked), phone_of(context, text(asked, "phone"))
        _not_engaged(context, phone)
        row, number = await _ticket(context, asked)
        changed(context, who, "call_back", ticket=row["number"], phone=masked(phone))
        person = Person(who, who, (phone,))
        return jobs.begin("calling back", lambda job: _call_back(context, job, row, person, number))

    async def test_call(asked: Asked) -> Answer:
        who, phone = who_asks(asked), phone_of(context, text(asked, "phone"))
        _not_now(context)
        _not_engaged(context, phone)

        async def work(job: Job) -> dict[str, Any]:
            outcome = await by_hand.test_call(context.desk(), phone, job.step)
            changed(context, who, "test_call", **whose(context, phone), result=outcome.result)
            return told(outcome)

        return jobs.begin("test call", work)

    async def test_duty(asked: Asked) -> Answer:
        who, name = who_asks(asked), text(asked, "duty")
        duty = context.building.duties.get(name)
        if duty is None:
            raise RefusedError(f"there is no duty list {name}", "no_such_duty")
        _not_now(context)
        for _, phone in _two_phones(context, duty):
            _not_engaged(context, phone)

        async def work(job: Job) -> dict[str, Any]:
            result = await _two_at_once(context, duty, job)
            changed(context, who, "test_duty", duty=name, meaning=result["meaning"])
            return result

        return jobs.begin("test of a duty list", work)

    return {"call_back": call_back, "test_call": test_call, "test_duty": test_duty}


def phone_of(context: Context, phone: str) -> str:
    """A phone that may be rung because somebody at the page asks for it. Raises RefusedError."""
    building = context.building
    known = {each for person in building.people.values() for each in person.phones}
    if phone.startswith(EXTENSION):
        if phone.removeprefix(EXTENSION) not in building.extensions:
            raise RefusedError(f"there is no telephone {phone}", "not_allowed", number=phone)
    elif phone.startswith(SIP_ADDRESS):
        if phone not in known:
            raise RefusedError("a sip: address is rung only where it is somebody's", "not_allowed", number=phone)
    elif (why := may_dial(building, phone)) is not None:
        raise RefusedError(why, "not_allowed", number=phone)
    return phone


def whose(context: Context, phone: str) -> dict[str, str]:
    """Whose phone it is ("" for nobody's) and its last digits: enough to find it again, and no number to erase."""
    people = context.building.people.values()
    return {"person": next((each.id for each in people if phone in each.phones), ""), "phone": masked(phone)}


def _not_engaged(context: Context, phone: str) -> None:
    """Who talks is not disturbed for a test, nor to call somebody back. Raises RefusedError."""
    if context.desk().switchboard.on_a_call(phone):
        raise RefusedError(f"{phone} is on a call: wait until it is over", "engaged", number=phone)


def _not_now(context: Context) -> None:
    """Phones and lines belong to who is in need. Raises RefusedError."""
    if any(call.urgent for call in context.calls.up.values()):
        raise RefusedError("an urgent call is going on: test when it is over", "urgent_call")


def told(outcome: by_hand.Outcome) -> dict[str, Any]:
    """As JSON."""
    return {
        "result": outcome.result,
        "line": outcome.line,
        "seconds": outcome.seconds,
        "detail": outcome.detail,
    }


# -- calling back ------------------------------------------------------------------------------------------------------


async def _ticket(context: Context, asked: Asked) -> tuple[Row, str]:
    """The ticket that the call is about, opened where there is none, and the number to call. Raises RefusedError."""
    if "ticket" in asked:
        row = await ticket_of(context, whole(asked, "ticket"))
        return row, _dialled(context, row["caller"])
    call = await call_of(context, whole(asked, "call")) if "call" in asked else None
    number = _dialled(context, call["caller"] if call else text(asked, "number"))
    if call is not None and call["ticket"]:
        return await ticket_of(context, call["ticket"]), number
    if call is None:
        open_ones = [row for row in await tickets_about(context, number) if row["state"] != "done"]
        if open_ones:
            return open_ones[-1], number
    building = call["building"] if call else text(asked, "building", "")
    if building and building not in context.building.premises:
        raise RefusedError(f"there is no building {building}", "bad_argument", name="building")
    uid = context.register.new_uid()
    try:
        opened = await context.register.record(
            events.TICKET_OPENED,
            ticket=uid,
            call=call["uid"] if call else "",
            building=building,
            urgent=False,
            caller=number,
            reason=REASON,
        )
    except NotSavedError as error:
        raise RefusedError(f"it could not be saved: {error}", "not_saved") from error
    return await ticket_of(context, opened.number), number


def _dialled(context: Context, number: str | None) -> str:
    if number is None:
        raise RefusedError("the number was withheld, or is erased", "number_withheld")
    if (why := may_dial(context.building, number)) is not None:
        raise RefusedError(why, "not_allowed", number=number)
    return number


async def _call_back(context: Context, job: Job, row: Row, person: Person, number: str) -> dict[str, Any]:
    case = Case(
        ticket=row["uid"],
        number=row["number"],
        caller=number,
        building=row["building"] if row["building"] in context.building.premises else "",
        language=context.building.box.language,
        opened=datetime.fromisoformat(row["opened"]),
    )

    def step(key: str, **values: object) -> None:
        job.step(key, **values)
        if key == "talking":
            context.calls.settled(case.ticket)

    matter = TicketMatter(context.desk(), case)
    outcome = await by_hand.call_back(matter, person, person.phones[0], number, step)
    if outcome.result == by_hand.TALKED:
        job.step("ended", seconds=outcome.seconds)
    return {**told(outcome), "ticket": case.number}


# -- two at once -------------------------------------------------------------------------------------------------------


async def _two_at_once(context: Context, duty: Duty, job: Job) -> dict[str, Any]:
    """Ring two phones of the list at the same time; one that could not be reached then, once more alone."""
    phones = _two_phones(context, duty)
    if len(phones) < 2:
        return {"meaning": ONE_PHONE, "calls": []}

    async def ring(who: str, phone: str) -> dict[str, Any]:
        found = await by_hand.test_call(context.desk(), phone, job.step)
        job.step("result", phone=phone, result=found.result)
        return {"who": who, "phone": phone, **told(found)}

    async with asyncio.TaskGroup() as group:
        ringing = [group.create_task(ring(who, phone)) for who, phone in phones]
    calls = [each.result() for each in ringing]
    missed = [each for each in calls if each["result"] not in REACHED]
    if not missed:
        return {"meaning": TWO_AT_ONCE, "calls": calls}
    if len(missed) == len(calls):
        return {"meaning": UNCLEAR, "calls": calls}
    job.step("again", phone=missed[0]["phone"])
    alone = await ring(missed[0]["who"], missed[0]["phone"])
    return {"meaning": ONE_ONLY if alone["result"] in REACHED else UNCLEAR, "calls": [*calls, alone]}


def _two_phones(context: Context, duty: Duty) -> list[tuple[str, str]]:
    """The first two different phones of the list that are rung over a line."""
    people: Mapping[str, Person] = context.building.people
    members = dict.fromkeys([*duty.people, *(each for group in duty.by_building.values() for each in group)])
    found: dict[str, str] = {}
    for who in members:
        for phone in people[who].phones:
            if not phone.startswith((EXTENSION, SIP_ADDRESS)):
                found.setdefault(phone, who)
    return [(who, phone) for phone, who in list(found.items())[:2]]
