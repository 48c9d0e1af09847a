"""Who may speak to the box: trunks to their numbers, telephones with their password, strangers not at all."""

from __future__ import annotations

import pytest

from appliance.lines.sip.digest import Login, answer, strongest
from appliance.lines.sip.events import Answered, Ended, Unlisted

from .peer import CONTACT, SDP, Peer, request, response
from .wire import NUMBER, attempt

TRUNK, PHONE, BOTH, STRANGER = "192.0.2.2", "192.168.1.20", "192.168.1.1", "198.51.100.66"


def house(host):
    """A box with trunks at two addresses, one of them in the telephones' network; the peer speaks from `host`."""
    return Peer(
        (host, 5060),
        admits=lambda each: "trunk" if each in (TRUNK, BOTH) else "phones" if each.startswith("192.168.") else None,
        owns=lambda each, users: each in (TRUNK, BOTH) and NUMBER in users,
        phones=lambda each: each.startswith("192.168."),
        password={"101": "secret"}.get,
    )


OTHER = "sip:999@192.0.2.1"


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL", "MESSAGE", "FLY"])
@pytest.mark.parametrize("tag", ["", "x"])
def test_a_stranger_hears_nothing(method, tag):
    peer = house(STRANGER)
    assert peer.say(request(method, to_tag=tag)) == [] and peer.agent.idle()


@pytest.mark.parametrize("host", [TRUNK, BOTH])
def test_a_trunk_calls_its_number_without_a_challenge_from_any_port(host):
    peer = house(host)
    assert peer.say(request(), source=(host, 33333))[0].status == 100
    assert len(peer.events) == 1


def test_a_trunk_that_calls_another_number_is_not_heard():
    peer = house(TRUNK)
    packet = request(uri=OTHER).replace(f"To: <sip:{NUMBER}@", "To: <sip:999@")
    assert peer.say(packet) == [] and peer.events == [Unlisted(TRUNK, ("999",))]


def test_a_trunk_among_the_telephones_is_challenged_for_another_number():
    peer = house(BOTH)
    packet = request(uri=OTHER).replace(f"To: <sip:{NUMBER}@", "To: <sip:999@")
    assert peer.say(packet)[0].status == 401


def test_the_number_may_stand_in_to_where_the_request_uri_names_an_account():
    peer = house(TRUNK)
    peer.say(request(uri="sip:account77@192.0.2.1"))
    assert peer.events[0].called == ("account77", NUMBER)


def test_a_trunk_that_asks_for_a_sign_of_life_is_answered_without_a_challenge():
    peer = house(TRUNK)
    (said,) = peer.say(request("OPTIONS"))
    assert said.status == 200 and "INVITE" in said.first("Allow") and peer.agent.idle()


@pytest.mark.parametrize("method", ["REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "FLY"])
def test_what_else_a_trunk_says_follows_the_rule_of_the_telephones(method):
    assert house(TRUNK).say(request(method)) == []
    assert house(BOTH).say(request(method))[0].status == 401


@pytest.mark.parametrize(("method", "status"), [("REGISTER", 403), ("INVITE", 403), ("OPTIONS", 200), ("MESSAGE", 405)])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_telephone_is_challenged_and_let_in_with_its_password(method, status, algorithm):
    peer = house(PHONE)
    (challenged,) = peer.say(request(method))
    assert challenged.status == 401 and peer.agent.idle()
    (again,) = peer.say(request(method))
    assert again.recipient.tag == challenged.recipient.tag, "a copy gets the same answer, though nothing was kept"
    lines = challenged.all("WWW-Authenticate")
    lines = [line.replace("MD5", algorithm) for line in lines]
    value = answer(strongest(lines), Login("101", "secret"), method, "sip:box", "c")
    (said,) = peer.say(request(method, cseq=2, branch="2", extra=[f"Authorization: {value}"]))
    assert said.status == status
    wrong = answer(strongest(lines), Login("101", "guess"), method, "sip:box", "c")
    assert peer.say(request(method, cseq=3, branch="3", extra=[f"Authorization: {wrong}"]))[0].status == 401
    unknown = answer(strongest(lines), Login("999", "secret"), method, "sip:box", "c")
    assert peer.say(request(method, cseq=4, branch="4", extra=[f"Authorization: {unknown}"]))[0].status == 401
    peer.now = 1000.0
    (late,) = peer.say(request(method, cseq=5, branch="5", extra=[f"Authorization: {value}"]))
    assert late.status == 401 and "stale=true" in late.first("WWW-Authenticate")
    assert peer.say(request("ACK", branch="5", to_tag=late.recipient.tag)) == []


def test_whom_we_called_may_speak_in_that_call_and_only_there():
    peer = house(STRANGER)
    (invite,) = peer.do("invite", attempt(place=(STRANGER, 5060)))
    peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert [type(event) for event in peer.events] == [Answered]
    assert peer.say(request("OPTIONS")) == []
    assert peer.say(request("BYE", to_tag="guess", call=invite.call_id)) == []
    bye = request("BYE", branch="b", call=invite.call_id, to_tag=invite.sender.tag)
    assert peer.say(bye)[0].status == 200
    assert peer.events == [Ended(peer.result)]
    assert peer.say(bye)[0].status == 200, "a copy: our 200 was lost"
    assert peer.say(request("OPTIONS")) == []
    peer.wait(40.0)
    assert peer.say(bye) == [] and peer.agent.idle()


def test_a_caller_behind_a_trunk_may_speak_for_itself_in_its_call_and_only_there():
    """A proxy that does not stay in the path: the ACK and the BYE come from the Contact's address."""
    peer = house(TRUNK)
    peer.say(request(contact=f"<sip:far@{STRANGER}:5070>"))
    (ok,) = peer.do("accept", peer.events[0].call, ("192.0.2.1", 10000))
    tag, caller = ok.recipient.tag, (STRANGER, 5070)
    assert peer.say(request("OPTIONS"), source=caller) == []
    assert peer.say(request(call="other", branch="other"), source=caller) == []
    peer.say(request("ACK", branch="ack", to_tag=tag), source=caller)
    assert peer.wait(30.0) == []
    assert peer.say(request("BYE", branch="bye", cseq=2, to_tag=tag), source=caller)[0].status == 200
    peer.wait(40.0)
    assert peer.say(request("BYE", branch="late", cseq=3, to_tag=tag), source=caller) == []
