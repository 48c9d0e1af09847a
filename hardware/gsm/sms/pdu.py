"""SMS as the modem takes and gives them: PDUs in hex (3GPP TS 23.040 §9.2, TS 27.005). Pure.

Texts that fit into GSM's alphabet go in 7 bits, all others as UCS-2, in several parts where they are long. Whatever
comes in is understood or `UnreadableError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from appliance.building.numbers import e164
from hardware.gsm.sms import alphabet

SEPTETS, PART_SEPTETS = 160, 153
UNITS, PART_UNITS = 70, 67  # of UCS-2, 16 bits each
VALID_12_HOURS = 143  # §9.2.3.12.1
_GSM7, _OCTETS, _UCS2 = 0, 1, 2
_CONCATENATED_8, _CONCATENATED_16 = 0x00, 0x08  # information elements, §9.2.3.24.1 and .8
_INTERNATIONAL, _LETTERS = 1, 5  # types of number, §9.1.2.5
_DIGITS = "0123456789*#abc"


class UnreadableError(ValueError):
    """Octets that are no SMS, or one of a kind that holds no text."""


@dataclass(frozen=True, slots=True)
class Submit:
    """One part to be sent: `hex` with an empty service centre, `length` without it, as AT+CMGS wants it."""

    hex: str
    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """An SMS that came in, or a part of one: `number` of `total`, which the `reference` keeps together.

    `sender` is E.164 where it is a telephone number of that form, else what the network tells.
    """

    sender: str
    text: str
    at: datetime | None
    reference: int = 0
    total: int = 1
    number: int = 1


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a part that was sent: its `reference`, and `status` (§9.2.3.15)."""

    reference: int
    to: str
    status: int

    @property
    def delivered(self) -> bool:
        """It has arrived."""
        return self.status < 0x20

    @property
    def pending(self) -> bool:
        """The network still tries."""
        return 0x20 <= self.status < 0x40


def submit(to: str, text: str, reference: int) -> list[Submit]:
    """A text to a number (E.164) as parts to be sent; `reference` (0 to 255) keeps those of a long one together."""
    letters = alphabet.encoded(text)
    if letters is not None:
        groups = _grouped(letters, SEPTETS, PART_SEPTETS)
        bodies = [[septet for letter in group for septet in letter] for group in groups]
        return [_submit(to, body, _header(reference, len(bodies), at)) for at, body in enumerate(bodies, 1)]
    wide = [letter.encode("utf-16-be", "surrogatepass") for letter in text]
    groups16 = _grouped([tuple(each) for each in wide], 2 * UNITS, 2 * PART_UNITS)
    octets = [bytes(octet for letter in group for octet in letter) for group in groups16]
    return [_submit(to, body, _header(reference, len(octets), at)) for at, body in enumerate(octets, 1)]


def _grouped(letters: list[tuple[int, ...]], whole: int, part: int) -> list[list[tuple[int, ...]]]:
    """The letters in groups that fit; none is cut in two."""
    if sum(map(len, letters)) <= whole:
        return [letters]
    groups: list[list[tuple[int, ...]]] = [[]]
    room = part
    for letter in letters:
        if len(letter) > room:
            groups.append([])
            room = part
        groups[-1].append(letter)
        room -= len(letter)
    return groups


def _header(reference: int, total: int, number: int) -> bytes:
    return bytes((5, _CONCATENATED_8, 3, reference, total, number)) if total > 1 else b""


def _submit(to: str, body: list[int] | bytes, header: bytes) -> Submit:
    if isinstance(body, bytes):
        coding, data = 0x08, header + body
        length = len(data)
    else:
        fill = -8 * len(header) % 7
        coding, data = 0x00, header + alphabet.packed(body, fill)
        length = (8 * len(header) + fill) // 7 + len(body)
    first = 0x01 | 0x10 | 0x20 | (0x40 if header else 0)  # SUBMIT, relative validity, a report is wanted, header
    digits = to.lstrip("+")
    number = bytes((len(digits), 0x91)) + _semi_octets(digits)
    tpdu = bytes((first, 0)) + number + bytes((0, coding, VALID_12_HOURS, length)) + data
    return Submit("00" + tpdu.hex().upper(), len(tpdu))


def _semi_octets(digits: str) -> bytes:
    padded = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))


def read(text: str) -> Part | StatusReport:
    """An SMS or report as the modem shows it, in hex. Raises UnreadableError."""
    try:
        octets = _Octets(bytes.fromhex(text))
    except ValueError as error:
        raise UnreadableError("not hex") from error
    octets.take(octets.one())  # the service centre
    first = octets.one()
    match first & 0x03:
        case 0:
            return _deliver(octets, header=bool(first & 0x40))
        case 2:
            reference, to = octets.one(), octets.address()
            octets.take(14)
            return StatusReport(reference, to, octets.one())
    raise UnreadableError("neither an SMS nor a report")


def _deliver(octets: _Octets, *, header: bool) -> Part:
    sender = octets.address()
    octets.one()
    coding, at, length = _coding(octets.one()), _moment(octets.take(7)), octets.one()
    data = octets.rest()
    elements = data[1 : 1 + data[0]] if header and data else b""
    taken = 1 + data[0] if header and data else 0
    reference, total, number = _concatenation(elements)
    if coding == _GSM7:
        fill = -8 * taken % 7
        count = length - (8 * taken + fill) // 7
        text = alphabet.decoded(alphabet.unpacked(data[taken:], max(0, count), fill))
    elif coding == _UCS2:
        wide = data[taken:length]
        text = wide[: len(wide) // 2 * 2].decode("utf-16-be", "surrogatepass")
    else:
        raise UnreadableError("octets, not a text")
    return Part(sender, text, at, reference, total, number)


def _coding(octet: int) -> int:
    """The alphabet (TS 23.038 §4). Raises UnreadableError for a compressed one."""
    group = octet >> 4
    if group < 0x04:
        if octet & 0x20:
            raise UnreadableError("compressed")
        return min(octet >> 2 & 0x03, _UCS2)
    if group == 0x0E:
        return _UCS2
    return _OCTETS if group == 0x0F and octet & 0x04 else _GSM7


def _concatenation(elements: bytes) -> tuple[int, int, int]:
    """(reference, total, number) of a header's elements; what makes no sense is a message of one part."""
    while len(elements) >= 2:
        kind, size = elements[0], elements[1]
        value, elements = elements[2 : 2 + size], elements[2 + size :]
        if (kind, len(value)) in ((_CONCATENATED_8, 3), (_CONCATENATED_16, 4)):
            reference, total, number = int.from_bytes(value[:-2], "big"), value[-2], value[-1]
            if 1 <= number <= total:
                return reference, total, number
    return 0, 1, 1


def _moment(octets: bytes) -> datetime | None:
    """A time stamp (§9.2.3.11); None for one that is no time."""
    try:
        year, month, day, hour, minute, second = (int(_swapped(each)) for each in octets[:6])
        quarters = int(_swapped(octets[6] & 0xF7))
        zone = timezone(timedelta(minutes=15 * (-quarters if octets[6] & 0x08 else quarters)))
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _swapped(octet: int) -> str:
    return f"{octet & 0x0F:x}{octet >> 4:x}"


class _Octets:
    """Octets that are read one after another."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    def one(self) -> int:
        """The next one. Raises UnreadableError."""
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        """So many. Raises UnreadableError."""
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise UnreadableError("cut off")
        self._at += count
        return taken

    def rest(self) -> bytes:
        """What is left."""
        return self.take(len(self._octets) - self._at)

    def address(self) -> str:
        """A number or name (§9.1.2.5). Raises UnreadableError."""
        size, kind = self.one(), self.one() >> 4 & 0x07
        octets = self.take((size + 1) // 2)
        if kind == _LETTERS:
            return alphabet.decoded(alphabet.unpacked(octets, size * 4 // 7)).strip() or "?"
        digits = "".join(map(_swapped, octets))[:size]
        known = "".join(_DIGITS[int(each, 16)] for each in digits if each != "f")
        if kind == _INTERNATIONAL:
            return f"+{known}"
        return e164(known) or known or "?"
