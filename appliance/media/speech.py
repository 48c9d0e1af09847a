"""The speech engines: which are on this machine, how each is called, in which order they are tried.

It starts nothing by itself: `render_worker.py` runs an engine in a process of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # a helper that renders one sentence does not read the whole model for a name
    from appliance.building.model import Language

ENGINE_SECONDS = 20.0  # an engine that takes longer hangs: the longest sentence takes less than one


class RenderError(Exception):
    """A text or sound file could not be made into a clip; the message says why."""


class Engine(NamedTuple):  # no dataclass: `inspect`, which those bring, is 1 MB of a helper
    """A program that reads UTF-8 text from standard input and writes a WAV file.

    In `arguments` {voice} and {wav} are filled in. `voices` names the engine's voice for each language.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    voices: Mapping[Language, str]

    def command(self, language: Language, wav: Path) -> list[str]:
        """The program and its arguments; no shell reads them and no text is among them."""
        voice = self.voices[language]
        return [self.program, *(each.format(voice=voice, wav=wav) for each in self.arguments)]

    def label(self, language: Language) -> str:
        """Engine and voice, for the index of what was rendered: "rhvoice/natan"."""
        return f"{self.name}/{self.voices[language]}"


# Natan is in the public domain, Slt under CMU's permissive licence (sounds/CREDITS.md).
RHVOICE = Engine("rhvoice", "RHVoice-test", ("-p", "{voice}", "-o", "{wav}"), {"pl": "natan", "en": "slt"})
ESPEAK = Engine(
    "espeak-ng", "espeak-ng", ("-v", "{voice}", "-s", "150", "--stdin", "-w", "{wav}"), {"pl": "pl", "en": "en-gb"}
)
BY_NAME = {engine.name: engine for engine in (RHVOICE, ESPEAK)}


def available(which: Callable[[str], str | None] = shutil.which) -> tuple[Engine, ...]:
    """The engines on this machine, the best first; () when it cannot speak."""
    return tuple(engine for engine in BY_NAME.values() if which(engine.program))
