"""A box behind a home router: what far ends say about where they see us, and what we tell them then."""

from __future__ import annotations

import pytest

from appliance.lines.sip.address import parse_via
from appliance.lines.sip.events import Answered
from appliance.lines.sip.nat import Nat
from appliance.lines.sip.place import Stream

from .peer import CONTACT, SDP, Peer, read, request, response
from .wire import OURS, THEIRS, attempt

OUTSIDE = ("203.0.113.7", 41234)
SERVER = Stream(*THEIRS, "tcp")


def via(params):
    return parse_via(f"SIP/2.0/UDP {OURS[0]}:{OURS[1]};branch=z9hG4bKx;{params}")


@pytest.mark.parametrize(
    ("params", "seen"),
    [
        ("received=203.0.113.7;rport=41234", OUTSIDE),
        ("rport=41234;received=203.0.113.7", OUTSIDE),
        ("received=203.0.113.7", ("203.0.113.7", 5060)),  # a server that knows no rport
        ("received=203.0.113.7;rport", ("203.0.113.7", 5060)),
        ("rport=41234", (OURS[0], 41234)),
        ("rport", None),
        (f"received={OURS[0]};rport={OURS[1]}", None),
        ("received=not.an.address;rport=41234", None),
        ("received=203.0.113.7;rport=999999", ("203.0.113.7", 5060)),
    ],
)
def test_what_an_answer_tells_about_us(params, seen):
    nat = Nat()
    assert nat.learn(THEIRS, via(params), OURS) is (seen is not None)
    assert nat.seen(THEIRS) == seen
    assert nat.learn(THEIRS, via(params), OURS) is False, "nothing new"


def test_only_a_change_is_one_and_no_router_any_more_is_one_too():
    nat = Nat()
    assert nat.learn(THEIRS, via("received=203.0.113.7;rport=41234"), OURS)
    assert nat.learn(THEIRS, via("received=203.0.113.7;rport=41999"), OURS)
    assert not nat.learn(THEIRS, via("rport"), OURS), "silence takes nothing back"
    assert nat.learn(THEIRS, via(f"received={OURS[0]};rport=5060"), OURS)
    assert nat.seen(THEIRS) is None


def test_each_provider_sees_us_its_own_way():
    nat = Nat()
    nat.learn(THEIRS, via("received=203.0.113.7;rport=41234"), OURS)
    assert nat.seen(("192.0.2.9", 5060)) is None
    assert nat.seen(SERVER) is None
    assert nat.seen((THEIRS[0], 5080)) == OUTSIDE


def test_a_connection_has_a_port_of_its_own_and_is_no_router():
    nat = Nat()
    assert not nat.learn(SERVER, via(f"received={OURS[0]};rport=51000"), OURS)
    assert nat.learn(SERVER, via("received=203.0.113.7;rport=51000"), OURS)
    assert nat.seen(SERVER) == ("203.0.113.7", 51000)
    nat.forget(SERVER)
    assert nat.seen(SERVER) is None


def outside(asked, seen=OUTSIDE):
    """The request as its receiver has it behind a router: its Via says where it came from."""
    return read(asked.encode(), seen)


def learned(place=THEIRS):
    """A peer that has told us once where it sees us."""
    peer = Peer(place=place)
    (invite,) = peer.do("invite", attempt(place=place))
    peer.say(response(outside(invite), 486))
    return peer


def test_once_learned_the_outside_address_stands_in_contact_and_description():
    peer = Peer()
    (before,) = peer.do("invite", attempt())
    assert before.contact == f"sip:+48501502503@{OURS[0]}:5060"
    peer.say(response(outside(before), 486))
    (after,) = peer.do("invite", attempt())
    assert after.contact == f"sip:+48501502503@{OUTSIDE[0]}:{OUTSIDE[1]}"
    assert b"c=IN IP4 203.0.113.7" in after.body and b"m=audio 10000 " in after.body
    assert (after.via.host, after.via.port) == OURS, "the Via stays as it is: answers follow rport"


def test_a_call_that_comes_in_is_answered_with_the_outside_address():
    peer = learned()
    peer.say(request())
    (ok,) = peer.do("accept", peer.events[0].call, (OURS[0], 10_000))
    assert ok.contact == f"sip:{OUTSIDE[0]}:{OUTSIDE[1]}"
    assert b"c=IN IP4 203.0.113.7" in ok.body


def test_a_router_with_a_new_address_is_noticed_by_the_next_answer():
    peer = learned()
    (invite,) = peer.do("invite", attempt())
    peer.say(response(outside(invite, ("198.51.100.1", 1025)), 200, body=SDP, extra=CONTACT))
    assert isinstance(peer.events[0], Answered)
    (later,) = peer.do("invite", attempt())
    assert later.contact == "sip:+48501502503@198.51.100.1:1025"


def test_an_answer_that_nobody_asked_for_teaches_nothing():
    peer = Peer()
    (invite,) = peer.do("invite", attempt())
    forged = outside(invite)
    forged.replace("Via", forged.first("Via").replace("z9hG4bK", "z9hG4bKforged"))
    peer.say(response(forged, 486))
    (again,) = peer.do("invite", attempt())
    assert OUTSIDE[0] not in again.contact


def talking(peer):
    """A call of the peer's that is up; our tag."""
    peer.say(request())
    (ok,) = peer.do("accept", peer.events[0].call, (OURS[0], 10_000))
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    return ok.recipient.tag


def test_a_call_that_is_up_is_told_where_we_are_now():
    peer = learned()
    tag = talking(peer)
    (other,) = peer.do("invite", attempt())
    (again,) = [
        each for each in peer.say(response(outside(other, ("198.51.100.1", 1025)), 486)) if each.method == "INVITE"
    ]
    assert (again.sender.tag, again.contact) == (tag, "sip:198.51.100.1:1025")
    assert b"c=IN IP4 198.51.100.1" in again.body and b"m=audio 10000 " in again.body


def test_a_call_by_another_provider_is_left_alone():
    peer = learned()
    talking(peer)
    elsewhere = ("192.0.2.9", 5060)
    (other,) = peer.do("invite", attempt(place=elsewhere))
    said = peer.say(response(outside(other, ("198.51.100.1", 1025)), 486), source=elsewhere)
    assert [each.method for each in said] == ["ACK"]


FORWARDED = "198.51.100.20"


def test_the_advertised_address_stands_in_contact_and_description_from_the_first_request():
    peer = Peer(advertised=FORWARDED)
    (invite,) = peer.do("invite", attempt())
    assert invite.contact == f"sip:+48501502503@{FORWARDED}:5060"
    assert b"c=IN IP4 198.51.100.20" in invite.body and b"m=audio 10000 " in invite.body
    assert (invite.via.host, invite.via.port) == OURS, "the Via stays as it is: answers follow rport"
    peer.say(response(outside(invite), 486))
    (later,) = peer.do("invite", attempt())
    assert later.contact == f"sip:+48501502503@{FORWARDED}:5060", "whatever answers say"


def test_a_call_that_comes_in_is_answered_with_the_advertised_address_and_told_of_no_other():
    peer = Peer(advertised=FORWARDED)
    peer.say(request())
    (ok,) = peer.do("accept", peer.events[0].call, (OURS[0], 10_000))
    assert ok.contact == f"sip:{FORWARDED}:5060"
    assert b"c=IN IP4 198.51.100.20" in ok.body
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    (other,) = peer.do("invite", attempt())
    said = peer.say(response(outside(other), 486))
    assert [each.method for each in said] == ["ACK"], "nothing has moved"


def test_a_telephone_in_the_building_is_told_the_address_bound():
    peer = Peer(advertised=FORWARDED, admits=lambda host: "phones")
    (invite,) = peer.do("invite", attempt())
    assert invite.contact == f"sip:+48501502503@{OURS[0]}:5060"
    assert b"c=IN IP4 192.0.2.1" in invite.body
