"""sipp as the provider that carries the calls to the person on duty: every way in which such a call can end."""

from __future__ import annotations

import hashlib
import re
import socket

import pytest

from appliance import VERSION
from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.sipp import answered, bye_of_callee, call, expect, hang_up, lossy, pause, reply, sdp

CALLER, CALLED = building.RESIDENT_USER, building.NUMBER
RING_SECONDS = 4
SILENCE_SECONDS = 3  # after so long without any answer the line is down
TALK_MS = 6000  # long enough for the two to be connected
LOST_PERCENT = 33
INVITE_AGAIN = "CSeq: 1 INVITE"
USER, PASSWORD, REALM, NONCE = "48221234567", "tajne-haslo", "provider.example", "dcd98b7102dd2f0e8b11d0f600bfb0c0"

TRYING, RINGING = reply(100, "Trying"), reply(180, "Ringing")


class Street:
    """An exchange whose provider is at `provider`, and a resident who calls it and presses 1."""

    def __init__(self, exchange, peers):
        self.provider = free_range(2)
        self.peers = peers
        self.box = exchange(building.only_nowak(f"{HOST}:{self.provider}", RING_SECONDS))

    def provided(self, name, steps):
        """What the provider does with the call to Nowak."""
        return self.peers.sipp(name, steps, port=self.provider)

    def urgent_call(self, *then):
        """The resident's call; `then` is what follows once 1 was pressed, else the box hangs up."""
        handset = self.peers.handset()
        steps = call(handset.port, CALLED, CALLER, *(then or (expect("BYE"), reply(200, "OK"))))
        resident = self.peers.sipp("resident", steps, remote=self.box.address)
        handset.press("1")
        return resident

    def result(self):
        """How ringing Nowak ended, and the row of the call."""
        row = self.box.last_call()
        (rung,) = row["rung"]
        assert (rung["who"], rung["phone"]) == ("nowak", building.NOWAK)
        return rung["result"], row


@pytest.fixture
def street(exchange, peers):
    return Street(exchange, peers)


def picked_up(handset):
    """The provider's steps for a call that is answered."""
    return [
        expect("INVITE"),
        TRYING,
        RINGING,
        reply(200, "OK", sdp(handset.port), until_ack=True),
        expect("ACK"),
    ]


@pytest.mark.parametrize(
    ("status", "reason", "result"),
    [
        (486, "Busy Here", "busy"),
        (480, "Temporarily Unavailable", "no answer"),
        (603, "Decline", "refused"),
        (404, "Not Found", "wrong number"),
        (503, "Service Unavailable", "line down"),
    ],
)
def test_a_refusal_is_told_apart(street, status, reason, result):
    provider = street.provided("refusal", [expect("INVITE"), TRYING, reply(status, reason), expect("ACK")])
    resident = street.urgent_call()
    provider.succeeds()
    resident.succeeds()
    assert street.result()[0] == result


def test_a_provider_that_says_nothing_is_a_line_down(street):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind((HOST, street.provider))
        street.urgent_call().succeeds()
    result, row = street.result()
    assert result == "line down"
    assert row["rung"][0]["seconds"] == pytest.approx(SILENCE_SECONDS, abs=0.9)


def test_ringing_for_ever_is_cancelled_after_ring_seconds(street):
    provider = street.provided(
        "for-ever",
        [
            expect("INVITE"),
            TRYING,
            RINGING,
            expect("CANCEL"),
            reply(200, "OK"),
            reply(487, "Request Terminated", cseq=INVITE_AGAIN, until_ack=True),
            expect("ACK"),
        ],
    )
    resident = street.urgent_call()
    provider.succeeds()
    resident.succeeds()
    result, row = street.result()
    assert result == "no answer"
    assert row["rung"][0]["seconds"] == pytest.approx(RING_SECONDS, abs=1.0)


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up(street):
    handset = street.peers.handset()
    provider = street.provided(
        "crossing",
        [
            expect("INVITE"),
            TRYING,
            RINGING,
            expect("CANCEL"),
            reply(200, "OK"),
            reply(200, "OK", sdp(handset.port), cseq=INVITE_AGAIN, until_ack=True),
            expect("ACK"),
            expect("BYE"),
            reply(200, "OK"),
        ],
    )
    resident = street.urgent_call()
    provider.succeeds()
    resident.succeeds()
    assert street.result()[0] == "no answer"


def test_who_hangs_up_while_the_phone_rings_stops_the_ringing(street):
    provider = street.provided(
        "stopped",
        [
            expect("INVITE"),
            TRYING,
            RINGING,
            expect("CANCEL"),
            reply(200, "OK"),
            reply(487, "Request Terminated", cseq=INVITE_AGAIN, until_ack=True),
            expect("ACK"),
        ],
    )
    resident = street.urgent_call(pause(2000), *hang_up(CALLED, CALLER))
    resident.succeeds()
    provider.succeeds()
    result, row = street.result()
    assert (result, row["outcome"], row["urgent"]) == ("cancelled", "abandoned", True)
    assert row["ticket"] is not None, "an urgent caller whom nobody spoke to must not be forgotten"


def test_who_answers_and_presses_1_talks_until_the_resident_hangs_up(street):
    handset = street.peers.handset()
    provider = street.provided("accepts", [*picked_up(handset), expect("BYE"), reply(200, "OK")])
    resident = street.urgent_call(pause(TALK_MS), *hang_up(CALLED, CALLER))
    handset.press("1")
    resident.succeeds()
    provider.succeeds()
    result, row = street.result()
    assert (result, row["outcome"], row["answered_by"]) == ("answered", "answered", "nowak")
    names = re.findall(r"^(User-Agent|Server): (.*?)\r?$", provider.messages(), re.MULTILINE)
    assert set(names) == {("User-Agent", f"Dyzurka/{VERSION}")}, "every request of ours says what we are"
    assert ("Server", f"Dyzurka/{VERSION}") in re.findall(r"^(Server): (.*?)\r?$", resident.messages(), re.MULTILINE)


def test_the_resident_is_let_go_when_the_person_on_duty_hangs_up(street):
    handset = street.peers.handset()
    rings, answers = expect("INVITE", note_caller=True), picked_up(handset)[1:]
    ends = [pause(TALK_MS), bye_of_callee(), answered("BYE")]
    provider = street.provided("hangs-up", [rings, *answers, *ends])
    resident = street.urgent_call()
    handset.press("1")
    provider.succeeds()
    resident.succeeds()
    assert street.result()[1]["outcome"] == "answered"


def test_2_declines(street):
    handset = street.peers.handset()
    provider = street.provided("declines", [*picked_up(handset), expect("BYE"), reply(200, "OK")])
    resident = street.urgent_call()
    handset.press("2")
    provider.succeeds()
    resident.succeeds()
    assert street.result()[0] == "declined"


def test_answer_and_end_come_through_when_a_third_of_their_messages_is_lost(street):
    handset = street.peers.handset()
    *rings, answer, acknowledged = picked_up(handset)
    answer, end = lossy(LOST_PERCENT, answer, expect("BYE"))
    steps = [*rings, answer, acknowledged, end, reply(200, "OK")]
    provider = street.provided("lossy", steps)
    resident = street.urgent_call()
    handset.press("2", 15.0)
    provider.succeeds()
    resident.succeeds()
    assert street.result()[0] == "declined"


@pytest.mark.parametrize(("algorithm", "digest"), [("MD5", hashlib.md5), ("SHA-256", hashlib.sha256)])
@pytest.mark.parametrize(
    ("status", "challenge", "answer"),
    [(401, "WWW-Authenticate", "Authorization"), (407, "Proxy-Authenticate", "Proxy-Authorization")],
)
def test_the_call_is_made_again_with_credentials(street, status, challenge, answer, algorithm, digest):
    header = f'      {challenge}: Digest realm="{REALM}", nonce="{NONCE}", algorithm={algorithm}, qop="auth"\n'
    steps = [expect("INVITE"), reply(status, "Who is it", headers=header), expect("ACK")]
    provider = street.provided("challenge", [*steps, expect("INVITE"), reply(486, "Busy Here"), expect("ACK")])
    resident = street.urgent_call()
    provider.succeeds()
    resident.succeeds()
    assert street.result()[0] == "busy"
    line = re.search(rf"^{answer}: Digest (.+)$", provider.messages(), re.MULTILINE)
    assert line, provider.messages()
    given = {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', line[1])}
    assert (given["username"], given["realm"], given["nonce"]) == (USER, REALM, NONCE)
    assert given["response"] == response_of(digest, given)


def response_of(digest, given):
    """The response that RFC 7616 §3.4 asks of this user."""

    def hashed(*parts):
        return digest(":".join(parts).encode()).hexdigest()

    secret, about = hashed(USER, REALM, PASSWORD), hashed("INVITE", given["uri"])
    return hashed(secret, NONCE, given["nc"], given["cnonce"], given["qop"], about)
