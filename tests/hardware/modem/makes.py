"""What each make says in its own words, by its documents:

* Quectel: "EC25&EC21 AT Commands Manual" V1.3 (2018): ^DSCI, +CEER, +QPINC, +QCCID, +QTONEDET; its voice-over-USB
  note for +QPCMV.
* SIMCom: "SIM7500_SIM7600 Series AT Command Manual" V1.08 (2018): VOICE CALL, +SPIC, +CICCID, +DDET, +CPCMREG, +CRESET.
* Huawei: "UMTS Datacard Modem AT Command Interface Specification" (2007) and MU509's (2013): ^ORIG, ^CONF, ^CONN,
  ^CEND, ^CVOICE, ^DDSETEX, ^ICCID, ^CPIN.

The traps are those of the project's own facts about modems.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.hardware.modem.firmware import Firmware
from tests.hardware.modem.network import Far

Commands = dict[str, Callable[[str, str], None]]


class Quectel(Firmware):
    """EC25: sound on the port that is NMEA else; only where QPCMV was said before the call."""

    usb = ("2c7c", "0125")
    ports = (0, 1, 2, 3)
    at_interface, pcm_interface, second_interface = 2, 1, 3
    reports_keys = True
    maker, model, revision = "Quectel", "EC25", "EC25EFAR06A06M4G"
    _pcm = _dsci = _tones = False
    _mode = ""  # of QPCMV: 0 a port, 2 a sound card
    _nmea = True  # positions go to the sound's port until QGPSCFG says otherwise

    def commands(self) -> Commands:
        """Its own."""
        return {
            **super().commands(),
            "AT+QPCMV": self._qpcmv,
            "AT+QGPSCFG": self._qgpscfg,
            "AT+QTONEDET": self._qtonedet,
            "AT^DSCI": self._set_dsci,
            "AT+QPINC": lambda sign, values: self.ok(f'+QPINC: "SC",{self.card.tries},10'),
            "AT+QCCID": lambda sign, values: self.ok(f"+QCCID: {self.card.number}"),
            "AT+CEREG": lambda sign, values: self.ok(*([f"+CEREG: 0,{self._registration()}"] if sign == "?" else [])),
            "AT+CEER": lambda sign, values: self.ok(f"+CEER: 5,{self.last_cause}"),
        }

    def _qpcmv(self, sign: str, values: str) -> None:
        if sign == "=?":
            self.ok("+QPCMV: (0,1),(0-2)")
        elif sign == "?":
            self.ok(f"+QPCMV: {int(self._pcm)},0")
        else:
            self._pcm, self._mode = values.startswith("1"), values[2:]
            if not self._pcm:
                self.sound_on(False)
            self.ok()

    def _qgpscfg(self, sign: str, values: str) -> None:
        self._nmea = values != '"outport","none"'
        self.ok()

    def _qtonedet(self, sign: str, values: str) -> None:
        self._tones = values == "1"
        self.ok()

    def _set_dsci(self, sign: str, values: str) -> None:
        self._dsci = values == "1"
        self.ok()

    def _dsci_report(self, far: Far, state: int) -> None:
        if self._dsci:
            self.report(f"^DSCI: {far.index},{int(far.incoming)},{state},0,{far.number},{far.kind}")

    def dialling(self, far: Far) -> None:
        """^DSCI state 2."""
        self._dsci_report(far, 2)

    def far_rings(self, far: Far) -> None:
        """^DSCI state 3."""
        self._dsci_report(far, 3)

    def connected(self, far: Far) -> None:
        """^DSCI state 0; sound where it was switched on before, on a port that carries nothing else."""
        self._dsci_report(far, 0)
        if self._pcm and (self._mode == "2" if self.sound_card else self._mode == "0" and not self._nmea):
            self.sound_on(True)

    def ended(self, far: Far) -> None:
        """^DSCI state 6."""
        self._dsci_report(far, 6)

    def far_pressed(self, digit: str) -> None:
        """+QTONEDET with the ASCII code."""
        if self._tones:
            self.report(f"+QTONEDET: {ord(digit)}")

    def pauses(self) -> None:
        """Its buffer is full: nothing may be sent for now."""
        self.report("+QPCMV: 0,0")


class QuectelCard(Quectel):
    """EC25 set to voice over USB audio: its sound is a sound card (voice-over-USB note; QPCMV mode 2)."""

    sound_card = True


class Simcom(Firmware):
    """SIM7600: sound is switched on in the call, and not at once."""

    usb = ("1e0e", "9001")
    ports = (0, 1, 2, 3, 4)
    at_interface, pcm_interface, second_interface = 2, 4, 3
    reports_keys = True
    maker, model, revision = "SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "LE20B03SIM7600M22"
    _tones = False
    _answered_at = 0.0

    def commands(self) -> Commands:
        """Its own."""
        return {
            **super().commands(),
            "AT+CPCMREG": self._cpcmreg,
            "AT+DDET": self._ddet,
            "AT+SPIC": lambda sign, values: self.ok(f"+SPIC: {self.card.tries},10,3,10"),
            "AT+CICCID": lambda sign, values: self.ok(f"+ICCID: {self.card.number}"),
            "AT+CCID": lambda sign, values: self.error(),
            "AT+CRESET": self._creset,
            "AT+CEREG": lambda sign, values: self.ok(*([f"+CEREG: 0,{self._registration()}"] if sign == "?" else [])),
            "AT+CEER": lambda sign, values: self.ok(f"+CEER: {WORDS.get(self.last_cause, 'Unspecified')}"),
        }

    def _cpcmreg(self, sign: str, values: str) -> None:
        if sign in ("?", "=?"):
            self.ok("+CPCMREG: (0-1)" if sign == "=?" else "+CPCMREG: 0")
        elif values == "0":
            self.sound_on(False)
            self.ok()
        elif (
            self._of("active") is None or asyncio.get_running_loop().time() - self._answered_at < self.knobs.sound_after
        ):
            self.error()
        else:
            self.calls_with_sound += 1
            self.sound_on(True)
            self.ok()

    def _ddet(self, sign: str, values: str) -> None:
        self._tones = values.startswith("1")
        self.ok()

    def _creset(self, sign: str, values: str) -> None:
        self.ok()
        self.reset()

    def connected(self, far: Far) -> None:
        """VOICE CALL: BEGIN."""
        self._answered_at = asyncio.get_running_loop().time()
        self.report("VOICE CALL: BEGIN")

    def ended(self, far: Far) -> None:
        """VOICE CALL: END with its seconds."""
        self.report("VOICE CALL: END: 000003" if far.answered.is_set() else "VOICE CALL: END")

    def far_pressed(self, digit: str) -> None:
        """+RXDTMF."""
        if self._tones:
            self.report(f"+RXDTMF: {digit}")


WORDS = {
    1: "Unassigned/unallocated number",
    16: "Normal call clearing",
    17: "User busy",
    19: "User alerting, no answer",
    21: "Call rejected",
    41: "Temporary failure",
}


class Huawei(Firmware):
    """E171: reports about calls in its own words, and chatter all the time."""

    usb = ("12d1", "1506")
    ports = (0, 1, 2, 3)
    at_interface, pcm_interface, second_interface = 3, 2, 0
    maker, model, revision = "huawei", "E171", "11.126.85.00.209"

    def commands(self) -> Commands:
        """Its own."""
        return {
            **super().commands(),
            "AT^CVOICE": lambda sign, values: self.error() if self.knobs.no_voice else self.ok("^CVOICE:0"),
            "AT^DDSETEX": self._ddsetex,
            "AT^SYSCFG": lambda sign, values: self.ok(),
            "AT^CURC": lambda sign, values: self.ok(),
            "AT^ICCID": lambda sign, values: self.ok(f"^ICCID: {self.card.number}"),
            "AT^CPIN": lambda sign, values: self.ok(
                f"^CPIN: {self._sim()},{self.card.tries},10,{self.card.tries},10,3"
            ),
            "AT+CCID": lambda sign, values: self.error(),
            "AT+CHUP": lambda sign, values: self._own_end(),
            "ATH": lambda sign, values: self._own_end(),
        }

    def _ddsetex(self, sign: str, values: str) -> None:
        if values != "2" or (self._of("active") is None and not self.network.calls):
            self.error()
        else:
            self.sound_on(True)
            self.ok()

    def _own_end(self) -> None:
        """It tells of its own hanging up too."""
        for far in self.network.calls:
            self.report(f"^CEND:{far.index},2,29,16")
        self._hang_up()

    def dialling(self, far: Far) -> None:
        """^ORIG."""
        self.report(f"^ORIG:{far.index},0")

    def far_rings(self, far: Far) -> None:
        """^CONF."""
        self.report(f"^CONF:{far.index}", "^RSSI:17")

    def connected(self, far: Far) -> None:
        """^CONN."""
        self.report(f"^CONN:{far.index},0")

    def ended(self, far: Far) -> None:
        """^CEND: call, seconds, status 104 (the network), cause."""
        self.report(f"^CEND:{far.index},0,104,{far.cause}")


class Plain(Firmware):
    """A modem nobody knows: messages only."""

    usb = ("1bbb", "00b7")
    maker, model = "TCT", "X220"
