"""Drives one modem through its life: finds it, wakes it, sees to its SIM and its network, and brings it back.

What it carries is others' business: the line's (`line.py`) and that of messages. They send through `send`, hear every
report through `listeners`, and are told by `on_change` when it comes and goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from hardware import discovery, usb
from hardware.discovery import Device
from hardware.gsm import calls, sim, words
from hardware.gsm.at.port import AtError, AtPort, AtTimeoutError, PortError, PortGoneError
from hardware.gsm.at.replies import Report, fields, number
from hardware.gsm.life import Event, Life, Medicine, State
from hardware.gsm.pin import PinFile
from hardware.gsm.profiles import COMMON_INIT, GENERIC, PROFILES, Profile
from hardware.gsm.trouble import Trouble, TroubleError
from hardware.hotplug import Hotplug

LOOK_SECONDS = 1.0  # between two looks for a modem, where no event tells of it
WAKE_TRIES, WAKE_SECONDS = 5, 2.0  # a modem that starts answers nothing for some seconds
SIM_SECONDS = 2.0  # between two looks at the SIM
SEARCH_SECONDS = 1.0  # at the network while there is none
WATCH_SECONDS = 10.0  # at everything while there is one
RESET_SECONDS = 15.0  # for a modem to leave the bus after it was told to restart
HOME, DENIED, ROAMING = 1, 3, 5  # <stat> of +CREG (27.007 §7.2)
STRONG = 20  # of +CSQ: −73 dBm
_ACCESS = {errno.EBUSY: "in_use", errno.EACCES: "no_access", errno.EPERM: "no_access"}

log = logging.getLogger("dyzurka.gsm")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a modem is looked for: the building file's `device`, and where the kernel shows devices."""

    device: str = ""
    sys: Path = discovery.SYS
    dev: Path = discovery.DEV


@dataclass(slots=True)
class Hooks:
    """Whom a modem tells. `busy`: whether a call is on it; then nothing is done to it."""

    listeners: list[Callable[[Report], None]] = field(default_factory=list)
    on_change: list[Callable[[], None]] = field(default_factory=list)
    busy: Callable[[], bool] = lambda: False


class GsmModem:
    """One modem. `life` is where it stands, `seen` what is known of it, `trouble` what is wrong with it."""

    def __init__(self, config: LineConfig, clock: Clock, pins: PinFile, hotplug: Hotplug, place: Place) -> None:
        self._config, self._clock, self._pins, self._hotplug, self._place = config, clock, pins, hotplug, place
        self.hooks = Hooks()
        self.life = Life(clock.monotonic())
        self.seen = words.Modem()
        self.trouble: Trouble | None = None
        self.profile: Profile = GENERIC
        self.device: Device | None = None
        self.resting = False  # it was told to restart, and will be back
        self._port: AtPort | None = None
        self._timeouts = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether it is on the network."""
        return self.life.state in (State.READY, State.IN_CALL)

    @property
    def sound_path(self) -> Path | None:
        """Its sound port."""
        return self.device.tty(self.device.known.sound) if self.device is not None else None

    def start(self) -> None:
        """Begin to look for it."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"modem of line {self._config.id}")

    async def stop(self) -> None:
        """Let go of it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def send(
        self,
        command: str,
        prefix: str | None = None,
        *,
        body: str | None = None,
        bodies: bool = False,
        seconds: float = 5.0,
        first: bool = False,
    ) -> list[str]:
        """See `AtPort.send`. Raises PortGoneError too while there is no modem."""
        port = self._port
        if port is None:
            raise PortGoneError("no modem")
        return await port.send(command, prefix, body=body, bodies=bodies, seconds=seconds, first=first)

    async def send_secret(self, command: str, *, seconds: float) -> None:
        """Send a command that is kept out of the log. Raises as `send` does."""
        if self._port is None:
            raise PortGoneError("no modem")
        await self._port.send(command, seconds=seconds, secret=True)

    async def try_send(self, *commands: str, seconds: float = 5.0) -> bool:
        """Send commands that not every firmware knows; whether all were taken. Raises nothing but cancellation."""
        taken = True
        for command in commands:
            try:
                await self.send(command, seconds=seconds)
            except PortError as error:
                log.info("line %s: %s", self._config.id, error)
                taken = False
        return taken

    def call(self, on: bool) -> None:
        """A first call has begun, or the last one is over."""
        self._on(Event.CALL if on else Event.IDLE)

    async def rest(self) -> None:
        """Restart it, without that being a fault; it is back within half a minute."""
        port = self._port
        if port is None:
            return
        self.resting = True
        log.info("line %s: the modem is restarted after a call", self._config.id)
        await self.try_send(self.profile.reset)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESET_SECONDS):
                await port.over.wait()
        if port.open:
            self._gone("it did not restart")

    # -- its life ----------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        before = self.life.state
        if self.life.on(event, self._clock.monotonic()):
            log.info("line %s: %s → %s", self._config.id, before.value, self.life.state.value)
            for tell in tuple(self.hooks.on_change):
                tell()

    async def _run(self) -> None:
        while True:
            found = self._find()
            if not found:
                self._on(Event.GONE)
                self.trouble = None if self.resting else Trouble("unplugged")
                await self._hotplug.wait(LOOK_SECONDS)
                continue
            self._on(Event.FOUND)
            try:
                self._open(found)
                await self._serve()
            except PortGoneError:
                self._on(Event.GONE)
                await self._hotplug.wait(LOOK_SECONDS / 2)
            except TroubleError as error:
                self.trouble = error.trouble
                self._on(Event.FAILED)
                if error.trouble.key == "silent":
                    await self._treat(self.life.medicine())
            finally:
                self._close()
            if self.life.state is State.FAULT:
                await self._hotplug.wait(self.life.pause())

    def _find(self) -> list[tuple[Device, Path]]:
        """The modems that are plugged in, with their AT ports."""
        place, found = self._place, []
        for device in discovery.gsm(place.device, place.sys, place.dev):
            path = device.tty(*(device.known.at or (interface for interface, _ in device.ttys)))
            if path is not None:
                found.append((device, path))
        return found

    def _open(self, found: list[tuple[Device, Path]]) -> None:
        """Open the first one that nobody has. Raises TroubleError, PortGoneError."""
        trouble: Exception = PortGoneError("gone meanwhile")
        for device, path in found:
            port = AtPort(path, on_report=self._report, on_gone=self._gone)
            try:
                port.start()
            except OSError as error:
                if error.errno in _ACCESS:
                    trouble = TroubleError(_ACCESS[error.errno], device=str(path))
                continue
            self._port, self.device, self._timeouts = port, device, 0
            self.profile = PROFILES[device.known.profile]
            self.seen = words.Modem()
            return
        raise trouble

    async def _serve(self) -> None:
        """From the open port to its end. Raises PortGoneError or TroubleError, never returns."""
        await self._probe()
        self._on(Event.PROBED)
        await self._see_to_sim()
        self._on(Event.SIM_READY)
        await self.try_send(*COMMON_INIT, *self.profile.init)
        await self._end_orphans()
        while True:
            await self._search()
            await self._watch()

    def _close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None

    def _gone(self, reason: str) -> None:
        """The port has ended: whoever is on a call learns of it now."""
        log.warning("line %s: the modem is gone: %s", self._config.id, reason)
        self.trouble = None if self.resting else Trouble("unplugged")
        if self._port is not None:
            self._port.close()
        self._on(Event.GONE)
        self._hotplug.wake()

    def _report(self, report: Report) -> None:
        for listener in tuple(self.hooks.listeners):
            listener(report)

    # -- what is asked of it -----------------------------------------------------------------------------------

    async def ask(self, command: str, prefix: str | None = None) -> list[str] | None:
        """An answer, or None where the firmware refuses. Raises TroubleError when it is silent again and again."""
        try:
            answer = await self.send(command, prefix)
        except AtTimeoutError:
            self._timeouts += 1
            if self._timeouts >= 2 and not self.hooks.busy():
                raise TroubleError("silent") from None
            return None
        except AtError:
            answer = None
        self._timeouts = 0
        return answer

    async def _ask_one(self, command: str, prefix: str) -> list[str]:
        """The fields of the first line of an answer; none where there is none."""
        answer = await self.ask(command, prefix)
        return fields(answer[0]) if answer else []

    async def _probe(self) -> None:
        for attempt in range(WAKE_TRIES):
            with contextlib.suppress(AtTimeoutError, AtError):
                await self.send("AT", seconds=WAKE_SECONDS)
                break
            if attempt == WAKE_TRIES - 1:
                raise TroubleError("silent")
        device = self.device
        assert device is not None
        await self.try_send("ATE0", "AT+CMEE=1")
        model, revision = await self.ask("AT+CGMM", ""), await self.ask("AT+CGMR", "")
        self.seen.model = device.known.name if device.known is not discovery.GENERIC else " ".join(model or ["modem"])
        self.seen.revision = " ".join(revision or [])
        proven = not self.profile.voice_proof or await self.ask(self.profile.voice_proof, "") is not None
        self.seen.voice = self.profile.voice and proven and self.sound_path is not None
        if (await self._ask_one("AT+CFUN?", "+CFUN:") or ["1"])[0] != "1":
            await self.try_send("AT+CFUN=1", seconds=WAKE_SECONDS * WAKE_TRIES)

    async def _see_to_sim(self) -> None:
        """Wait for a SIM that can be used, and say meanwhile what it lacks."""
        while True:
            self.seen.sim, self.trouble = await sim.look(self)
            if self.seen.sim == "pin":
                self.trouble = await sim.unlock(self, self._config.pin, self._pins)
                if self.trouble is None:
                    continue
            if self.seen.sim == "ready":
                return
            await asyncio.sleep(SIM_SECONDS)

    async def _end_orphans(self) -> None:
        """A call of an earlier life of ours has nobody any more."""
        listed = await self.ask("AT+CLCC", "+CLCC:")
        if any(each.state is not calls.CallState.INCOMING for each in calls.rows(listed or [])):
            await self.try_send("AT+CHUP", "ATH")

    async def _search(self) -> None:
        """Wait for a network, and say when that lasts too long."""
        while not await self._registered():
            now = self._clock.monotonic()
            if self.life.needs_restart(now):
                raise TroubleError("silent")
            await asyncio.sleep(SEARCH_SECONDS)
        self.trouble, self.resting = None, False
        await self._measure()
        self._on(Event.REGISTERED)

    async def _registered(self) -> bool:
        """Whether a network has it; sets what is wrong where none has."""
        answers = (await self._ask_one("AT+CREG?", "+CREG:"), await self._ask_one("AT+CEREG?", "+CEREG:"))
        stats = [number(each[1]) for each in answers if len(each) > 1]
        self.seen.roaming = ROAMING in stats and HOME not in stats
        if HOME in stats or ROAMING in stats:
            return True
        if self.life.state is State.REGISTERING and (
            DENIED in stats or self.life.searches_too_long(self._clock.monotonic())
        ):
            await self._signal()
            jammed = self.life.had_network and STRONG <= (self.seen.signal or 0) < words.UNKNOWN_SIGNAL
            self.trouble = Trouble("denied" if DENIED in stats else "jammed" if jammed else "no_network")
        return False

    async def _watch(self) -> None:
        """Look again and again while it is on the network; return when it has lost it."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.hooks.busy():
                continue  # the line asks enough of it
            if not await self._registered():
                self._on(Event.UNREGISTERED)
                return
            await self._measure()

    async def _measure(self) -> None:
        await self._signal()
        operator = await self._ask_one("AT+COPS?", "+COPS:")
        self.seen.operator = operator[2] if len(operator) > 2 else ""
        self.seen.technology = number(operator[3]) if len(operator) > 3 else None
        store = [number(each) for each in (await self._ask_one("AT+CPMS?", "+CPMS:"))[1:3]]
        self.seen.store = (store[0], store[1]) if len(store) == 2 and None not in store else None  # type: ignore[assignment]
        for tell in tuple(self.hooks.on_change):
            tell()

    async def _signal(self) -> None:
        signal = await self._ask_one("AT+CSQ", "+CSQ:")
        self.seen.signal = number(signal[0]) if signal else None

    # -- when it fails -----------------------------------------------------------------------------------------

    async def _restart(self, path: Path) -> None:
        """Tell a modem that does not answer to restart: it may still listen, to a port that expects nothing."""
        self._close()
        port = self._port = AtPort(path, on_report=lambda report: None)
        port.start()
        await self.try_send(self.profile.reset, seconds=WAKE_SECONDS)

    async def _treat(self, medicine: Medicine) -> None:
        log.warning("line %s: the modem does not answer: %s", self._config.id, medicine.value)
        try:
            if medicine is Medicine.RESTART and self._port is not None:
                await self._restart(self._port.path)
            elif medicine is Medicine.USB_RESET and self.device is not None:
                await asyncio.to_thread(usb.reset, self.device, self._place.dev)
            elif medicine is Medicine.POWER_CUT and self.device is not None:
                await asyncio.to_thread(usb.cut_power, self.device)
        except OSError as error:
            log.warning("line %s: %s: %s", self._config.id, medicine.value, error)
