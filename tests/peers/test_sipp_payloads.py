"""A telephone exchange that answers with μ-law first and a number of its own for digits: `RTP/AVP 0 8 96`."""

from __future__ import annotations

import audioop
import time

import pytest

from tests.peers import building, sound
from tests.peers.handset import EVENT_TYPE, FRAME_SAMPLES, Handset
from tests.peers.ports import HOST, free_range
from tests.peers.sipp import call, expect, hang_up, pause, reply, sdp

CALLER, CALLED = building.RESIDENT_USER, building.NUMBER
PCMU, PCMA, ANSWERED_EVENTS = 0, 8, 96
TONE_HZ, TONE_SECONDS, HEARD_SECONDS = 700.0, 6.0, 2.0  # whoever accepts is told the flat first, for 2.5 s
FRAME_SECONDS = 0.02
TALK_MS = 8000
HEADER_BYTES = 12


class PickyHandset(Handset):
    """Hears μ-law only; sends digits with `events` and sound in the law of `law`, whatever was agreed."""

    def __init__(self, law: int, events: int) -> None:
        self._law, self._events = law, events
        super().__init__()

    def _listen(self) -> None:
        while len(data := (received := self._socket.recvfrom(2048))[0]) > HEADER_BYTES:
            if data[1] & 0x7F == PCMU:
                self._from = received[1]
                self._spoken_to.set()

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.sendto(b"", self._socket.getsockname())
        self._ears.join()
        self._socket.close()

    def _send(self, kind: int, payload: bytes) -> None:
        super()._send(kind - EVENT_TYPE + self._events if kind & 0x7F == EVENT_TYPE else kind, payload)

    def say(self, samples: sound.Samples) -> None:
        """Say this, a frame every 20 ms."""
        encode = audioop.lin2ulaw if self._law == PCMU else audioop.lin2alaw
        due = time.monotonic()
        for at in range(0, len(samples), FRAME_SAMPLES):
            self._send(self._law, encode(samples[at : at + FRAME_SAMPLES].tobytes(), 2))
            self._timestamp += FRAME_SAMPLES
            due += FRAME_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))  # telephones speak in real time


@pytest.mark.parametrize(("law", "events"), [(PCMU, ANSWERED_EVENTS), (PCMA, EVENT_TYPE)], ids=["answered", "offered"])
def test_the_person_on_duty_is_heard_and_understood(exchange, peers, law, events):
    port = free_range(2)
    box = exchange(building.only_nowak(f"{HOST}:{port}"))
    resident, duty = peers.handset(), PickyHandset(law, events)
    try:
        answer = sdp(duty.port).replace("RTP/AVP 8 101", "RTP/AVP 0 8 96").replace(":101 ", ":96 ")
        assert "RTP/AVP 0 8 96" in answer and "rtpmap:96 telephone-event" in answer
        answers = [reply(100, "Trying"), reply(180, "Ringing"), reply(200, "OK", answer, until_ack=True)]
        provider = peers.sipp(
            "payloads", [expect("INVITE"), *answers, expect("ACK"), expect("BYE"), reply(200, "OK")], port=port
        )
        steps = call(resident.port, CALLED, CALLER, pause(TALK_MS), *hang_up(CALLED, CALLER))
        caller = peers.sipp("resident", steps, remote=box.address)
        resident.press("1")
        duty.press("1")  # waits for μ-law, which stands first in the answer
        duty.say(sound.tone(TONE_HZ, TONE_SECONDS))
        caller.succeeds()
        provider.succeeds()
    finally:
        duty.close()
    row = box.last_call()
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert sound.seconds_of_tone(resident.heard(), TONE_HZ) >= HEARD_SECONDS
