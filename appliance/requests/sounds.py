"""Sentences heard before they are said, sound files kept, sentences spoken over the phone."""

from __future__ import annotations

import asyncio
import audioop
import re
import wave
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from appliance.building.model import Destination, Language, Menu, Option
from appliance.callflow.dictation import dictate
from appliance.callflow.sentences import Phrase, built_in, menu_greeting, option, template
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.lines.line import NotAnsweredError
from appliance.media.prompts import RECORDING_NAME
from appliance.media.sound import BYTES_PER_SECOND, FILE, Clip
from appliance.media.speech import RenderError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.calls import phone_of
from appliance.requests.context import Context
from appliance.requests.jobs import Job, Jobs
from appliance.sharing import INCOMING

HEARD = "heard"  # below the data directory
HEARD_KEPT = 50
MOST_CHARACTERS = 2000
LEFT_BEHIND = timedelta(hours=1)  # an upload of which nobody will speak any more
KEYS = re.compile(r"[0-9*#]{0,4}")
# What is heard where a call fills something in, (Polish, English).
EXAMPLES = {
    "number": ("dwanaście", "twelve"),
    "digits": ("cztery zero, jeden siedem", "four zero, one seven"),
    "count": ("trzy", "three"),
    "minutes": ("pięciu", "five"),
    "key": ("dziewięć", "nine"),
    "day": ("jutro", "tomorrow"),
    "hour": ("ósmej", "eight"),
    "say": ("Usterka do naprawy", "A repair"),
    "recording": ("nie działa winda", "the lift stands still"),
}


def handlers(context: Context, jobs: Jobs) -> dict[str, Handler]:
    """The verbs `render`, `keep_sound`, `dictate`, `sentences`."""

    async def render(asked: Asked) -> Answer:
        return await _rendered(context, _language(asked), text(asked, "text"), text(asked, "key", ""))

    async def keep_sound(asked: Asked) -> Answer:
        who, name = who_asks(asked), _name(asked)
        source = incoming(context, text(asked, "path"))
        try:
            await context.prompts.keep_recording(source, name)
        except RenderError as error:
            raise RefusedError(f"this is no sound that can be used: {error}", "bad_sound", why=str(error)) from error
        except OSError as error:
            raise RefusedError(f"nothing was kept: {error}", "not_saved") from error
        finally:
            source.unlink(missing_ok=True)
        changed(context, who, "keep_sound", name=name)
        kept = context.prompts.message(context.options.data / "prompts" / name)
        return {"text": FILE + name, "seconds": round(kept.seconds, 3) if kept is not None else 0.0}

    async def dictated(asked: Asked) -> Answer:
        who, name, phone = who_asks(asked), _name(asked), phone_of(context, text(asked, "phone"))
        return jobs.begin("dictation", lambda job: _dictate(context, job, who, phone, name))

    async def sentences(_: Asked) -> Answer:
        building = context.building
        told = [
            {
                "key": key,
                "pl": template(key, "pl", building),
                "en": template(key, "en", building),
                "own": key in building.sentences,
                "built_in": {"pl": polish, "en": english},
            }
            for key, (polish, english) in built_in().items()
        ]
        return {"sentences": told}

    return {"render": render, "keep_sound": keep_sound, "dictate": dictated, "sentences": sentences}


def sweep(context: Context) -> None:
    """At a start: what was uploaded and never asked for goes."""
    before = (context.clock.now() - LEFT_BEHIND).timestamp()
    for path in (context.options.data / INCOMING).glob("*"):
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


def incoming(context: Context, path: str, *folders: str) -> Path:
    """A file that the page put into DATA/incoming (or one of these folders). Raises RefusedError for any other."""
    data = context.options.data.resolve()
    found = (data / path).resolve()
    if found.parent not in [data / each for each in (INCOMING, *folders)] or not found.is_file():
        raise RefusedError(f"{path}: no such file in {INCOMING}", "bad_argument", name="path")
    return found


async def _rendered(context: Context, language: Language, said: str, key: str) -> dict[str, Any]:
    """What callers would hear, as a WAV file."""
    if not said.strip() or len(said) > MOST_CHARACTERS:
        raise RefusedError(f"1 to {MOST_CHARACTERS} characters", "bad_argument", name="text")
    if not KEYS.fullmatch(key):
        raise RefusedError("key: as a menu has it", "bad_argument", name="key")
    try:
        parts = _parts(context, language, said, key)
        clips = [await context.prompts.heard(language, part) for part in parts]
    except KeyError as error:
        raise RefusedError(f"nothing is filled in for {error}", "bad_argument", name="text") from error
    except (RenderError, OSError) as error:
        raise RefusedError(f"no sound of it: {error}", "bad_sound", why=str(error)) from error
    try:
        name, seconds = await asyncio.to_thread(
            _as_wav, context.options.data / HEARD, clips, context.rng.getrandbits(64)
        )
    except OSError as error:
        raise RefusedError(f"no sound of it: {error}", "not_saved") from error
    return {"sound": f"{HEARD}/{name}", "seconds": seconds}


def _parts(context: Context, language: Language, said: str, key: str) -> Phrase:
    """A text with everything filled in: as an option of that key, or as a greeting with examples of all else."""
    if key:
        chosen = Option(key, said, Destination("hangup"), said if language == "en" else "")
        return option(chosen, language, context.building)
    for name, (polish, english) in EXAMPLES.items():
        said = said.replace(f"{{{name}}}", english if language == "en" else polish)
    bare = Menu("", (), greeting=said, greeting_en=said)
    premises = next(iter(context.building.premises), "")
    return menu_greeting(bare, language, context.building, evening=False, premises=premises)


def _as_wav(folder: Path, clips: list[Clip], mark: int) -> tuple[str, float]:
    """The clips one after another as 16-bit PCM; its name and seconds. The oldest ones go."""
    folder.mkdir(exist_ok=True)
    sound = b"".join(each.path.read_bytes() for each in clips if each.path is not None)
    for old in sorted(folder.glob("*.wav"), key=lambda each: each.stat().st_mtime)[: -HEARD_KEPT + 1]:
        old.unlink(missing_ok=True)
    name = f"{mark:016x}.wav"
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(BYTES_PER_SECOND)
        file.writeframes(audioop.alaw2lin(sound, 2))
    return name, round(len(sound) / BYTES_PER_SECOND, 3)


async def _dictate(context: Context, job: Job, who: str, phone: str, name: str) -> dict[str, Any]:
    """Ring `phone` and keep what is spoken as the sound file `name`."""
    raw = context.options.data / "recordings" / f"{context.register.new_uid()}.said.wav"
    job.step("rings", phone=phone)
    try:
        kept = await dictate(context.desk(), phone, raw, lambda: context.prompts.keep_recording(raw, name))
    except NotAnsweredError as unanswered:
        return {"result": unanswered.cause.value}
    except (RenderError, OSError) as error:
        raise RefusedError(f"nothing was kept: {error}", "bad_sound", why=str(error)) from error
    finally:
        raw.unlink(missing_ok=True)
    if kept:
        changed(context, who, "dictate", name=name)
    return {"kept": kept, "text": FILE + name}


def _language(asked: Asked) -> Language:
    language = text(asked, "language")
    if language not in ("pl", "en"):
        raise RefusedError("language: pl or en", "bad_argument", name="language")
    return "en" if language == "en" else "pl"


def _name(asked: Asked) -> str:
    name = text(asked, "name")
    if not RECORDING_NAME.fullmatch(name):
        raise RefusedError(f"{name!r} is no name for a recording: letters, digits and .wav at the end", "bad_name")
    return name
