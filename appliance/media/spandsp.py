"""Digits pressed as tones (ITU-T Q.23, Q.24), found by the DTMF receiver of libspandsp2 through ctypes.

The library is loaded when the first leg needs it: few do, and it costs the media process 2.7 MB.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

from appliance.media.g711 import SILENCE, ULAW_SILENCE
from appliance.media.recorder import Worker
from appliance.media.track import FRAME_SAMPLES

LIBRARY = "libspandsp.so.2"
MISSING = "libspandsp2 is missing: keys that a telephone sends as tones are not understood"
MOST_DIGITS = 16  # told of one packet; 20 ms hold one at most
LONGEST_SAMPLES = 2048  # of one packet: 256 ms
PAUSE_SAMPLES = 4 * FRAME_SAMPLES  # of silence end any tone (Q.24: 40 ms must)
# By how much the high pitch may be weaker, or stronger: Q.24 asks for 8 and 4 dB, and what is set here to exactly
# that misses half of the digits at the limit.
TWIST_DB, REVERSE_TWIST_DB = 10, 6
PIECE_SAMPLES = 80  # 10 ms: how exactly a mended tone's holes are measured
MENDED_SAMPLES = 320  # 40 ms
_UNCHANGED, _UNCHANGED_DBM0 = -1, -99
_G711_ALAW, _G711_ULAW = 0, 1


class Spandsp:
    """The few functions of the library that are used. Raises OSError where it is not installed."""

    def __init__(self) -> None:
        # PyDLL keeps the interpreter during a call: they last microseconds, and getting it back may last longer.
        library = ctypes.PyDLL(LIBRARY)
        pointer, number = ctypes.c_void_p, ctypes.c_int
        for name, result, arguments in (
            ("dtmf_rx_init", pointer, (pointer, pointer, pointer)),
            ("dtmf_rx_parms", None, (pointer, number, number, number, number)),
            ("dtmf_rx", number, (pointer, pointer, number)),
            ("dtmf_rx_fillin", number, (pointer, number)),
            ("dtmf_rx_get", ctypes.c_size_t, (pointer, ctypes.c_char_p, number)),
            ("dtmf_rx_status", number, (pointer,)),
            ("dtmf_rx_free", number, (pointer,)),
            ("g711_init", pointer, (pointer, number)),
            ("g711_decode", number, (pointer, pointer, ctypes.c_char_p, number)),
            ("g711_free", number, (pointer,)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self.library = library

    def receiver(self, ulaw: bool) -> ToneReceiver:
        """A receiver for one leg's A-law or μ-law."""
        return ToneReceiver(self.library, ulaw)


class ToneReceiver:
    """Hears the digits in one leg's sound, frame by frame; what it has heard so far is kept between them."""

    def __init__(self, library: ctypes.PyDLL, ulaw: bool) -> None:
        self._library = library
        self._state = library.dtmf_rx_init(None, None, None)
        library.dtmf_rx_parms(self._state, _UNCHANGED, TWIST_DB, REVERSE_TWIST_DB, _UNCHANGED_DBM0)
        self._decoder = library.g711_init(None, _G711_ULAW if ulaw else _G711_ALAW)
        self._silence = bytes((ULAW_SILENCE if ulaw else SILENCE,)) * PAUSE_SAMPLES
        self._samples = (ctypes.c_int16 * LONGEST_SAMPLES)()
        self._found = ctypes.create_string_buffer(MOST_DIGITS + 1)
        self._expected: int | None = None  # the timestamp after the last frame

    def hear(self, sound: bytes, timestamp: int, gain: int) -> str:
        """The digits that begin in this G.711 packet, usually "".

        `gain`: by how much its sequence number is ahead of the highest before. Sound that was lost on the way
        is taken to be as what surrounds it, sound that was never sent to be silence; late packets are not heard.
        """
        expected = self._expected
        if gain < 0 and expected is not None:
            return ""
        sound = sound[:LONGEST_SAMPLES]
        self._expected = (timestamp + len(sound)) & 0xFFFFFFFF
        digits = ""
        if expected not in (None, timestamp):
            if gain > 1:
                self._library.dtmf_rx_fillin(self._state, (gain - 1) * FRAME_SAMPLES)
            else:
                digits = self._take(self._silence)
        return digits + self._take(sound)

    @property
    def sounding(self) -> bool:
        """Whether a tone goes on."""
        return bool(self._library.dtmf_rx_status(self._state))

    def _take(self, sound: bytes) -> str:
        count = self._library.g711_decode(self._decoder, self._samples, sound, len(sound))
        self._library.dtmf_rx(self._state, self._samples, count)
        found = self._library.dtmf_rx_get(self._state, self._found, MOST_DIGITS)
        return self._found.value.decode("ascii") if found else ""

    def __del__(self) -> None:
        self._library.dtmf_rx_free(self._state)
        self._library.g711_free(self._decoder)


class MendedReceiver:
    """Hears through a mobile network's codec, which tears a long tone to pieces: they are one press.

    Measured with AMR at 4.75 to 7.95 kbit/s: the holes in a tone last 40 ms at most, pauses between presses of 60 ms
    and more are never told shorter than 50 (3GPP TS 23.014 asks for 65).
    """

    def __init__(self, receiver: ToneReceiver) -> None:
        self._receiver = receiver
        self._heard = 0  # samples
        self._on, self._fell, self._hole = (
            False,
            -MENDED_SAMPLES,
            0,
        )  # a tone is there; since when not; how long it was not
        self._last = ""

    def hear(self, sound: bytes, timestamp: int, gain: int) -> str:
        """See `ToneReceiver`."""
        digits = ""
        for at in range(0, len(sound), PIECE_SAMPLES):
            piece = sound[at : at + PIECE_SAMPLES]
            found = self._receiver.hear(piece, (timestamp + at) & 0xFFFFFFFF, 1 if at else gain)
            digits += self._mend(found, self._receiver.sounding or bool(found))
            self._heard += len(piece)
        return digits

    @property
    def sounding(self) -> bool:
        """Whether a tone goes on, or may go on."""
        return self._on or self._heard - self._fell <= MENDED_SAMPLES

    def _mend(self, found: str, on: bool) -> str:
        if on and not self._on:
            self._hole = self._heard - self._fell
        if self._on and not on:
            self._fell = self._heard
        self._on = on
        digits = ""
        for digit in found:
            if digit != self._last or self._hole > MENDED_SAMPLES:
                digits += digit
            self._last, self._hole = digit, 0
        return digits


class ReceiverStore:
    """Hands out receivers; loads the library for the first one who asks. Belongs to the tick's thread."""

    def __init__(
        self, worker: Worker, on_fault: Callable[[str], None], load: Callable[[], Spandsp] | None = None
    ) -> None:
        """`load` stands for `Spandsp` in the worker's thread; it may raise OSError, of which `on_fault` is told."""
        self._worker, self._on_fault, self._load = worker, on_fault, load or _load
        self._library: Spandsp | None = None
        self._waiting: list[tuple[bool, Callable[[ToneReceiver], None]]] = []

    def ask(self, ulaw: bool, take: Callable[[ToneReceiver], None]) -> None:
        """Call `take` with a receiver: at once, or when the library is loaded; never where there is none."""
        if self._library is not None:
            take(self._library.receiver(ulaw))
            return
        self._waiting.append((ulaw, take))
        if len(self._waiting) == 1:
            self._worker.ask(self._fetch)

    def _fetch(self) -> Callable[[], None]:
        """In the worker's thread."""
        try:
            library = self._load()
        except OSError:
            return self._refuse
        return lambda: self._serve(library)

    def _refuse(self) -> None:
        self._waiting.clear()
        self._on_fault(MISSING)

    def _serve(self, library: Spandsp) -> None:
        self._library = library
        waiting, self._waiting = self._waiting, []
        for ulaw, take in waiting:
            take(library.receiver(ulaw))


def _load() -> Spandsp:
    """The library, read from the disk by another process first: the loader keeps the interpreter from the tick."""
    look = (sys.executable, "-S", "-c", f"import ctypes; ctypes.CDLL({LIBRARY!r})")
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (1, 2)]
    _, status = os.waitpid(os.posix_spawn(look[0], look, os.environ, file_actions=quiet), 0)
    if status:
        raise OSError(2, LIBRARY)
    return Spandsp()
