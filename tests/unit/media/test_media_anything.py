"""Any bytes at a sound port are sound, a digit, a report or nothing; the same for messages of our own processes."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from appliance.media import rtcp, rtp, wire
from appliance.media.dtmf import EVENTS, DigitReceiver
from appliance.media.lock import PeerLock
from tests.anything import anything, in_time, some, spoilt

SOUND = rtp.packet(8, True, 65_535, 4_294_967_200, 7, b"\xd5" * 160)
KEY = rtp.packet(101, True, 1, 160, 7, b"\x05\x8a\x03\x20")
WITH_EXTENSION = b"\x93\x08" + SOUND[2:12] + bytes(12) + b"\xbe\xde\0\1abcd" + b"\xd5" * 160
PADDED = b"\xa0" + SOUND[1:] + b"\0\0\0\4"
BLOCK = rtcp.Block(1, 64, -3, 65_900, 12, 4, 5)
REPORTS = [
    rtcp.report(7, rtcp.SenderInfo(1_790_000_000.25, 160, 50, 8000), BLOCK, "zażółć@box", bye=True),
    rtcp.report(7, None, BLOCK, "name"),
]


@some
@given(spoilt([SOUND, KEY, WITH_EXTENSION, PADDED]))
def test_any_packet_is_rtp_with_a_payload_inside_it_or_refused(data):
    with in_time(), suppress(rtp.RtpError):
        *_, start, end = rtp.parse(data, len(data))
        assert 12 <= start < end <= len(data)


@some
@given(st.lists(spoilt([SOUND, KEY, WITH_EXTENSION, PADDED]), max_size=30), st.booleans())
def test_any_stream_of_packets_gives_digits_and_counts_that_can_be_reported(packets, right):
    receiver, reception, pressed = DigitReceiver(), None, 0
    lock = PeerLock(("192.0.2.2", 20000))
    with in_time():
        for number, data in enumerate(packets):
            with suppress(rtp.RtpError):
                kind, marker, sequence, timestamp, ssrc, start, end = rtp.parse(data, len(data))
                reception = reception or rtcp.Reception(ssrc, sequence)
                reception.receive(sequence, timestamp, number * 0.02)
                lock.offer(("192.0.2.2", 20000 + (not right)), ssrc)
                if kind == 101:
                    digit = receiver.receive(data[start:end], timestamp, bool(marker))
                    assert digit is None or digit in EVENTS
                    pressed += digit is not None
        assert pressed <= len(packets)
        if reception is not None:
            assert rtcp.parse(rtcp.report(1, None, reception.block(), "c"))


@some
@given(st.lists(spoilt([b"\x05\x8a\x03\x20", b"\x0f\x0a\xff\xff"]) | anything(8), max_size=20), st.data())
def test_any_event_payloads_are_digits_or_nothing(payloads, data):
    receiver = DigitReceiver()
    with in_time():
        for payload in payloads:
            at = data.draw(st.sampled_from([0, 160, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1))
            digit = receiver.receive(payload, at, data.draw(st.booleans()))
            assert digit is None or digit in EVENTS


@some
@given(spoilt(REPORTS))
def test_any_report_is_items_or_refused(data):
    with in_time(), suppress(rtcp.RtcpError):
        assert all(isinstance(item, rtcp.Report | rtcp.Goodbye | rtcp.Description) for item in rtcp.parse(data))


@some
@given(
    spoilt(
        [wire.encode("open", 1, 2.5), wire.encode("play", 1, 2, ["a", "b"], True), wire.encode("key", 1, "5", False)]
    )
)
def test_any_message_between_the_processes_is_one_of_its_kinds_or_refused(data):
    with in_time(), suppress(wire.WireError):
        kind, values = wire.decode(data)
        assert wire.encode(kind, *values)
