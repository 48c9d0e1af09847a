"""Whom a leg believes: the address of the SDP at once, a steady stranger after five packets, nobody else."""

from __future__ import annotations

from appliance.media.lock import PeerLock

SDP, NAT, STRANGER = ("192.0.2.1", 4000), ("198.51.100.7", 61234), ("203.0.113.9", 9)


def test_the_address_of_the_sdp_is_believed_at_once_and_for_good():
    lock = PeerLock(SDP)
    assert lock.offer(SDP, 1)
    assert lock.certain
    assert not any(lock.offer(STRANGER, 1) for _ in range(20))
    assert lock.offer(SDP, 2)


def test_a_phone_behind_nat_is_believed_at_its_fifth_packet():
    lock = PeerLock(SDP)
    assert [lock.offer(NAT, 1) for _ in range(6)] == [False] * 4 + [True] * 2
    assert not lock.certain
    assert not lock.offer(STRANGER, 1)


def test_two_strangers_who_alternate_are_not_believed():
    lock = PeerLock(SDP)
    assert not any(lock.offer(address, 1) for _ in range(20) for address in (NAT, STRANGER))
    assert not any(lock.offer(NAT, ssrc) for ssrc in range(20))


def test_the_address_of_the_sdp_takes_a_guess_over():
    lock = PeerLock(SDP)
    for _ in range(5):
        lock.offer(STRANGER, 1)
    assert lock.address == STRANGER
    assert lock.offer(SDP, 2)
    assert not lock.offer(STRANGER, 1)


def test_without_an_address_the_first_steady_source_is_believed():
    lock = PeerLock(None)
    assert [lock.offer(NAT, 1) for _ in range(5)] == [False] * 4 + [True]
    assert not lock.certain
