"""The names of sound that the call flow uses: a clip, a recording, and what a leg can do with them.

Only types: nothing here opens a file or a socket. `channel.py` does it in the media process's
company, `lines/simulated.py` does it on the virtual clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

FRAME_SECONDS = 0.02
FRAME_BYTES = 160  # A-law samples in one frame, 8,000 a second
BYTES_PER_SECOND = 8000

PAUSE = ","  # the text whose clip is a short silence, between groups of digits
FILE = "file:"  # begins the text whose clip is a sound file: file:NAME lies in prompts/ of the data directory

DIGITS = frozenset("0123456789*#ABCD")
DIGITS_KEPT = 32  # digits pressed ahead of the question; more are dropped


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of sound to play: raw A-law in `path`, `seconds` long, saying `text`.

    `path` is None where no sound is made (scenarios on the virtual clock); such a clip lasts its `seconds`.
    """

    text: str
    seconds: float
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recorder kept: a WAV file (A-law, 8 kHz, mono), `seconds` long, `voice_seconds` of it voice."""

    path: Path
    seconds: float
    voice_seconds: float
    ended: Literal["key", "silence", "limit", "gone"]


class LegGoneError(Exception):
    """The far end is no longer there. Raised by every waiting method of a leg once the leg has ended."""


class Sound(Protocol):
    """What one leg hears and says. All methods belong to the event loop's thread."""

    async def play(self, *clips: Clip, loop: bool = False) -> None:
        """Play the clips one after another; return when the last byte has been sent (never, with `loop`).

        A later `play` on the same leg replaces this one, which then returns. Cancelling stops the sound within
        one frame. A clip whose file cannot be read is passed over and logged. Raises LegGoneError.
        """
        ...

    async def digit(self) -> str:
        """The next digit pressed, one of `DIGITS`; digits pressed earlier are kept (`DIGITS_KEPT`).

        Does not interrupt what plays: the caller of this method cancels its `play`. Raises LegGoneError.
        """
        ...

    def forget_digits(self) -> None:
        """Drop the digits pressed so far."""
        ...

    async def voice(self, seconds: float) -> None:
        """Return once this many seconds of voice have been heard since the call of this method.

        Voice is measured in frames above −40 dBm0 (the threshold is the media process's); on an analogue path that is
        supervised, the tones of its exchange are none. Raises LegGoneError.
        """
        ...

    async def record(
        self,
        path: Path,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        over: Callable[[], None] | None = None,
    ) -> Recording:
        """Record what the far end says into `path` until a key of `end_keys`, silence, or the limit.

        `over` is called when that has come, before a slow disk has taken all of it. A hang-up is not an error here:
        it returns with `ended == "gone"`. At most the last second is lost when the power goes. Cancelling keeps what
        was recorded. Raises OSError when the file cannot be made.
        """
        ...

    async def press(self, digits: str) -> None:
        """Send digits to the far end (RFC 4733, else as tones; 100 ms each, 100 ms apart). Raises LegGoneError."""
        ...
