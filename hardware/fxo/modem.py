"""Drives one voice modem: finds it, wakes it, takes its line off hook and on again, and brings it back when it fails.

Calls are the line's business (`line.py`). Between `off_hook` and `on_hook` the tty belongs to the media process, and no
command can be sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from collections.abc import Callable
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from appliance.media.dle import Shields
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import LegGoneError
from hardware import discovery
from hardware.discovery import Device
from hardware.fxo import profiles
from hardware.fxo.profiles import GENERIC, PROFILES, Profile
from hardware.gsm import medicines
from hardware.gsm.at.port import AtError, AtPort, AtTimeoutError, PortError, PortGoneError
from hardware.gsm.at.replies import Report
from hardware.gsm.life import Event, Life, Medicine, State
from hardware.gsm.modem import Place
from hardware.gsm.trouble import Trouble, TroubleError
from hardware.hotplug import Hotplug

LOOK_SECONDS = 1.0  # between two looks for a modem, where no event tells of it
WAKE_TRIES, WAKE_SECONDS = 4, 2.0
WATCH_SECONDS = 10.0  # between two questions whether it is there
OFF_HOOK_SECONDS = 3.0  # for each of the two commands
RELEASE_SECONDS = 1.0  # for the media process to let go of the tty
HANG_UP_SECONDS = 5.0  # for the command, in each way of leaving the stream
LEAVE_SECONDS = 0.3  # for the modem to leave its stream, before it is asked whether it has
EVENT = "DLE "  # before the code of an event, in a report
_ACCESS = {errno.EBUSY: "in_use", errno.EACCES: "no_access", errno.EPERM: "no_access"}

log = logging.getLogger("dyzurka.fxo")


class FxoModem:
    """One modem. `life` is where it stands, `trouble` what is wrong with it, `model` what it calls itself."""

    def __init__(
        self,
        config: LineConfig,
        clock: Clock,
        hotplug: Hotplug,
        place: Place,
        *,
        on_report: Callable[[Report], None],
        on_change: Callable[[], None],
    ) -> None:
        self._id, self._clock, self._hotplug, self._place = config.id, clock, hotplug, place
        self._gains = config.louder_in, config.louder_out
        self._on_report, self._on_change = on_report, on_change
        self.life = Life(clock.monotonic())
        self.trouble: Trouble | None = None
        self.model = ""
        self.tells_callers = False
        self.profile: Profile = GENERIC
        self._device: Device | None = None
        self._port: AtPort | None = None
        self._shields = Shields()
        self._failed = asyncio.Event()  # it did not come back from a call
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether it answers and carries voice."""
        return self.life.state in (State.READY, State.IN_CALL)

    def start(self) -> None:
        """Begin to look for it."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"modem of line {self._id}")

    async def stop(self) -> None:
        """Let go of it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -- calls -------------------------------------------------------------------------------------------------

    async def off_hook(self, channel: PcmChannel) -> None:
        """Take the line and give its sound to the channel. Raises PortError; the line is on hook then, if it can be."""
        port = self._port
        if port is None or not self.ready:
            raise PortGoneError("no modem")
        self._on(Event.CALL)
        try:
            for command in (profiles.VOICE, self.profile.form):
                await self._try(command)
            await port.send(profiles.OFF_HOOK, seconds=OFF_HOOK_SECONDS, first=True)
            await port.send(profiles.DUPLEX, seconds=OFF_HOOK_SECONDS, first=True)
            heard_db, said_db = self._gains
            try:
                channel.open_port(port.lend(), heard_db=heard_db, said_db=said_db, kind="voice_port")
            except LegGoneError:
                raise PortGoneError("the call is over") from None
        except BaseException:
            await asyncio.shield(self.on_hook(channel))
            raise

    async def on_hook(self, channel: PcmChannel) -> None:
        """Give the line back. A modem that cannot be brought to answer is in trouble. Raises nothing."""
        channel.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS):
                await channel.released()
        port = self._port
        if port is not None and port.open and not await self._hung_up(port):
            log.warning("line %s: the modem does not come back from a call", self._id)
            self._failed.set()
        self._on(Event.IDLE)

    async def _hung_up(self, port: AtPort) -> bool:
        """Leave the stream, in the make's way and then in the other, and hang up."""
        ways = dict.fromkeys((self.profile.leave, profiles.LEAVE_DUPLEX, profiles.LEAVE))
        for leave in ways:
            self._shields = Shields()
            try:
                await port.take_back(leave)
                await asyncio.sleep(LEAVE_SECONDS)
                await port.send(profiles.HANG_UP, seconds=HANG_UP_SECONDS, first=True)
            except AtTimeoutError:
                continue
            except AtError:
                return True
            except PortError:
                return True  # it was pulled out, which is known
            await self._try(profiles.VOICE)
            if self.tells_callers:
                await self._try(profiles.CALLER)
            return True
        return False

    # -- its life ----------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        before = self.life.state
        if self.life.on(event, self._clock.monotonic()):
            log.info("line %s: %s → %s", self._id, before.value, self.life.state.value)
            self._on_change()

    async def _run(self) -> None:
        while True:
            found = self._find()
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
                self._on(Event.IDLE)
                self._on(Event.FAILED)
                if error.trouble.key == "silent":
                    await self._treat(self.life.medicine())
            finally:
                self._close()
            if self.life.state is State.FAULT:
                await self._hotplug.wait(self.life.pause())

    def _find(self) -> list[tuple[Device, Path]]:
        place, found = self._place, []
        for device in discovery.fxo(place.device, place.sys, place.dev):
            path = device.tty(*(interface for interface, _ in device.ttys))
            if path is not None:
                found.append((device, path))
        return found

    def _open(self, found: list[tuple[Device, Path]]) -> None:
        """Open the first one that nobody has. Raises TroubleError, PortGoneError."""
        trouble: Exception = PortGoneError("gone meanwhile")
        for device, path in found:
            port = AtPort(path, on_report=self._report, on_gone=self._gone, strain=self._strained)
            try:
                port.start()
            except OSError as error:
                if error.errno in _ACCESS:
                    trouble = TroubleError(_ACCESS[error.errno], device=str(path))
                continue
            self._port, self._device = port, device
            self.profile = PROFILES[device.known.profile]
            self._failed.clear()
            return
        raise trouble

    async def _serve(self) -> None:
        """From the open port to its end. Raises PortGoneError or TroubleError, never returns."""
        await self._wake()
        self.trouble = None
        # A life has a SIM and a network on its way to READY; a copper pair has neither.
        for event in (Event.PROBED, Event.SIM_READY, Event.REGISTERED):
            self._on(event)
        failures = 0
        while True:
            await self._pause(WATCH_SECONDS)
            if self.life.state is State.IN_CALL:
                failures = 0
                continue
            try:
                await self._send("AT")
                failures = 0
            except AtTimeoutError:
                failures += 1
                if failures >= 2 and self.life.state is State.READY:
                    raise TroubleError("silent") from None

    async def _wake(self) -> None:
        assert self._port is not None
        for attempt in range(WAKE_TRIES):
            # It may still be in a call of whoever served it before.
            await self._port.take_back(self.profile.leave if attempt % 2 == 0 else profiles.LEAVE_DUPLEX)
            with contextlib.suppress(AtTimeoutError, AtError):
                await self._send("AT", seconds=WAKE_SECONDS)
                break
        else:
            raise TroubleError("silent")
        await self._try(*profiles.COMMON_INIT, *self.profile.init, profiles.HANG_UP)
        with contextlib.suppress(AtTimeoutError, AtError):
            told = " ".join(await self._port.send("AT+GMM", ""))
            self.model = told if self._device is None or not self._device.id else self._device.known.name
        if not await self._try(profiles.VOICE, self.profile.form):
            raise TroubleError("no_voice", model=self.model or "modem")
        self.tells_callers = await self._try(profiles.CALLER)

    async def _pause(self, seconds: float) -> None:
        """Let so much time pass. Raises PortGoneError when the port has ended, TroubleError when a call ended badly."""
        assert self._port is not None
        ends = [asyncio.ensure_future(each.wait()) for each in (self._port.over, self._failed)]
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        if self._port is None or self._port.over.is_set():
            raise PortGoneError("gone meanwhile")
        if self._failed.is_set():
            raise TroubleError("silent")

    async def _treat(self, medicine: Medicine) -> None:
        port, device = self._port, self._device
        self._close()
        log.warning("line %s: the modem does not answer: %s", self._id, medicine.value)
        if medicine is Medicine.REOPEN or port is None or device is None:
            return
        try:
            await medicines.give(medicine, port.path, device, profiles.RESET, self._place.dev)
        except (OSError, PortError) as error:
            log.warning("line %s: %s: %s", self._id, medicine.value, error)

    def _close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None

    def _gone(self, reason: str) -> None:
        log.warning("line %s: the modem is gone: %s", self._id, reason)
        self._close()
        self._is_missing()

    def lost(self) -> None:
        """The media process has lost the tty in a call: it was pulled out."""
        if self._port is not None:
            self._port.close()
        self._is_missing()

    def _is_missing(self) -> None:
        self.trouble = Trouble("unplugged")
        self._on(Event.GONE)

    # -- what it says ------------------------------------------------------------------------------------------

    def _strained(self, data: bytes) -> bytes:
        text, codes = self._shields.feed(data)
        for code in codes:
            self._on_report(Report(EVENT + code))
        return text

    def _report(self, report: Report) -> None:
        self._on_report(report)

    async def _send(self, command: str, seconds: float = 3.0) -> None:
        if self._port is None:
            raise PortGoneError("no modem")
        await self._port.send(command, seconds=seconds)

    async def _try(self, *commands: str) -> bool:
        """Send commands that not every firmware knows; whether all were taken. Raises nothing but cancellation."""
        taken = True
        for command in commands:
            try:
                await self._send(command)
            except PortError as error:
                log.info("line %s: %s", self._id, error)
                taken = False
        return taken
