"""The stream of a voice modem: whatever the pieces, the same sound and the same events."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.media.dle import Decoder, Event, Shields, encode

CODES = "bdsqRlLuo/~0123456789*#ABCD"
SOUND = st.binary(max_size=60).map(bytes)
PARTS = st.lists(st.one_of(SOUND, st.sampled_from(CODES)), max_size=12)


def written(parts) -> bytes:
    """As V.253 has it, by the rule and not by our encoder."""
    out = bytearray()
    for part in parts:
        if isinstance(part, str):
            out += b"\x10" + part.encode()
        else:
            for sample in part:
                out += b"\x10\x10" if sample == 0x10 else bytes((sample,))
    return bytes(out)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({each % (len(data) + 1) for each in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


def decoded(stream: list[bytes]) -> tuple[bytes, list[Event]]:
    decoder, sound, events = Decoder(), b"", []
    for piece in stream:
        heard, told = decoder.feed(piece)
        sound += heard
        events += told
    return sound, events


@given(PARTS, st.lists(st.integers(0, 1000), max_size=30))
def test_what_a_modem_sends_is_read_whole_whatever_the_pieces(parts, cuts):
    sound, events = decoded(pieces(written(parts), cuts))
    assert sound == b"".join(each for each in parts if isinstance(each, bytes))
    before, wanted = 0, []
    for part in parts:
        if isinstance(part, bytes):
            before += len(part)
        else:
            wanted.append(Event(part, before))
    assert events == wanted


@given(st.binary(max_size=300), st.lists(st.integers(0, 1000), max_size=30))
def test_any_bytes_are_borne_and_pieces_change_nothing(data, cuts):
    assert decoded(pieces(data, cuts)) == decoded([bytes((each,)) for each in data])


@given(SOUND)
def test_what_we_say_comes_out_as_it_was(sound):
    assert decoded([encode(sound)]) == (sound, [])


@pytest.mark.parametrize(
    ("data", "sound", "codes"),
    [
        (b"\x10\x10", b"\x10", ""),
        (b"\x10\x10\x10b", b"\x10", "b"),  # three in a row: a sample, then an event
        (b"\x10\x10\x10\x10", b"\x10\x10", ""),
        (b"\x10\x1a", b"\x10\x10", ""),  # DLE SUB: two of them (V.253)
        (b"a\x10\x03\r\nOK\r\n", b"a", "\x03"),  # nothing after the end is sound
        (b"\x10u\x10uabc\x10o", b"abc", "uuo"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_the_habits_of_the_shield(data, sound, codes, size):
    heard, events = decoded([data[start : start + size] for start in range(0, len(data), size)])
    assert (heard, "".join(each.code for each in events)) == (sound, codes)


@given(st.lists(st.sampled_from(["\r\nOK\r\n", "\r\nRING\r\n", "R", "b"]), max_size=8), st.integers(1, 5))
def test_events_between_lines_leave_the_lines_whole(parts, size):
    data = b"".join(b"\x10" + each.encode() if len(each) == 1 else each.encode() for each in parts)
    shields, text, codes = Shields(), b"", []
    for start in range(0, len(data), size):
        heard, told = shields.feed(data[start : start + size])
        text, codes = text + heard, codes + told
    assert text.decode() == "".join(each for each in parts if len(each) > 1)
    assert codes == [each for each in parts if len(each) == 1]
