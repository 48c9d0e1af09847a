"""What each make of modem does in its own way: how its sound is switched on, what it reports, how it is reset.

Plain data; nothing here talks to a modem. A command that a firmware does not know is passed over (`modem.py`).
Sources: Quectel "EC25&EC21 AT Commands Manual" V1.3 and its note on voice over USB; SIMCom "SIM7500_SIM7600 Series AT
Command Manual" V1.08; Huawei "UMTS Datacard Modem AT Command Interface Specification"; the traps are the project's own
collection, none of them seen on a real modem here (docs/hardware.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.at.replies import Report, number


@dataclass(frozen=True, slots=True)
class Question:
    """A command, the prefix of its answer, and which field of it is wanted."""

    command: str
    prefix: str
    field: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """One make. Commands are sent in order.

    `voice`: whether calls have sound over USB; `voice_proof`: a command that is answered only by firmware that has it.
    `init`: once, when the SIM is ready. `before_call`: before ATD and ATA. `in_call`: from `sound_after` seconds after
    the answer on, again and again for `SOUND_SECONDS` until all are taken. `after_call`: once the call is over.
    `before_call_by_card`: in place of `before_call` where the modem shows a sound card; empty: it is not used.
    `reset`: restarts the modem; `reset_after_call`: its sound is spoilt by a call until then.
    `own_tones`: AT+VTS sends a key. `pin_tries`: how many attempts are left. `card`: its number (ICCID).
    """

    name: str
    voice: bool = False
    voice_proof: str = ""
    init: tuple[str, ...] = ()
    before_call: tuple[str, ...] = ()
    before_call_by_card: tuple[str, ...] = ()
    in_call: tuple[str, ...] = ()
    after_call: tuple[str, ...] = ()
    sound_after: float = 0.0
    reset: str = "AT+CFUN=1,1"
    reset_after_call: bool = False
    own_tones: bool = False
    pin_tries: tuple[Question, ...] = ()
    card: tuple[Question, ...] = ()


# Caller numbers and calls in full; messages kept in the modem, told of by +CMTI and +CDS (27.007, 27.005).
COMMON_INIT = (
    "AT+CRC=1",
    "AT+CLIP=1",
    "AT+CCWA=1",
    "AT+CMGF=0",
    "AT+CSMS=1",
    "AT+CNMI=2,1,0,1,0",
)
_TRIES_27007 = Question('AT+CPINR="SIM PIN"', "+CPINR:", 1)  # 27.007 §8.65
_CARD = Question("AT+CCID", "+CCID:")

QUECTEL = Profile(
    "quectel",
    voice=True,
    voice_proof="AT+QPCMV=?",
    init=('AT+QGPSCFG="outport","none"', "AT^DSCI=1", "AT+QTONEDET=1", "AT+QPCMV=0"),
    before_call=("AT+QPCMV=0", "AT+QPCMV=1,0"),
    before_call_by_card=("AT+QPCMV=0", "AT+QPCMV=1,2"),
    after_call=("AT+QPCMV=0",),
    own_tones=True,
    pin_tries=(Question('AT+QPINC="SC"', "+QPINC:", 1), _TRIES_27007),
    card=(Question("AT+QCCID", "+QCCID:"), _CARD),
)
SIMCOM = Profile(
    "simcom",
    voice=True,
    voice_proof="AT+CPCMREG=?",
    init=("AT+DDET=1",),
    in_call=("AT+CPCMREG=1",),
    after_call=("AT+CPCMREG=0",),
    sound_after=0.1,
    reset="AT+CRESET",
    reset_after_call=True,
    own_tones=True,
    pin_tries=(Question("AT+SPIC", "+SPIC:"), _TRIES_27007),
    card=(Question("AT+CICCID", "+ICCID:"), _CARD),
)
HUAWEI = Profile(
    "huawei",
    voice=True,
    voice_proof="AT^CVOICE?",
    init=("AT^CURC=1", "AT^SYSCFG=13,1,3FFFFFFF,2,4"),  # 2G only: the sticks speak no LTE, and 3G is being switched off
    in_call=("AT^DDSETEX=2",),
    own_tones=True,
    pin_tries=(Question("AT^CPIN?", "^CPIN:", 3), _TRIES_27007),
    card=(Question("AT^ICCID?", "^ICCID:"), _CARD),
)
GENERIC = Profile("generic", pin_tries=(_TRIES_27007,), card=(_CARD,))
PROFILES = {each.name: each for each in (QUECTEL, SIMCOM, HUAWEI, GENERIC)}

_KEYS: dict[str, Callable[[str], str]] = {
    "+RXDTMF": lambda value: value,
    "+DTMF": lambda value: value,
    "+QTONEDET": lambda value: chr(number(value) or 0),  # its ASCII code
}


def key_of(report: Report) -> str | None:
    """The key that a report tells of, one of 0-9, *, #, A-D; None for every other report."""
    reading = _KEYS.get(report.name)
    key = reading(report.fields[0]).upper() if reading is not None else ""
    return key if len(key) == 1 and key in "0123456789*#ABCD" else None
