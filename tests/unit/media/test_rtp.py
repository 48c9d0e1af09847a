"""RTP headers: any bytes are bearable, and what is written can be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.rtp import RtpError, ahead16, ahead32, packet, parse


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_packet_with_a_payload_or_an_error(data):
    try:
        _, _, _, _, _, start, end = parse(data, len(data))
    except RtpError:
        return
    assert 12 <= start < end <= len(data)


@settings(deadline=None)
@given(st.binary(min_size=13, max_size=80), st.integers(0, 255))
def test_any_bytes_that_look_like_rtp_give_a_packet_or_an_error(data, first):
    data = bytes((0x80 | first & 0x3F,)) + data[1:]
    try:
        _, _, _, _, _, start, end = parse(data, len(data))
    except RtpError:
        return
    assert 12 <= start < end <= len(data)


@settings(deadline=None)
@given(
    st.integers(0, 127), st.booleans(), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
    st.binary(min_size=1, max_size=200),
)  # fmt: skip
def test_what_is_written_can_be_read(payload_type, marker, sequence, timestamp, ssrc, payload):
    data = packet(payload_type, marker, sequence, timestamp, ssrc, payload)
    read = parse(data, len(data))
    assert read == (payload_type, 0x80 if marker else 0, sequence, timestamp, ssrc, 12, len(data))


def test_sources_extension_and_padding_are_left_out_of_the_payload():
    body = bytes(4) * 2 + b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\0\0\x03"
    data = bytes((0x80 | 0x20 | 0x10 | 2,)) + packet(8, False, 1, 2, 3, body)[1:]
    *_, start, end = parse(data, len(data))
    assert data[start:end] == b"sound"


@pytest.mark.parametrize(
    "first, body",
    [
        (0x80, b""),
        (0x40, b"sound"),  # version 1
        (0x8F, b"sound"),  # fifteen sources promised
        (0x90, b"\xbe\xde\xff\xffsound"),  # extension past the end
        (0x90, b"\xbe"),
        (0xA0, b"sound\xff"),  # more padding than packet
        (0xA0, b"sound\x00"),
        (0xA0, b"\x01"),  # nothing but padding
    ],
)
def test_lies_about_lengths_are_refused(first, body):
    data = bytes((first,)) + packet(8, False, 1, 2, 3, body)[1:]
    with pytest.raises(RtpError):
        parse(data, len(data))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-30_000, 30_000))
def test_numbers_that_wrap_round_keep_their_distance(old, step):
    assert ahead32((old + step) & 0xFFFFFFFF, old) == step
    assert ahead16((old + step) & 0xFFFF, old & 0xFFFF) == step
