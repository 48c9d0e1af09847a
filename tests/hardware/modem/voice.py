"""A voice modem in software, behind a pseudo-terminal and a sysfs of its own, with a copper pair behind it.

Written from ITU-T V.253 and Conexant's manual. It shares no code with what it tests, but for spandsp.
"""

from __future__ import annotations

import asyncio
import audioop
import os
import pty
import re
import shutil
import tty
from dataclasses import dataclass
from pathlib import Path

from tests.hardware.modem.copper import FRAME, FRAME_BYTES, Pair

DLE = 0x10
LONGEST_LINE = 200


@dataclass
class Knobs:
    """How this modem misbehaves. The defaults are those of a good one."""

    usb: tuple[str, str] = ("0572", "1349")
    model: str = "CX93010"
    leaves_by: bytes = b"^"  # what after DLE ends its stream
    rings_by_event: bool = False  # DLE R in place of RING
    names: bool = False  # NMBR=… without spaces, and NAME
    whole_message: bool = False  # the caller as MESG in hex
    deaf_to_callers: bool = False  # no +VCID
    buffer_frames: int = 10  # of ours, that wait before the first is said
    piece_bytes: int = 0  # what it says comes in pieces of so many
    offset: int = 0  # added to each of its 8-bit samples
    tells_keys: bool = False
    wedged: bool = False  # in its stream it hears nothing any more
    flashes: bool = True  # else the command is refused
    mute: bool = False
    no_voice: bool = False
    stays_on_hook: bool = False  # it cannot take its line


class VoiceModem:
    """One that can be plugged in. `sys` and `dev` are where it is found."""

    def __init__(self, directory: Path, pair: Pair | None = None, knobs: Knobs | None = None, bus: str = "1-2") -> None:
        self.pair, self.knobs = pair or Pair(), knobs or Knobs()
        self.sys, self.dev = directory / "sys", directory / "dev"
        (self.sys / "bus" / "usb" / "devices").mkdir(parents=True, exist_ok=True)
        self.dev.mkdir(parents=True, exist_ok=True)
        self._bus = bus
        self.received: list[str] = []
        self.underruns = 0
        self.plugged = False
        self.resets = 0
        self._line = bytearray()
        self._stream: asyncio.Task[None] | None = None
        self._half = False  # a DLE came
        self._ours = bytearray()  # 8-bit samples to say
        self._events = bytearray()
        self._class = "0"
        self._caller = False
        self.pair.rings = self._rings
        self.pair.caller_told = self._caller_told

    @property
    def path(self) -> Path:
        """Its port, as the box sees it."""
        return self.dev / "ttyACM0"

    @property
    def streams(self) -> bool:
        """Whether it carries sound."""
        return self._stream is not None

    def plug(self) -> None:
        """Plug it in."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        devices = self.sys / "bus" / "usb" / "devices"
        (devices / self._bus).mkdir()
        for name, text in zip(("idVendor", "idProduct"), self.knobs.usb, strict=True):
            (devices / self._bus / name).write_text(f"{text}\n")
        interface = devices / f"{self._bus}:1.0"
        (interface / "tty" / "ttyACM0").mkdir(parents=True)
        (interface / "bInterfaceNumber").write_text("00\n")
        self.path.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)
        self.plugged = True

    def unplug(self) -> None:
        """Pull it out: the pair is on hook."""
        if not self.plugged:
            return
        self.plugged = False
        self._leave()
        self.pair.hook(False)
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
        devices = self.sys / "bus" / "usb" / "devices"
        for folder in (devices / self._bus, *devices.glob(f"{self._bus}:*")):
            shutil.rmtree(folder)
        self.path.unlink()

    def tells(self, code: str) -> None:
        """An event, within the stream or beside it."""
        if self.streams:
            self._events += bytes((DLE,)) + code.encode("latin-1")
        else:
            self._write(bytes((DLE,)) + code.encode("latin-1"))

    # -- commands ----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return
        for byte in data:
            if self.streams:
                self._in_stream(byte)
            elif byte == 0x0D:
                found = re.search(rb"AT.*", bytes(self._line), re.DOTALL)
                self._line.clear()
                if found and not self.knobs.mute:
                    self._command(found[0].decode("latin-1"))
            elif len(self._line) < LONGEST_LINE:
                self._line.append(byte)

    def _say(self, *lines: str) -> None:
        self._write("".join(f"\r\n{line}\r\n" for line in lines).encode("latin-1"))

    def _write(self, data: bytes) -> None:
        size = self.knobs.piece_bytes or len(data) or 1
        for start in range(0, len(data), size):
            try:
                os.write(self._master, data[start : start + size])
            except BlockingIOError:
                return

    def _command(self, text: str) -> None:
        self.received.append(text)
        name, _, value = text.partition("=")
        if name in ("ATE0", "ATV1", "ATQ0", "ATX4", "ATM0", "ATS0", "AT+GCI", "AT"):
            self._say("OK")
        elif name == "ATZ":
            self.resets += 1
            self._class = "0"
            self._say("OK")
        elif name == "AT+GMM":
            self._say(self.knobs.model, "OK")
        elif name == "AT+FCLASS":
            self._class = value
            self._say("ERROR" if value == "8" and self.knobs.no_voice else "OK")
        elif name == "AT+VCID":
            self._caller = not self.knobs.deaf_to_callers
            self._say("OK" if self._caller else "ERROR")
        elif name == "ATH0":
            self.pair.hook(False)
            self._class = "0"
            self._say("OK")
        elif self._class != "8":
            self._say("ERROR")
        else:
            self._of_voice(name, value)

    def _of_voice(self, name: str, value: str) -> None:
        if name == "AT+VSM":
            good = {"0572": "1,8000,0,0", "0baf": "128,8000"}[self.knobs.usb[0]]
            self._say("OK" if value == good else "ERROR")
        elif name == "AT+VLS" and value == "1" and self.knobs.stays_on_hook:
            self._say("ERROR")
        elif name == "AT+VLS":
            self.pair.hook(value == "1")
            self._say("OK")
        elif name == "AT+VTS" and value == "!" and self.pair.off_hook and self.knobs.flashes:
            self.pair.flash()
            self._say("OK")
        elif name == "AT+VTR" and self.pair.off_hook:
            self._say("CONNECT")
            self._half, self._ours = False, bytearray()
            self._stream = asyncio.ensure_future(self._run())
        else:
            self._say("ERROR")

    # -- the stream --------------------------------------------------------------------------------------------

    def _in_stream(self, byte: int) -> None:
        if self.knobs.wedged:
            return
        if not self._half:
            if byte == DLE:
                self._half = True
            else:
                self._ours.append(byte)
            return
        self._half = False
        if byte == DLE:
            self._ours.append(DLE)
        elif byte == 0x1A:
            self._ours += bytes((DLE, DLE))
        elif byte == self.knobs.leaves_by[0]:
            self._leave()
            self._write(b"\x10\x03")
            self._say("OK")

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due, begun = loop.time(), False
        while True:
            begun = begun or len(self._ours) >= FRAME * self.knobs.buffer_frames
            unsigned = b""
            if begun:
                unsigned = bytes(self._ours[:FRAME])
                del self._ours[:FRAME]
                if len(unsigned) < FRAME:
                    self.underruns += 1
                    self._events += bytes((DLE,)) + b"u"
            unsigned = unsigned.ljust(FRAME, b"\x80")
            heard = self.pair.exchange(audioop.lin2lin(audioop.bias(unsigned, 1, -128), 1, 2))
            assert len(heard) == FRAME_BYTES
            signed = audioop.lin2lin(audioop.add(heard, b"\x80\x00" * FRAME, 2), 2, 1)
            data = audioop.bias(signed, 1, 128 + self.knobs.offset)
            self._write(data.replace(b"\x10", b"\x10\x10") + bytes(self._events))
            self._events.clear()
            due += FRAME / 8000
            await asyncio.sleep(max(0.0, due - loop.time()))

    # -- the pair ----------------------------------------------------------------------------------------------

    def _rings(self) -> None:
        if not self.plugged or self.streams:
            return
        if self.knobs.rings_by_event:
            self._write(b"\x10R")
        else:
            self._say("RING")

    def _caller_told(self, message: bytes) -> None:
        if not self._caller or not self.plugged or self.streams:
            return
        number = message[4 : 4 + message[3]].decode()
        if self.knobs.whole_message:
            self._say(f"MESG = {message.hex().upper()}")
        elif self.knobs.names:
            self._say("DATE=1126", "TIME=0310", f"NMBR={number}", "NAME=KOWALSKA A")
        else:
            self._say("DATE = 1126", "TIME = 0310", f"NMBR = {number}")
