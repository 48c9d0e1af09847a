"""A provider of our own making, in a network namespace: knows boxes by where they registered from, latches its sound.

As providers do it: it answers to where a request came from, calls the address that the last REGISTER or OPTIONS came
from, and sends sound to where sound comes from, not to what a description claims.
"""

from __future__ import annotations

import audioop
import queue
import random
import re
import select
import struct
import threading
import time
from dataclasses import dataclass, field

from tests.peers import sound
from tests.peers.namespaces import PROVIDER, Network
from tests.peers.program import Deadline

PORT = 5060
FRAME, FRAME_SECONDS, HEADER_BYTES = 160, 0.02, 12
ALAW_TYPE, EVENT_TYPE, END_BIT, VOLUME = 8, 101, 0x80, 10
TONE_SECONDS = 1.0  # a whole number of periods of every tone that is used
WAIT_SECONDS = 15.0
CLOSE_WORD = b"close"

SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)


@dataclass
class Message:
    """What came, from where; header names in lower case, the first of each."""

    start: str
    headers: dict[str, str]
    body: str
    source: tuple[str, int]

    @property
    def kind(self) -> str:
        """Method, or status as text."""
        words = self.start.split()
        return words[1] if words[0] == "SIP/2.0" else words[0]


def read(data: bytes, source: tuple[str, int]) -> Message:
    """Cut a message into its parts."""
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Message(start, headers, body, source)


class Voice:
    """The sound of one telephone: says a tone to whoever speaks to it, keeps what it hears, presses keys."""

    def __init__(self, network: Network, frequency: float) -> None:
        self._socket = network.socket(network.provider, PROVIDER)
        self.port: int = self._socket.getsockname()[1]
        self._tone = audioop.lin2alaw(sound.tone(frequency, TONE_SECONDS).tobytes(), 2)
        self._payload = bytearray()
        self.peer: tuple[str, int] | None = None
        self.spoken_to = threading.Event()
        self._keys: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._sequence, self._timestamp = random.getrandbits(15), random.getrandbits(31)
        self._ssrc = random.getrandbits(32)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"voice {frequency}")
        self._thread.start()

    def press(self, key: str) -> None:
        """Press a key as soon as anything is heard."""
        assert self.spoken_to.wait(WAIT_SECONDS), "nothing is heard"
        self._keys.put(key)

    def heard(self) -> sound.Samples:
        """All it has heard so far."""
        return sound.from_alaw(bytes(self._payload))

    def close(self) -> None:
        """Be silent for ever."""
        self._closing = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        due, at = time.monotonic(), 0
        while not self._closing:
            due += FRAME_SECONDS
            while select.select([self._socket], [], [], max(0.0, due - time.monotonic()))[0]:
                self._listen()
            if self.peer is None:
                continue
            if not self._keys.empty():
                self._press(self._keys.get())
            self._send(ALAW_TYPE, self._tone[at : at + FRAME])
            self._timestamp += FRAME
            at = (at + FRAME) % len(self._tone)

    def _listen(self) -> None:
        data, source = self._socket.recvfrom(2048)
        if len(data) > HEADER_BYTES and data[1] & 0x7F == ALAW_TYPE:
            self.peer = source
            self._payload += data[HEADER_BYTES:]
            self.spoken_to.set()

    def _press(self, key: str) -> None:
        for number in range(1, 8):
            end = END_BIT if number > 4 else 0
            event = "0123456789*#".index(key)
            self._send(EVENT_TYPE, struct.pack("!BBH", event, end | VOLUME, min(number, 5) * FRAME))
        self._timestamp += 5 * FRAME

    def _send(self, kind: int, payload: bytes) -> None:
        assert self.peer is not None
        head = struct.pack("!BBHII", 0x80, kind, self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc)
        self._socket.sendto(head + payload, self.peer)
        self._sequence += 1


@dataclass
class Call:
    """One call between the provider and the box, and the voice at its far end."""

    voice: Voice
    call_id: str
    ours: str  # From or To of our side, with tag
    theirs: str = ""
    contact: str = ""  # of the box
    description: str = ""  # of the box
    cseq: int = 1
    over: threading.Event = field(default_factory=threading.Event)


class Provider:
    """Answers REGISTER and OPTIONS by itself; calls are told what to do."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._socket = network.socket(network.provider, PROVIDER, PORT)
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._voices: list[Voice] = []
        self._calls: dict[str, Call] = {}
        self.box: tuple[str, int] | None = None  # where its last REGISTER or OPTIONS came from
        self.registered = ""  # the Contact of its last REGISTER
        self._ears = threading.Thread(target=self._listen, name="provider")
        self._ears.start()

    def close(self) -> None:
        """Go away."""
        with self._network.socket(self._network.provider, PROVIDER) as last:
            last.sendto(CLOSE_WORD, (PROVIDER, PORT))
        self._ears.join()
        self._socket.close()
        for voice in self._voices:
            voice.close()

    # -- calls -------------------------------------------------------------------------------------------------

    def calls(self, number: str, caller: str, frequency: float) -> Call:
        """A resident calls the box, where it registered from, and is answered."""
        assert self.box is not None, "no box has registered"
        call_id, tag = f"in{random.getrandbits(32):x}", f"{random.getrandbits(32):x}"
        call = Call(
            self._voice(frequency), call_id, f"<sip:{caller}@{PROVIDER}>;tag={tag}", f"<sip:{number}@{PROVIDER}>"
        )
        self._calls[call_id] = call
        self._request("INVITE", call, f"sip:{number}@{self.box[0]}:{self.box[1]}", SDP)
        answer = self.hears("200", call_id)
        call.theirs, call.contact, call.description = answer.headers["to"], _uri(answer), answer.body
        self._request("ACK", call, call.contact)
        return call

    def is_called(self, frequency: float) -> Call:
        """The box calls somebody, who answers."""
        invite = self.hears("INVITE")
        tag = f";tag={random.getrandbits(32):x}"
        call = Call(
            self._voice(frequency), invite.headers["call-id"], invite.headers["to"] + tag, invite.headers["from"]
        )
        call.contact, call.description = _uri(invite), invite.body
        self._calls[call.call_id] = call
        self._respond(invite, "180 Ringing", call.ours)
        self._respond(invite, "200 OK", call.ours, SDP.format(host=PROVIDER, port=call.voice.port))
        self.hears("ACK", call.call_id)
        return call

    def asks(self, call: Call) -> None:
        """An OPTIONS inside a call, to the Contact that the box gave; it is answered."""
        call.cseq += 1
        self._request("OPTIONS", call, call.contact)
        self.hears("200", call.call_id)

    def hangs_up(self, call: Call) -> None:
        """A BYE, to the Contact that the box gave last; it is answered."""
        call.cseq += 1
        self._request("BYE", call, call.contact)
        self.hears("200", call.call_id)

    def hears(self, kind: str, call_id: str = "") -> Message:
        """The next message of this method or status (of this call); all others are passed over."""
        deadline = Deadline(WAIT_SECONDS)
        while True:
            try:
                message = self._messages.get(timeout=deadline.left())
            except queue.Empty:
                raise AssertionError(f"the provider hears no {kind} within {WAIT_SECONDS} s") from None
            if message.kind == kind and message.headers["call-id"].startswith(call_id):
                return message

    def forgets(self) -> None:
        """What it was told and nobody has asked for."""
        while not self._messages.empty():
            self._messages.get()

    # -- on the wire -------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while True:
            data, source = self._socket.recvfrom(65536)
            if data == CLOSE_WORD:
                return
            if not data.strip():
                continue
            message = read(data, source)
            if message.kind in ("REGISTER", "OPTIONS"):
                self.box = source
                if message.kind == "REGISTER":
                    self.registered = message.headers["contact"]
                self._respond(message, "200 OK", f"{message.headers['to']};tag=p", contact=message.headers["contact"])
            elif message.kind == "INVITE" and message.headers["call-id"] in self._calls:
                self._is_told_anew(self._calls[message.headers["call-id"]], message)
            elif message.kind == "BYE":
                self._respond(message, "200 OK", message.headers["to"])
                if message.headers["call-id"] in self._calls:
                    self._calls[message.headers["call-id"]].over.set()
            else:
                self._messages.put(message)

    def _is_told_anew(self, call: Call, invite: Message) -> None:
        """A re-INVITE: the box is somewhere else now."""
        call.contact, call.description = _uri(invite), invite.body
        self._respond(invite, "200 OK", invite.headers["to"], SDP.format(host=PROVIDER, port=call.voice.port))

    def _respond(self, asked: Message, status: str, to: str, body: str = "", contact: str = "") -> None:
        via = asked.headers["via"].replace(";rport", f";received={asked.source[0]};rport={asked.source[1]}", 1)
        lines = [f"SIP/2.0 {status}", f"Via: {via}", f"From: {asked.headers['from']}", f"To: {to}"]
        lines += [f"Call-ID: {asked.headers['call-id']}", f"CSeq: {asked.headers['cseq']}"]
        lines += [f"Contact: {contact or f'<sip:far@{PROVIDER}:{PORT}>'}", *_described(body)]
        self._socket.sendto("\r\n".join(lines).encode(), asked.source)

    def _request(self, method: str, call: Call, uri: str, body: str = "") -> None:
        number = 1 if method in ("INVITE", "ACK") else call.cseq
        via = f"SIP/2.0/UDP {PROVIDER}:{PORT};branch=z9hG4bK{random.getrandbits(48):x}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: {via}",
            "Max-Forwards: 70",
            f"From: {call.ours}",
            f"To: {call.theirs}",
        ]
        lines += [f"Call-ID: {call.call_id}", f"CSeq: {number} {method}", f"Contact: <sip:far@{PROVIDER}:{PORT}>"]
        lines += _described(body.format(host=PROVIDER, port=call.voice.port))
        self._socket.sendto("\r\n".join(lines).encode(), _place(uri))

    def _voice(self, frequency: float) -> Voice:
        self._voices.append(Voice(self._network, frequency))
        return self._voices[-1]


def _described(body: str) -> list[str]:
    return [*(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", body]


def _uri(message: Message) -> str:
    """The URI of its Contact."""
    return message.headers["contact"].partition("<")[2].partition(">")[0]


def _place(uri: str) -> tuple[str, int]:
    found = re.search(r"@?([0-9.]+):(\d+)", uri)
    assert found, uri
    return found[1], int(found[2])
