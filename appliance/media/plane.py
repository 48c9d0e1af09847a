"""The media process seen from the exchange: starts it, talks to it, starts it again when it dies.

Sockets are bound here and handed over, so that calls keep their ports across a restart. No sound passes here.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from appliance.clock import Clock
from appliance.media import wire
from appliance.media.channel import Channel, ChannelStats
from appliance.media.pcm_channel import PcmChannel
from appliance.media.ports import bind_pair
from appliance.media.rtp_channel import RtpChannel

LOST_SECONDS = 20.0  # without RTP and RTCP for so long, the far end is asked whether it is there
READY_SECONDS = 60.0  # from the start to the first heartbeat, with new starts; a cold SD card is slow while a box boots
BEGIN_SECONDS = 20.0  # the same of one process
SILENT_SECONDS = 3.0  # it sends a heartbeat every second, once it has begun
LATE_MS = 20.0  # of a phase: a whole frame later than it should have left
BACKOFF_SECONDS = (0.1, 5.0)  # first and longest wait before a new start
STEADY_SECONDS = 30.0  # having lived so long, the next start does not wait long
STOP_SECONDS = 0.7
LEAN = {"MALLOC_ARENA_MAX": "1"}  # one heap for the tick and its two workers: 0.7 MB less

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MediaHealth:
    """The last heartbeat: `worst_ms` is the latest phase of its second.

    `restarts`, and `late_beats` (heartbeats whose `worst_ms` was `LATE_MS` or more), since the exchange started.
    """

    pid: int = 0
    realtime: bool = False
    legs: int = 0
    late_ticks: int = 0
    worst_ms: float = 0.0
    restarts: int = 0
    late_beats: int = 0


class MediaPlane:
    """Owns the media process. All methods belong to the event loop's thread."""

    def __init__(
        self,
        rtp_ports: tuple[int, int],
        *,
        clock: Clock,
        rng: Random,
        on_fault: Callable[[str], None],
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        """`rtp_ports`: lowest and highest. `on_fault` is told in words each time the process had to be restarted."""
        self._rtp_ports, self._clock, self._rng, self._on_fault = rtp_ports, clock, rng, on_fault
        self._lost_seconds = lost_seconds
        self._channels: dict[int, Channel] = {}
        self._closing: dict[int, Channel] = {}
        self._number = 0
        self._control: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._outbox: deque[tuple[bytes, str, Channel | None]] = deque()  # …, its kind, whose descriptors go with it
        self._ready = asyncio.Event()
        self._heard_at = 0.0  # or started
        self._answered_at = clock.monotonic()
        self._supervisor: asyncio.Task[None] | None = None
        self._restarts = 0
        self._health = MediaHealth()

    async def start(self) -> None:
        """Start the process and wait until it ticks. Raises OSError (TimeoutError after `READY_SECONDS`)."""
        self._supervisor = asyncio.create_task(self._supervise(), name="media plane")
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            await self.stop()
            raise TimeoutError(f"the media process did not start within {READY_SECONDS} s") from None

    async def stop(self) -> None:
        """Close what is open and end the process; returns within about 2 × `STOP_SECONDS`."""
        for channel in list(self._channels.values()):
            channel.close()
        released = [asyncio.ensure_future(channel.released()) for channel in self._closing.values()]
        if released:
            _, late = await asyncio.wait(released, timeout=STOP_SECONDS)
            for each in late:
                each.cancel()
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None

    def channel(self, leg_id: str, local_host: str) -> RtpChannel:
        """Bind a pair of ports on `local_host` for a leg. Raises OSError when none is free."""
        rtp, rtcp = bind_pair(local_host, self._rtp_ports, self._rng)
        self._number += 1
        channel = RtpChannel(self._number, leg_id, rtp, rtcp, self, self._lost_seconds)
        self._channels[channel.number] = channel
        channel.tell_wire()
        return channel

    def pcm_channel(self, leg_id: str) -> PcmChannel:
        """A channel for a leg of a modem; its sound port comes later (`PcmChannel.open_port`)."""
        self._number += 1
        channel = PcmChannel(self._number, leg_id, self)
        self._channels[channel.number] = channel
        channel.tell_wire()
        return channel

    def health(self) -> MediaHealth:
        """How the process is."""
        return self._health

    def silent_seconds(self) -> float:
        """How long no process has said anything, however often it was started again."""
        self._read()  # a busy loop of our own is not its silence
        return self._clock.monotonic() - self._answered_at

    # For the channels

    def send(self, kind: str, *values: object) -> bool:
        """Send a message to the process; False while it is away."""
        if self._control is None:
            return False
        carried = kind in wire.WITH_DESCRIPTORS and isinstance(values[0], int)
        channel = self._channels.get(values[0]) if carried else None  # type: ignore[call-overload]
        self._outbox.append((wire.encode(kind, *values), kind, channel))
        if len(self._outbox) == 1:
            self._write()
        return True

    def monotonic(self) -> float:
        """Seconds of the exchange's clock."""
        return self._clock.monotonic()

    def forget(self, channel: Channel) -> None:
        """A channel was closed: its number stays known until the process has let go of it."""
        if self._channels.pop(channel.number, None) is not None and self._control is not None:
            self._closing[channel.number] = channel

    # The process

    async def _supervise(self) -> None:
        wait = BACKOFF_SECONDS[0]
        while True:
            began = self._clock.monotonic()
            why = await self._live()
            if self._clock.monotonic() - began > STEADY_SECONDS:
                wait = BACKOFF_SECONDS[0]
            self._restarts += 1
            log.error("media process: %s; starting it again in %.1f s", why, wait)
            self._on_fault(f"media process: {why}")
            await asyncio.sleep(wait)
            wait = min(2 * wait, BACKOFF_SECONDS[1])

    async def _live(self) -> str:
        """Run one process until it is gone; why it went. Cancelling ends it politely."""
        try:
            process, control = await self._spawn()
        except OSError as error:
            return f"cannot be started: {error}"
        self._process, self._control = process, control
        self._heard_at = self._clock.monotonic()
        loop = asyncio.get_running_loop()
        loop.add_reader(control, self._read)
        for channel in self._channels.values():
            channel.tell_again()
        for channel in self._channels.values():
            channel.join_again()
        ended = asyncio.create_task(process.wait())
        try:
            return await self._watch(process, ended)
        finally:
            self._hang_up(control)
            await self._bury(process, ended)

    async def _spawn(self) -> tuple[asyncio.subprocess.Process, socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        # -S: it needs the standard library and audioop only, and site-packages would cost memory and time.
        command = (sys.executable, "-S", "-P", "-m", "appliance.media.process", str(theirs.fileno()))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **LEAN, "PYTHONPATH": os.pathsep.join(_roots())},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return process, ours

    async def _watch(self, process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> str:
        while True:
            done, _ = await asyncio.wait({ended}, timeout=SILENT_SECONDS / 3)
            if done:
                code = ended.result()
                return f"ended by signal {-code}" if code < 0 else f"ended with status {code}"
            self._read()  # a busy loop of our own is not its silence
            patience = SILENT_SECONDS if self._ready.is_set() else BEGIN_SECONDS
            if self._clock.monotonic() - self._heard_at > patience:
                return f"silent for {patience:.0f} s"

    def _hang_up(self, control: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(control)
        asyncio.get_running_loop().remove_writer(control)
        self._control = None
        control.close()
        self._outbox.clear()
        self._ready.clear()

    async def _bury(self, process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
        """It ends by itself when the socket closes, unless it hangs."""
        silent = self._clock.monotonic() - self._heard_at > SILENT_SECONDS
        done, _ = await asyncio.wait({ended}, timeout=0 if silent else STOP_SECONDS)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await ended
        self._process = None
        closing, self._closing = self._closing, {}
        for channel in closing.values():
            channel.on_closed()

    # The control socket

    def _write(self) -> None:
        control = self._control
        if control is None:
            return
        loop = asyncio.get_running_loop()
        while self._outbox:
            data, kind, channel = self._outbox[0]
            try:
                if channel is None:
                    control.send(data)
                elif descriptors := channel.descriptors(kind):
                    socket.send_fds(control, [data], descriptors)
            except BlockingIOError:
                loop.add_writer(control, self._write)
                return
            except OSError:
                break  # it is gone; the supervisor will notice
            self._outbox.popleft()
        self._outbox.clear()
        loop.remove_writer(control)

    def _read(self) -> None:
        while self._control is not None:
            try:
                data = self._control.recv(wire.MOST_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                asyncio.get_running_loop().remove_reader(self._control)
                return
            self._heard_at = self._answered_at = self._clock.monotonic()
            try:
                self._take(*wire.decode(data))
            except wire.WireError as error:
                log.error("media process says: %s", error)

    def _take(self, kind: str, values: list[Any]) -> None:
        if kind == "ready":
            pid = self._process.pid if self._process else 0
            late_beats = self._health.late_beats
            self._health = MediaHealth(pid=pid, realtime=values[0], restarts=self._restarts, late_beats=late_beats)
            self._ready.set()
        elif kind == "beat":
            old = self._health
            _, late, worst, legs = values
            late_beats = old.late_beats + (worst >= LATE_MS)
            self._health = MediaHealth(old.pid, old.realtime, legs, late, worst, self._restarts, late_beats)
        elif kind == "fault":
            log.error("media process: %s", values[0])
            self._on_fault(f"media process: {values[0]}")
        else:
            channel = self._channels.get(values[0]) or self._closing.get(values[0])
            if channel is not None:
                self._pass_on(channel, kind, values[1:])

    def _pass_on(self, channel: Channel, kind: str, values: list[Any]) -> None:
        if kind == "closed":
            del self._closing[channel.number]
            channel.on_closed()
        elif kind == "stats":
            channel.on_stats(ChannelStats(*values))
        elif kind == "lost":
            channel.on_lost_peer()
        elif isinstance(channel, PcmChannel) and kind in PORT_ANSWERS:
            PORT_ANSWERS[kind](channel, *values)
        else:
            ANSWERS[kind](channel, *values)


def _roots() -> list[str]:
    """Where the process finds this package, and audioop where that is a package too (from Python 3.13 on)."""
    roots = [Path(__file__).parents[2]]
    spec = importlib.util.find_spec("audioop")
    if spec is not None and spec.submodule_search_locations:
        roots.append(Path(spec.submodule_search_locations[0]).parent)
    return [str(root) for root in roots]


# What a channel is told of what the media process says about it, by the kind of message (wire.KINDS).
ANSWERS: dict[str, Callable[..., None]] = {
    "played": Channel.on_played,
    "voiced": Channel.on_voiced,
    "pressed": Channel.on_pressed,
    "key": Channel.on_key,
    "released": Channel.on_released,
    "over": Channel.on_over,
    "recorded": Channel.on_recorded,
    "unrecorded": Channel.on_unrecorded,
    "unread": Channel.on_unread,
    "supervised": Channel.on_heard,
}
# And of a sound port.
PORT_ANSWERS: dict[str, Callable[..., None]] = {
    "levels": PcmChannel.on_levels,
    "unplugged": PcmChannel.on_unplugged,
    "sign": PcmChannel.on_line_sign,
}
