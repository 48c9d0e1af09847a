"""The media process: one epoll, one timer, the sockets of all calls. Started by `plane.py`, told by `wire.py`.

It knows no calls and no building: only legs by number. It ends by itself when the exchange's end of the
control socket closes.
"""

from __future__ import annotations

import gc
import os
import random
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable

from appliance.clock import Clock, SystemClock
from appliance.media import wire
from appliance.media.clips import ClipStore, Playlist
from appliance.media.dtmf import DigitSender
from appliance.media.echo import Filter
from appliance.media.leg import Leg
from appliance.media.pcm import PcmPort, factor
from appliance.media.pcm_leg import PcmLeg
from appliance.media.recorder import Recorder, Worker
from appliance.media.rtcp import CLOCK_HZ
from appliance.media.rtp_leg import BUFFER_BYTES, RtpLeg
from appliance.media.spandsp import ReceiverStore, ToneReceiver
from appliance.media.supervision import Supervision
from appliance.media.talk import TalkRecorder
from appliance.media.ticker import PHASE_SECONDS, PHASES, Kernel, be_punctual
from appliance.media.voice_port import VoicePort

EVENTS_AT_ONCE = 16  # then the timer is looked at again
# To be woken costs as much as to pass on several packets. Where many bridges keep it busy, the process sleeps a moment
# before it looks again, so that one waking serves all packets that came meanwhile; nobody hears so small a delay.
GATHER_SECONDS = 0.0006
GATHER_SOCKETS = 24  # of bridges: together they get about one packet in a moment
BEAT_SECONDS = 1.0
MOST_FAULTS = 20  # different ones told in the life of the process
SWITCH_SECONDS = 0.0005  # how long a worker thread may hold the interpreter while the tick waits
TALK_TOKEN = 0  # in a leg's place for a recorder: a conversation; no recording that was asked for has it
FINISH_SECONDS = 1.0  # what running recordings get to reach the disk when the exchange has gone


class Process:
    """The legs, their phases, and the conversation with the exchange."""

    def __init__(self, control: socket.socket, clock: Clock, rng: random.Random) -> None:
        self.buffer = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)
        self.tick = 0
        self._control, self._clock, self._rng = control, clock, rng
        self._monotonic = clock.monotonic
        self._kernel = Kernel()
        self._writer, self._loader = Worker("writer"), Worker("loader")
        self._clips = ClipStore(self._loader)
        self._receivers = ReceiverStore(self._loader, self._tell_fault)
        self._legs: dict[int, Leg] = {}
        self._bridged = 0  # sockets whose packets go on at once
        self._phases: list[list[Leg]] = [[] for _ in range(PHASES)]
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[float], object]] = {}
        self._outbox: deque[bytes] = deque()
        self._running = True
        self._told: set[str] = set()
        self._deadlines = self._late_ticks = self._beats = 0
        self._worst = 0.0
        self._next_beat = 0.0
        self._began = 0.0
        self._plays: dict[int, int] = {}  # leg → token of the play that is wanted, loaded or not

    def run(self, realtime: bool) -> None:
        """Serve until the exchange goes."""
        control = self._control.fileno()
        self._began = self._monotonic() + PHASE_SECONDS
        timer = self._kernel.timer(self._began, PHASE_SECONDS)
        self._handlers.update({timer: lambda _: self._on_timer(timer), control: self._on_control})
        for descriptor in (timer, control):
            self._epoll.register(descriptor, select.EPOLLIN)
        self.report("ready", realtime)
        poll, handlers, monotonic = self._epoll.poll, self._handlers, self._clock.monotonic
        while self._running:
            events = poll(-1, EVENTS_AT_ONCE)
            for descriptor, _ in events:
                handler = handlers.get(descriptor)
                if handler is None:
                    continue
                try:
                    handler(monotonic())
                except Exception as error:
                    self._defect(handler, error)
            if self._bridged >= GATHER_SOCKETS and len(events) < EVENTS_AT_ONCE:
                time.sleep(GATHER_SECONDS)
        self._finish()

    # The bench of the legs

    def report(self, kind: str, *values: object) -> None:
        """Send a message; what does not fit waits for the next phase."""
        self._outbox.append(wire.encode(kind, *values))
        self._send_reports()

    def wall(self) -> float:
        """Seconds since 1970."""
        return self._clock.now().timestamp()

    def disconnect(self, descriptor: int) -> None:
        """Undo the connect of a UDP socket."""
        self._kernel.disconnect(descriptor)

    def receive_tones(self, ulaw: bool, take: Callable[[ToneReceiver], None]) -> None:
        """Call `take` with a receiver for digits in sound, now or soon; never where there is none."""
        self._receivers.ask(ulaw, take)

    def _send_reports(self) -> None:
        while self._outbox:
            try:
                self._control.send(self._outbox[0])
            except BlockingIOError:
                return
            except OSError:
                self._running = False
                return
            self._outbox.popleft()

    # The tick

    def _on_timer(self, timer: int) -> None:
        passed = int.from_bytes(os.read(timer, 8), sys.byteorder)
        first = self._deadlines
        self._deadlines += passed
        self._worst = max(self._worst, self._monotonic() - self._began - first * PHASE_SECONDS)  # missed ones too
        # A phase that was missed altogether is not made up for: nobody gets two frames at once.
        for deadline in range(max(first, self._deadlines - PHASES), self._deadlines):
            now = self._monotonic()
            self._worst = max(self._worst, now - self._began - deadline * PHASE_SECONDS)
            self.tick = deadline // PHASES
            for leg in self._phases[deadline % PHASES]:
                try:
                    leg.beat(now)
                except Exception as error:
                    self._defect(leg.beat, error)
        self._late_ticks += max(passed - PHASES, 0) // PHASES
        self._writer.collect()
        self._loader.collect()
        if self._outbox:
            self._send_reports()
        if now >= self._next_beat:
            self._beat(now)

    def _beat(self, now: float) -> None:
        self._next_beat = now + BEAT_SECONDS
        self.report("beat", self.tick, self._late_ticks, self._worst * 1000, len(self._legs))
        self._worst = 0.0
        self._beats += 1
        if not self._legs and self._beats % 60 == 0:
            gc.collect()  # the collector is off; nobody listens now

    def _defect(self, work: Callable[[float], object], error: Exception) -> None:
        """A defect met by one leg must not silence the other calls."""
        self._tell_fault(f"{getattr(work, '__qualname__', work)}: {error!r}")

    def _tell_fault(self, text: str) -> None:
        """Once each: a defect that every packet meets must not flood the exchange."""
        if text not in self._told and len(self._told) < MOST_FAULTS:
            self._told.add(text)
            self.report("fault", text)

    # Commands

    def _on_control(self, now: float) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, wire.MOST_BYTES, 2)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._running = False
            return
        try:
            kind, values = wire.decode(data)
            leg = self._legs.get(values[0])
            if kind == "open":
                self._open(values[0], values[1], descriptors)
            elif kind == "open_pcm":
                self._seat(PcmLeg(values[0], self))
            elif kind == "port" and isinstance(leg, PcmLeg):
                leg.give(values[1], PcmPort(descriptors.pop(), *map(factor, values[2:])))
            elif kind == "voice_port" and isinstance(leg, PcmLeg):
                self._give_voice(leg, values[1], VoicePort(descriptors.pop(), *map(factor, values[2:])))
            elif leg is not None:
                getattr(self, f"_do_{kind}")(leg, *values[1:])
            elif kind == "close":
                self.report("closed", values[0])
        except Exception as error:
            self._tell_fault(f"{data[:80]!r}: {error!r}")
        for unused in descriptors:
            os.close(unused)

    def _open(self, number: int, lost_seconds: float, descriptors: list[int]) -> None:
        rtcp, rtp = (socket.socket(fileno=descriptors.pop()) for _ in range(2))
        rtp.setblocking(False)
        rtcp.setblocking(False)
        leg = RtpLeg(number, rtp, rtcp, self, self._rng, lost_seconds)
        self._seat(leg)
        self._listen(rtcp, leg.receive_rtcp)

    def _seat(self, leg: Leg) -> None:
        self._legs[leg.number] = leg
        min(self._phases, key=len).append(leg)

    def _listen(self, source: socket.socket, handler: Callable[[float], object]) -> None:
        self._handlers[source.fileno()] = handler
        self._epoll.register(source.fileno(), select.EPOLLIN)

    def _unlisten(self, source: socket.socket) -> None:
        del self._handlers[source.fileno()]
        self._epoll.unregister(source.fileno())

    def _do_connect(self, leg: RtpLeg, host: str, port: int, ulaw: bool, payload_type: int, event_type: int) -> None:
        remote = (host, port) if host else None
        leg.connect(remote, ulaw, payload_type, event_type if event_type >= 0 else None, self._monotonic())

    def _give_voice(self, leg: PcmLeg, number: int, port: VoicePort) -> None:
        leg.give(number, port)
        self._receivers.ask(False, lambda _: port.cancel_echo(Filter()))  # when the library is loaded

    def _do_unport(self, leg: PcmLeg) -> None:
        leg.take_away()

    def _do_digit(self, leg: Leg, digit: str) -> None:
        leg.ear.hear_digit(digit, self._monotonic())

    def _do_supervise(self, leg: Leg, silence_seconds: float) -> None:
        leg.ear.supervision = Supervision(silence_seconds)
        leg.ear.supervision.joined(leg.partner is not None)

    def _do_hold(self, leg: Leg, on: bool) -> None:
        leg.hold(on, self._monotonic())

    def _do_play(self, leg: Leg, token: int, paths: list[str], loop: bool) -> None:
        self._plays[leg.number] = token

        def ready(sounds: list[bytes]) -> None:
            if self._plays.get(leg.number) != token:
                return
            playlist = Playlist(token, sounds, loop)
            if playlist.over:
                self.report("played", leg.number, token)
            else:
                leg.playlist = playlist

        leg.playlist = None
        self._clips.fetch(paths, ready, lambda path, why: self.report("unread", leg.number, path, why))

    def _do_stop(self, leg: Leg, token: int) -> None:
        if self._plays.get(leg.number) == token:
            del self._plays[leg.number]
            leg.playlist = None

    def _do_join(self, leg: Leg, other_number: int) -> None:
        other = self._legs.get(other_number)
        if other is None or other is leg:
            return
        for one, far in ((leg, other), (other, leg)):
            self._do_part(one)
            self._plays.pop(one.number, None)
            one.playlist = None
            one.join(far)
            if isinstance(one, RtpLeg):
                self._listen(one.rtp, one.receive)
                self._bridged += 1

    def _do_part(self, leg: Leg) -> None:
        partner = leg.partner
        if partner is None or partner.partner is not leg:
            return
        for one in (leg, partner):
            one.part()
            if isinstance(one, RtpLeg):
                self._unlisten(one.rtp)
                self._bridged -= 1
            self._do_unrecord(one, TALK_TOKEN)

    def _do_voice(self, leg: Leg, token: int, seconds: float) -> None:
        leg.ear.voices[token] = round(seconds * CLOCK_HZ)

    def _do_unvoice(self, leg: Leg, token: int) -> None:
        leg.ear.voices.pop(token, None)

    def _do_record(
        self,
        leg: Leg,
        token: int,
        path: str,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        append: bool,
    ) -> None:
        number = leg.number
        leg.ear.end_recording("gone")
        recorder = Recorder(
            path,
            self._writer,
            self._monotonic(),
            max_seconds=max_seconds,
            silence_seconds=silence_seconds,
            end_keys=end_keys,
            append=append,
            on_over=lambda: self.report("over", number, token),
            on_end=lambda seconds, voice, why: self.report("recorded", number, token, seconds, voice, why),
            on_error=lambda error: self.report(
                "unrecorded", number, token, error.errno or 0, error.strerror or str(error)
            ),
        )
        leg.ear.recorder = (token, recorder)

    def _do_talk(self, leg: Leg, other_number: int, path: str, seconds: float, append: bool) -> None:
        other = self._legs.get(other_number)
        if other is None or leg.partner is not other:
            return
        talk = TalkRecorder(
            path,
            self._writer,
            self._monotonic(),
            seconds=seconds,
            append=append,
            on_error=lambda error: self._tell_fault(f"a conversation is not recorded: {error.strerror}"),
        )
        for one, side in ((leg, talk.left), (other, talk.right)):
            one.ear.end_recording("gone")
            one.ear.recorder = (TALK_TOKEN, side)

    def _do_unrecord(self, leg: Leg, token: int) -> None:
        if leg.ear.recorder is not None and leg.ear.recorder[0] == token:
            leg.ear.end_recording("gone")

    def _do_press(self, leg: Leg, token: int, digits: str) -> None:
        leg.pressing = (token, DigitSender(digits))

    def _do_unpress(self, leg: Leg, token: int) -> None:
        if leg.pressing is not None and leg.pressing[0] == token:
            leg.pressing = None

    def _do_close(self, leg: Leg) -> None:
        self._do_part(leg)
        leg.ear.end_recording("gone")
        self._plays.pop(leg.number, None)
        del self._legs[leg.number]
        for phase in self._phases:
            if leg in phase:
                phase.remove(leg)
        if isinstance(leg, RtpLeg):
            self._unlisten(leg.rtcp)
        leg.close(self._monotonic())
        # After the recording's report, which comes by the same thread.
        self._writer.ask(lambda: lambda: self.report("closed", leg.number))

    def _finish(self) -> None:
        for leg in self._legs.values():
            leg.ear.end_recording("gone")
            leg.close(self._monotonic())
        self._writer.finish(FINISH_SECONDS)


def main() -> None:
    """`python -m appliance.media.process DESCRIPTOR`: serve the control socket with this descriptor."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the exchange ends its calls first; then it closes the socket
    control = socket.socket(fileno=int(sys.argv[1]))
    control.setblocking(False)
    sys.setswitchinterval(SWITCH_SECONDS)
    process = Process(control, SystemClock(), random.SystemRandom())
    realtime = be_punctual()
    gc.collect()
    gc.freeze()
    gc.disable()
    process.run(realtime)


if __name__ == "__main__":
    main()
