"""What a mobile network does to sound: its real codecs (opencore's AMR, spandsp's GSM-FR), and mishaps."""

from __future__ import annotations

import audioop
import ctypes
import math
import random
from array import array
from collections.abc import Callable

from appliance.media.spandsp import LIBRARY

FRAME = 160
AMR_LIBRARY = "libopencore-amrnb.so.0"
AMR_MODES = {4750: 0, 5900: 2, 7950: 5, 12200: 7}  # 3GPP TS 26.071; a phone at the edge of its cell gets the first ones
_AMR_BYTES = 64  # a frame has 32 at most
_VOIP_PACKING = 2  # 33 bytes a frame, as RTP carries it
_GSM_BYTES = 33

Samples = array  # of "h"
Codec = Callable[[Samples], Samples]


def amr(bitrate: int) -> Codec:
    """Through a coder and a decoder of AMR narrow band."""
    mode = AMR_MODES[bitrate]

    def through(samples: Samples) -> Samples:
        library = ctypes.CDLL(AMR_LIBRARY)
        for name in ("Encoder_Interface_init", "Decoder_Interface_init"):
            getattr(library, name).restype = ctypes.c_void_p
        coder = ctypes.c_void_p(library.Encoder_Interface_init(0))
        decoder = ctypes.c_void_p(library.Decoder_Interface_init())
        code, heard, out = ctypes.create_string_buffer(_AMR_BYTES), (ctypes.c_int16 * FRAME)(), array("h")
        for at in range(0, len(samples) - FRAME + 1, FRAME):
            frame = (ctypes.c_int16 * FRAME)(*samples[at : at + FRAME])
            library.Encoder_Interface_Encode(coder, mode, frame, code, 0)
            library.Decoder_Interface_Decode(decoder, code, heard, 0)
            out.extend(heard)
        library.Encoder_Interface_exit(coder)
        library.Decoder_Interface_exit(decoder)
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
