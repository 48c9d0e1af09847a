"""The messages between exchange and media process: any bytes are bearable, each kind survives the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.channel import Channel
from appliance.media.pcm_channel import PcmChannel
from appliance.media.plane import ANSWERS, PORT_ANSWERS
from appliance.media.wire import KINDS, WireError, decode, encode

VALUES = {
    int: st.integers(-(2**60), 2**60),
    bool: st.booleans(),
    str: st.text(max_size=40),
    list: st.lists(st.text(max_size=20), max_size=4),
    float: st.floats(-1e14, 1e14),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_every_message_arrives_as_it_was_sent(kind, data):
    values = [data.draw(VALUES[each]) for each in KINDS[kind].values()]
    assert decode(encode(kind, *values)) == (kind, values)


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_give_a_message_or_an_error(data):
    with pytest.raises(WireError):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"[1]", b'["close"]', b'["close","1"]', b'["close",true]', b'["close",1,2]',
        b'["nothing",1]',
        b'["voice",1,1,NaN]', b'["voice",1,1,Infinity]', b'["voice",1,1,1' + b"0" * 400 + b"]", b"[" * 50_000,
        b'["play",1,1,["a",1],false]', b"\xff\xfe", b"1" * 5000,
    ],
)  # fmt: skip
def test_what_only_looks_like_a_message_is_refused(data):
    with pytest.raises(WireError):
        decode(data)


def test_a_path_that_is_no_utf8_survives():
    assert decode(encode("unread", 1, "/a/\udcff", "x"))[1][1] == "/a/\udcff"


def test_what_does_not_fit_is_not_sent():
    with pytest.raises(WireError):
        encode("play", 1, 1, ["x" * 70_000], False)


def test_whatever_the_media_process_reports_of_a_leg_finds_somebody_who_takes_it():
    """What it says at all stands behind "ready" in KINDS; three kinds the plane deals with by itself."""
    kinds = list(KINDS)
    said = {kind for kind in kinds[kinds.index("ready") :] if "leg" in KINDS[kind]}
    assert said - {"lost", "stats", "closed"} == set(ANSWERS) | set(PORT_ANSWERS)
    assert set(ANSWERS.values()) <= set(vars(Channel).values())
    assert set(PORT_ANSWERS.values()) <= set(vars(PcmChannel).values())
