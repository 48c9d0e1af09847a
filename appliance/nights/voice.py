"""The voice of the nights: a clip lasts as long as its text takes to say. No sound is made."""

from __future__ import annotations

from pathlib import Path

from appliance.building.model import Language
from appliance.media.sound import PAUSE, Clip

LETTER_SECONDS = 0.085  # of Polish, as the shipped voices speak: 0.07 to 0.09 measured
PAUSE_SECONDS = 0.35
MESSAGE_SECONDS = 5.0
MUSIC_SECONDS = 32.0


class SpokenText:
    """Implements the call flow's `Voice`."""

    def clip(self, language: Language, text: str) -> Clip:
        """The text."""
        return Clip(text, PAUSE_SECONDS if text == PAUSE else round(len(text) * LETTER_SECONDS, 3))

    def silence(self, seconds: float) -> Clip:
        """Nothing, for so long."""
        return Clip("", seconds)

    def beep(self) -> Clip:
        """The tone."""
        return Clip("(beep)", 0.3)

    def hold_music(self) -> Clip:
        """Music."""
        return Clip("(music)", MUSIC_SECONDS)

    def message(self, path: Path) -> Clip | None:
        """Somebody's message."""
        return Clip("(message)", MESSAGE_SECONDS)
