"""Drives one voice modem: finds it, wakes it, takes its line off hook and on again, and brings it back when it fails.

Calls are the line's business (`line.py`). Between `off_hook` and `on_hook` the tty belongs to the media process, and no
command can be sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from appliance.media.dle import Shields
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import LegGoneError
from hardware import discovery
from hardware.at.port import AtError, AtPort, AtTimeoutError, PortError, PortGoneError
from hardware.at.replies import Report
from hardware.discovery import Device
from hardware.fxo import profiles
from hardware.fxo.profiles import GENERIC, PROFILES, Profile
from hardware.hotplug import Hotplug
from hardware.modem.attached import Attached, Place
from hardware.modem.life import Event, State
from hardware.modem.trouble import TroubleError

WAKE_TRIES, WAKE_SECONDS = 4, 2.0
WATCH_SECONDS, WATCH_ANSWER_SECONDS = 10.0, 3.0  # between two questions whether it is there, and for the answer
OFF_HOOK_SECONDS = 3.0  # for each of the two commands
RELEASE_SECONDS = 1.0  # for the media process to let go of the tty
HANG_UP_SECONDS = 5.0  # for the command, in each way of leaving the stream
UNPORT_SECONDS = 0.1  # for the media process to let go of a channel's port, where the channel stays
LEAVE_SECONDS = 0.3  # for the modem to leave its stream, before it is asked whether it has
EVENT = "DLE "  # before the code of an event, in a report

log = logging.getLogger("dyzurka.fxo")


class FxoModem(Attached):
    """One modem. `model` is what it calls itself."""

    log = log

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
        super().__init__(config.id, clock, hotplug, place)
        self._gains = config.louder_in, config.louder_out
        self._on_report, self._on_change = on_report, on_change
        self.model = ""
        self.tells_callers = False
        self.profile: Profile = GENERIC
        self._shields = Shields()
        self._failed = asyncio.Event()  # it did not come back from a call

    # -- calls -------------------------------------------------------------------------------------------------

    async def off_hook(self, channel: PcmChannel) -> None:
        """Take the line and give its sound to the channel. Raises PortError; the line is on hook then, if it can be."""
        port = self._port
        if port is None or not self.ready:
            raise PortGoneError("no modem")
        self._on(Event.CALL)
        try:
            for command in (profiles.VOICE, self.profile.form):
                await self.try_send(command)
            await port.send(profiles.OFF_HOOK, seconds=OFF_HOOK_SECONDS, first=True)
            await port.send(profiles.DUPLEX, seconds=OFF_HOOK_SECONDS, first=True)
            self._give(port, channel)
        except BaseException:
            await asyncio.shield(self.on_hook(channel))
            raise

    async def flash(self, before: PcmChannel, after: PcmChannel) -> None:
        """In a call: out of the stream, break the line for a moment, and in again, with its sound to the other channel.

        Raises PortError: the line is as the modem left it.
        """
        port = self._port
        if port is None:
            raise PortGoneError("no modem")
        if before.closed:
            await self._released(before)
        else:
            before.close_port()
            await asyncio.sleep(UNPORT_SECONDS)
        self._shields = Shields()
        await port.take_back(self.profile.leave)
        await asyncio.sleep(LEAVE_SECONDS)
        await port.send(profiles.FLASH, seconds=OFF_HOOK_SECONDS, first=True)
        await port.send(profiles.DUPLEX, seconds=OFF_HOOK_SECONDS, first=True)
        self._give(port, after)

    def _give(self, port: AtPort, channel: PcmChannel) -> None:
        heard_db, said_db = self._gains
        try:
            channel.open_port(port.lend(), heard_db=heard_db, said_db=said_db, kind="voice_port")
        except LegGoneError:
            raise PortGoneError("the call is over") from None

    async def on_hook(self, channel: PcmChannel) -> None:
        """Give the line back. A modem that cannot be brought to answer is in trouble. Raises nothing."""
        channel.close()
        await self._released(channel)
        port = self._port
        if port is not None and port.open and not await self._hung_up(port):
            log.warning("line %s: the modem does not come back from a call", self._line)
            self._failed.set()
        self._on(Event.IDLE)

    async def _released(self, channel: PcmChannel) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS):
                await channel.released()

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
            await self.try_send(profiles.VOICE)
            if self.tells_callers:
                await self.try_send(profiles.CALLER)
            return True
        return False

    # -- its life ----------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._on_change()

    def _found(self) -> Iterator[tuple[Device, Path]]:
        for device in discovery.fxo(self._place.device, self._place.sys, self._place.dev):
            path = device.tty(*(interface for interface, _ in device.ttys))
            if path is not None:
                yield device, path

    def _port_at(self, path: Path) -> AtPort:
        return AtPort(path, on_report=self._on_report, on_gone=self._gone, strain=self._strained)

    def _is_open(self, device: Device) -> None:
        self.profile = PROFILES[device.known.profile]
        self._failed.clear()

    def _reset(self) -> str:
        return profiles.RESET

    async def _serve(self) -> None:
        """From the open port to its end. Raises PortGoneError or TroubleError, never returns."""
        await self._wake()
        self._is_well()
        # A life has a SIM and a network on its way to READY; a copper pair has neither.
        for event in (Event.PROBED, Event.SIM_READY, Event.REGISTERED):
            self._on(event)
        failures = 0
        while True:
            await self._pause(WATCH_SECONDS, self._failed)
            if self._failed.is_set():
                raise TroubleError("silent")
            if self.life.state is State.IN_CALL:
                failures = 0
                continue
            try:
                await self.send("AT", seconds=WATCH_ANSWER_SECONDS)
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
                await self.send("AT", seconds=WAKE_SECONDS)
                break
        else:
            raise TroubleError("silent")
        await self.try_send(*profiles.COMMON_INIT, *self.profile.init, profiles.HANG_UP)
        with contextlib.suppress(AtTimeoutError, AtError):
            told = " ".join(await self.send("AT+GMM", ""))
            self.model = told if self.device is None or not self.device.id else self.device.known.name
        if not await self.try_send(profiles.VOICE, self.profile.form):
            raise TroubleError("no_voice", model=self.model or "modem")
        self.tells_callers = await self.try_send(profiles.CALLER)

    # -- what it says ------------------------------------------------------------------------------------------

    def _strained(self, data: bytes) -> bytes:
        text, codes = self._shields.feed(data)
        for code in codes:
            self._on_report(Report(EVENT + code))
        return text
