"""The sound of a call whose signalling somebody else does: hears A-law, presses keys as RFC 4733 says."""

from __future__ import annotations

import random
import socket
import struct
import threading

from tests.peers import sound
from tests.peers.ports import HOST

EVENT_TYPE, ALAW_TYPE = 101, 8
HEADER_BYTES = 12
FRAME_SAMPLES = 160
SILENCE = b"\xd5" * FRAME_SAMPLES
SPOKEN_PACKETS = 10
END_BIT, VOLUME = 0x80, 10
PATIENCE_SECONDS = 10.0
CLOSE_WORD = b"close"  # sent to itself, it ends the listening


class Handset:
    """An RTP socket on `port`; it answers to wherever it is spoken to from."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._payload = bytearray()
        self._from: tuple[str, int] | None = None
        self._spoken_to = threading.Event()
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._ssrc = random.getrandbits(32)
        self._ears = threading.Thread(target=self._listen, name="handset")
        self._ears.start()

    def _listen(self) -> None:
        while True:
            data, source = self._socket.recvfrom(2048)
            if data == CLOSE_WORD:
                return
            if data[1] & 0x7F == ALAW_TYPE:
                self._payload += data[HEADER_BYTES:]
                self._from = source
                self._spoken_to.set()

    def press(self, key: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Press a key for 100 ms, as soon as anything is heard."""
        assert self._spoken_to.wait(seconds), f"nothing heard within {seconds} s"
        event = "0123456789*#ABCD".index(key)
        durations = [FRAME_SAMPLES * n for n in range(1, 6)]
        for index, duration in enumerate([*durations, durations[-1], durations[-1]]):
            end = END_BIT if index >= len(durations) - 1 else 0
            marker = 0x80 if index == 0 else 0
            self._send(marker | EVENT_TYPE, struct.pack("!BBH", event, end | VOLUME, duration))
        self._timestamp += durations[-1]

    def plays(self, alaw: bytes, seconds: float = PATIENCE_SECONDS) -> None:
        """Send this sound, as fast as the network takes it, as soon as anything is heard."""
        assert self._spoken_to.wait(seconds), f"nothing heard within {seconds} s"
        for at in range(0, len(alaw), FRAME_SAMPLES):
            self._send(ALAW_TYPE, alaw[at : at + FRAME_SAMPLES])
            self._timestamp += FRAME_SAMPLES

    def speaks_to(self, address: tuple[str, int]) -> None:
        """Say a little silence there, as a telephone does that is spoken to by nobody yet."""
        self._from = address
        for _ in range(SPOKEN_PACKETS):
            self._send(ALAW_TYPE, SILENCE)
            self._timestamp += FRAME_SAMPLES

    def _send(self, kind: int, payload: bytes) -> None:
        assert self._from is not None
        header = struct.pack("!BBHII", 0x80, kind, self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc)
        self._socket.sendto(header + payload, self._from)
        self._sequence += 1

    def heard(self) -> sound.Samples:
        """What it has heard so far."""
        return sound.from_alaw(bytes(self._payload))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.sendto(CLOSE_WORD, self._socket.getsockname())
        self._ears.join()
        self._socket.close()
