"""A line tried before it is kept: found, asked, registered with, and called over, beside the running lines.

It has a socket of its own, so that nothing it does reaches theirs; a resident whose call comes to it meanwhile is taken
like any other.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.building import file
from appliance.building.model import LineConfig
from appliance.building.numbers import may_dial
from appliance.callflow import by_hand
from appliance.callflow.waiting import ask_whoever_answers
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.doctor.servers import ask_line
from appliance.lines.line import Leg, NotAnsweredError
from appliance.lines.sip.leg import SipLeg
from appliance.lines.sip.registration import NO_ANSWER, WRONG_PASSWORD
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.sound import LegGoneError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.calls import phone_of
from appliance.requests.context import Context
from appliance.requests.editing import mistakes
from appliance.requests.jobs import Job, Jobs
from appliance.requests.versions import Pair, Versions

BOUND_SECONDS = 12.0  # for finding, asking and registering together
TRIED = "the-line-that-is-tried"  # the id of one that has none
REGISTERED, REACHABLE, NO_SUCH_SERVER, REFUSED = "registered", "reachable", "no such server", "refused"
SOUND, NO_SOUND = "sound", "no sound"


def handlers(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """The verbs `try_line` and `test_lines`."""

    async def try_line(asked: Asked) -> Answer:
        who, line = who_asks(asked), asked.get("line")
        if not isinstance(line, dict):
            raise RefusedError("line: a table is needed", "bad_argument", name="line")
        phone = phone_of(context, text(asked, "phone")) if "phone" in asked else ""
        config = await asyncio.to_thread(_config, context, line)
        if config.kind != "sip":
            raise RefusedError("only a SIP line can be tried", "bad_argument", name="line")

        async def work(job: Job) -> dict[str, Any]:
            began = context.clock.monotonic()
            result, detail = await _tried(context, config, phone, job)
            changed(context, who, "try_line", server=config.server, result=result)
            return {"result": result, "detail": detail, "seconds": round(context.clock.monotonic() - began, 3)}

        return jobs.begin("trying a line", work)

    async def test_lines(asked: Asked) -> Answer:
        who = who_asks(asked)
        if (why_not := context.prover.told()["why_not"]) is not None:
            raise RefusedError(f"the box cannot call itself: {why_not}", why_not.replace(" ", "_"))
        if context.calls.up:
            raise RefusedError("somebody is calling: test when nobody is", "call_up")

        async def work(job: Job) -> dict[str, Any]:
            came = []
            async for pair, result in context.prover.prove_all():
                came.append({"from": pair.calling, "to": pair.called, "result": result})
                job.step("called", **came[-1])
            return {"calls": came}

        changed(context, who, "test_lines")
        return jobs.begin("test calls over all lines", work)

    return {"try_line": try_line, "test_lines": test_lines}


def _config(context: Context, line: dict[str, Any]) -> LineConfig:
    """The line as the building file would have it; a known one keeps the password that nobody was shown."""
    from appliance.requests.edits import EditError, apply  # tomlkit only where somebody edits

    name = str(line.setdefault("id", TRIED))
    known = context.building.lines.get(name)
    pair = Versions(context.options.data, context.options.building_file).now()
    edit = {"op": "set", "path": ["lines", {"id": name}]} if known else {"op": "add", "path": ["lines"]}
    try:
        after = Pair(*apply(pair.building, pair.secrets, [{**edit, "value": line}]))
    except EditError as error:
        raise RefusedError(str(error), "bad_argument", name="line") from error
    if errors := mistakes(after):
        raise RefusedError(errors[0]["text"], "bad_line", errors=errors)
    with tempfile.TemporaryDirectory(prefix="dyzurka-check-") as folder:
        path = Path(folder, "building.toml")
        path.write_text(after.building, encoding="utf-8")
        if after.secrets:
            secrets = path.with_name("secrets.toml")
            secrets.touch(mode=0o600)
            secrets.write_text(after.secrets, encoding="utf-8")
        return file.read(path).lines[name]


async def _tried(context: Context, config: LineConfig, phone: str, job: Job) -> tuple[str, str]:
    """What came of it, and its detail."""
    try:
        async with asyncio.timeout(BOUND_SECONDS) as bound:
            job.step("looking_up", server=config.server)
            found = await ask_line(config, context.rng)
            if not found.places:
                return NO_SUCH_SERVER, config.server
            if not found.answer:
                return NO_ANSWER, ", ".join(found.places)
            if not config.register and not phone:
                return REACHABLE, found.answer
            async with _beside(context, config) as trunk:
                result, detail = REACHABLE, found.answer
                if config.register:
                    job.step("registering", server=config.server)
                    result, detail = await _registered(trunk)
                if not phone or result not in (REGISTERED, REACHABLE):
                    return result, detail
                bound.reschedule(None)
                return await _called(context, config, trunk, phone, job)
    except TimeoutError:
        return NO_ANSWER, f"nothing within {BOUND_SECONDS:g} s"


@asynccontextmanager
async def _beside(context: Context, config: LineConfig) -> AsyncIterator[SipTrunk]:
    """The line on a socket of its own; it goes when the last call on it is over."""
    stack = SipStack((context.options.sip[0], 0), media=context.media, clock=context.clock, rng=context.rng)
    await stack.start()
    trunk = SipTrunk(config, stack, allowed=lambda number: may_dial(context.building, number) is None, rng=context.rng)
    taken: list[Leg] = []

    def take(leg: Leg) -> None:
        taken.append(leg)
        context.calls.take(leg)

    async def end() -> None:
        try:
            await trunk.retire()
            for line in context.fleet.lines.values():
                if isinstance(line, SipTrunk):
                    line.register_again(
                        config
                    )  # a provider that knows one address an account has just forgotten theirs
            for leg in taken:
                await leg.gone()
        finally:
            await stack.stop()

    try:
        await trunk.start(take)
        yield trunk
    finally:
        context.later("ending the line that was tried", end())


async def _registered(trunk: SipTrunk) -> tuple[str, str]:
    """How the first attempt to register ended; the caller bounds the time."""
    state = await trunk.registration_tried()
    if state.state == "up":
        return REGISTERED, ""
    fault = state.fault or ""
    if fault == WRONG_PASSWORD:
        return WRONG_PASSWORD, fault
    return (NO_ANSWER if NO_ANSWER in fault else REFUSED), fault


async def _called(context: Context, config: LineConfig, trunk: SipTrunk, phone: str, job: Job) -> tuple[str, str]:
    """A test call over the line: whether its sound arrives, and the key."""
    job.step("rings", phone=phone)
    shown = next(iter(config.numbers), "")
    try:
        leg = await trunk.dial(phone, shown=shown, ring_seconds=by_hand.RING_SECONDS)
    except NotAnsweredError as unanswered:
        return unanswered.cause.value, unanswered.detail
    try:
        if not leg.may_ring:
            job.step("answered", phone=phone)
        words = by_hand.said(context.desk(), "test_call")
        key = await ask_whoever_answers(leg, [*words, *words], seconds=by_hand.DECISION_SECONDS)
        heard = isinstance(leg, SipLeg) and leg.channel.stats().received > 0
        if key == by_hand.ACCEPT:
            return SOUND, ""
        return (by_hand.NOT_CONFIRMED if heard else NO_SOUND), ""
    except LegGoneError:
        return by_hand.NOT_CONFIRMED, ""
    finally:
        leg.hangup()
