"""A leg whose wire is RTP: its two sockets, whom it believes, and the stream it sends every 20 ms.

What it plays, presses and hears it shares with other legs (`leg.py`).
"""

from __future__ import annotations

import socket
from contextlib import suppress
from random import Random

from appliance.media import rtcp
from appliance.media.bridge import Forward, Onward, Relay
from appliance.media.g711 import ALAW_TO_ULAW
from appliance.media.leg import SILENT_FRAME, Bench, Leg
from appliance.media.lock import Address, PeerLock
from appliance.media.rtp import HEADER, HEADER_BYTES, MARKER, VERSION_2, RtpError, parse
from appliance.media.track import FRAME_SAMPLES

BUFFER_BYTES = 2048  # a datagram that fills it is too large to be RTP over Ethernet
DRAIN_PACKETS = 16  # at most so many are read from one leg in one tick: a flood must not hold up the others
DRAIN_TICKS = 8  # ticks between two times that everything is read: late packets wait at most 160 ms
FILL_TICKS = 5  # a bridged far end that sends nothing for 100 ms is replaced by silence
HOUSEKEEPING_SECONDS = 1.0
CUSTOMARY_EVENTS = 101  # as our offers have it: some send it whatever their SDP answers or leaves out
PCMU, PCMA = 0, 8  # static payload types (RFC 3551 §6)
COMFORT_NOISE = 13  # static payload type (RFC 3389): a sign of life, nothing to hear


class RtpLeg(Leg):
    """Created when the exchange opens a channel; silent until it is connected."""

    __slots__ = (
        *(
            "rtp",
            "rtcp",
            "_rng",
            "_lost_seconds",
            "ssrc",
            "sequence",
            "timestamp",
            "_timestamp_tick",
            "_forwarded_tick",
        ),
        *(
            "payload_type",
            "ulaw",
            "event_type",
            "_laws",
            "_events",
            "_types",
            "own_frames",
            "_marker",
            "_cname",
        ),
        *("_packets", "_octets", "_lock", "_remote", "_connected", "_held", "_filtered"),
        *("_settled", "_reception", "heard_ulaw", "_counted", "_lost_before", "refused", "_ticks", "forward", "direct"),
        *("_alive_at", "_next_housekeeping", "_next_report", "_last_sr"),
    )

    def __init__(
        self,
        number: int,
        rtp: socket.socket,
        rtcp_socket: socket.socket,
        bench: Bench,
        rng: Random,
        lost_seconds: float,
    ) -> None:
        super().__init__(number, bench)
        self.rtp, self.rtcp = rtp, rtcp_socket
        self._rng, self._lost_seconds = rng, lost_seconds
        # What it sends.
        self.ssrc = rng.getrandbits(32)
        self.sequence = rng.getrandbits(15)
        self.timestamp = rng.getrandbits(32)  # of the frame due in the tick after `_timestamp_tick`
        self._timestamp_tick = bench.tick
        self._forwarded_tick = 0  # when the bridge last sent into the stream
        self.payload_type, self.ulaw = 8, False
        self.event_type: int | None = None
        self._laws: dict[int, bool] = {}  # payload types of sound that the peer may send → whether it is μ-law
        self._events: frozenset[int] = frozenset()  # those of its digits
        self._types = frozenset((COMFORT_NOISE,))  # all of them
        self.own_frames = 0
        self._marker = MARKER
        self._cname = f"{rng.getrandbits(64):016x}"
        self._packets = self._octets = 0
        # Where to, and whom it believes.
        self._lock = PeerLock(None)
        self._remote: Address | None = None
        self._connected = self._held = False
        self._filtered = self._settled = False  # the kernel lets only the peer through; and nothing older is queued
        # What it hears.
        self._reception: rtcp.Reception | None = None
        self.heard_ulaw = False  # the law of the sound that came last
        self._counted = self._lost_before = self.refused = self._ticks = 0
        self.forward: Onward | None = None  # to the partner
        self.direct = False  # its packets come into this leg's stream without waiting for the tick
        # Signs of life.
        self._alive_at: float | None = None  # None: nothing is expected yet
        self._next_housekeeping = self._next_report = 0.0
        self._last_sr: tuple[int, float] = (0, 0.0)

    # Commands

    def connect(
        self, remote: Address | None, ulaw: bool, payload_type: int, event_type: int | None, now: float
    ) -> None:
        """Talk to this address from now on; whoever was believed before has to earn it again.

        Sound is heard in either law by each packet's own type: a far end may send all that was offered (RFC 3264 §6.1).
        """
        self._bench.disconnect(self.rtp.fileno())
        self._lock, self._connected, self._filtered, self._settled = PeerLock(remote), True, False, False
        self._remote = remote
        self.ulaw, self.payload_type, self.event_type = ulaw, payload_type, event_type
        self._laws = {PCMU: True, PCMA: False, payload_type: ulaw}
        self._events = frozenset((CUSTOMARY_EVENTS if event_type is None else event_type, CUSTOMARY_EVENTS))
        self._events -= self._laws.keys()
        self._types = frozenset((COMFORT_NOISE, *self._laws, *self._events))
        self.ear.connect(ulaw, event_type is not None)
        self._alive_at = now
        self._next_report = now + self._interval() / 2
        self._marker = MARKER

    def hold(self, on: bool, now: float) -> None:
        """See `Leg`."""
        self._held = on
        self._marker = MARKER
        if self._alive_at is not None:
            self._alive_at = now

    def join(self, far: Leg) -> None:
        """See `Leg`. To another leg of packets each goes at once; `receive` is to be called for each, then."""
        super().join(far)
        self.direct = isinstance(far, RtpLeg)
        self.forward = Forward(self, far) if isinstance(far, RtpLeg) else Relay(self, far.open_feed())

    def part(self) -> None:
        """See `Leg`."""
        super().part()
        self.forward, self.direct = None, False

    def close(self, now: float) -> None:
        """Say BYE and let go of the sockets."""
        self._send_report(now, bye=True)
        self.rtp.close()
        self.rtcp.close()

    # The tick

    @property
    def busy(self) -> bool:
        """Whether its stream is its own just now, so that a bridge may not send into it."""
        return self._held or self.playlist is not None or self.pressing is not None

    def timestamp_now(self) -> int:
        """The timestamp of a frame that would be sent now."""
        idle = self._bench.tick - self._timestamp_tick
        return (self.timestamp + FRAME_SAMPLES * max(idle - 1, 0)) & 0xFFFFFFFF

    def beat(self, now: float) -> None:
        """See `Leg`."""
        if self.forward is None or not self._settled:
            self.drain(now)
        if not self.direct or self.busy or self._bench.tick - self._forwarded_tick > FILL_TICKS:
            self._send_own()
        if self.ear.recorder is not None:
            self.ear.tick(now)
        if now >= self._next_housekeeping:
            self._next_housekeeping = now + HOUSEKEEPING_SECONDS
            self._look_after(now)

    def _send_own(self) -> None:
        tick = self._bench.tick
        timestamp = self.timestamp if tick - self._timestamp_tick < 2 else self.timestamp_now()
        self.own_frames += 1
        self.timestamp, self._timestamp_tick = (timestamp + FRAME_SAMPLES) & 0xFFFFFFFF, tick
        tone = None
        if self.pressing is not None:
            sender = self.pressing[1]
            event = self._press(timestamp)
            if event is not None and self.event_type is not None:
                payload, first, timestamp = event
                self._put(payload, self.event_type, MARKER if first else 0, timestamp)
                self._marker = MARKER
                return
            tone = sender.tone
        playlist = self.playlist
        if playlist is not None and tone is None and self.feed is None:  # as `_frame` does, by the shortest way
            frame = playlist.frame() or SILENT_FRAME
        else:
            frame = self._frame(tone)
        self._put(frame.translate(ALAW_TO_ULAW) if self.ulaw else frame, self.payload_type, self._marker, timestamp)
        self._marker = 0
        if playlist is not None:
            self._sent()

    def _put(self, payload: bytes, payload_type: int, marker: int, timestamp: int) -> None:
        if self._held:
            return
        sequence = self.sequence
        self.sequence = (sequence + 1) & 0xFFFF
        packet = HEADER.pack(VERSION_2, marker | payload_type, sequence, timestamp, self.ssrc) + payload
        self._send(packet, len(payload))

    def send_on(self, packet: memoryview, sequence: int, timestamp: int, samples: int) -> None:
        """Send a packet of the bridge, whose header is already ours; `samples` is 0 for an event."""
        if (sequence - self.sequence) & 0xFFFF < 0x8000:
            self.sequence = (sequence + 1) & 0xFFFF
        if samples:
            self.timestamp = (timestamp + samples) & 0xFFFFFFFF
        self._timestamp_tick = self._forwarded_tick = self._bench.tick
        self._send(packet, len(packet) - HEADER_BYTES)

    def _send(self, packet: bytes | memoryview, payload_bytes: int) -> None:
        try:
            if self._settled:
                self.rtp.send(packet)
            elif self._remote is not None:
                self.rtp.sendto(packet, self._remote)
            else:
                return
        except OSError:  # nobody there yet (ECONNREFUSED), no route, a full queue: the next frame comes anyway
            return
        self._packets += 1
        self._octets += payload_bytes

    # What comes in

    def drain(self, now: float) -> None:
        """Read what has come since the last tick: one packet, as a rule; each eighth time all there is.

        Asking for a second one in vain would cost more than all the rest of a tick.
        """
        self._ticks += 1
        for _ in range(1 if self._ticks % DRAIN_TICKS else DRAIN_PACKETS):
            if not self.receive(now):
                return

    def receive(self, now: float) -> bool:
        """Read one datagram; False when there is none."""
        bench = self._bench
        address = None
        try:
            if self._settled:
                size = self.rtp.recv_into(bench.buffer)
            else:
                size, address = self.rtp.recvfrom_into(bench.buffer)
        except BlockingIOError:
            self._settled = self._filtered
            return False
        except OSError:
            return True  # the ICMP answer to something sent
        try:
            payload_type, marker, sequence, timestamp, ssrc, start, end = parse(bench.buffer, size)
        except RtpError:
            self.refused += 1
            return True
        if (
            payload_type not in self._types
            or size == BUFFER_BYTES
            or (address is not None and not self._believes((address[0], address[1]), ssrc))
        ):
            self.refused += 1
            return True
        self._alive_at = now
        reception = self._reception
        if reception is None or reception.ssrc != ssrc:
            reception = self._new_source(ssrc, sequence)
        gain = reception.receive(sequence, timestamp, now)
        ulaw = self._laws.get(payload_type)
        event = ulaw is None and payload_type in self._events
        if event:
            self.ear.hear_event(bench.view[start:end], timestamp, bool(marker), now)
        elif ulaw is None:
            return True  # comfort noise
        else:
            self.heard_ulaw = ulaw
            if self.ear.listening:
                sound = bytes(bench.view[start:end])
                self.ear.hear(sound, ulaw, timestamp, gain, now, self.pressing is not None)
        if self.forward is not None:
            self.forward.packet(bench.view, start, end, event, marker, sequence, timestamp, ssrc)
        return True

    def _believes(self, address: Address, ssrc: int) -> bool:
        if not self._connected or not self._lock.offer(address, ssrc):
            return False
        self._remote = address
        if self._lock.certain and not self._filtered:
            with suppress(OSError):
                self.rtp.connect(address)
                self._filtered = True
        return True

    def _new_source(self, ssrc: int, sequence: int) -> rtcp.Reception:
        """The peer begins to count anew."""
        if self._reception is not None:
            self._counted += self._reception.received
            self._lost_before += self._reception.lost
            self.ear.new_source()
        self._reception = rtcp.Reception(ssrc, sequence)
        return self._reception

    # RTCP and signs of life

    def receive_rtcp(self, now: float) -> None:
        """Read one RTCP datagram: a sign of life if it comes from the peer's host."""
        try:
            data, address = self.rtcp.recvfrom(BUFFER_BYTES)
            items = rtcp.parse(data)
        except (OSError, rtcp.RtcpError):
            return
        if self._remote is None or address[0] != self._remote[0] or not self._connected:
            self.refused += 1
            return
        self._alive_at = now
        for item in items:
            if isinstance(item, rtcp.Report) and item.sender is not None:
                self._last_sr = (item.ntp_middle, now)

    def _interval(self) -> float:
        return rtcp.INTERVAL_SECONDS * self._rng.uniform(*rtcp.INTERVAL_SPREAD)

    def _look_after(self, now: float) -> None:
        alive_at = self._alive_at
        if alive_at is not None and not self._held and now - alive_at > self._lost_seconds:
            self._alive_at = now  # told again after as long a silence
            self._bench.report("lost", self.number)
        if self._connected and now >= self._next_report:
            self._next_report = now + self._interval()
            self._send_report(now)

    def _send_report(self, now: float, *, bye: bool = False) -> None:
        self.report_stats()
        if self._remote is None:
            return
        sender = block = None
        if self._packets:
            sender = rtcp.SenderInfo(self._bench.wall(), self.timestamp_now(), self._packets, self._octets)
        if self._reception is not None:
            middle, at = self._last_sr
            block = self._reception.block(middle, int((now - at) * 65536) & 0xFFFFFFFF if middle else 0)
        data = rtcp.report(self.ssrc, sender, block, self._cname, bye=bye)
        with suppress(OSError):
            self.rtcp.sendto(data, (self._remote[0], self._remote[1] + 1))

    def report_stats(self) -> None:
        """Tell the exchange the counters."""
        reception = self._reception
        received, lost, jitter = self._counted, self._lost_before, 0.0
        if reception is not None:
            received, lost = received + reception.received, lost + reception.lost
            jitter = reception.jitter_seconds * 1000
        self._bench.report("stats", self.number, self._packets, received, lost, jitter, self.refused)
