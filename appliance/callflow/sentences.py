"""Every sentence the box can say, as parts: texts that are each one clip of sound.

Sentences are whole wherever all that is filled in is known in advance, so that they sound natural; a number read
digit by digit, a date and a recording split them. `PAUSE` (",") is the part that is a short silence and
`file:NAME` the part that is a sound file. Pure, but for reading the packaged sentences.toml once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from functools import cache
from importlib import resources
from itertools import product

from appliance.building.model import Announcement, Building, Destination, Language, Menu, Option, Voicemail
from appliance.callflow import dates, numerals
from appliance.media.sound import FILE, PAUSE

__all__ = [
    "FILE",
    "PAUSE",
    "Phrase",
    "announcement",
    "everything",
    "is_evening",
    "language_offer",
    "menu_greeting",
    "opening_times",
    "option",
    "phrase",
    "queue_position",
    "queue_wait",
    "say",
    "stand_ins",
    "voicemail_greeting",
]

Phrase = tuple[str, ...]

MORNING_HOUR, EVENING_HOUR = 5, 18  # "Dzień dobry" holds from the first to the second (CONTRACT)
MINUTES_SAID_EXACTLY, MINUTES_STEP = 10, 5  # "about 23 minutes" would promise more than anybody knows
MINUTES_FORESEEN = 60  # waits up to here are rendered in advance, more where a queue allows more

# Placeholders whose text is read digit by digit, by sentence: elsewhere {number} is a flat.
_READ_BY_DIGIT = {("ticket", "digits"), ("callback_ok", "number"), ("caller_number", "number")}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNKNOWN_BUILDING = re.compile(r",?\s*(?:tu |this is )?\{building\}")
_NO_WORD = re.compile(r"[\W_]*")


@cache
def built_in() -> dict[str, tuple[str, str]]:
    """The packaged sentences: key → (Polish, English)."""
    text = resources.files("appliance.callflow").joinpath("sentences.toml").read_text(encoding="utf-8")
    return {key: (pair[0], pair[1]) for key, pair in tomllib.loads(text).items()}


def template(key: str, language: Language, building: Building) -> str:
    """A sentence with its placeholders, the building's own where it has one. Raises KeyError: no such sentence."""
    polish, english = building.sentences.get(key) or built_in()[key]
    return polish if language == "pl" else english


def phrase(key: str, language: Language, building: Building, /, **values: str | Phrase) -> Phrase:
    """The sentence `key` with `values` filled in, as parts.

    A str is filled in and spoken with its sentence; a tuple of texts becomes parts of its own (a date from
    `dates.day`, a recording `("file:NAME",)`). The `digits` of a ticket and the `number` to call back are
    strings and are read digit by digit. `building=""` leaves the name out. Raises KeyError: a value is missing.
    """
    return _fill(key, template(key, language, building), language, values)


def _fill(key: str, text: str, language: Language, values: dict[str, str | Phrase]) -> Phrase:
    if text.startswith(FILE):
        return (text,)
    if values.get("building") == "":
        text = _UNKNOWN_BUILDING.sub("", text)
    parts: list[str] = []
    run = ""
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        name = found[1]
        value = values[name]
        if isinstance(value, str) and (key, name) in _READ_BY_DIGIT:
            value = numerals.digits(value, language)
        run += text[at : found.start()]
        at = found.end()
        if isinstance(value, str) and not value.startswith(FILE):
            run += value
            continue
        parts += [*_spoken(run), *((value,) if isinstance(value, str) else value)]
        run = ""
    return (*parts, *_spoken(run + text[at:]))


def _spoken(run: str) -> Iterator[str]:
    """The run as one part without what a split has left at its beginning, or nothing if no word is in it."""
    if not _NO_WORD.fullmatch(run):
        yield run.lstrip(" .,:;").rstrip()


def is_evening(local: datetime) -> bool:
    """Whether callers are greeted with "Dobry wieczór" at this local time."""
    return not MORNING_HOUR <= local.hour < EVENING_HOUR


def premises_name(building: Building, premises: str) -> str:
    """What is spoken for {building}: the name of this id, or of the only one; "" when it is not known which."""
    if premises:
        return building.premises[premises].name
    return next(iter(building.premises.values())).name if len(building.premises) == 1 else ""


def menu_greeting(menu: Menu, language: Language, building: Building, *, evening: bool, premises: str = "") -> Phrase:
    """How a menu begins: its own greeting in that language, else the built-in `greet`; () where it is empty."""
    own = menu.greeting if language == "pl" else menu.greeting_en
    if own is None and language == building.box.language:
        own = menu.greeting
    text = template("greet", language, building) if own is None else own
    return _greeting(text, language, building, evening, premises)


def voicemail_greeting(
    voicemail: Voicemail, language: Language, building: Building, *, evening: bool, premises: str = ""
) -> Phrase:
    """What is said before the tone: the mailbox's own, else `vm_urgent` or `vm_office`; () where it is empty."""
    own = voicemail.greeting if language == "pl" else voicemail.greeting_en
    if own is None and language == building.box.language:
        own = voicemail.greeting
    if own is None:
        own = template("vm_urgent" if voicemail.urgent else "vm_office", language, building)
    return _greeting(own, language, building, evening, premises)


def announcement(
    said: Announcement, language: Language, building: Building, *, evening: bool, premises: str = ""
) -> Phrase:
    """What is said after the greeting for as long as it holds."""
    text = said.text
    if language == "en" and said.text_en is not None:
        text = said.text_en
    return _greeting(text, language, building, evening, premises)


def _greeting(text: str, language: Language, building: Building, evening: bool, premises: str) -> Phrase:
    hello = template("hello_evening" if evening else "hello_day", language, building)
    return _fill("greet", text, language, {"hello": hello, "building": premises_name(building, premises)})


def option(choice: Option, language: Language, building: Building) -> Phrase:
    """One choice of a menu: "Usterka do naprawy: proszę nacisnąć dwa."

    In English: `say_en`, else the built-in translation of a built-in wording, else the Polish words.
    """
    words = choice.say
    if language == "en":
        words = choice.say_en or _translations().get(choice.say, choice.say)
    return phrase("option", language, building, say=words, key=numerals.key_words(choice.key, language))


@cache
def _translations() -> dict[str, str]:
    """Polish → English wording of the built-in menu options, from before their colons."""
    pairs = (pair for key, pair in built_in().items() if key.startswith("menu_") and key != "menu_english")
    return {polish.split(":")[0]: english.split(":")[0] for polish, english in pairs}


def language_offer(offered: Language, key: str, building: Building) -> Phrase:
    """ "For English, press nine." To be spoken in the language it offers, `offered`."""
    other: Language = "pl" if offered == "en" else "en"
    text = template("menu_english", other, building)
    return _fill("menu_english", text, offered, {"key": numerals.key_words(key, offered)})


def say(destination: Destination) -> Phrase:
    """What `say:TEXT` says, always in the box's own language; () where the text is empty."""
    return (destination.target,) if destination.target else ()


def queue_position(ahead: int, language: Language, building: Building) -> Phrase:
    """How many people wait before this caller, 0 or more."""
    if ahead <= 0:
        return phrase("queue_0", language, building)
    count = numerals.words(ahead, language, "feminine")
    return phrase(f"queue_{numerals.plural(ahead)}", language, building, count=count)


def queue_wait(minutes: int, language: Language, building: Building) -> Phrase:
    """How long it will take, in minutes: exactly up to ten, then by fives, rounded up; less than one is called one."""
    if minutes <= 1:
        return phrase("queue_wait_one", language, building)
    if minutes > MINUTES_SAID_EXACTLY:
        minutes = -(-minutes // MINUTES_STEP) * MINUTES_STEP
    return phrase("queue_wait", language, building, minutes=numerals.words(minutes, language, "genitive"))


def needed_first(building: Building) -> set[tuple[Language, str]]:
    """What every call may need from its first second on, of `everything`: menus, mailboxes, whispers."""
    needed: set[tuple[Language, str]] = set()
    for language in sorted(_languages(building)):
        for spoken in (*_of_menus(language, building), *_of_staff(language, building)):
            needed.update((language, part) for part in spoken)
    return {each for each in needed if each[1] != PAUSE}


def everything(building: Building) -> set[tuple[Language, str]]:
    """Every (language, text) that may ever be needed for this building, `file:` parts too, but for `PAUSE`.

    So all can be rendered before a call needs it. What a caller says or the register numbers is made of digits.
    """
    needed: set[tuple[Language, str]] = {(language, text) for (language, _), text in stand_ins(building).items()}
    for language in _languages(building):
        for spoken in _all_phrases(language, building):
            needed.update((language, part) for part in spoken)
    for menu in building.menus.values():
        for key, language in menu.languages.items():
            needed.update((language, part) for part in language_offer(language, key, building))
    for destination in _destinations(building):
        if destination.kind == "say":
            needed.update((building.box.language, part) for part in say(destination))
    return {each for each in needed if each[1] != PAUSE}


def stand_ins(building: Building) -> dict[tuple[Language, str], str]:
    """What is said instead of a sound file that cannot be read: (language, `file:NAME`) → a text in `everything`.

    A greeting falls back on `greet`, a mailbox's on its built-in one, a replaced sentence without placeholders on
    the original; a file elsewhere has no stand-in.
    """
    return {
        (language, said[0]): spoken[0]
        for language in _languages(building)
        for said, spoken in _beside_built_in(language, building)
        if len(said) == 1 and said[0].startswith(FILE)
    }


def _beside_built_in(language: Language, building: Building) -> Iterator[tuple[Phrase, Phrase]]:
    """What the association chose to say, each beside what would be said without its choice."""
    plain = replace(building, sentences={})
    for key in building.sentences:
        if not _PLACEHOLDER.search(template(key, language, plain)):
            yield (template(key, language, building),), phrase(key, language, plain)
    for menu in building.menus.values():
        bare = replace(menu, greeting=None, greeting_en=None)
        said, spoken = (menu_greeting(each, language, plain, evening=False) for each in (menu, bare))
        yield said, spoken
    for voicemail in building.voicemails.values():
        bare_box = replace(voicemail, greeting=None, greeting_en=None)
        said, spoken = (voicemail_greeting(each, language, plain, evening=False) for each in (voicemail, bare_box))
        yield said, spoken


def _languages(building: Building) -> list[Language]:
    """The languages that callers may hear, sorted."""
    offered = {each for menu in building.menus.values() for each in menu.languages.values()}
    return sorted({building.box.language, *offered})


def _all_phrases(language: Language, building: Building) -> Iterator[Phrase]:
    yield numerals.digit_words(language)
    yield from _plain_sentences(language, building)
    yield from _of_menus(language, building)
    yield from _of_queues(language, building)
    yield from _of_days(language, building)
    yield from _of_staff(language, building)
    for flat in sorted({each.flat for each in building.residents}):
        yield phrase("whisper_flat", language, building, number=flat)
        yield phrase("flat", language, building, number=flat)
    yield phrase("ticket", language, building, digits="0")
    yield phrase("callback_ok", language, building, number="0")
    yield phrase("caller_number", language, building, number="0")
    yield phrase("known_failure", language, building, recording=())
    yield (*phrase("claim_code", language, building, code=()), *numerals.letter_words(language))


def _of_staff(language: Language, building: Building) -> Iterator[Phrase]:
    """With the name of each house: what our own people hear, in the box's language, and who is called back."""
    names = {"", *(each.name for each in building.premises.values())}
    to_staff = ("whisper", "whisper_plain") if language == building.box.language else ()
    for key, name in product((*to_staff, "callback_call", "one_line_taken"), sorted(names)):
        yield phrase(key, language, building, building=name)
    for sensor in building.sensors if language == building.box.language else ():
        of = premises_name(building, sensor.building)
        yield phrase("sensor", language, building, name=sensor.name, building=of)


def _plain_sentences(language: Language, building: Building) -> Iterator[Phrase]:
    for key in built_in():
        text = template(key, language, building)
        if key != "menu_english" and (text.startswith(FILE) or not _PLACEHOLDER.search(text)):
            yield (text,)


def _of_menus(language: Language, building: Building) -> Iterator[Phrase]:
    premises = _premises(building)
    for evening, each in product((False, True), premises):
        for menu in building.menus.values():
            yield menu_greeting(menu, language, building, evening=evening, premises=each)
        for voicemail in building.voicemails.values():
            yield voicemail_greeting(voicemail, language, building, evening=evening, premises=each)
        for said in building.announcements:
            yield announcement(said, language, building, evening=evening, premises=each)
    for menu in building.menus.values():
        for choice in menu.options:
            yield option(choice, language, building)


def _of_queues(language: Language, building: Building) -> Iterator[Phrase]:
    for queue in building.queues.values():
        if queue.callback_key:
            yield phrase("callback_offer", language, building, key=numerals.key_words(queue.callback_key, language))
    if not building.queues:
        return
    longest = max(MINUTES_FORESEEN, *(int(each.max_wait_minutes) for each in building.queues.values()))
    for ahead in range(max(each.max_waiting for each in building.queues.values()) + 1):
        yield queue_position(ahead, language, building)
    for minutes in range(1, longest + 1):
        yield queue_wait(minutes, language, building)


def _of_days(language: Language, building: Building) -> Iterator[Phrase]:
    yield tuple(dates.day_of_month(number, language) for number in range(1, 32))
    yield dates.months(language)
    past: list[str | Phrase] = [(), *dates.days_past(language)]  # () leaves a gap for a date's own parts
    to_come: list[str | Phrase] = [(), *dates.days_to_come(language)]
    for day in past:
        yield phrase("status_done", language, building, day=day)
    for start in opening_times(building):
        for day in to_come:
            yield phrase("closed_today", language, building, day=day, hour=dates.hour(start, language))


def opening_times(building: Building) -> list[time]:
    """Every local time at which some hours open, sorted."""
    spans = [span for hours in building.hours.values() for span in hours.open]
    spans += [span for hours in building.hours.values() for day in hours.special for span in day.spans]
    return sorted({span.start for span in spans})


def _premises(building: Building) -> list[str]:
    """Every id, and "" for a call about a building not yet known."""
    return ["", *building.premises]


def _destinations(building: Building) -> Iterator[Destination]:
    for menu in building.menus.values():
        yield menu.no_input
        yield menu.silent
        yield from (choice.goto for choice in menu.options)
    yield from (each.unanswered for each in building.duties.values())
    yield from (each.overflow for each in building.queues.values())
