"""Plugs a modem in software in: pseudo-terminals for its ports, and a sysfs and a /dev in which they are found."""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import tty
from collections import deque
from pathlib import Path

from tests.hardware.modem.firmware import Card, Firmware, Knobs, Radio
from tests.hardware.modem.network import Network
from tests.hardware.modem.sound import FRAME_BYTES, PcmPort

CARD = 7  # of ALSA


class Spelling:
    """What a modem says on one port, in pieces where its knobs want that."""

    def __init__(self, master: int, knobs: Knobs) -> None:
        self._master, self._knobs = master, knobs
        self._pieces: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None

    def say(self, data: bytes) -> None:
        """Now, or piece by piece."""
        knobs = self._knobs
        if not knobs.piece_bytes:
            os.write(self._master, data)
            return
        self._pieces.extend(data[start : start + knobs.piece_bytes] for start in range(0, len(data), knobs.piece_bytes))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._spell())

    async def _spell(self) -> None:
        while self._pieces:
            os.write(self._master, self._pieces.popleft())
            await asyncio.sleep(self._knobs.piece_seconds)

    def end(self) -> None:
        """It was pulled out."""
        if self._task is not None:
            self._task.cancel()
        self._pieces.clear()
        asyncio.get_running_loop().remove_reader(self._master)


class Stick:
    """A modem on a USB port. `sys` and `dev` are where it is found while it is plugged in."""

    def __init__(
        self,
        make: type[Firmware],
        directory: Path,
        *,
        network: Network | None = None,
        knobs: Knobs | None = None,
        card: Card | None = None,
        radio: Radio | None = None,
        bus: str = "1-1",
        first_tty: int = 0,
        ppm: float = 0.0,
        pcm_piece_bytes: int = 0,
    ) -> None:
        """`carriers`: where the programs are that reach the sound card of a make that has one."""
        self.network = network or Network()
        self.firmware = make(self.network, knobs or Knobs(), card or Card(), radio or Radio())
        self.sys, self.dev = directory / "sys", directory / "dev"
        (self.sys / "bus" / "usb" / "devices").mkdir(parents=True, exist_ok=True)
        self.dev.mkdir(parents=True, exist_ok=True)
        self._bus, self._first_tty = bus, first_tty
        self._ppm, self._pcm_piece_bytes = ppm, pcm_piece_bytes
        self.carriers = directory / "bin"
        self._open: list[int] = []
        self._spellings: list[Spelling] = []
        self._pcm: PcmPort | None = None
        self._spoken = 0
        self.plugged = False
        self.firmware.restart = self._restart

    def tty(self, interface: int) -> Path:
        """Its port, as the box sees it."""
        return self.dev / f"ttyUSB{self._first_tty + self.firmware.ports.index(interface)}"

    @property
    def at(self) -> Path:
        """Its AT port."""
        return self.tty(self.firmware.at_interface)

    def plug(self) -> None:
        """Plug it in."""
        assert not self.plugged
        self.plugged = True
        devices = self.sys / "bus" / "usb" / "devices"
        stick = devices / self._bus
        stick.mkdir()
        for name, text in zip(("idVendor", "idProduct"), self.firmware.usb, strict=True):
            (stick / name).write_text(f"{text}\n")
        for interface in self.firmware.ports:
            self._port(devices, interface)

    def _port(self, devices: Path, interface: int) -> None:
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._open += [master, slave]
        name = self.tty(interface)
        folder = devices / f"{self._bus}:1.{interface}"
        if interface == self.firmware.pcm_interface and self.firmware.sound_card:
            (folder / "sound" / f"card{CARD}").mkdir(parents=True)
            self._programs(os.ttyname(slave))
        else:
            (folder / name.name).mkdir(parents=True)
        (folder / "bInterfaceNumber").write_text(f"{interface:02x}\n")
        name.symlink_to(os.ttyname(slave))
        if interface in (self.firmware.at_interface, self.firmware.second_interface):
            port = 0 if interface == self.firmware.at_interface else 1
            if port == 0:
                self._master = master
            asyncio.get_running_loop().add_reader(master, self._read, master, port)
            spelling = Spelling(master, self.firmware.knobs)
            self._spellings.append(spelling)
            self.firmware.wires[port].output = spelling.say
        elif interface == self.firmware.pcm_interface:
            self._pcm = PcmPort(master, self._speech, self._heard, ppm=self._ppm, piece_bytes=self._pcm_piece_bytes)
            self.firmware.sound_on = self._sound_on

    def _programs(self, sound: str) -> None:
        """`arecord` and `aplay`, as far as the box asks them: raw sound of card `CARD` alone, to and from a pipe."""
        self.carriers.mkdir(exist_ok=True)
        for program, carry in (("arecord", f"exec cat {sound}"), ("aplay", f"exec cat > {sound}")):
            path = self.carriers / program
            asked = f'case "$*" in "-D plughw:{CARD},0 -q -t raw -f S16_LE -r 8000 -c 1 "*) ;; *) exit 1;; esac'
            path.write_text(f"#!/bin/sh\n{asked}\n{carry}\n")
            path.chmod(0o755)

    def unplug(self) -> None:
        """Pull it out: whoever has its ports open notices."""
        if not self.plugged:
            return
        self.plugged = False
        self.firmware.power_off()
        for spelling in self._spellings:
            spelling.end()
        self._spellings.clear()
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()
        devices = self.sys / "bus" / "usb" / "devices"
        for folder in (devices / self._bus, *devices.glob(f"{self._bus}:*")):
            shutil.rmtree(folder)
        for interface in self.firmware.ports:
            self.tty(interface).unlink()

    def _restart(self) -> None:
        """A reset: it leaves the bus after its OK and is back after its time to boot."""
        loop = asyncio.get_running_loop()
        loop.call_later(0.02, self.unplug)
        loop.call_later(0.02 + self.firmware.knobs.boot_seconds, lambda: None if self.plugged else self.plug())

    # -- bytes -------------------------------------------------------------------------------------------------

    def stalls(self, on: bool) -> None:
        """Take no bytes at its first AT port for a while."""
        loop = asyncio.get_running_loop()
        if on:
            loop.remove_reader(self._master)
        else:
            loop.add_reader(self._master, self._read, self._master, 0)

    def _read(self, master: int, port: int) -> None:
        try:
            data = os.read(master, 4096)
        except OSError:
            return
        self.firmware.input(data, port)

    def _sound_on(self, on: bool) -> None:
        if self._pcm is not None:
            (self._pcm.begin if on else self._pcm.end)()

    def _speech(self) -> bytes:
        active = [each for each in self.network.calls if each.state == "active"]
        talking = next((each for each in active if each.keys_said), active[0] if active else None)
        if talking is None or (self.firmware.knobs.degrades and self.firmware.calls_with_sound > 1):
            return b""
        if talking.keys_said:
            frame = bytes(talking.keys_said[:FRAME_BYTES])
            del talking.keys_said[:FRAME_BYTES]
            return frame.ljust(FRAME_BYTES, b"\0")
        if not talking.speech:
            return b""
        start = self._spoken % len(talking.speech)
        self._spoken += FRAME_BYTES
        return (talking.speech * 2)[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")

    def _heard(self, data: bytes) -> None:
        for each in self.network.calls:
            if each.state == "active":
                each.heard += data
