"""A menu: it greets, reads out what can be chosen, and takes a key.

1. The greeting once, then each choice; a key cuts any of it short.
2. A wrong key: that is said, and the choices are read again.
3. Nothing pressed: the choices once more, as often as the building says (`repeats`).
4. Still nothing: a caller who spoke during the last pass, pressed only wrong keys, or is a known resident goes to
   `no_input`, a human; one who did none of these goes to `silent`.

It chooses; it does not go there.
"""

from __future__ import annotations

from typing import Literal

from appliance.building.model import Destination, Menu, Option
from appliance.callflow.call import Call
from appliance.callflow.sentences import language_offer, menu_greeting, option
from appliance.callflow.waiting import ask, beside
from appliance.media.sound import Clip
from appliance.register import events

Way = Literal["key", "no_input", "silent"]

VOICE_SECONDS = 0.4  # so much voice in the last pass is somebody speaking, not a click
WRONG_KEYS_MAX = 5  # after so many wrong keys a human helps better than the choices again


async def menu(call: Call, config: Menu) -> tuple[Destination, Way]:
    """Let the caller choose; returns where to go, and what led there. Raises LegGoneError."""
    passes, wrong, spoke = config.repeats + 1, 0, False
    lead = greeting(call, config)
    while passes > 0 and wrong <= WRONG_KEYS_MAX:
        last = passes == 1
        async with beside(call.leg.voice(VOICE_SECONDS)) as voice:
            key = await _choose(call, config, [*lead, *choices(call, config, last=last)])
            spoke = last and voice.done()
        lead = []
        if key is None:
            passes -= 1
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
    if spoke or wrong or call.resident is not None:
        return config.no_input, "no_input"
    return config.silent, "silent"


def greeting(call: Call, config: Menu) -> list[Clip]:
    """How the menu begins; nothing where its greeting is empty."""
    building = call.desk.building
    return call.to_caller(
        menu_greeting(config, call.language, building, evening=call.evening(), premises=call.building)
    )


def choices(call: Call, config: Menu, *, last: bool) -> list[Clip]:
    """What can be pressed, each as one clip; on the last pass also that speaking is enough."""
    building = call.desk.building
    clips: list[Clip] = []
    for each in config.options:
        clips += call.to_caller(option(each, call.language, building))
    for key, language in config.languages.items():
        if language != call.language:
            clips += call.clips(language_offer(language, key, building), language)
    return [*clips, *call.sentence("menu_speak")] if last else clips


async def _choose(call: Call, config: Menu, clips: list[Clip]) -> str | None:
    key = await ask(call.leg, clips, seconds=config.timeout_seconds)
    if key is None or config.digits == 1 or key in config.languages:
        return key
    second = await ask(call.leg, [], seconds=config.timeout_seconds)
    return key + (second or "")


def _option(config: Menu, key: str) -> Option | None:
    return next((each for each in config.options if each.key == key), None)


def _accept(call: Call, config: Menu, chosen: Option) -> None:
    call.note(events.CALL_CHOSE, menu=config.id, key=chosen.key)
    if chosen.building:
        call.building = chosen.building
        call.note(events.CALL_BUILDING, premises=chosen.building)
    if chosen.urgent:
        call.become_urgent()
