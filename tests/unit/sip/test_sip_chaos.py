"""A far end that says anything at any time, with the right tags: no state of ours has a hole, nothing stays behind."""

from __future__ import annotations

import random

import pytest

from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Incoming

from .peer import CONTACT, SDP, Peer, request, response
from .test_sip_malformed import mutated
from .wire import OURS, attempt

WORLDS = 300
IN_ONE_TEST = 75
METHODS = [*["INVITE", "ACK", "INFO"] * 3, "UPDATE", "UPDATE", "BYE", "CANCEL", "OPTIONS", "PRACK", "REFER"]
STATUSES = [100, 180, 183, 199, 200, 202, 301, 401, 407, 422, 481, 486, 487, 491, 500, 603, 699]
TERMS = [
    (),
    ("Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90"),
    ("Supported: timer", "Session-Expires: 120;refresher=uas", "Allow: UPDATE"),
    ("Session-Expires: 1", "Min-SE: x"),
]
CHALLENGE = 'Digest realm="r", nonce="n", algorithm=MD5, stale={stale}'


class Chaos:
    """One agent with a call in and a call out, and a far end without manners."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.peer = Peer(seed=seed)
        self.calls, self.asked, self.dialogs = [], [], [("in", ""), ("in", "guess")]
        self.number = 1
        self.ringing = set()
        self.packet = request()

    def collect(self):
        self.asked += [message for message in self.peer.heard if hasattr(message, "method")]
        for message in self.peer.heard:
            tag = message.recipient.tag if hasattr(message, "status") else message.sender.tag
            self.dialogs.append((message.call_id, tag))
        for event in self.peer.events:
            if isinstance(event, Incoming):
                self.calls.append(event.call)
                self.ringing.add(event.call)

    def body(self):
        return self.rng.choice(["", SDP, SDP.replace("sendrecv", "inactive"), "v=0\r\n", SDP.replace("8 0", "18")])

    def requests(self):
        method, rng = self.rng.choice(METHODS), self.rng
        call, tag = rng.choice(self.dialogs[:2] + self.dialogs[-4:])
        self.number += rng.random() < 0.6
        return request(
            method,
            call=call,
            branch=rng.choice(["one", str(rng.random()), str(rng.random())]),
            cseq=self.number,
            to_tag=tag,
            body=self.body() if method in ("INVITE", "ACK", "UPDATE") else rng.choice(["", "Signal=1"]),
            kind="application/sdp" if method != "INFO" else "application/dtmf-relay",
            extra=rng.choice(TERMS),
        )

    def responses(self):
        asked, rng = self.rng.choice(self.asked), self.rng
        challenge = CHALLENGE.format(stale=rng.choice(["true", "false"]))
        extra = (*CONTACT, *rng.choice(TERMS), f"WWW-Authenticate: {challenge}", f"Proxy-Authenticate: {challenge}")
        return response(
            asked, rng.choice(STATUSES), tag=rng.choice(["far", "far", "other", ""]), body=self.body(), extra=extra
        )

    def commands(self):
        rng, peer = self.rng, self.peer
        kind = rng.randrange(5)
        if kind == 0 and len(self.calls) < 6:
            peer.do("invite", attempt(login=Login("u", "p")))
            self.calls.append(peer.result)
        elif kind == 1 and self.ringing:
            peer.do("accept", self.ringing.pop(), (OURS[0], 10000))
        elif kind == 2 and self.ringing:
            peer.do("ring", min(self.ringing))
        elif kind == 3 and self.calls:
            peer.do("hold", rng.choice(self.calls), rng.random() < 0.5)
        elif self.calls:
            call = rng.choice(self.calls)
            self.ringing.discard(call)
            peer.do("hang_up", call)

    def step(self):
        kind = self.rng.random()
        if kind < 0.4:
            self.packet = self.requests()
            self.peer.say(self.packet)
        elif kind < 0.75 and self.asked:
            self.packet = self.responses()
            self.peer.say(self.packet)
        elif kind < 0.8:
            self.peer.say(mutated(self.rng, self.packet.encode()))
        elif kind < 0.95:
            self.commands()
        else:
            self.peer.heard, self.peer.events = [], []
            for _, message in self.peer.wait(self.rng.choice([0.3, 3.0, 20.0, 200.0])):
                self.peer.heard.append(message)
        self.collect()

    def play(self):
        for _ in range(60):
            self.step()
        for call in self.calls:
            self.peer.do("hang_up", call)
        self.peer.wait(600.0)
        return self


@pytest.mark.parametrize("first", range(0, WORLDS, IN_ONE_TEST))
def test_whatever_a_far_end_says_nothing_breaks_and_nothing_stays_behind(first):
    for seed in range(first, first + IN_ONE_TEST):
        chaos = Chaos(seed).play()
        assert chaos.peer.agent.idle(), f"world {seed}"
        assert chaos.peer.say(request(call="afterwards", branch="afterwards"))[0].status == 100, f"world {seed}"


def test_the_chaos_reaches_every_kind_of_event():
    kinds, wanted = set(), {"Incoming", "Progress", "Answered", "Rejected", "Ended", "MediaChanged", "Digit"}
    for seed in range(WORLDS):
        chaos = Chaos(seed)
        for _ in range(60):
            chaos.step()
            kinds |= {type(event).__name__ for event in chaos.peer.events}
        if kinds >= wanted:
            return
    raise AssertionError(f"never happened: {wanted - kinds}")
