"""Caller ID between two rings (V.23 FSK, ETSI EN 300 659-1), made and read by spandsp as a line and a modem do it."""

from __future__ import annotations

import ctypes

CLIP = 2  # ADSI_STANDARD_CLIP (spandsp/adsi.h)
SET_UP, NUMBER, ABSENT = 0x80, 0x02, 0x04
PUT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)
CHUNK = 160


def _library() -> ctypes.PyDLL:
    library = ctypes.PyDLL("libspandsp.so.2")
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("adsi_tx_init", pointer, (pointer, number)),
        ("adsi_tx_put_message", number, (pointer, ctypes.c_char_p, number)),
        ("adsi_tx", number, (pointer, pointer, number)),
        ("adsi_rx_init", pointer, (pointer, number, PUT, pointer)),
        ("adsi_rx", number, (pointer, ctypes.c_char_p, number)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def message(number: str) -> bytes:
    """A call set-up message; "" is a number that is withheld."""
    field = bytes((NUMBER, len(number))) + number.encode() if number else bytes((ABSENT, 1)) + b"P"
    return bytes((SET_UP, len(field))) + field


def sound_of(number: str) -> bytes:
    """The sound of a call set-up message: 16-bit samples at 8 kHz."""
    library, data = _library(), message(number)
    state = library.adsi_tx_init(None, CLIP)
    library.adsi_tx_put_message(state, data, len(data))
    sound, block = b"", (ctypes.c_int16 * CHUNK)()
    while count := library.adsi_tx(state, block, CHUNK):
        sound += bytes(block)[: 2 * count]
    return sound


class Reader:
    """A modem's ear between two rings; `messages` are those whose sum was right."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._library = _library()
        self._put = PUT(lambda _, data, length: self.messages.append(bytes(data[:length])))
        self._state = self._library.adsi_rx_init(None, CLIP, self._put, None)

    def hear(self, sound: bytes) -> None:
        """The next 16-bit samples."""
        self._library.adsi_rx(self._state, sound, len(sound) // 2)
