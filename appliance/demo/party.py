"""One telephone of the demo while it is in a call: it speaks a tone, and knows what it hears.

What it hears is recorded and looked at as it grows; the exchange is known by its sentences, people by their tones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from appliance.building.model import Language
from appliance.callflow.sentences import built_in
from appliance.demo.tones import SHARE_HEARD, share, tone_of
from appliance.lines.line import Leg
from appliance.media.prompts import Prompts
from appliance.media.sound import BYTES_PER_SECOND, Clip, LegGoneError
from appliance.media.wav import WavError, read

LANGUAGE: Language = "pl"
LOOK_SECONDS = 0.2  # between two looks at what was heard
LISTEN_SECONDS = 120.0  # longer than any call of the demo
PIECE_BYTES = 800  # of a sentence, 0.1 s: found as it is, it was that sentence
PIECES_HEARD = 6
HUSH_CODES = 4  # different codes in a piece: so few are a pause, which every sentence has


class DemoFailedError(Exception):
    """Something that should have happened did not; the text says what."""


class Party:
    """Who is in a call, by `who`, for messages. Made by `in_call`."""

    def __init__(self, who: str, leg: Leg, prompts: Prompts, directory: Path, heard: Path) -> None:
        self.who, self.leg = who, leg
        self._prompts, self._directory, self._heard = prompts, directory, heard
        self._over = False
        self._mark = 0  # bytes of what was heard that were looked at already

    async def hears(self, key: str) -> None:
        """Wait until the exchange has said this sentence, or its beginning where values are filled in.

        Raises DemoFailedError when the call ends before.
        """
        text = built_in()[key][0].partition(" {")[0]
        await self._hears(self._prompts.clip(LANGUAGE, text), repr(text))

    async def hears_beep(self) -> None:
        """Wait for the tone after which a message begins. Raises DemoFailedError."""
        await self._hears(self._prompts.beep(), "the beep")

    async def _hears(self, clip: Clip, what: str) -> None:
        pieces = _pieces(clip)
        if not pieces:
            raise DemoFailedError(f"there is no sound for {what}")
        enough = min(PIECES_HEARD, len(pieces))
        await self._until(lambda sound: sum(piece in sound for piece in pieces) >= enough, what)

    async def press(self, key: str) -> None:
        """Press a key; a call that ends meanwhile is judged by what was heard."""
        with suppress(LegGoneError):
            await self.leg.press(key)

    async def hears_tone(self, hertz: float) -> None:
        """Wait until a second of this tone has been heard from now on. Raises DemoFailedError."""
        self._mark = len(self._sound())

        def heard(sound: bytes) -> bool:
            while len(sound) - self._mark >= BYTES_PER_SECOND:
                second = sound[self._mark : self._mark + BYTES_PER_SECOND]
                if share(second, hertz) > SHARE_HEARD:
                    return True
                self._mark += BYTES_PER_SECOND // 2
            return False

        await self._until(heard, f"{hertz:.0f} Hz")

    @asynccontextmanager
    async def speaking(self, hertz: float) -> AsyncIterator[None]:
        """Say a tone for as long as the block lasts."""
        path = self._directory / f"{hertz:.0f}.al"
        await asyncio.to_thread(path.write_bytes, tone_of(hertz, 1.0))
        tone = asyncio.ensure_future(self.leg.play(Clip("tone", 1.0, path), loop=True))
        try:
            yield
        finally:
            tone.cancel()
            await asyncio.wait({tone})

    def listening_ended(self) -> None:
        """No more sound will come."""
        self._over = True

    def _sound(self) -> bytes:
        """All that was heard, but for the last second."""
        try:
            return read(self._heard)
        except (OSError, WavError):
            return b""  # nothing was written yet

    async def _until(self, found: Callable[[bytes], bool], what: str) -> None:
        while True:
            over = self._over
            if found(self._sound()):
                return
            if over:
                raise DemoFailedError(f"the {self.who}'s call ended before {what} was heard")
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def in_call(who: str, leg: Leg, prompts: Prompts, directory: Path) -> AsyncIterator[Party]:
    """Somebody in a call that is up; hung up when the block ends."""
    heard = directory / f"heard-{leg.id}.wav"
    party = Party(who, leg, prompts, directory, heard)
    recording = asyncio.ensure_future(
        leg.record(heard, max_seconds=LISTEN_SECONDS, silence_seconds=LISTEN_SECONDS, end_keys="")
    )
    recording.add_done_callback(lambda task: party.listening_ended())
    try:
        yield party
    finally:
        leg.hangup()
        with suppress(LegGoneError, OSError):  # the call was over before it could be listened to
            await recording


async def talk(one: Party, other: Party, tones: tuple[float, float], tell: Callable[[str], None]) -> None:
    """Both speak until each has heard the other. Raises DemoFailedError."""

    async def recognises(party: Party, hertz: float) -> None:
        await party.hears_tone(hertz)
        tell(f"The {party.who} hears the other ({hertz:.0f} Hz recognised).")

    async with one.speaking(tones[0]), other.speaking(tones[1]):
        await asyncio.gather(recognises(one, tones[1]), recognises(other, tones[0]))


def _pieces(clip: Clip) -> list[bytes]:
    """A clip in pieces that no other sentence has."""
    if clip.path is None:
        return []
    sound = clip.path.read_bytes()
    pieces = [sound[at : at + PIECE_BYTES] for at in range(0, len(sound) - PIECE_BYTES + 1, PIECE_BYTES)]
    return [piece for piece in pieces if len(set(piece)) > HUSH_CODES]
