"""A far end that says exactly what a test tells it to, word by word."""

from __future__ import annotations

from appliance.lines.sip import guard

from .wire import CALLER, NUMBER, OURS, THEIRS, agent

SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
)


def read(packet, source=OURS):
    """A packet from us as a message (through the same door as everything)."""
    message = guard.check(packet, source)
    assert isinstance(message, guard.Request | guard.Response), message
    return message


class Peer:
    """Speaks to `agent` from `place`. `heard` are the messages of the last exchange, `places` where they went."""

    def __init__(self, place=THEIRS, **settings):
        self.place = place
        self.agent = agent(**settings)
        self.now = 0.0
        self.heard, self.places, self.events = [], [], []
        self.raw = []

    def collect(self):
        packets = self.agent.take_packets()
        self.raw = [packet for packet, _ in packets]
        # A 400 echoes what it got; to a request without From or To it is no message that one could read.
        self.heard = [read(packet) for packet, _ in packets if b" 400 Bad Request: " not in packet[:30]]
        self.places = [to for _, to in packets]
        self.events = self.agent.take_events()
        return self.heard

    def say(self, packet, source=None):
        """Send a packet; the messages that come back."""
        data = packet if isinstance(packet, bytes) else packet.encode()
        self.agent.receive(data, source or self.place, self.now)
        return self.collect()

    def wait(self, seconds):
        """Let time pass, step by step; all messages that came meanwhile, with their times."""
        end, found = self.now + seconds, []
        events = []
        while (deadline := self.agent.next_deadline()) is not None and deadline <= end:
            self.now = deadline
            self.agent.advance(deadline)
            found += [(self.now, message) for message in self.collect()]
            events += self.events
        self.now = end
        self.agent.advance(end)
        self.events = events
        return found

    def do(self, command, *values, **named):
        """A command to the agent; the messages that it sends."""
        self.result = getattr(self.agent, command)(*values, self.now, **named)
        return self.collect()

    def statuses(self):
        return [getattr(message, "status", None) or message.method for message in self.heard]


def request(method="INVITE", *, uri=f"sip:{NUMBER}@192.0.2.1", branch="one", cseq=1, to_tag="", call="call", **more):
    """A request of the far end; `extra` header lines, `body`, `from_` and `via` may be given."""
    body = more.get("body", SDP if method == "INVITE" else "")
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: {more.get('via', f'SIP/2.0/UDP 192.0.2.2:5060;rport;branch=z9hG4bK{branch}')}",
        "Max-Forwards: 70",
        f"From: {more.get('from_', f'<sip:{CALLER}@192.0.2.2>;tag=far')}",
        f"To: <sip:{NUMBER}@192.0.2.1>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call}",
        f"CSeq: {cseq} {method}",
        *([f"Contact: {more['contact']}"] if more.get("contact") else ["Contact: <sip:far@192.0.2.2:5060>"]),
        *more.get("extra", ()),
        *([f"Content-Type: {more.get('kind', 'application/sdp')}"] if body else []),
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    ]
    return "\r\n".join(lines)


def response(asked, status, *, tag="far", body="", extra=(), reason="Whatever"):
    """A response to a request that the agent sent."""
    to = asked.first("To") + (f";tag={tag}" if tag and "tag=" not in asked.first("To") else "")
    lines = [
        f"SIP/2.0 {status} {reason}",
        *[f"Via: {value}" for value in asked.all("Via")],
        f"From: {asked.first('From')}",
        f"To: {to}",
        f"Call-ID: {asked.call_id}",
        f"CSeq: {asked.first('CSeq')}",
        *extra,
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    ]
    return "\r\n".join(lines)


CONTACT = ("Contact: <sip:far@192.0.2.2:5060>",)


def answered_call(**settings):
    """A peer whose call was answered and acknowledged; the peer, and our To tag."""
    peer = Peer(**settings)
    peer.say(request())
    peer.call = peer.events[0].call
    (ok,) = peer.do("accept", peer.call, (OURS[0], 10000))
    peer.tag = ok.recipient.tag
    assert peer.say(request("ACK", branch="ack", to_tag=peer.tag)) == []
    peer.ok = ok
    return peer
