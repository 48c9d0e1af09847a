"""Calls over connections, without sockets: nothing is repeated by a timer, and a connection may go at any moment."""

from __future__ import annotations

import pytest

from appliance.lines.sip.events import Answered, Ended, Incoming, Rejected
from appliance.lines.sip.place import Stream
from appliance.lines.sip.transactions import CLIENT, INVITE_CLIENT, INVITE_SERVER, SERVER, Event, Machine

from .peer import SDP, Peer, request, response
from .wire import OURS, THEIRS, attempt

SERVER_PLACE = Stream(*THEIRS, "tcp")
CALLER_PLACE = Stream(THEIRS[0], 33333, "tcp")  # a connection that the far end made
VIA = "SIP/2.0/TCP 192.0.2.2:5080;branch=z9hG4bK"
TCP_CONTACT = ("Contact: <sip:far@192.0.2.2:5080;transport=tcp>",)
LISTENS = Stream("192.0.2.2", 5080, "tcp")


def calling(transport="tcp"):
    """A peer that we call."""
    place = Stream(*THEIRS, transport)
    peer = Peer(place=place)
    (peer.invite,) = peer.do("invite", attempt(place=place))
    return peer


def called():
    """A peer that calls us over a connection of its own."""
    peer = Peer(place=CALLER_PLACE)
    peer.say(tcp_request())
    peer.call = peer.events[0].call
    return peer


def tcp_request(method="INVITE", branch="one", **more):
    return request(method, via=VIA + branch, contact=TCP_CONTACT[0].partition(" ")[2], **more)


def talking():
    """The same, answered and acknowledged."""
    peer = called()
    (ok,) = peer.do("accept", peer.call, (OURS[0], 10_000))
    peer.tag = ok.recipient.tag
    peer.say(tcp_request("ACK", branch="ack", to_tag=peer.tag))
    return peer


@pytest.mark.parametrize("kind", [INVITE_CLIENT, CLIENT, INVITE_SERVER, SERVER], ids=lambda kind: kind.name)
def test_on_a_reliable_transport_no_timer_repeats_anything(kind):
    for state in {state for state, _ in kind.table}:
        machine = Machine(kind, reliable=True)
        machine.state = state
        assert Event.RESEND not in dict(machine.begin().start)


@pytest.mark.parametrize(
    ("kind", "way", "seconds"),
    [
        (INVITE_CLIENT, (Event.FAILURE,), 0.0),  # D
        (CLIENT, (Event.SUCCESS,), 0.0),  # K
        (INVITE_SERVER, (Event.SEND_FAILURE, Event.ACK), 0.0),  # I
        (SERVER, (Event.SEND_SUCCESS,), 0.0),  # J
        (INVITE_CLIENT, (Event.SUCCESS,), 32.0),  # M of RFC 6026 waits for other telephones that answer
        (INVITE_SERVER, (Event.SEND_SUCCESS,), 32.0),  # L
    ],
)
def test_nobody_waits_for_copies_that_no_connection_brings(kind, way, seconds):
    machine = Machine(kind, reliable=True)
    step = machine.begin()
    for event in way:
        step = machine.apply(event)
    assert dict(step.start)[Event.FADE] == seconds


def test_an_unanswered_request_still_ends_after_32_seconds():
    peer = calling()
    assert peer.wait(31.9) == []
    peer.wait(0.2)
    assert isinstance(peer.events[0], Rejected)
    peer.wait(33)
    assert peer.agent.idle()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_via_and_contact_name_the_transport(transport):
    invite = calling(transport).invite
    assert invite.via.transport == transport.upper()
    assert invite.contact == f"sip:+48501502503@{OURS[0]}:5060;transport={transport}"
    assert invite.uri.startswith("sip:"), "sips: would demand TLS of every hop after the provider"


def test_an_answer_goes_back_on_the_connection_it_came_by():
    peer = called()
    peer.do("ring", peer.call)
    assert peer.places == [CALLER_PLACE]
    peer.do("accept", peer.call, (OURS[0], 10_000))
    assert peer.places == [CALLER_PLACE]


def test_while_the_callers_connection_is_up_our_bye_takes_it():
    peer = talking()
    peer.do("hang_up", peer.call)
    assert (peer.statuses(), peer.places) == (["BYE"], [CALLER_PLACE])


def test_a_bye_after_the_connection_was_cut_goes_where_the_contact_says():
    peer = talking()
    peer.agent.lost(CALLER_PLACE, peer.now)
    assert not peer.collect() and not peer.events, "the call is not over"
    peer.do("hang_up", peer.call)
    assert (peer.statuses(), peer.places) == (["BYE"], [LISTENS])
    peer.say(response(peer.heard[0], 200), source=LISTENS)
    assert peer.agent.calls == 0


def test_an_answer_after_the_connection_was_cut_goes_where_the_via_says():
    peer = called()
    peer.agent.lost(CALLER_PLACE, peer.now)
    assert peer.collect() == []
    peer.do("accept", peer.call, (OURS[0], 10_000))
    assert (peer.statuses(), peer.places) == ([200], [LISTENS])


def test_a_request_whose_connection_breaks_before_any_answer_is_sent_again_over_a_new_one():
    peer = calling()
    peer.agent.lost(SERVER_PLACE, peer.now)
    (again,) = peer.collect()
    assert (again.encode(), peer.places) == (peer.invite.encode(), [SERVER_PLACE])
    assert peer.wait(10) == [], "once"


def test_a_telephone_that_rings_rings_on_when_the_connection_is_cut():
    peer = calling()
    peer.say(response(peer.invite, 180))
    peer.agent.lost(SERVER_PLACE, peer.now)
    peer.agent.undeliverable(SERVER_PLACE, peer.now)
    assert peer.collect() == []
    assert not [event for event in peer.events if isinstance(event, Rejected)]
    peer.say(response(peer.invite, 200, body=SDP, extra=TCP_CONTACT), source=Stream(THEIRS[0], 40404, "tcp"))
    assert isinstance(peer.events[0], Answered), "its answer comes by another connection"
    assert peer.statuses() == ["ACK"]


def test_no_connection_is_the_end_of_an_attempt_at_once():
    peer = calling()
    peer.agent.undeliverable(SERVER_PLACE, peer.now)
    peer.collect()
    (rejected,) = peer.events
    assert isinstance(rejected, Rejected) and not rejected.heard
    peer.wait(33)
    assert peer.agent.idle()


def test_no_connection_for_the_bye_ends_the_call_all_the_same():
    peer = talking()
    peer.agent.lost(CALLER_PLACE, peer.now)
    peer.do("hang_up", peer.call)
    peer.agent.undeliverable(LISTENS, peer.now)
    assert peer.agent.calls == 0


def test_over_tls_everything_of_a_call_stays_with_the_server_whose_certificate_was_checked():
    place = Stream(*THEIRS, "tls")
    peer = calling("tls")
    peer.say(response(peer.invite, 200, body=SDP, extra=("Contact: <sip:far@198.51.100.9:5061;transport=tls>",)))
    assert (peer.statuses(), peer.places) == (["ACK"], [place])


@pytest.mark.parametrize(
    ("contact", "place"),
    [
        ("sip:far@198.51.100.9:5070;transport=tcp", Stream("198.51.100.9", 5070, "tcp")),
        ("sip:far@198.51.100.9", Stream("198.51.100.9", 5060, "tcp")),
        ("sip:far@198.51.100.9;transport=udp", ("198.51.100.9", 5060)),
        ("sip:far@pbx.example;transport=tcp", SERVER_PLACE),
        ("sip:far@192.0.2.2:5099;transport=tcp", SERVER_PLACE),
    ],
)
def test_a_contact_elsewhere_is_reached_as_it_says(contact, place):
    peer = calling()
    peer.say(response(peer.invite, 200, body=SDP, extra=(f"Contact: <{contact}>",)))
    assert (peer.statuses(), peer.places) == (["ACK"], [place])


def test_a_bye_of_theirs_by_any_connection_ends_the_call():
    peer = talking()
    peer.say(tcp_request("BYE", branch="bye", cseq=2, to_tag=peer.tag), source=Stream(THEIRS[0], 44444, "tcp"))
    assert peer.statuses() == [200] and isinstance(peer.events[0], Ended)
    assert peer.places == [Stream(THEIRS[0], 44444, "tcp")]


def test_who_may_connect_is_who_may_speak():
    peer = Peer(admits=lambda host: "trunk" if host == THEIRS[0] else None)
    assert peer.agent.hears(THEIRS[0]) and not peer.agent.hears("198.51.100.9")
    peer.say(request())
    assert isinstance(peer.events[0], Incoming)
