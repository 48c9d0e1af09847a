"""pyVoIP as a resident's telephone: it is answered, hears the greeting, and presses a key.

It registers always and presses no keys by itself: the first is left out, the second done on its RTP socket.
"""

from __future__ import annotations

import audioop
import struct
from array import array

import pytest
from pyVoIP.VoIP import CallState, VoIPPhone

from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

PORTS = 20
UP_SECONDS, HEAR_SECONDS, CHOICE_SECONDS = 10.0, 15.0, 10.0
FRAME = 160
EVENT_TYPE, END, VOLUME = 101, 0x80, 10


@pytest.fixture
def phone(exchange):
    """An exchange, and a pyVoIP that knows it as its server."""
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    port = free_range(PORTS)
    made = VoIPPhone(
        HOST,
        box.port,
        building.RESIDENT_USER,
        "",
        myIP=HOST,
        sipPort=port,
        rtpPortLow=port + 2,
        rtpPortHigh=port + PORTS - 1,
    )
    made.sip.register = lambda: True
    made.start()
    try:
        yield box, made
    finally:
        made.stop()


def test_it_hears_the_greeting_and_chooses_by_key(phone):
    box, telephone = phone
    call = telephone.call(building.NUMBER)
    until("the call is answered", UP_SECONDS, lambda: call.state is CallState.ANSWERED)
    heard = array("h")

    def hears_the_greeting():
        # It gives 8-bit unsigned samples, and 0x80 where nothing has come.
        heard.frombytes(audioop.lin2lin(audioop.bias(call.read_audio(FRAME, blocking=False), 1, -128), 1, 2))
        return sound.seconds_of_sound(heard) > 1.0

    until("the greeting is heard", HEAR_SECONDS, hears_the_greeting)
    press(call.RTPClients[0], 1)
    until("urgent help is called", CHOICE_SECONDS, lambda: box.calls()[-1]["urgent"])
    call.hangup()
    row = box.last_call()
    assert (row["choices"], row["destination"], row["urgent"]) == (["1"], "duty:pogotowie", True)
    assert row["outcome"] == "abandoned"


def press(client, event):
    """A key, 100 ms of it, as packets of RFC 4733 among those that the client sends."""
    timestamp = client.outTimestamp & 0xFFFFFFFF
    for number in range(1, 8):
        end = END if number > 4 else 0
        event_payload = struct.pack("!BBH", event, end | VOLUME, min(number, 5) * FRAME)
        head = struct.pack(
            "!BBHII", 0x80, EVENT_TYPE, (client.outSequence + number) & 0xFFFF, timestamp, client.outSSRC
        )
        client.sout.sendto(head + event_payload, (client.outIP, client.outPort))
