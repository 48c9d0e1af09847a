"""A menu: it greets, reads out what can be chosen, and takes a key.

1. The greeting once, then what is announced now, then each choice; a key cuts any of it short.
2. A wrong key: that is said, and the choices are read again.
3. Nothing pressed: the choices once more, as often as the building says (`repeats`).
4. Still nothing: a caller who spoke during the last pass, pressed any key in this call, or is a known resident goes to
   `no_input`, a human; one who did none of these goes to `silent`. Speech from before the menu counts (`takeover.py`).
5. Where `no_input` rings somebody at once, every pass may be the last: who speaks or is known waits for no other, and
   has somebody's phone ringing within 25 s of the answer, unless they pressed a key and so choose for themselves.

It chooses; it does not go there.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from appliance.building.hours import announced
from appliance.building.model import Destination, Menu, Option
from appliance.callflow.call import Call
from appliance.callflow.sentences import announcement, language_offer, menu_greeting, option
from appliance.callflow.waiting import ask, beside, first_of
from appliance.media.sound import Clip
from appliance.register import events

Way = Literal["key", "no_input", "silent"]

VOICE_SECONDS = 0.4  # so much voice in the last pass is somebody speaking, not a click
WRONG_KEYS_MAX = 5  # after so many wrong keys a human helps better than the choices again
RINGING_SECONDS = 25.0  # after the answer: somebody's phone rings for who speaks or is known and presses nothing
DIALLING_SECONDS = 2.0  # of these, for the network to find that phone
RINGS_AT_ONCE = ("duty", "person", "extension")  # destinations that ring a phone; a queue may have to wait


async def menu(call: Call, config: Menu) -> tuple[Destination, Way]:
    """Let the caller choose; returns where to go, and what led there. Raises LegGoneError."""
    passes, wrong, spoke = config.repeats + 1, 0, False
    lead = greeting(call, config)
    while passes > 0 and wrong <= WRONG_KEYS_MAX and not spoke:
        last = passes == 1 or _rings_at_once(config)
        key, voice = await _choose(call, config, [*lead, *choices(call, config, last=last)], last=last)
        lead = []
        if key is None:
            passes = 0 if _needs_no_other(call, config) else passes - 1
            spoke = last and (voice or call.spoke)
        elif (chosen := _option(config, key)) is not None:
            _accept(call, config, chosen)
            return chosen.goto, "key"
        elif key in config.languages:
            call.language = config.languages[key]
            call.note(events.CALL_CHOSE, menu=config.id, key=key, language=call.language)
            lead = greeting(call, config)
        else:
            wrong += 1
            lead = call.sentence("wrong_key")
    if spoke or call.spoke or call.pressed or call.resident is not None:
        return config.no_input, "no_input"
    return config.silent, "silent"


def _rings_at_once(config: Menu) -> bool:
    return config.no_input.kind in RINGS_AT_ONCE


def _needs_no_other(call: Call, config: Menu) -> bool:
    """Whether one pass is enough for this caller: somebody we know, whom nothing but a ringing phone can help."""
    return _rings_at_once(config) and call.resident is not None and not call.pressed


def greeting(call: Call, config: Menu) -> list[Clip]:
    """How the menu begins; nothing where its greeting is empty. What is announced now is said once a call."""
    building, evening = call.desk.building, call.evening()
    clips = call.to_caller(menu_greeting(config, call.language, building, evening=evening, premises=call.building))
    for each in announced(building, call.building, call.desk.clock.now()):
        if (each.id, call.language) not in call.announced:
            call.announced.add((each.id, call.language))
            clips += call.to_caller(
                announcement(each, call.language, building, evening=evening, premises=call.building)
            )
    return clips


def choices(call: Call, config: Menu, *, last: bool) -> list[Clip]:
    """What can be pressed, each as one clip; on the last pass also, for who is not known, that speaking is enough."""
    building = call.desk.building
    clips: list[Clip] = []
    for each in config.options:
        clips += call.to_caller(option(each, call.language, building))
    for key, language in config.languages.items():
        if language != call.language:
            clips += call.clips(language_offer(language, key, building), language)
    return [*clips, *call.sentence("menu_speak")] if last and call.resident is None else clips


async def _choose(call: Call, config: Menu, clips: list[Clip], *, last: bool) -> tuple[str | None, bool]:
    """One pass: the key, or None and whether the caller spoke."""
    key, voice = await _listen(call, config, clips, last=last)
    if key is None:
        return None, voice
    call.pressed = True
    if config.digits == 1 or key in config.languages:
        return key, voice
    second = await ask(call.leg, [], seconds=config.timeout_seconds)
    return key + (second or ""), voice


async def _listen(call: Call, config: Menu, clips: list[Clip], *, last: bool) -> tuple[str | None, bool]:
    """Play the clips and wait for a key until the time is up; a voice ends the wait after the last clip."""
    leg = call.leg
    async with (
        beside(leg.digit()) as key,
        beside(leg.voice(VOICE_SECONDS)) as voice,
        beside(_time_is_up(call, config, voice)) as late,
        beside(leg.play(*clips)) as speech,
    ):
        await first_of(key, late, speech)
        if not key.done() and not late.done():
            speech.result()
            said = [voice] if last and not voice.done() else []  # who spoke before may still press a key
            await first_of(key, late, *said, seconds=config.timeout_seconds)
        if key.done():
            return key.result(), False
        if voice.done():
            voice.result()
        return None, voice.done()


async def _time_is_up(call: Call, config: Menu, voice: asyncio.Task[Any]) -> None:
    """Return when somebody's phone must ring for a caller who is known or speaks, and has pressed nothing."""
    if call.pressed or not _rings_at_once(config):
        await asyncio.get_running_loop().create_future()
    await asyncio.sleep(max(0.0, RINGING_SECONDS - DIALLING_SECONDS - call.seconds_since_answer()))
    if call.resident is None and not call.spoke:
        await asyncio.wait({voice})


def _option(config: Menu, key: str) -> Option | None:
    return next((each for each in config.options if each.key == key), None)


def _accept(call: Call, config: Menu, chosen: Option) -> None:
    call.note(events.CALL_CHOSE, menu=config.id, key=chosen.key)
    if chosen.building:
        call.building = chosen.building
        call.note(events.CALL_BUILDING, premises=chosen.building)
    if chosen.urgent:
        call.become_urgent()
