"""The life of a modem that is attached by USB: looked for, opened, served; pulled out and put back; brought back.

What is said to it, and what it must answer before it is of use, is `GsmModem`'s and `FxoModem`'s, each in `_serve`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Unpack

from appliance.clock import Clock
from hardware import discovery
from hardware.at.port import COMMAND_SECONDS, AtPort, PortError, PortGoneError, Sending
from hardware.discovery import Device
from hardware.hotplug import Hotplug
from hardware.modem import medicines
from hardware.modem.life import Event, Life, Medicine, State
from hardware.modem.trouble import Trouble, TroubleError

LOOK_SECONDS = 1.0  # between two looks for a modem, where no event tells of it
RETURN_SECONDS = 60.0  # for one that was told to restart to be back; then somebody must look
_ACCESS = {errno.EBUSY: "in_use", errno.EACCES: "no_access", errno.EPERM: "no_access"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a modem is looked for: the building file's `device`, and where the kernel shows devices."""

    device: str = ""
    sys: Path = discovery.SYS
    dev: Path = discovery.DEV


class Attached:
    """One modem. `life` is where it stands, `trouble` what is wrong with it, `device` what is plugged in."""

    log: ClassVar[logging.Logger]
    curable: ClassVar[tuple[str, ...]] = ("silent",)  # troubles that a restart may cure

    def __init__(self, line: str, clock: Clock, hotplug: Hotplug, place: Place) -> None:
        self._line, self._clock, self._hotplug, self._place = line, clock, hotplug, place
        self.life = Life(clock.monotonic())
        self.trouble: Trouble | None = None
        self.device: Device | None = None
        self._back_by = float("-inf")  # it was told to restart, and is away until then at most
        self._port: AtPort | None = None  # of calls
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether a call could be placed by it, or is."""
        return self.life.state in (State.READY, State.IN_CALL)

    @property
    def resting(self) -> bool:
        """Whether it was told to restart, and is not back yet."""
        return self._clock.monotonic() < self._back_by

    def start(self) -> None:
        """Begin to look for it."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"modem of line {self._line}")

    async def stop(self) -> None:
        """Let go of it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def send(self, command: str, prefix: str | None = None, **how: Unpack[Sending]) -> list[str]:
        """See `AtPort.send`. Raises PortGoneError too while there is no modem."""
        if self._port is None:
            raise PortGoneError("no modem")
        return await self._port.send(command, prefix, **how)

    async def try_send(self, *commands: str, seconds: float = COMMAND_SECONDS, first: bool = False) -> bool:
        """Send commands that not every firmware knows; whether all were taken. Raises nothing but cancellation."""
        taken = True
        for command in commands:
            try:
                await self.send(command, seconds=seconds, first=first)
            except PortError as error:
                self.log.info("line %s: %s", self._line, error)
                taken = False
        return taken

    # -- what each kind of modem has of its own ----------------------------------------------------------------

    def _found(self) -> Iterable[tuple[Device, Path]]:
        """The modems of this kind that are plugged in, with their AT ports."""
        raise NotImplementedError

    def _port_at(self, path: Path) -> AtPort:
        """A port that is not open yet."""
        raise NotImplementedError

    def _is_open(self, device: Device) -> None:
        """The port of this device was opened."""
        raise NotImplementedError

    async def _serve(self) -> None:
        """From the open port to its end. Raises PortGoneError or TroubleError, never returns."""
        raise NotImplementedError

    def _changed(self) -> None:
        """`life` has another state."""
        raise NotImplementedError

    def _reset(self) -> str:
        """The command that makes it restart."""
        raise NotImplementedError

    # -- its life ----------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        before = self.life.state
        if self.life.on(event, self._clock.monotonic()):
            self.log.info("line %s: %s → %s", self._line, before.value, self.life.state.value)
            self._changed()

    async def _run(self) -> None:
        while True:
            found = tuple(self._found())
            if not found:
                self._is_missing()
                await self._hotplug.wait(LOOK_SECONDS)
                continue
            self._on(Event.FOUND)
            try:
                self._open(found)
                await self._serve()
            except PortGoneError:
                self._is_missing()
                await self._hotplug.wait(LOOK_SECONDS / 2)
            except TroubleError as error:
                self.trouble = error.trouble
                self._on(Event.FAILED)
                if error.trouble.key in self.curable:
                    await self._treat(self.life.medicine(), error.trouble)
            finally:
                self._close()
            if self.life.state is State.FAULT:
                await self._hotplug.wait(self.life.pause())

    def _open(self, found: Iterable[tuple[Device, Path]]) -> None:
        """Open the first one that nobody has. Raises TroubleError, PortGoneError."""
        trouble: Exception = PortGoneError("gone meanwhile")
        for device, path in found:
            port = self._port_at(path)
            try:
                port.start()
            except OSError as error:
                if error.errno in _ACCESS:
                    trouble = TroubleError(_ACCESS[error.errno], device=str(path))
                continue
            self._port, self.device = port, device
            self._is_open(device)
            return
        raise trouble

    def _close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None

    def _gone(self, reason: str) -> None:
        """The port has ended: whoever is on a call learns of it now."""
        self.log.warning("line %s: the modem is gone: %s", self._line, reason)
        self.lost()

    def lost(self) -> None:
        """It was pulled out, as somebody else knows."""
        if self._port is not None:
            self._port.close()
        self._is_missing()

    def _is_missing(self) -> None:
        """It is not there: a fault, unless it restarts because it was told to; then what was wrong still is."""
        if not self.resting:
            self.trouble = Trouble("unplugged")
        self._on(Event.GONE)

    def _is_well(self) -> None:
        """It is back in service, and nothing is wrong."""
        self.trouble, self._back_by = None, float("-inf")

    async def _pause(self, seconds: float, *others: asyncio.Event) -> None:
        """Let so much time pass, or less until one of these. Raises PortGoneError as soon as the port has ended."""
        assert self._port is not None
        over = self._port.over
        ends = [asyncio.ensure_future(each.wait()) for each in (over, *others)]
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        if over.is_set():
            raise PortGoneError("gone meanwhile")

    def _is_told_to_restart(self) -> None:
        self._back_by = self._clock.monotonic() + RETURN_SECONDS

    async def _treat(self, medicine: Medicine, trouble: Trouble) -> None:
        port, device = self._port, self.device
        self._close()
        self.log.warning("line %s: the modem is in trouble (%s): %s", self._line, trouble.key, medicine.value)
        if medicine is Medicine.REOPEN or port is None or device is None:
            return
        self._is_told_to_restart()
        try:
            await medicines.give(medicine, port.path, device, self._reset(), self._place.dev)
        except (OSError, PortError) as error:
            self.log.warning("line %s: %s: %s", self._line, medicine.value, error)
