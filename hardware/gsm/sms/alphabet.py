"""GSM's own alphabet of 7 bits, and its packing into octets (3GPP TS 23.038 §6.1.2.1, §6.2.1). Pure."""

from __future__ import annotations

from collections.abc import Sequence

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
_EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|"}
_EXTENSION[0x65] = "€"
_CODES: dict[str, tuple[int, ...]] = {letter: (code,) for code, letter in enumerate(_BASIC) if code != ESCAPE}
_CODES |= {letter: (ESCAPE, code) for code, letter in _EXTENSION.items()}


def encoded(text: str) -> list[tuple[int, ...]] | None:
    """Each letter as one or two septets; None where the alphabet lacks one of them."""
    try:
        return [_CODES[letter] for letter in text]
    except KeyError:
        return None


def decoded(septets: Sequence[int]) -> str:
    """The letters of septets. An escape that is not known shows the letter of the basic table (§6.2.1.1)."""
    letters, escaped = [], False
    for septet in septets:
        if not escaped and septet == ESCAPE:
            escaped = True
            continue
        letters.append(_EXTENSION.get(septet, _BASIC[septet]) if escaped else _BASIC[septet])
        escaped = False
    return "".join(letters).replace("\x1b", " ")


def packed(septets: Sequence[int], fill: int = 0) -> bytes:
    """Septets in octets, the first in the lowest bits, after so many bits of filling."""
    bits = 0
    for place, septet in enumerate(septets):
        bits |= septet << (7 * place)
    return (bits << fill).to_bytes((7 * len(septets) + fill + 7) // 8, "little")


def unpacked(octets: bytes, count: int, fill: int = 0) -> list[int]:
    """So many septets of these octets; fewer where the octets end before."""
    bits = int.from_bytes(octets, "little") >> fill
    count = min(count, max(0, 8 * len(octets) - fill) // 7)
    return [bits >> (7 * place) & 0x7F for place in range(count)]
