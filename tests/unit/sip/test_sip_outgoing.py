"""Calls that we make: credentials, CANCEL, crossings, late answers, and every ACK where it belongs."""

from __future__ import annotations

import pytest

from appliance import PRODUCT
from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Answered, Ended, Incoming, Progress, Rejected

from .peer import CONTACT, SDP, Peer, request, response
from .wire import CALLER, NUMBER, THEIRS, attempt

CHALLENGE = 'Digest realm="tel, \\"pl\\"", nonce="n,1", algorithm=SHA-256, qop="auth"'
WEAK = 'Digest realm="old", nonce="n", algorithm=MD5'


def calling(**more):
    peer = Peer()
    (invite,) = peer.do("invite", attempt(**more))
    return peer, invite


def kinds(peer):
    return [type(event) for event in peer.events]


def test_the_invite_says_who_calls_and_where_sound_is_wanted():
    peer, invite = calling()
    assert (invite.method, invite.uri) == ("INVITE", f"sip:{NUMBER}@192.0.2.2")
    assert invite.first("From").startswith(f"<sip:{CALLER}@192.0.2.2>;tag=")
    assert invite.first("To") == f"<sip:{NUMBER}@192.0.2.2>"
    assert invite.first("P-Asserted-Identity") == f"<sip:{CALLER}@192.0.2.2>"
    assert invite.first("Contact") == f"<sip:{CALLER}@192.0.2.1:5060>"
    assert invite.first("User-Agent") == PRODUCT
    assert b"c=IN IP4 192.0.2.1" in invite.body and b"m=audio 10000 RTP/AVP 8 0 101" in invite.body
    assert peer.places == [THEIRS]


def test_a_call_is_answered_and_the_ack_goes_to_the_contact_on_a_branch_of_its_own():
    peer, invite = calling()
    peer.say(response(invite, 100, tag=""))
    peer.say(response(invite, 180))
    assert peer.events == [Progress(peer.result, 180)]
    contact = ("Contact: <sip:far@192.0.2.99:5070;line=7>", "Record-Route: <sip:192.0.2.51;lr>, <sip:192.0.2.50;lr>")
    (ack,) = peer.say(response(invite, 200, body=SDP, extra=contact))
    assert (ack.method, ack.uri) == ("ACK", "sip:far@192.0.2.99:5070;line=7")
    assert ack.via.branch != invite.via.branch and ack.cseq == (1, "ACK")
    assert ack.all("Route") == ["<sip:192.0.2.50;lr>", "<sip:192.0.2.51;lr>"] and peer.places == [("192.0.2.50", 5060)]
    (answered,) = peer.events
    assert answered == Answered(peer.result, answered.choice) and answered.choice.remote == ("192.0.2.2", 20000)
    (again,) = peer.say(response(invite, 200, body=SDP, extra=contact))
    assert again.encode() == ack.encode() and peer.events == []


def test_a_contact_that_is_a_name_is_reached_where_the_call_went():
    peer, invite = calling()
    peer.say(response(invite, 200, body=SDP, extra=("Contact: <sip:far@sbc.example.com>",)))
    assert peer.places == [THEIRS]


def test_a_refusal_is_acknowledged_on_the_same_branch_to_the_same_place_each_time():
    peer, invite = calling()
    busy = response(invite, 486, reason="Busy Here", extra=("Retry-After: 30;duration=5",))
    (ack,) = peer.say(busy)
    assert (ack.method, ack.uri, ack.via.branch) == ("ACK", invite.uri, invite.via.branch)
    assert ack.recipient.tag == "far" and peer.places == [THEIRS]
    assert peer.events == [Rejected(peer.result, 486, "Busy Here", heard=True, retry_after=30)]
    (again,) = peer.say(busy)
    assert again.encode() == ack.encode() and peer.events == []
    assert peer.wait(60.0) == [] and peer.agent.idle()


def test_a_redirection_is_a_refusal_and_its_ack_does_not_go_to_the_contact():
    peer, invite = calling()
    contacts = ("Contact: <sip:later@198.51.100.1>;q=0.2, <nonsense>;q=x", "Contact: <sip:elsewhere@198.51.100.1>")
    (ack,) = peer.say(response(invite, 302, extra=contacts))
    assert ack.uri == invite.uri and peer.places == [THEIRS]
    assert peer.events[0].status == 302
    assert peer.events[0].contacts == ("sip:elsewhere@198.51.100.1", "sip:later@198.51.100.1")


def test_silence_is_told_after_32_seconds():
    peer, _ = calling()
    sent = peer.wait(32.0)
    assert [at for at, _ in sent] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert peer.events == [Rejected(peer.result, 408, "no response", heard=False)]
    peer.wait(40.0)
    assert peer.agent.idle()


def test_ringing_is_not_cut_after_32_seconds():
    peer, invite = calling()
    peer.say(response(invite, 180))
    assert peer.wait(600.0) == [] and peer.events == [], "how long it may ring is the line's to say"
    peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert kinds(peer) == [Answered]


# -- credentials -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "asked", "given"), [(401, "WWW", ""), (407, "Proxy", "Proxy-")])
def test_a_challenge_is_answered_once_with_the_strongest_digest(status, asked, given):
    peer, invite = calling(login=Login("user", "secret"))
    lines = (f"{asked}-Authenticate: {WEAK}", f"{asked}-Authenticate: {CHALLENGE}")
    ack, second = peer.say(response(invite, status, extra=lines))
    assert ack.method == "ACK"
    assert second.cseq == (2, "INVITE") and second.via.branch != invite.via.branch
    assert (second.call_id, second.first("From")) == (invite.call_id, invite.first("From"))
    credentials = second.first(f"{given}Authorization")
    assert r'realm="tel, \"pl\""' in credentials and 'nonce="n,1"' in credentials and "SHA-256" in credentials
    assert peer.events == []
    peer.say(response(second, status, tag="far2", extra=lines))
    assert kinds(peer) == [Rejected], "the password is wrong: asking again and again does not help"


def test_a_stale_nonce_is_answered_once_more():
    peer, invite = calling(login=Login("user", "secret"))
    _, second = peer.say(response(invite, 401, extra=(f"WWW-Authenticate: {CHALLENGE}",)))
    stale = f"WWW-Authenticate: {CHALLENGE}, stale=true"
    _, third = peer.say(response(second, 401, extra=(stale,)))
    assert third.cseq == (3, "INVITE") and len(third.all("Authorization")) == 1
    peer.say(response(third, 401, extra=(stale,)))
    assert kinds(peer) == [Rejected]


def test_without_a_login_or_with_an_unknown_scheme_a_challenge_is_a_refusal():
    for login, line in ((None, CHALLENGE), (Login("u", "p"), 'Basic realm="x"')):
        peer, invite = calling(login=login)
        assert len(peer.say(response(invite, 401, extra=(f"WWW-Authenticate: {line}",)))) == 1
        assert kinds(peer) == [Rejected]


def test_ack_and_bye_carry_credentials_where_asked():
    peer, invite = calling(login=Login("user", "secret"))
    _, second = peer.say(response(invite, 407, extra=(f"Proxy-Authenticate: {CHALLENGE}",)))
    (ack,) = peer.say(response(second, 200, body=SDP, extra=CONTACT))
    assert ack.first("Proxy-Authorization") == second.first("Proxy-Authorization")
    (bye,) = peer.do("hang_up", peer.result)
    (again,) = peer.say(response(bye, 407, extra=(f"Proxy-Authenticate: {CHALLENGE}",)))
    assert again.method == "BYE" and again.cseq[0] == bye.cseq[0] + 1 and again.first("Proxy-Authorization")
    peer.say(response(again, 200))
    peer.wait(40.0)
    assert peer.agent.idle()


# -- giving up ---------------------------------------------------------------------------------------------------


def test_cancel_goes_out_after_the_first_provisional_on_the_invites_branch():
    peer, invite = calling()
    assert peer.do("hang_up", peer.result) == [], "nothing may be cancelled before anything was heard"
    (cancel,) = peer.say(response(invite, 100, tag=""))
    assert (cancel.method, cancel.uri) == ("CANCEL", invite.uri)
    assert cancel.via.branch == invite.via.branch and cancel.cseq == (1, "CANCEL")
    assert len(cancel.all("Via")) == 1 and cancel.first("To") == invite.first("To")
    peer.say(response(cancel, 200))
    (ack,) = peer.say(response(invite, 487))
    assert ack.method == "ACK" and peer.events == []
    peer.wait(60.0)
    assert peer.agent.idle()


def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_hung_up():
    peer, invite = calling()
    peer.say(response(invite, 180))
    peer.do("hang_up", peer.result)
    ack, bye = peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert (ack.method, bye.method, peer.events) == ("ACK", "BYE", [])
    (again,) = peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert again.method == "ACK"
    peer.say(response(bye, 200))
    peer.wait(60.0)
    assert peer.agent.idle()


def test_a_late_answer_to_a_call_that_was_given_up_is_acknowledged_and_hung_up():
    peer, invite = calling()
    peer.wait(3.0)
    peer.do("hang_up", peer.result)
    peer.wait(20.0)
    ack, bye = peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert (ack.method, bye.method, peer.events) == ("ACK", "BYE", [])


def test_a_cancelled_call_that_never_ends_is_forgotten():
    peer, invite = calling()
    peer.say(response(invite, 180))
    (cancel,) = peer.do("hang_up", peer.result)
    peer.say(response(cancel, 200))
    peer.wait(70.0)
    assert peer.agent.idle()


def test_two_telephones_answer_the_same_call_one_is_hung_up():
    peer, invite = calling()
    peer.say(response(invite, 200, body=SDP, extra=CONTACT, tag="first"))
    ack, bye = peer.say(response(invite, 200, body=SDP, extra=CONTACT, tag="second"))
    assert (ack.method, ack.recipient.tag, bye.method, bye.recipient.tag) == ("ACK", "second", "BYE", "second")
    (only_ack,) = peer.say(response(invite, 200, body=SDP, extra=CONTACT, tag="second"))
    assert only_ack.method == "ACK" and peer.agent.calls == 1


def test_an_answer_whose_sound_we_cannot_use_is_hung_up():
    peer, invite = calling()
    ack, bye = peer.say(response(invite, 200, body=SDP.replace("RTP/AVP 8 0 101", "RTP/AVP 18"), extra=CONTACT))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert [(event.status, type(event)) for event in peer.events] == [(488, Rejected)]


def test_sound_described_with_the_ringing_counts_where_the_answer_has_none():
    peer, invite = calling()
    peer.say(response(invite, 183, body=SDP))
    peer.say(response(invite, 200, extra=CONTACT))
    assert kinds(peer) == [Answered]


def test_the_answer_describes_the_sound_whatever_the_ringing_described():
    peer, invite = calling()
    peer.say(response(invite, 183, body=SDP.replace("20000", "30000")))
    assert peer.events == [Progress(peer.result, 183)]
    peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert peer.events == [Answered(peer.result, peer.events[0].choice)]
    assert peer.events[0].choice.remote == ("192.0.2.2", 20000)


def test_of_telephones_that_ring_at_once_the_first_to_answer_has_the_call():
    peer, invite = calling()
    for status, tag in ((180, "one"), (183, "two"), (180, "three")):
        peer.say(response(invite, status, tag=tag, body=SDP if status == 183 else ""))
    peer.say(response(invite, 200, body=SDP.replace("20000", "22000"), extra=CONTACT, tag="three"))
    assert peer.events[0].choice.remote == ("192.0.2.2", 22000)
    ack, bye = peer.say(response(invite, 200, body=SDP, extra=CONTACT, tag="two"))
    assert (ack.recipient.tag, bye.method, bye.recipient.tag) == ("two", "BYE", "two") and peer.events == []
    (ours,) = peer.do("hang_up", peer.result)
    assert (ours.method, ours.recipient.tag) == ("BYE", "three")


def test_a_bye_that_overtakes_its_200():
    peer, invite = calling()
    peer.say(response(invite, 180))
    bye = request("BYE", branch="b", call=invite.call_id, to_tag=invite.sender.tag)
    assert peer.say(bye)[0].status == 200
    assert peer.events == [Ended(peer.result)]
    ack, ours = peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    assert (ack.method, ours.method, peer.events) == ("ACK", "BYE", [])


def test_a_re_invite_that_overtakes_the_200_must_wait():
    peer, invite = calling()
    re_invite = request("INVITE", branch="r", call=invite.call_id, to_tag=invite.sender.tag)
    assert peer.say(re_invite)[0].status == 491


def test_both_hang_up_at_once():
    peer, invite = calling()
    peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    (ours,) = peer.do("hang_up", peer.result)
    theirs = request("BYE", branch="b", call=invite.call_id, to_tag=invite.sender.tag)
    assert peer.say(theirs)[0].status == 200 and peer.events == []
    peer.say(response(ours, 481))
    peer.wait(60.0)
    assert peer.agent.idle()


def test_a_bye_that_nobody_answers_ends_after_32_seconds():
    peer, invite = calling()
    peer.say(response(invite, 200, body=SDP, extra=CONTACT))
    peer.do("hang_up", peer.result)
    assert all(message.method == "BYE" for _, message in peer.wait(70.0))
    assert peer.agent.idle()


def test_a_response_on_a_branch_that_is_not_ours_is_nobodys():
    peer, invite = calling()
    forged = response(invite, 200, body=SDP, extra=CONTACT).replace(invite.via.branch, "z9hG4bKguess")
    assert peer.say(forged) == [] and peer.events == []


def test_an_ipv6_far_end():
    peer, invite = calling(place=("2001:db8::2", 5060))
    assert invite.first("From").startswith(f"<sip:{CALLER}@[2001:db8::2]>;tag=")
    assert peer.places == [("2001:db8::2", 5060)]


def come_back(invite):
    """Our own INVITE as a proxy sends it to us: one more Via above ours."""
    head, separator, rest = invite.encode().partition(b"\r\n")
    return head + separator + b"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKproxy" + separator + rest


def test_our_own_call_that_comes_back_is_a_loop_unless_we_dialled_ourselves():
    peer = Peer(owns=lambda host, users: NUMBER not in users)
    (invite,) = peer.do("invite", attempt())
    assert [message.status for message in peer.say(come_back(invite))] == [482]
    peer = Peer(owns=lambda host, users: NUMBER in users)
    (invite,) = peer.do("invite", attempt())
    assert [message.status for message in peer.say(come_back(invite))] == [100]
    assert [type(event) for event in peer.events] == [Incoming]
