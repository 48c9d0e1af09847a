"""RFC 4475's 49 messages, through the door, the agent and a call: each is taken, refused or ignored, and forgotten."""

from __future__ import annotations

import pytest

from appliance.lines.sip import guard
from appliance.lines.sip.events import Answered, Ended, Incoming
from appliance.lines.sip.registrar import Registrar
from appliance.lines.sip.text import ProtocolError

from .peer import CONTACT, SDP, Peer, response
from .test_sip_malformed import finish
from .torture import CALL, EVERYTHING, SILENT, Stage
from .wire import OURS, THEIRS, agent, attempt, pair

STAGE = Stage()
BY_NAME = {each.name: each for each in EVERYTHING}
PHONE = ("10.0.0.7", 5060)
MESSAGES = 49  # and one of them twice
# With the right password: what the registrar makes of the REGISTERs among them, and the Contact that it keeps.
REGISTERED = {
    "escnull": (200, "sip:%00%00@192.0.2.2"),
    "scalar02": (None, ""),
    "regbadct": (200, "sip:user@192.0.2.2?Route=%3Csip:sip.example.com%3E"),
    "unksm2": (400, ""),
    "cparam01": (200, "sip:+19725552222@192.0.2.2"),
    "cparam02": (200, "sip:+19725552222@192.0.2.2;unknownparam"),
    "regescrt": (200, "sip:user@192.0.2.2?Route=%3Csip:sip.example.com%3E"),
    "dblreq": (200, "sip:caller@192.0.2.2:5060"),
    "regaut01": (200, "sip:caller@192.0.2.2:5060"),
}


def status_of(packets):
    return int(packets[0][0].split()[1]) if packets else SILENT


@pytest.mark.parametrize("torture", EVERYTHING, ids=lambda each: each.name)
def test_the_provider_sends_it(torture):
    world = pair()
    ours = world.agents[OURS]
    ours.receive(torture.packet(STAGE), THEIRS, 0.0)
    packets, events = ours.take_packets(), ours.take_events()
    assert status_of(packets) == torture.trunk, torture.why
    assert all(to == THEIRS for _, to in packets), "an answer went somewhere else"
    assert [type(event) for event in events] == ([Incoming] if torture.trunk == CALL else [])
    world.events[OURS] += events
    finish(world)


@pytest.mark.parametrize("torture", EVERYTHING, ids=lambda each: each.name)
def test_somebody_in_the_telephones_networks_sends_it(torture):
    ours = agent(admits=lambda host: "phones", phones=lambda host: True)
    ours.receive(torture.packet(STAGE), PHONE, 0.0)
    packets, events = ours.take_packets(), ours.take_events()
    assert status_of(packets) == torture.phones, torture.why
    assert all(to == PHONE for _, to in packets) and not events and ours.idle()


@pytest.mark.parametrize("torture", EVERYTHING, ids=lambda each: each.name)
def test_a_stranger_sends_it(torture):
    deaf = agent(admits=lambda host: None)
    deaf.receive(torture.packet(STAGE), ("198.51.100.7", 5060), 0.0)
    assert deaf.take_packets() == [] and deaf.take_events() == [] and deaf.idle()


def test_all_of_them_are_here():
    sections = {each.section for each in EVERYTHING}
    assert len(BY_NAME) == len(EVERYTHING) and len(sections) == MESSAGES


@pytest.mark.parametrize("name", REGISTERED)
def test_a_telephone_with_the_right_password_registers_with_it(name):
    status, contact = REGISTERED[name]
    message = guard.check(BY_NAME[name].packet(STAGE), THEIRS)
    if status is None:
        assert isinstance(message, guard.Refuse)
        return
    registrar = Registrar()
    try:
        user = message.recipient.parsed().user
        reply = registrar.receive(message, THEIRS, user, 0.0)
    except ProtocolError:
        assert status == 400
        return
    assert reply.status == status
    assert registrar.bindings(user, 1.0)[0].contact == contact


def test_no_two_of_one_null_are_one_telephone():
    """A user that would end at its NUL has one binding; ours has both."""
    message = guard.check(BY_NAME["escnull"].packet(STAGE), THEIRS)
    registrar = Registrar()
    registrar.receive(message, THEIRS, "null-\0-null", 0.0)
    assert len(registrar.bindings("null-\0-null", 1.0)) == 2


def test_an_escaped_register_registers_nobody():
    message = guard.check(BY_NAME["esc02"].packet(STAGE), THEIRS)
    assert message.method == "RE%47IST%45R" and len(message.all("Contact")) == 2


def test_what_is_called_is_read_with_its_escapes():
    for name, user in (("esc01", "sips:user@example.com"), ("escruri", STAGE.number)):
        ours = agent()
        ours.receive(BY_NAME[name].packet(STAGE), THEIRS, 0.0)
        assert ours.take_events()[0].called[0] == user


def test_a_caller_with_an_open_quote_can_hang_up():
    """Their ACK and BYE carry our tag behind that quote."""
    peer = Peer()
    packet = BY_NAME["quotbal"].packet(STAGE).decode()
    peer.say(packet)
    (ok,) = peer.do("accept", peer.events[0].call, (OURS[0], 10000))
    to = f"To: {ok.first('To')}"
    for method in ("ACK", "BYE"):
        peer.say(packet.replace("INVITE", method).replace('To: "Mr. J. User <sip:+48221234567@192.0.2.1:5060>', to))
    assert peer.statuses() == [200] and [type(each) for each in peer.events] == [Ended]


def test_answers_with_an_unusual_reason_or_none_are_answers():
    peer = Peer()
    (invite,) = peer.do("invite", attempt())
    peer.say(response(invite, 100, reason=""))
    assert peer.wait(4.0) == [], "a 100 without a reason ends the repeating"
    peer.say(response(invite, 200, reason="= 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e", body=SDP, extra=CONTACT))
    assert [type(each) for each in peer.events] == [Answered]


def test_an_answer_with_impossible_numbers_leaves_the_call_waiting():
    for odd in (("SIP/2.0 503", "SIP/2.0 4294967301"), ("CSeq: ", "CSeq: 9292394834772304023312")):
        peer = Peer()
        (invite,) = peer.do("invite", attempt())
        assert peer.say(response(invite, 503).replace(*odd)) == [] and peer.events == []
