"""Drives one modem through its life: finds it, wakes it, sees to its SIM and its network, and brings it back.

What it carries is others' business: the line's (`line.py`) and that of messages. They send through `send`, hear every
report through `listeners`, and are told by `on_change` when it comes and goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from hardware import discovery
from hardware.at.once import Once
from hardware.at.port import AtError, AtPort, AtTimeoutError, PortGoneError
from hardware.at.replies import Report, fields
from hardware.discovery import Device
from hardware.gsm import calls, looks, sim, words
from hardware.gsm.beside import Beside
from hardware.gsm.looks import DENIED, HOME, ROAMING
from hardware.gsm.pin import PinFile
from hardware.gsm.profiles import COMMON_INIT, GENERIC, PROFILES, Profile
from hardware.hotplug import Hotplug
from hardware.modem.attached import Attached, Place
from hardware.modem.life import Event, State
from hardware.modem.trouble import Trouble, TroubleError
from hardware.sound_card import SoundCard

WAKE_TRIES, WAKE_SECONDS = 5, 2.0  # a modem that starts answers nothing for some seconds
SIM_SECONDS = 2.0  # between two looks at the SIM
SEARCH_SECONDS = 1.0  # at the network while there is none
WATCH_SECONDS = 10.0  # at everything while there is one
RESET_SECONDS = 15.0  # for a modem to leave the bus after it was told to restart
SIM_PATIENCE_SECONDS = 30.0  # a card that starts says nothing of itself for some seconds
STRONG = 20  # of +CSQ: −73 dBm
OF_THE_NETWORK = ("no_network", "denied", "jammed")  # these last until a network has it again

log = logging.getLogger("dyzurka.gsm")


@dataclass(slots=True)
class Hooks:
    """Whom a modem tells. `busy`: whether a call is on it; then nothing is done to it.

    `calm`: returns when no call is being set up, after so many seconds at the latest.
    """

    listeners: list[Callable[[Report], None]] = field(default_factory=list)
    on_change: list[Callable[[], None]] = field(default_factory=list)
    busy: Callable[[], bool] = lambda: False
    calm: Callable[[float], Awaitable[None]] = lambda seconds: asyncio.sleep(0)


class GsmModem(Attached):
    """One modem. `seen` is what is known of it.

    `send` is for calls; what calls need not wait for goes by `beside`.
    """

    log = log
    curable = ("silent", "no_network")

    def __init__(self, config: LineConfig, clock: Clock, pins: PinFile, hotplug: Hotplug, place: Place) -> None:
        super().__init__(config.id, clock, hotplug, place)
        self._config, self._pins = config, pins
        self.hooks = Hooks()
        self.seen = words.Modem()
        self.profile: Profile = GENERIC
        self._once = Once()
        self.beside = Beside(
            f"line {config.id}",
            lambda: self._port,
            lambda seconds: self.hooks.calm(seconds),
            lambda report: self._report(report, 1),
        )
        self.sound_card = SoundCard()
        self._timeouts = 0

    @property
    def card(self) -> int | None:
        """The sound card that carries its calls; None where a port does."""
        return self.device.card if self.device is not None and self.profile.before_call_by_card else None

    @property
    def sound_path(self) -> Path | None:
        """Its sound port."""
        return self.device.tty(self.device.known.sound) if self.device is not None else None

    async def stop(self) -> None:
        """Let go of it."""
        await super().stop()
        await self.sound_card.close()

    def hurry(self) -> None:
        """A call comes or is wanted: what waits for the network makes room for it."""
        if self._port is not None:
            self._port.hurry()

    async def send_secret(self, command: str, *, seconds: float) -> None:
        """Send a command that is kept out of the log. Raises as `send` does."""
        if self._port is None:
            raise PortGoneError("no modem")
        await self._port.send(command, seconds=seconds, secret=True)

    def call(self, on: bool) -> None:
        """A first call has begun, or the last one is over."""
        self._on(Event.CALL if on else Event.IDLE)

    async def rest(self) -> None:
        """Restart it, without that being a fault; it is back within half a minute."""
        port = self._port
        if port is None:
            return
        self._is_told_to_restart()
        log.info("line %s: the modem is restarted after a call", self._config.id)
        await self.try_send(self.profile.reset)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESET_SECONDS):
                await port.over.wait()
        if port.open:
            self._gone("it did not restart")

    # -- its life ----------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        for tell in tuple(self.hooks.on_change):
            tell()

    def _found(self) -> Iterator[tuple[Device, Path]]:
        for device in discovery.gsm(self._place.device, self._place.sys, self._place.dev):
            path = device.tty(*(device.known.at or (interface for interface, _ in device.ttys)))
            if path is not None:
                yield device, path

    def _port_at(self, path: Path) -> AtPort:
        return AtPort(path, on_report=lambda report: self._report(report, 0), on_gone=self._gone)

    def _is_open(self, device: Device) -> None:
        self._timeouts = 0
        self.profile = PROFILES[device.known.profile]
        self.seen = words.Modem()

    def _reset(self) -> str:
        return self.profile.reset

    async def _serve(self) -> None:
        """From the open port to its end. Raises PortGoneError or TroubleError, never returns."""
        await self._probe()
        self._well_so_far()
        self._on(Event.PROBED)
        await self._see_to_sim()
        self._on(Event.SIM_READY)
        await self.try_send(*COMMON_INIT, *self.profile.init)
        await self._open_second()
        await self._end_orphans()
        while True:
            await self._search()
            await self._watch()

    async def _open_second(self) -> None:
        device = self.device
        assert device is not None and self._port is not None
        path = device.tty(*device.known.second)
        await self.beside.open(path if path != self._port.path else None, wanted=bool(device.known.second))
        self.seen.second_port = self.beside.lacks

    def _close(self) -> None:
        self.beside.close()
        super()._close()

    def _is_missing(self) -> None:
        self.beside.close()
        self.seen = words.Modem(self.seen.model)  # its signal and its card are nowhere now
        super()._is_missing()

    def _well_so_far(self) -> None:
        """What was wrong is over, but for what only a network can end."""
        if self.trouble is not None and self.trouble.key not in OF_THE_NETWORK:
            self.trouble = None

    def _report(self, report: Report, port: int) -> None:
        if not self._once.is_new(report, port, self._clock.monotonic()):
            return
        for listener in tuple(self.hooks.listeners):
            listener(report)

    # -- what is asked of it -----------------------------------------------------------------------------------

    async def ask(self, command: str, prefix: str | None = None) -> list[str] | None:
        """An answer, or None where the firmware refuses. Raises TroubleError when it is silent again and again."""
        return await self._answer(self.beside.send(command, prefix))

    async def _answer(self, sending: Awaitable[list[str]]) -> list[str] | None:
        try:
            answer = await sending
        except AtTimeoutError:
            self._timeouts += 1
            if self._timeouts >= 2 and not self.hooks.busy():
                raise TroubleError("silent") from None
            return None
        except AtError:
            answer = None
        self._timeouts = 0
        return answer

    async def ask_one(self, command: str, prefix: str) -> list[str]:
        """The fields of the first line of an answer; none where there is none. Raises as `ask` does."""
        answer = await self.ask(command, prefix)
        return fields(answer[0]) if answer else []

    async def _probe(self) -> None:
        for attempt in range(WAKE_TRIES):
            with contextlib.suppress(AtTimeoutError, AtError):
                await self.send("AT", seconds=WAKE_SECONDS)
                break
            if attempt == WAKE_TRIES - 1:
                raise TroubleError("silent")
        await looks.identify(self)

    async def _see_to_sim(self) -> None:
        """Wait for a SIM that can be used, and say meanwhile what it lacks."""
        began = self._clock.monotonic()
        while True:
            self.seen.sim, trouble = await sim.look(self)
            if self.seen.sim == "pin":
                trouble = await sim.unlock(self, self._config.pin, self._pins)
                if trouble is None:
                    continue
            if self.seen.sim == "ready":
                self._well_so_far()
                return
            if trouble is None and self._clock.monotonic() - began >= SIM_PATIENCE_SECONDS:
                trouble = Trouble("sim_broken")
            self.trouble = trouble or self.trouble
            await self._pause(SIM_SECONDS)

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
                raise TroubleError("no_network")
            await self._pause(SEARCH_SECONDS)
        self._is_well()
        await self._measure()
        log.info("line %s: on its network: %s", self._config.id, words.about(self.seen, "en"))
        self._on(Event.REGISTERED)

    async def _registered(self) -> bool:
        """Whether a network has it; sets what is wrong where none has."""
        stats = await looks.registration(self)
        if stats & {HOME, ROAMING}:
            return True
        if self.life.state is State.REGISTERING and (
            DENIED in stats or self.life.searches_too_long(self._clock.monotonic())
        ):
            await looks.signal(self)
            jammed = self.life.had_network and STRONG <= (self.seen.signal or 0) < words.UNKNOWN_SIGNAL
            self.trouble = Trouble("denied" if DENIED in stats else "jammed" if jammed else "no_network")
        return False

    async def _watch(self) -> None:
        """Look again and again while it is on the network; return when it has lost it."""
        while True:
            await self._pause(WATCH_SECONDS)
            if self.hooks.busy():
                continue  # the line asks enough of it
            await self._answer(self.send("AT"))  # what else is asked goes by the second port
            await self.beside.open_again()
            self.seen.second_port = self.beside.lacks
            if not await self._registered():
                self._on(Event.UNREGISTERED)
                return
            await self._measure()

    async def _measure(self) -> None:
        await looks.measure(self)
        self._changed()
