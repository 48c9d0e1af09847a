"""A modem's firmware in software: what 3GPP TS 27.007 and 27.005 say that every make does, and knobs for its faults.

Names of commands below are those of these standards; a vendor's own stand in `makes`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.hardware.modem.network import Far, Modem, Network
from tests.hardware.modem.wire import Wire

STATES = {"active": 0, "held": 1, "dialing": 2, "alerting": 3, "incoming": 4, "waiting": 5}  # 27.007 §7.18
RING_SECONDS = 5.0
END_OF_TEXT, ESCAPE = 0x1A, 0x1B
DEAF_SECONDS = 0.125  # to what comes right after a command (V.250 §5.6.1)


@dataclass
class Knobs:
    """How this modem misbehaves. The defaults are those of a good one."""

    echo: bool = True  # until ATE0 (V.250 §6.2.4)
    piece_bytes: int = 0  # its bytes come in pieces of so many, 0: whole lines
    piece_seconds: float = 0.0  # apart
    clip_seconds: float | None = 0.0  # the number comes so long after the RING; None: never
    junk: bytes = b""  # before each report
    ring_in_answers: bool = False  # a RING within the answer to every command while it rings
    lost_prompts: int = 0  # so many CMGS get no "> "
    refused: frozenset[str] = frozenset()  # names of commands answered ERROR
    mute: bool = False  # answers nothing
    data_call: bool = False  # packet data in +CLCC (EC25)
    sound_after: float = 0.0  # seconds after the answer in which its sound cannot be switched on (SIM7600)
    degrades: bool = False  # sound is silent from the second call until AT+CRESET (SIM7600)
    no_voice: bool = False  # firmware without voice (Huawei)
    text_calls: bool = True  # NO CARRIER as the standard has it
    boot_seconds: float = 0.05  # after a reset
    sms_seconds: float = 0.0  # for the network to take a message
    while_sending: str = "aborts"  # what bytes do meanwhile: "aborts" (V.250 §5.6.1), "keeps" them for later, "drops"
    second_port: str = "answers"  # the AT port beside the first: "answers", "mute"
    reports_on_both: bool = False  # each report comes on both ports
    holds: str = ""  # CHLD=2: "refused", or "pretends" and does nothing
    joins: str = ""  # CHLD=3: likewise
    leaves: str = ""  # the first caller hangs up in the moment "before" or "after" CHLD=3 is done


@dataclass
class Card:
    """The SIM."""

    pin: str = ""  # asked for where there is one
    tries: int = 3
    number: str = "89480000000000000001"  # ICCID
    present: bool = True
    busy_answers: int = 0  # +CME ERROR: 14 so often at first

    attempts: list[str] = field(default_factory=list)  # every PIN that was entered
    diverted: str = ""  # to whom the network sends calls while the card is not reachable; survives the modem
    tariff_diverts: bool = True  # whether the network takes a diversion
    unlocked: bool = False
    locked_out: str = ""  # by a modem that takes other providers' cards only: what +CPIN asks for then


@dataclass
class Radio:
    """What the modem sees of the network. `registration`: <stat> of +CREG (27.007 §7.2)."""

    registration: int = 1
    signal: int = 21  # +CSQ
    operator: str = "Orange PL"
    technology: int = 7  # <AcT> of +COPS: 0 GSM, 2 UTRAN, 7 E-UTRAN


class Firmware(Modem):
    """Answers what stands here and in `commands`; everything else gets ERROR."""

    usb = ("0000", "0000")
    ports: tuple[int, ...] = (0,)
    at_interface, pcm_interface = 0, -1
    sound_card = False  # its sound is a sound card, not that port
    second_interface = -1
    reports_keys = False
    maker, model, revision = "Nobody", "GENERIC", "1.0"

    def __init__(self, network: Network, knobs: Knobs, card: Card, radio: Radio) -> None:
        self.network, self.knobs, self.card, self.radio = network, knobs, card, radio
        network.modem = self
        self.wires = [Wire(knobs.echo)]
        if self.second_interface >= 0:
            self.wires.append(Wire(knobs.echo))
        self._on = self.wires[0]
        self.sound_on: Callable[[bool], None] = lambda on: None
        self.restart: Callable[[], None] = lambda: None  # it goes from the bus and comes back
        self.at_body: Callable[[], None] = lambda: None  # a message has come whole, before its answer
        self.received: list[str] = []  # every command
        self.received_beside: list[str] = []  # those of the second port
        self.store: dict[int, tuple[int, str]] = {}  # index → status, PDU
        self.store_size = 25
        self.last_cause = 0
        self.calls_with_sound = 0
        self._reference = 0
        self._clip = self._crc = False
        self.functionality = 1
        self._timers: list[asyncio.TimerHandle] = []

    # -- the wire ----------------------------------------------------------------------------------------------

    def input(self, data: bytes, port: int = 0) -> None:
        """What the box sends to the first or the second port."""
        wire = self.wires[port]
        for byte in data:
            self._on = wire
            if wire.sending is not None:
                self._meanwhile(wire, byte)
            elif wire.wanted is not None and not wire.lost:
                self._body(wire, byte)
            elif byte == 0x0D:
                text = wire.line.decode("latin-1").strip()
                wire.line.clear()
                if text:
                    self._command(text)
            elif byte == ESCAPE:
                wire.wanted = None
                wire.line.clear()
            elif byte != 0x0A:
                wire.line.append(byte)
        self._on = self.wires[0]

    def _meanwhile(self, wire: Wire, byte: int) -> None:
        """A byte comes while a message is with the network."""
        if self.knobs.while_sending == "keeps":
            wire.kept.append(byte)
        elif self.knobs.while_sending == "aborts":
            if asyncio.get_running_loop().time() - wire.sent_at < DEAF_SECONDS:
                return
            assert wire.sending is not None
            wire.sending.cancel()
            wire.sending = None
            self.say("+CMS ERROR: 500")

    def say(self, *lines: str, wire: Wire | None = None) -> None:
        """Lines in the form of ATV1 (V.250 §5.7.1)."""
        wire = wire or self._on
        mute = self.knobs.second_port == "mute" and wire is not self.wires[0]
        if not self.knobs.mute and not mute:
            wire.output("".join(f"\r\n{line}\r\n" for line in lines).encode("latin-1"))

    def report(self, *lines: str) -> None:
        """Something nobody asked for."""
        if self.knobs.junk:
            self.wires[0].output(self.knobs.junk)
        for wire in self.wires if self.knobs.reports_on_both else self.wires[:1]:
            self.say(*lines, wire=wire)

    def ok(self, *lines: str) -> None:
        """An answer and its OK."""
        self.say(*lines, "OK")

    def error(self, code: int | None = None) -> None:
        """27.007 §9.2."""
        self.say("ERROR" if code is None else f"+CME ERROR: {code}")

    # -- commands ----------------------------------------------------------------------------------------------

    def _command(self, text: str) -> None:
        if self._on.echo and not self.knobs.mute:
            self._on.output(text.encode("latin-1") + b"\r")
        (self.received if self._on is self.wires[0] else self.received_beside).append(text)
        if self.knobs.mute:
            return
        if self.knobs.ring_in_answers and any(each.state == "incoming" for each in self.network.calls):
            self.report("RING")
        name, sign, values = self._split(text)
        if name in self.knobs.refused:
            self.error()
            return
        method = self.commands().get(name)
        if method is None:
            self.error()
        else:
            method(sign, values)

    @staticmethod
    def _split(text: str) -> tuple[str, str, str]:
        if match := re.fullmatch(r"(AT[+^*$][A-Z]+)(=\?|\?|=)?(.*)", text):
            return match[1], match[2] or "", match[3]
        for basic in ("ATD", "ATA", "ATH", "ATE", "ATZ", "ATI", "AT"):
            if text.startswith(basic):
                return basic, "", text[len(basic) :]
        return text, "", ""

    def commands(self) -> dict[str, Callable[[str, str], None]]:
        """Every command that is understood."""
        plain = ("AT", "ATZ", "AT+CMEE", "AT+COLP", "AT+CMGF", "AT+CNMI", "AT+CSMS", "AT+CVHU", "AT+CCWA", "AT+CLVL")
        return {
            **dict.fromkeys(plain, lambda sign, values: self.ok()),
            "ATE": self._echo,
            "AT+CGMI": lambda sign, values: self.ok(self.maker),
            "AT+CGMM": lambda sign, values: self.ok(self.model),
            "AT+CGMR": lambda sign, values: self.ok(self.revision),
            "AT+CGSN": lambda sign, values: self.ok("860000000000017"),
            "AT+CFUN": self._cfun,
            "AT+CPIN": self._cpin,
            "AT+CCID": lambda sign, values: self.ok(f"+CCID: {self.card.number}"),
            "AT+CSQ": lambda sign, values: self.ok(f"+CSQ: {self.radio.signal if self.functionality else 99},99"),
            "AT+CREG": lambda sign, values: self.ok(*([f"+CREG: 0,{self._registration()}"] if sign == "?" else [])),
            "AT+CEREG": lambda sign, values: self.error(),
            "AT+COPS": self._cops,
            "AT+CPMS": self._cpms,
            "AT+CMGS": self._cmgs,
            "AT+CMGR": self._cmgr,
            "AT+CMGL": self._cmgl,
            "AT+CMGD": self._cmgd,
            "AT+CLIP": self._set_clip,
            "AT+CCFC": self._divert,
            "AT+CRC": self._set_crc,
            "AT+CLCC": self._clcc,
            "AT+CEER": lambda sign, values: self.ok(f"+CEER: {self.last_cause}"),
            "AT+CHUP": lambda sign, values: self._hang_up(),
            "ATH": lambda sign, values: self._hang_up(),
            "AT+CHLD": self._chld,
            "ATD": self._dial,
            "ATA": self._answer,
            "AT+VTS": self._vts,
        }

    def _echo(self, sign: str, values: str) -> None:
        self._on.echo = values == "1"
        self.ok()

    def _cfun(self, sign: str, values: str) -> None:
        if sign == "?":
            self.ok(f"+CFUN: {self.functionality}")
            return
        self.functionality = int(values.partition(",")[0])
        self.ok()
        if values.endswith(",1"):
            self.reset()

    def reset(self) -> None:
        """Begin anew (27.007 §8.2, <rst>): it leaves the bus."""
        self.functionality, self.card.unlocked, self.calls_with_sound = 1, False, 0
        self.restart()

    def _cpin(self, sign: str, values: str) -> None:
        card = self.card
        if not card.present:
            self.error(10)  # SIM not inserted
        elif card.busy_answers:
            card.busy_answers -= 1
            self.error(14)  # SIM busy
        elif sign == "?":
            self.ok(f"+CPIN: {self._sim()}")
        else:
            card.attempts.append(values.strip('"'))
            if card.tries == 0 or values.strip('"') != card.pin:
                card.tries = max(0, card.tries - 1)
                self.error(16 if card.tries else 12)  # incorrect password, SIM PUK required
            else:
                card.tries, card.unlocked = 3, True
                self.ok()

    def _sim(self) -> str:
        if self.card.locked_out:
            return self.card.locked_out
        if self.card.tries == 0:
            return "SIM PUK"
        return "SIM PIN" if self.card.pin and not self.card.unlocked else "READY"

    def _registration(self) -> int:
        ready = self.card.present and self._sim() == "READY" and self.functionality == 1
        return self.radio.registration if ready and self.network.reached else 2

    def _cops(self, sign: str, values: str) -> None:
        registered = self._registration() in (1, 5)
        name = f'+COPS: 0,0,"{self.radio.operator}",{self.radio.technology}' if registered else "+COPS: 0"
        self.ok(*([name] if sign == "?" else []))

    # -- calls -------------------------------------------------------------------------------------------------

    def _divert(self, sign: str, values: str) -> None:
        """27.007 §7.11; 30 is "no network service", 3 "operation not allowed" (§9.2.1)."""
        found = re.fullmatch(r'3,(?:4|3,"(\+[0-9]+)",145,1)', values)
        if sign != "=" or found is None:
            self.error(50)  # incorrect parameters
        elif self._registration() not in (1, 5):
            self.error(30)
        elif not self.card.tariff_diverts:
            self.error(3)
        else:
            self.card.diverted = found[1]  # None: erased
            self.ok()

    def _set_clip(self, sign: str, values: str) -> None:
        self._clip = values == "1"
        self.ok()

    def _set_crc(self, sign: str, values: str) -> None:
        self._crc = values == "1"
        self.ok()

    def _clcc(self, sign: str, values: str) -> None:
        lines = ['+CLCC: 1,1,0,1,0,"",128'] if self.knobs.data_call else []
        first = len(lines)
        for far in self.network.calls:
            row = f"+CLCC: {far.index + first},{int(far.incoming)},{STATES[far.state]},0,{int(far.joined)}"
            lines.append(row + (f',"{far.number}",{far.kind}' if far.number else ""))
        self.ok(*lines)

    def _dial(self, sign: str, values: str) -> None:
        if not values.endswith(";"):
            self.say("NO CARRIER")  # a data call
        elif self._registration() not in (1, 5) and values not in ("112;",):
            self.say("NO CARRIER")
        elif any(each.state in ("active", "dialing", "alerting") for each in self.network.calls):
            self.error(3)  # operation not allowed
        else:
            far = self.network.place(values[:-1])
            self.ok()
            self.dialling(far)

    def _answer(self, sign: str, values: str) -> None:
        far = self._of("incoming")
        if far is None:
            self.say("NO CARRIER")
            return
        far.is_answered()
        self.ok()
        self.connected(far)

    def _hang_up(self) -> None:
        for far in list(self.network.calls):
            if far.state != "waiting":
                self.network.dropped(far)
        self._silence()
        self.ok()
        self._next_rings()

    def _chld(self, sign: str, values: str) -> None:
        """27.007 §7.13: 1x releases a call, 2 holds and takes back, 3 joins, 0 refuses who waits."""
        how = {"2": self.knobs.holds, "3": self.knobs.joins}.get(values)
        if values == "3" and self.knobs.leaves == "before":
            self.network.calls[0].hangs_up()
            how = "refused"
        if how == "refused":
            self.error(3)
            return
        if values in ("0", "2", "3"):
            if not how:
                self._swap(values)
            self.ok()
            if values == "3" and self.knobs.leaves == "after":
                self.network.calls[0].hangs_up()
            return
        far = next((each for each in self.network.calls if values == f"1{each.index}"), None)
        if far is None:
            self.error(3)
            return
        self.network.dropped(far)
        self._silence()
        self.ok()
        self._next_rings()

    def _swap(self, values: str) -> None:
        for far in list(self.network.calls):
            if values == "0" and far.state == "waiting":
                self.network.dropped(far)
            elif values == "2" and far.state in ("active", "held"):
                far.state = {"active": "held", "held": "active"}[far.state]
            elif values == "3" and far.state in ("active", "held"):
                far.state, far.joined = "active", True

    def _vts(self, sign: str, values: str) -> None:
        far = self._of("active")
        if far is None:
            self.error(3)
        else:
            far.keys += values.strip('"')
            self.ok()

    def _of(self, state: str) -> Far | None:
        return next((each for each in self.network.calls if each.state == state), None)

    def _silence(self) -> None:
        if self._of("active") is None and self._of("held") is None:
            self.sound_on(False)

    def _next_rings(self) -> None:
        waiting = self._of("waiting")
        if waiting is not None and len(self.network.calls) == 1:
            waiting.state = "incoming"
            self._rings(waiting)

    def far_calls(self, far: Far) -> None:
        """Somebody calls."""
        if far.state == "incoming":
            self._rings(far)
        else:
            self.report(f'+CCWA: "{far.number}",{far.kind},1')  # 27.007 §7.12

    def _rings(self, far: Far) -> None:
        if far not in self.network.calls or far.state != "incoming":
            return
        self.report("+CRING: VOICE" if self._crc else "RING")
        if self._clip and self.knobs.clip_seconds is not None:
            self._later(self.knobs.clip_seconds, lambda: self._presents(far))
        self._later(RING_SECONDS, lambda: self._rings(far))

    def _presents(self, far: Far) -> None:
        if far in self.network.calls and far.state == "incoming":
            self.report(f'+CLIP: "{far.number}",{far.kind},"",,"",{0 if far.number else 1}')  # 27.007 §7.6

    def far_rings(self, far: Far) -> None:
        """The called person's phone rings."""

    def far_answers(self, far: Far) -> None:
        """The called person has answered."""
        self.connected(far)

    def far_ended(self, far: Far) -> None:
        """A call has ended at the far end."""
        self.last_cause = far.cause
        self._silence()
        self.ended(far)
        if self.knobs.text_calls:
            self.report("BUSY" if far.cause == 17 and not far.incoming else "NO CARRIER")
        self._next_rings()

    def far_pressed(self, digit: str) -> None:
        """A key was pressed at the far end."""

    def dialling(self, far: Far) -> None:
        """After the OK of a dial."""

    def connected(self, far: Far) -> None:
        """After an answer, whoever gave it."""

    def ended(self, far: Far) -> None:
        """Before the NO CARRIER."""

    # -- messages (27.005, PDU mode) ---------------------------------------------------------------------------

    def _cmgs(self, sign: str, values: str) -> None:
        wire = self._on
        wire.wanted, wire.lost = (int(values), bytearray()), self.knobs.lost_prompts > 0
        if wire.lost:
            self.knobs.lost_prompts -= 1
        else:
            wire.output(b"\r\n> ")

    def _body(self, wire: Wire, byte: int) -> None:
        assert wire.wanted is not None
        length, body = wire.wanted
        if byte == ESCAPE:
            wire.wanted = None
            self.ok()
        elif byte == END_OF_TEXT:
            wire.wanted = None
            self.at_body()
            pdu = body.decode("latin-1").strip()
            if self.knobs.sms_seconds:
                loop = asyncio.get_running_loop()
                wire.sent_at = loop.time()
                wire.sending = loop.call_later(self.knobs.sms_seconds, self._network_took, wire, length, pdu)
            else:
                self._sent(length, pdu)
        else:
            body.append(byte)

    def _network_took(self, wire: Wire, length: int, pdu: str) -> None:
        wire.sending, self._on = None, wire
        self._sent(length, pdu)
        kept, wire.kept = bytes(wire.kept), bytearray()
        self.input(kept, self.wires.index(wire))

    def _sent(self, length: int, pdu: str) -> None:
        if len(pdu) != 2 * (length + 1 + int(pdu[:2], 16)):
            self.say("+CMS ERROR: 304")  # invalid PDU mode parameter
        elif self._registration() not in (1, 5):
            self.say("+CMS ERROR: 331")  # no network service
        else:
            self.network.sent.append((length, pdu))
            self._reference = (self._reference + 1) % 256
            self.ok(f"+CMGS: {self._reference}")

    def receive(self, pdu: str) -> int | None:
        """A message comes; where the store is full, the network keeps it (None)."""
        index = next((each for each in range(self.store_size) if each not in self.store), None)
        if index is not None:
            self.store[index] = 0, pdu
            self.report(f'+CMTI: "ME",{index}')
        return index

    def deliver(self, pdu: str) -> None:
        """A delivery report comes (27.005 §3.4.1)."""
        self.report(f"+CDS: {len(pdu) // 2 - 1 - int(pdu[:2], 16)}\r\n{pdu}")

    def _cpms(self, sign: str, values: str) -> None:
        use = f"{len(self.store)},{self.store_size}"
        self.ok(f'+CPMS: "ME",{use},"ME",{use},"ME",{use}' if sign == "?" else f"+CPMS: {use},{use},{use}")

    def _cmgr(self, sign: str, values: str) -> None:
        entry = self.store.get(int(values))
        if entry is None:
            self.say("+CMS ERROR: 321")  # invalid memory index
            return
        status, pdu = entry
        self.store[int(values)] = 1, pdu
        self.ok(f"+CMGR: {status},,{len(pdu) // 2 - 1 - int(pdu[:2], 16)}\r\n{pdu}")

    def _cmgl(self, sign: str, values: str) -> None:
        rows = []
        for index, (status, pdu) in sorted(self.store.items()):
            if values in ("4", str(status)):
                rows.append(f"+CMGL: {index},{status},,{len(pdu) // 2 - 1 - int(pdu[:2], 16)}\r\n{pdu}")
                self.store[index] = 1, pdu
        self.ok(*rows)

    def _cmgd(self, sign: str, values: str) -> None:
        index, _, flag = values.partition(",")
        if flag in ("1", "2", "3", "4"):
            self.store = {} if flag == "4" else {at: each for at, each in self.store.items() if each[0] == 0}
        else:
            self.store.pop(int(index), None)
        self.ok()

    # -- time --------------------------------------------------------------------------------------------------

    def _later(self, seconds: float, deed: Callable[[], None]) -> None:
        if seconds <= 0:
            deed()
            return
        self._timers = [each for each in self._timers if each.when() > asyncio.get_running_loop().time()]
        self._timers.append(asyncio.get_running_loop().call_later(seconds, deed))

    def power_off(self) -> None:
        """Everything of it ends: its calls, its timers, what it was told."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.sound_on(False)
        for far in list(self.network.calls):
            self.network.dropped(far)
        self._clip, self._crc = False, False
        for wire in self.wires:
            if wire.sending is not None:
                wire.sending.cancel()
            wire.begin(self.knobs.echo)
        self.card.unlocked = False
