"""A box behind a forwarded port: providers are told the address outside, whatever address the box is bound to."""

from __future__ import annotations

import re
import socket

from tests.peers import building
from tests.peers.ports import HOST

OUTSIDE = "203.0.113.7"
ANSWER_SECONDS = 10.0
SOUND = (
    f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
)


def test_an_incoming_call_is_answered_with_the_advertised_address(exchange):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as provider:
        provider.bind((HOST, 0))
        provider.settimeout(ANSWER_SECONDS)
        here = f"{HOST}:{provider.getsockname()[1]}"
        box = exchange(building.sample(here), "--sip-advertised", OUTSIDE)
        provider.sendto(invite(here, box.address).encode(), (HOST, box.port))
        answer = ""
        while not answer.startswith("SIP/2.0 200 "):
            answer = provider.recv(65_535).decode()
    assert re.search(rf"^Contact: <sip:{OUTSIDE}:{box.port}>", answer, re.MULTILINE), answer
    assert f"c=IN IP4 {OUTSIDE}" in answer
    assert f"c=IN IP4 {HOST}" not in answer


def invite(here: str, there: str) -> str:
    """An INVITE of the provider's."""
    return "\r\n".join(
        [
            f"INVITE sip:{building.NUMBER}@{there} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bKadvertised",
            f"From: <sip:{building.RESIDENT_USER}@{here}>;tag=advertised",
            f"To: <sip:{building.NUMBER}@{there}>",
            "Call-ID: advertised",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{here}>",
            "Max-Forwards: 70",
            "Content-Type: application/sdp",
            f"Content-Length: {len(SOUND)}",
            "",
            SOUND,
        ]
    )
