"""RTCP: any bytes are bearable, reports can be read back, loss and jitter are counted as RFC 3550 says."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.rtcp import (
    Block,
    Description,
    Goodbye,
    Reception,
    Report,
    RtcpError,
    SenderInfo,
    parse,
    report,
)  # fmt: skip


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_give_items_or_an_error(data):
    with contextlib.suppress(RtcpError):
        parse(data)


@settings(deadline=None)
@given(st.integers(200, 204), st.integers(0, 31), st.integers(0, 9), st.binary(max_size=60))
def test_any_bytes_behind_a_true_header_give_items_or_an_error(kind, count, words, body):
    with contextlib.suppress(RtcpError):
        parse(bytes((0x80 | count, kind, 0, words)) + body)


words32 = st.integers(0, 2**32 - 1)
blocks = st.builds(
    Block, words32, st.integers(0, 255), st.integers(-(2**23) + 1, 2**23 - 1), words32, words32, words32, words32
)


@settings(deadline=None)
@given(words32, st.none() | blocks, st.text("abc0", max_size=30), st.booleans())
def test_a_receiver_report_is_read_as_it_was_written(ssrc, block, cname, bye):
    data = report(ssrc, None, block, cname, bye=bye)
    expected = [Report(ssrc, None, (block,) if block else ()), Description(ssrc, cname)]
    assert parse(data) == expected + ([Goodbye((ssrc,))] if bye else [])
    assert len(data) % 4 == 0


def test_a_sender_report_tells_the_wall_clock_of_its_timestamp():
    data = report(7, SenderInfo(1_790_000_000.25, 160, 50, 8000), None, "name")
    first = parse(data)[0]
    assert isinstance(first, Report)
    assert first.sender == SenderInfo(1_790_000_000.25, 160, 50, 8000)
    assert first.ntp_middle == ((1_790_000_000 + 2_208_988_800) & 0xFFFF) << 16 | 0x4000


def test_every_fourth_packet_lost_is_reported_as_64_of_256():
    reception = Reception(1, 65_500)
    for index in range(0, 400):
        if index % 4 != 3:
            reception.receive((65_500 + index) & 0xFFFF, 160 * index, index * 0.02)
    assert (reception.received, reception.lost) == (300, 99)  # the last one cannot be known to be lost
    block = reception.block()
    assert (block.fraction, block.lost, block.highest) == (63, 99, 65_500 + 398)
    assert block.jitter == 0
    assert reception.block().fraction == 0  # nothing more since


def test_spacing_that_differs_by_10_ms_each_time_is_10_ms_of_jitter():
    reception = Reception(1, 0)
    for index in range(200):
        reception.receive(index, 160 * index, index * 0.02 + (0.01 if index % 2 else 0.0))
    assert round(reception.jitter_seconds, 4) == 0.01


def test_copies_and_reordering_are_no_loss():
    reception = Reception(1, 10)
    for sequence in (10, 12, 11, 13, 13):
        reception.receive(sequence, 0, 0.0)
    assert reception.lost == -1  # RFC 3550 §A.3: duplicates count as received
