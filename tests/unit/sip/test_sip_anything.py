"""Any bytes from the wire or from a name server are an event or the parser's own refusal, in bounded time."""

from __future__ import annotations

import random
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from appliance.lines.sip import digest, guard, sdp, session_timer, srv
from appliance.lines.sip.address import foreign_scheme, parse_address, parse_uri, parse_via, split_host_port
from appliance.lines.sip.dialog import of_invite
from appliance.lines.sip.framing import Framer
from appliance.lines.sip.incoming import users
from appliance.lines.sip.message import Request, response_to
from appliance.lines.sip.registrar import Registrar
from appliance.lines.sip.text import ProtocolError
from tests.anything import anything, in_time, some, spoilt, spoilt_text

from .peer import SDP, Peer, request, response
from .torture import EVERYTHING, Stage
from .wire import OURS, THEIRS, attempt

STAGE = Stage()
PACKETS = [request().encode(), request("OPTIONS").encode(), *[each.packet(STAGE) for each in EVERYTHING]]
DOORKEEPER = digest.Doorkeeper("dyzurka", b"secret", {"21": "secret", "zażółć": "gęślą"}.get)
CHALLENGE = DOORKEEPER.challenges(0.0)[0]
ANSWER = digest.answer(digest.parse_challenge(CHALLENGE), digest.Login("21", "secret"), "REGISTER", "sip:b", "c")
VALUES = [
    '"Jan \\"K\\" Nowak" <sip:+48501502503@192.0.2.2:5060;transport=tcp>;tag=a;expires=60;+sip.instance="<urn:uuid:1>"',
    "SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=z9hG4bKx;received=192.0.2.2",
    "tel:+48-22-123;phone-context=+48",
    "*",
    "1800;refresher=uac",
    CHALLENGE,
    ANSWER,
    'Digest realm="a", nonce="b", Basic realm="c", Digest realm="d", nonce="e", algorithm=SHA-256, qop="auth,auth-int"',
]
HEADERS = ["From", "To", "Via", "Contact", "Record-Route", "Session-Expires", "Min-SE", "Require", "Authorization"]
HEADERS += ["P-Asserted-Identity", "Privacy", "CSeq", "Content-Length", "Content-Type", "Expires", "Supported", "RSeq"]
NAME, NUMBER = "_sip._udp.example.pl", 4711


def srv_answer():
    """A good answer with two records, the second name by pointer."""
    question = srv.query(NAME, NUMBER)
    name = question[12 : question.index(b"\0", 12) + 1]
    records = b""
    for priority, target in ((10, b"\x03sip\x07example\x02pl\0"), (20, b"\x04sip2\xc0\x16")):
        data = priority.to_bytes(2, "big") + b"\0\x05\x13\xc4" + target
        records += b"\xc0\x0c\0\x21\0\x01\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
    head = NUMBER.to_bytes(2, "big") + b"\x81\x80\0\x01\0\x02\0\0\0\0"
    return head + name + b"\0\x21\0\x01" + records


@some
@given(spoilt(PACKETS))
def test_any_datagram_is_a_verdict_and_what_passes_can_be_answered(data):
    with in_time():
        verdict = guard.check(data, THEIRS)
        assert isinstance(verdict, guard.Verdict)
        if isinstance(verdict, guard.Refuse):
            verdict = verdict.request
        if isinstance(verdict, Request):
            assert isinstance(guard.check(response_to(verdict, 400, tag="t").encode(), OURS), guard.Verdict)


@some
@given(st.lists(spoilt(PACKETS), min_size=1, max_size=4), st.sampled_from(["trunk", "phones", None]), st.booleans())
def test_any_datagrams_leave_an_agent_that_becomes_idle_again(packets, role, answered):
    peer = Peer(admits=lambda host: role, phones=lambda host: True, password={"21": "secret"}.get)
    with in_time(2.0):
        for packet in packets:
            peer.say(packet) if role else peer.agent.receive(packet, THEIRS, peer.now)
            for event in peer.events:
                if hasattr(event, "call") and answered:
                    peer.agent.accept(event.call, (OURS[0], 10000), peer.now)
        calls = list(peer.agent._sessions)
        for call in calls:
            peer.agent.hang_up(call, peer.now)
        while (deadline := peer.agent.next_deadline()) is not None:
            peer.now = deadline
            peer.agent.advance(deadline)
            peer.agent.take_packets(), peer.agent.take_events()
    assert peer.agent.idle()


@some
@given(st.data())
def test_any_answers_to_a_call_of_ours_end_with_an_agent_that_is_idle(data):
    peer = Peer()
    (invite,) = peer.do("invite", attempt())
    good = [response(invite, status, body=SDP, extra=("Contact: <sip:far@192.0.2.2>",)) for status in (180, 200, 503)]
    good.append(response(invite, 407, extra=(f"Proxy-Authenticate: {CHALLENGE}",)))
    with in_time(2.0):
        for packet in data.draw(st.lists(spoilt([each.encode() for each in good]), min_size=1, max_size=4)):
            peer.agent.receive(packet, THEIRS, peer.now)
        peer.agent.hang_up(peer.result, peer.now)
        while (deadline := peer.agent.next_deadline()) is not None:
            peer.now = deadline
            peer.agent.advance(deadline)
            peer.agent.take_packets(), peer.agent.take_events()
    assert peer.agent.idle()


@some
@given(st.sampled_from(HEADERS), spoilt_text(VALUES))
def test_any_value_of_any_header_is_read_or_refused(name, value):
    line = value.replace("\r", " ").replace("\n", " ")
    packet = request("INVITE", extra=[] if name in ("From", "To", "Via", "CSeq", "Contact") else [f"{name}: {line}"])
    old = next((each for each in packet.split("\r\n") if each.startswith(f"{name}:")), "Max-Forwards: 70")
    with in_time():
        message = guard.check(packet.replace(old, f"{name}: {line}").encode(), THEIRS)
        if not isinstance(message, Request):
            return
        for read in (users, session_timer.too_brief, lambda each: of_invite(each, "t", THEIRS).place()):
            with suppress(ProtocolError):
                read(message)
        with suppress(ProtocolError):
            Registrar().receive(message, THEIRS, message.recipient.parsed().user, 0.0)


@some
@given(spoilt_text(VALUES))
def test_any_text_is_a_uri_an_address_a_hop_or_none(text):
    with in_time():
        foreign_scheme(text)
        for read in (parse_uri, parse_address, parse_via, split_host_port):
            with suppress(ProtocolError):
                read(text)


@some
@given(spoilt_text([CHALLENGE, ANSWER, VALUES[-1]]), st.sampled_from(["21", "zażółć"]))
def test_any_digest_proves_nothing_and_raises_nothing(value, name):
    changed = value != ANSWER
    with in_time():
        user, _ = DOORKEEPER.check([value, value.replace("21", name)], "INVITE", 1.0)
        DOORKEEPER.claimed([value])
        best = digest.strongest([value, CHALLENGE])
        assert user is None or not changed
        if best is not None:
            digest.answer(best, digest.Login(name, "secret"), "INVITE", "sip:b", "c")


@some
@given(spoilt([SDP.encode(), *[each.body for each in EVERYTHING if each.body.startswith(b"v=0")]]))
def test_any_session_description_is_taken_or_refused(body):
    with in_time():
        for read in (sdp.pick, sdp.agreed, lambda each: sdp.answer(each, ("192.0.2.1", 10000), 1, 1)):
            with suppress(ProtocolError):
                read(body)


@some
@given(spoilt([srv_answer()], [b"\xc0\x0c", b"\xc0\x00", b"\xff" * 8, b"\x3f"]))
def test_any_answer_of_a_name_server_is_records_or_refused(data):
    for packet in (data, NUMBER.to_bytes(2, "big") + data[2:]):
        with in_time(), suppress(ProtocolError):
            found = srv.answer(packet, NAME, NUMBER)
            assert len(srv.ordered(found, random.Random(1))) == len(found)


def test_the_answer_that_is_spoilt_is_a_good_one():
    assert [each.target for each in srv.answer(srv_answer(), NAME, NUMBER)] == ["sip.example.pl", "sip2.example.pl"]


@some
@given(anything(), st.lists(spoilt(PACKETS), max_size=3))
def test_any_stream_is_messages_or_a_fault(begin, packets):
    framer = Framer()
    with in_time():
        for piece in (begin, *packets):
            for item in framer.feed(piece):
                if isinstance(item, bytes):
                    assert isinstance(guard.check(item, THEIRS), guard.Verdict)
