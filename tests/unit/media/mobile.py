"""What a mobile network does to sound: its real codecs (opencore's AMR through PyAV, spandsp's GSM-FR), and mishaps."""

from __future__ import annotations

import audioop
import ctypes
import math
import random
from array import array
from collections.abc import Callable
from fractions import Fraction

import av

from appliance.media.spandsp import LIBRARY

FRAME = 160
AMR_BITRATES = (4750, 5900, 7950, 12200)  # 3GPP TS 26.071; a phone at the edge of its cell gets the first ones
_VOIP_PACKING = 2  # 33 bytes a frame, as RTP carries it
_GSM_BYTES = 33

Samples = array  # of "h"
Codec = Callable[[Samples], Samples]


def amr(bitrate: int) -> Codec:
    """Through a coder and a decoder of AMR narrow band."""

    def through(samples: Samples) -> Samples:
        coder = av.codec.CodecContext.create("libopencore_amrnb", "w")
        coder.sample_rate, coder.layout, coder.format = 8000, "mono", "s16"
        coder.bit_rate, coder.time_base = bitrate, Fraction(1, 8000)
        decoder = av.codec.CodecContext.create("amrnb", "r")
        decoder.sample_rate, decoder.layout = 8000, "mono"
        out = array("h")
        for at in range(0, len(samples) - FRAME + 1, FRAME):
            frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
            frame.planes[0].update(samples[at : at + FRAME].tobytes())
            frame.sample_rate, frame.pts = 8000, at
            for packet in coder.encode(frame):
                for heard in decoder.decode(packet):
                    values = array("f", bytes(heard.planes[0])[: 4 * heard.samples])
                    out.extend(max(-32768, min(32767, round(32768 * value))) for value in values)
        return out

    return through


def gsm_full_rate(samples: Samples) -> Samples:
    """Through a coder and a decoder of GSM 06.10."""
    library = ctypes.CDLL(LIBRARY)
    library.gsm0610_init.restype = ctypes.c_void_p
    coder, decoder = (ctypes.c_void_p(library.gsm0610_init(None, _VOIP_PACKING)) for _ in range(2))
    code, heard, out = ctypes.create_string_buffer(_GSM_BYTES), (ctypes.c_int16 * FRAME)(), array("h")
    for at in range(0, len(samples) - FRAME + 1, FRAME):
        size = library.gsm0610_encode(coder, code, (ctypes.c_int16 * FRAME)(*samples[at : at + FRAME]), FRAME)
        library.gsm0610_decode(decoder, heard, code, size)
        out.extend(heard)
    for each in (coder, decoder):
        library.gsm0610_free(each)
    return out


def plain(samples: Samples) -> Samples:
    """As it was said."""
    return samples


def band_limited(samples: Samples) -> Samples:
    """300 to 3400 Hz, as a handset's microphone leaves it: one pole at each end."""
    out, low, high, before = array("h"), 0.0, 0.0, 0
    fall, rise = math.exp(-2 * math.pi * 300 / 8000), 1 - math.exp(-2 * math.pi * 3400 / 8000)
    for sample in samples:
        high = fall * (high + sample - before)
        before = sample
        low += rise * (high - low)
        out.append(round(low))
    return out


def noisy(dbm0: float) -> Codec:
    """With white noise of so many dBm0 over it."""

    def through(samples: Samples) -> Samples:
        rng, width = random.Random(7), 32768 / 2**0.5 * 10 ** ((dbm0 - 3.14) / 20)
        return array("h", (max(-32768, min(32767, round(each + rng.gauss(0.0, width)))) for each in samples))

    return through


def losing(one_in: int) -> Codec:
    """One 20 ms frame in so many is lost on the radio, and silence stands for it."""

    def through(samples: Samples) -> Samples:
        rng, out = random.Random(8), array("h")
        for at in range(0, len(samples), FRAME):
            frame = samples[at : at + FRAME]
            out.extend(array("h", bytes(2 * len(frame))) if rng.random() < 1 / one_in else frame)
        return out

    return through


def alaw(samples: Samples) -> list[bytes]:
    """Frames as the box hears them."""
    sound = audioop.lin2alaw(samples.tobytes(), 2)
    return [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME)]
