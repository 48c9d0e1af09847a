"""What a modem sends, cut into lines and prompts: bytes in, text out. Knows no command and no clock.

Bytes are latin-1, so that none of them can stop the reader. A line ends with CR, LF or any mixture; empty ones are no
lines. Control characters are junk of the wire and dropped.
"""

from __future__ import annotations

LONGEST_LINE = 4096  # characters: the longest PDU line has 2 × 256; what is longer is not AT
PROMPT = (
    "> "  # asks for the text of a message (27.005 §3.5.1); ends without CR or LF. No line equals it: those are stripped
)
_ENDS = (0x0D, 0x0A)
_SPACE, _DELETE = 0x20, 0x7F


class LineCutter:
    """Cuts a stream that comes in pieces of any size. One for each time a port is open."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[str]:
        """The lines, stripped, and prompts that these bytes complete. A line that is too long is dropped whole."""
        found: list[str] = []
        for byte in data:
            if byte in _ENDS:
                text = self._line.decode("latin-1").strip()
                if text and not self._too_long:
                    found.append(text)
                self._line.clear()
                self._too_long = False
            elif byte >= _SPACE and byte != _DELETE:
                self._add(byte, found)
        return found

    def _add(self, byte: int, found: list[str]) -> None:
        if self._too_long:
            return
        self._line.append(byte)
        if len(self._line) > LONGEST_LINE:
            self._too_long = True
        elif len(self._line) == len(PROMPT) and self._line == PROMPT.encode():
            found.append(PROMPT)
            self._line.clear()
