"""Sound files as people bring them, made here."""

from __future__ import annotations

import io
import math
import random
from array import array
from collections.abc import Iterable

import av

# container, codec, ending, rate
KINDS = [
    ("mp3", "libmp3lame", "mp3", 44100),
    ("ogg", "libopus", "opus", 48000),
    ("ogg", "vorbis", "ogg", 44100),
    ("ipod", "aac", "m4a", 44100),
    ("ipod", "alac", "m4a", 48000),
    ("flac", "flac", "flac", 96000),
    ("wav", "pcm_s24le", "wav", 192000),
    ("wav", "pcm_f32le", "wav", 6000),
    ("aiff", "pcm_s16be", "aiff", 11025),
    ("matroska", "flac", "mka", 44100),
]


def syllables(seconds: float, rate: int, peak: float = 8000.0) -> array[int]:
    """Something like speech: 120 Hz with overtones, swelling four times a second, a pause after each second."""
    loud = []
    for index in range(round(seconds * rate)):
        at = index / rate
        swell = max(0.0, math.sin(2 * math.pi * 4 * at)) * (at % 1.3 < 1.0)
        tone = sum(math.sin(2 * math.pi * 120 * part * at) / part for part in (3, 4, 5, 9, 14))
        loud.append(round(peak * swell * tone / 1.2))
    return array("h", (max(-32768, min(32767, sample)) for sample in loud))


def quiet(seconds: float, rate: int, level: float, seed: int = 5) -> array[int]:
    """The noise of a room."""
    rng = random.Random(seed)
    return array("h", (round(rng.gauss(0, level)) for _ in range(round(seconds * rate))))


def encoded(samples: Iterable[int], container: str, codec: str, rate: int, *, video: bool = False) -> bytes:
    """These samples as a whole file."""
    channels = 2 if codec == "vorbis" else 1  # its encoder knows no other
    layout = ("mono", "stereo")[channels - 1]
    pcm = array("h", samples)
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.options = {"strict": "experimental"}
        picture = file.add_stream("mpeg4", rate=25) if video else None
        if picture is not None:
            picture.width = picture.height = 64
            image = av.VideoFrame(64, 64, "yuv420p")
            for packet in picture.encode(image):
                file.mux(packet)
        for at in range(0, len(pcm), 1024):
            part = pcm[at : at + 1024]
            frame = av.AudioFrame(format="s16", layout=layout, samples=len(part))
            room = frame.planes[0].buffer_size
            both = array("h", (sample for sample in part for _ in range(channels)))
            frame.planes[0].update(both.tobytes().ljust(room, b"\0"))
            frame.rate, frame.pts = rate, at
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
        for packet in picture.encode(None) if picture is not None else ():
            file.mux(packet)
    return out.getvalue()
