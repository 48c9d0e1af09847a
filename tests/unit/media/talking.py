"""Hours of speech and music to try a detector on, made anew each time: nothing of it lies in the repository."""

from __future__ import annotations

import audioop
import io
import random
import subprocess
import wave
from collections.abc import Iterator
from itertools import cycle

from appliance.callflow.sentences import built_in
from appliance.media.prompts import shipped_directory

VOICES = (("pl", 150), ("en-gb", 165), ("pl+f3", 130), ("de", 150), ("uk", 160), ("fr+f2", 170), ("pl+m7", 190))
PIECE_SENTENCES = 150
RATE = 8000


def said(voice: str, words_a_minute: int, text: str) -> bytes:
    """A text as A-law, as espeak-ng says it."""
    command = ("espeak-ng", "-v", voice, "-s", str(words_a_minute), "--stdin", "--stdout")
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=120).stdout
    spoken = spoken[:4] + (len(spoken) - 8).to_bytes(4, "little") + spoken[8:]  # written to a pipe it has no length
    with wave.open(io.BytesIO(spoken)) as file:
        rate, samples = file.getframerate(), file.readframes(len(spoken))
    return audioop.lin2alaw(audioop.ratecv(samples, 2, 1, rate, RATE, None)[0], 2)


def shipped() -> bytes:
    """Every sentence that the box says by itself, and its music, one after another."""
    return b"".join(path.read_bytes() for path in sorted(shipped_directory().rglob("*.al")))


def speech(seconds: float, seed: int = 7) -> Iterator[bytes]:
    """Pieces of speech in many voices, so many seconds in all."""
    rng, made = random.Random(seed), 0.0
    words = sorted({word for pair in built_in().values() for text in pair for word in text.split() if word.isalpha()})
    for voice, pace in cycle(VOICES):
        text = ". ".join(" ".join(rng.sample(words, rng.randint(3, 14))) for _ in range(PIECE_SENTENCES))
        piece = said(voice, pace, text)
        made += len(piece) / RATE
        yield piece
        if made >= seconds:
            return
