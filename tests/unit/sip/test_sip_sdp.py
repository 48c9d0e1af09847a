"""Session descriptions: what is taken of an offer, what is answered, and that nothing else breaks it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.lines.sip import sdp
from appliance.lines.sip.text import ProtocolError

from .peer import SDP

OUR_PLACE = ("192.0.2.1", 10000)


def offer(*media, session="c=IN IP4 192.0.2.2", before=""):
    lines = ["v=0", "o=- 1 1 IN IP4 192.0.2.2", "s=-", *([session] if session else []), "t=0 0"]
    return "\r\n".join([*lines, *([before] if before else []), *media, ""]).encode()


def test_a_law_is_preferred_whatever_the_order():
    choice = sdp.pick(offer("m=audio 20000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000"))
    assert choice == sdp.MediaChoice(("192.0.2.2", 20000), "PCMA", 8, 96, "sendrecv")


@pytest.mark.parametrize(
    ("formats", "codec", "payload_type"), [("0 8 96", "PCMU", 0), ("8 0 96", "PCMA", 8), ("18 0 96", "PCMU", 0)]
)
def test_of_an_answer_the_first_codec_is_taken_whatever_we_like_best(formats, codec, payload_type):
    """RFC 3264 §6.1: what stands first is what the far end likes best."""
    choice = sdp.agreed(offer(f"m=audio 20000 RTP/AVP {formats}", "a=rtpmap:96 telephone-event/8000"))
    assert choice == sdp.MediaChoice(("192.0.2.2", 20000), codec, payload_type, 96, "sendrecv")


@pytest.mark.parametrize("address", ["IN IP4 sound.provider.example", "IN IP6 2001:db8::2"])
def test_an_address_that_we_cannot_use_is_no_reason_to_refuse_a_call(address):
    body, choice = sdp.answer(offer("m=audio 20000 RTP/AVP 8", session=f"c={address}"), OUR_PLACE, 1, 1)
    assert choice.remote == (address.split()[-1], 20000)
    assert b"m=audio 10000 RTP/AVP 8" in body


def test_a_stream_without_any_address_is_refused():
    with pytest.raises(ProtocolError):
        sdp.pick(offer("m=audio 20000 RTP/AVP 8", session=""))


def test_mu_law_alone_is_taken_and_answered_as_mu_law():
    body, choice = sdp.answer(offer("m=audio 20000 RTP/AVP 18 0"), OUR_PLACE, 1, 1)
    assert (choice.codec, choice.payload_type, choice.event_type) == ("PCMU", 0, None)
    assert b"m=audio 10000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000" in body
    assert b"telephone-event" not in body


def test_a_law_under_a_dynamic_number():
    choice = sdp.pick(offer("m=audio 20000 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"))
    assert (choice.codec, choice.payload_type) == ("PCMA", 97)


def test_a_number_that_was_given_another_meaning_is_not_a_law():
    with pytest.raises(ProtocolError):
        sdp.pick(offer("m=audio 20000 RTP/AVP 8", "a=rtpmap:8 opus/48000/2"))


def test_the_address_of_the_stream_beats_that_of_the_session():
    media = ("m=audio 20000 RTP/AVP 8", "c=IN IP4 198.51.100.9")
    assert sdp.pick(offer(*media)).remote == ("198.51.100.9", 20000)
    assert sdp.pick(offer(*media, session="")).remote == ("198.51.100.9", 20000)
    assert sdp.pick(offer("m=audio 4 RTP/AVP 8", session="c=IN IP6 2001:db8::2")).remote == ("2001:db8::2", 4)


def test_every_other_stream_is_refused_with_port_0_in_its_place():
    body, _ = sdp.answer(
        offer("m=video 30000 RTP/AVP 96", "m=audio 0 RTP/AVP 8", "m=audio 20000 RTP/AVP 8", "m=image 5 udptl t38"),
        OUR_PLACE,
        1,
        1,
    )
    lines = [line for line in body.decode().split("\r\n") if line.startswith("m=")]
    assert lines == [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/AVP 8",
        "m=audio 10000 RTP/AVP 8",
        "m=image 0 udptl t38",
    ]


@pytest.mark.parametrize(
    ("theirs", "ours", "on_hold"),
    [
        ("sendrecv", "sendrecv", False),
        ("sendonly", "recvonly", True),
        ("recvonly", "sendonly", False),
        ("inactive", "inactive", True),
    ],
)
def test_directions_are_answered_by_their_mirror(theirs, ours, on_hold):
    for described in (
        offer("m=audio 20000 RTP/AVP 8", f"a={theirs}"),
        offer("m=audio 20000 RTP/AVP 8", before=f"a={theirs}"),
    ):
        body, choice = sdp.answer(described, OUR_PLACE, 1, 1)
        assert f"a={ours}\r\n".encode() in body
        assert choice.on_hold is on_hold


def test_the_old_way_to_hold():
    body, choice = sdp.answer(offer("m=audio 20000 RTP/AVP 8", session="c=IN IP4 0.0.0.0"), OUR_PLACE, 1, 1)
    assert choice.on_hold and b"a=recvonly" in body


@pytest.mark.parametrize("port", ["999999", "65536", "-1", "", "٢٠٠٠٠", "1e4", "9" * 5000])
def test_impossible_ports_are_refused(port):
    with pytest.raises(ProtocolError):
        sdp.pick(offer(f"m=audio {port} RTP/AVP 8"))


def test_our_offer_is_an_offer_that_we_would_take():
    choice = sdp.pick(sdp.offer(OUR_PLACE, 5, 1))
    assert choice == sdp.MediaChoice(OUR_PLACE, "PCMA", 8, 101, "sendrecv")
    assert b"a=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv" in sdp.offer(OUR_PLACE, 5, 1)
    assert b"c=IN IP6 2001:db8::1" in sdp.offer(("2001:db8::1", 4), 5, 1)


def test_our_answer_settles_the_same_for_both():
    body, theirs = sdp.answer(sdp.offer(OUR_PLACE, 5, 1), ("192.0.2.2", 20000), 7, 1)
    ours = sdp.agreed(body)
    assert (ours.codec, ours.payload_type, ours.event_type) == (theirs.codec, theirs.payload_type, theirs.event_type)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_choice_or_a_protocol_error(body):
    for data in (body, b"v=0\r\n" + body, SDP.encode() + body, SDP.encode()[: len(body)] + body):
        try:
            choice = sdp.pick(data)
        except ProtocolError:
            continue
        assert 0 < choice.remote[1] < 65536
        answered, _ = sdp.answer(data, OUR_PLACE, 1, 1)
        answered.decode()


@settings(deadline=None)
@given(st.lists(st.sampled_from(SDP.split("\r\n")), max_size=20))
def test_lines_in_any_order(lines):
    with contextlib.suppress(ProtocolError):
        sdp.pick("\r\n".join(["v=0", *lines]).encode())
