"""A stream of bytes becomes the same messages however it is split, and garbage ends it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.lines.sip.framing import Framer, Ping

from .peer import request

SHORT = request("OPTIONS", branch="short").encode()
LONG = request(body="v=0\r\n" + "\r\n\r\na=x" * 300).encode()
PING, PONG = b"\r\n\r\n", b"\r\n"
PIECES = st.lists(
    st.sampled_from([SHORT, LONG, PING, b"SIP/2.0 200 OK\r\nl:2\r\n\r\nxy", b"BYE sip:a SIP/2.0\r\n\r\n"])
)


def framed(stream, cuts=()):
    framer = Framer()
    found = []
    edges = [0, *sorted(cuts), len(stream)]
    for start, end in pairwise(edges):
        found += framer.feed(stream[start:end])
    return found, framer


@given(PIECES, st.data())
def test_any_split_gives_the_same_messages(pieces, data):
    stream = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=40))
    found, framer = framed(stream, cuts)
    assert found == [Ping() if piece == PING else piece for piece in pieces]
    assert not framer.fault and not framer.partial


@given(st.binary(max_size=200), st.data())
def test_any_split_of_anything_gives_the_same(stream, data):
    stream = data.draw(st.sampled_from([b"", SHORT, PING + b"SIP/2.0 200 OK\r\n"])) + stream
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    whole, split = framed(stream), framed(stream, cuts)
    assert whole[0] == split[0]
    assert whole[1].fault == split[1].fault


def test_byte_by_byte():
    stream = PONG + SHORT + PING + PONG + LONG
    assert framed(stream, range(len(stream)))[0] == [SHORT, Ping(), LONG]


@pytest.mark.parametrize("name", ["Content-Length: 4", "l:4", "CONTENT-LENGTH :4", "Content-Length:\r\n 4"])
def test_content_length_in_every_spelling(name):
    one = f"INFO sip:a SIP/2.0\r\nVia: x\r\n{name}\r\nTo: y\r\n\r\nbody".encode()
    assert framed(one + SHORT)[0] == [one, SHORT]


@pytest.mark.parametrize(
    ("garbage", "fault"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no SIP message"),
        (b"\x16\x03\x01\x02\x00\x01", "no SIP message"),
        (b"\0\0\0\0", "no SIP message"),
        (b"A" * 9_000, "first line too long"),
        (b"A" * 9_000 + b" SIP/2.0\r\n\r\n", "first line too long"),
        (b"BYE sip:a SIP/2.0\r\n" + b"X: y\r\n" * 20_000, "head too long"),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: 65535\r\n\r\n", "message too long"),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n", "Content-Length out of range"),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", "Content-Length out of range"),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n", "two Content-Lengths"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_garbage_ends_the_stream_after_what_came_before(garbage, fault):
    found, framer = framed(SHORT + garbage)
    assert (found, framer.fault) == ([SHORT], fault)
    assert framer.feed(SHORT) == [], "nothing is believed after garbage"


def test_a_head_byte_by_byte_costs_no_more_than_its_length():
    """64 KB in single bytes: searched once, not sixty thousand times."""
    framer = Framer()
    for byte in b"BYE sip:a SIP/2.0\r\n" + b"X: yyyyyyyyyyyyyyyyy\r\n" * 2_500:
        assert framer.feed(bytes([byte])) == []
    assert not framer.fault
