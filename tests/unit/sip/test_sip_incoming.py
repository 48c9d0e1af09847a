"""Calls that come in: who may call, what they are told, and that one call stays one call."""

from __future__ import annotations

import pytest

from appliance import PRODUCT
from appliance.lines.sip.events import Digit, Ended, Incoming, MediaChanged
from appliance.lines.sip.guard import MAX_VIAS

from .peer import SDP, Peer, answered_call, request
from .wire import CALLER, NUMBER, OURS, THEIRS

MEDIA = (OURS[0], 10000)


def offered(**more):
    peer = Peer()
    peer.say(request(**more))
    (event,) = peer.events
    peer.call = event.call
    return peer, event


def test_an_invite_is_told_once_and_trying_is_said_at_once():
    peer = Peer()
    assert peer.say(request())[0].status == 100
    (event,) = peer.events
    assert event == Incoming(event.call, THEIRS, (NUMBER,), (), CALLER, False, event.choice)
    assert (event.choice.remote, event.choice.codec, event.choice.event_type) == (("192.0.2.2", 20000), "PCMA", 101)
    peer.say(request())
    assert peer.statuses() == [100] and peer.events == []
    peer.do("ring", event.call)
    assert peer.statuses() == [180]
    peer.say(request())
    assert peer.statuses() == [180] and peer.events == [], "a copy is answered with the last word, and is no new call"


def test_the_answer_echoes_what_came_and_names_us():
    peer, event = offered(from_='"Łukasz, Ż;ółć" <sip:+48501502503@192.0.2.2>;tag=far')
    (ok,) = peer.do("accept", event.call, MEDIA)
    assert ok.first("From") == '"Łukasz, Ż;ółć" <sip:+48501502503@192.0.2.2>;tag=far'
    assert ok.first("To").startswith(f"<sip:{NUMBER}@192.0.2.1>;tag=")
    assert ok.first("Server") == PRODUCT
    assert ok.first("Contact") == "<sip:192.0.2.1:5060>"
    assert ok.content_type == "application/sdp" and b"m=audio 10000 RTP/AVP 8 101" in ok.body


def test_latin_2_names_go_back_byte_by_byte():
    peer = Peer()
    name = '"Łukasz Żółć"'.encode("iso-8859-2")
    peer.say(request(from_='"NAME" <sip:a@192.0.2.2>;tag=far').encode().replace(b'"NAME"', name))
    assert b"\r\nFrom: " + name + b" <sip:a@192.0.2.2>;tag=far\r\n" in peer.raw[0]


def test_the_200_is_repeated_until_its_ack_and_never_after():
    peer, event = offered()
    peer.do("accept", event.call, MEDIA)
    times = [at for at, message in peer.wait(10.0) if message.status == 200]
    assert times == [0.5, 1.5, 3.5, 7.5]
    tag = peer.agent._sessions[event.call].key[1]
    assert peer.say(request("ACK", branch="ack", to_tag=tag)) == []
    assert peer.wait(60.0) == []
    assert peer.say(request("ACK", branch="ack", to_tag=tag)) == [] and peer.events == []


def test_without_an_ack_the_call_is_lost_and_ended_with_bye():
    peer, event = offered()
    peer.do("accept", event.call, MEDIA)
    sent = peer.wait(32.0)
    assert sent[-1][1].method == "BYE"
    assert peer.events == [Ended(event.call, lost=True)]
    peer.wait(70.0)
    assert peer.agent.idle()


def test_hanging_up_before_the_ack_waits_for_it():
    peer, event = offered()
    (ok,) = peer.do("accept", event.call, MEDIA)
    assert peer.do("hang_up", event.call) == []
    (bye,) = peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    assert (bye.method, bye.uri) == ("BYE", "sip:far@192.0.2.2:5060")
    assert (bye.recipient.tag, bye.sender.tag) == ("far", ok.recipient.tag)


def test_a_refusal_is_repeated_until_its_ack():
    peer, event = offered()
    (busy,) = peer.do("hang_up", event.call, status=486)
    assert busy.status == 486
    assert [message.status for _, message in peer.wait(2.0)] == [486, 486]
    assert peer.say(request("ACK", to_tag=busy.recipient.tag)) == []
    assert peer.wait(60.0) == [] and peer.agent.idle()


def test_cancel_before_the_answer_ends_the_call():
    peer, event = offered()
    assert [message.status for message in peer.say(request("CANCEL"))] == [200, 487]
    assert peer.events == [Ended(event.call)]
    assert peer.say(request("CANCEL"))[0].status == 200 and peer.events == [], "a copy of the CANCEL"
    assert peer.do("accept", event.call, MEDIA) == [], "too late"
    peer.say(request("ACK"))
    peer.wait(60.0)
    assert peer.agent.idle()


def test_cancel_that_crosses_our_200_changes_nothing():
    peer, event = offered()
    peer.do("accept", event.call, MEDIA)
    assert [message.status for message in peer.say(request("CANCEL"))] == [200]
    assert peer.events == []


def test_cancel_and_bye_of_nothing_get_481():
    peer = Peer()
    assert peer.say(request("CANCEL"))[0].status == 481
    assert peer.say(request("BYE", to_tag="unknown"))[0].status == 481
    assert peer.agent.idle()


def test_the_same_request_by_another_path_is_a_loop():
    peer, _ = offered()
    assert peer.say(request(branch="other"))[0].status == 482
    assert peer.events == []


def test_without_an_offer_ours_is_made_and_the_ack_brings_the_answer():
    peer, event = offered(body="")
    assert event.choice is None
    (ok,) = peer.do("accept", event.call, MEDIA)
    assert b"m=audio 10000 RTP/AVP 8 0 101" in ok.body
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag, body=SDP))
    (changed,) = peer.events
    assert isinstance(changed, MediaChanged) and changed.choice.remote == ("192.0.2.2", 20000)


def test_without_an_offer_and_without_an_answer_there_is_no_call():
    peer, event = offered(body="")
    (ok,) = peer.do("accept", event.call, MEDIA)
    (bye,) = peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    assert bye.method == "BYE" and peer.events == [Ended(event.call, lost=True)]


@pytest.mark.parametrize(
    ("more", "status", "header"),
    [
        ({"body": "v=0\r\nm=audio 999999 RTP/AVP 8\r\n"}, 488, None),
        ({"body": "x", "kind": "text/plain"}, 415, "Accept"),
        ({"extra": ["Require: teleportation, 100rel"]}, 420, "Unsupported"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(more, status, header):
    peer = Peer()
    (refusal,) = peer.say(request(**more))
    assert refusal.status == status and peer.events == [] and peer.agent.idle()
    assert header is None or refusal.first(header)
    if status == 420:
        assert refusal.first("Unsupported") == "teleportation"


def test_reliable_ringing_demanded_means_no_ringing_but_the_call_is_taken():
    peer, event = offered(extra=["Require: 100rel"])
    assert peer.do("ring", event.call) == []
    assert peer.do("accept", event.call, MEDIA)[0].status == 200


def test_a_full_box_says_so():
    peer = Peer(max_calls=1)
    peer.say(request())
    (refusal,) = peer.say(request(call="second", branch="two"))
    assert (refusal.status, refusal.first("Retry-After")) == (503, "5")


def test_an_invite_that_nobody_answers_is_given_up_after_three_minutes():
    peer, event = offered()
    assert [message.status for _, message in peer.wait(180.0)] == [480]
    assert peer.events == [Ended(event.call, lost=True)]


@pytest.mark.parametrize(
    ("extra", "from_", "asserted", "anonymous"),
    [
        (
            ["P-Asserted-Identity: <sip:+48600700800@p>, <tel:+48600700801>"],
            None,
            ("+48600700800", "+48600700801"),
            False,
        ),
        (["P-Asserted-Identity: <sip:+48600700800@p>", "Privacy: id"], None, ("+48600700800",), True),
        ([], '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=far', (), True),
        (["Privacy: none"], None, (), False),
        (["P-Asserted-Identity: garbage"], None, (), False),
    ],
)
def test_who_calls(extra, from_, asserted, anonymous):
    peer = Peer()
    peer.say(request(extra=extra, from_=from_ or f"<sip:{CALLER}@192.0.2.2>;tag=far"))
    (event,) = peer.events
    assert (event.asserted, event.anonymous) == (asserted, anonymous)


@pytest.mark.parametrize(
    "uri", ["sip:100@pbx1", "SIP:100@my_host", "sip:100@192.0.2.1?Subject=x", "tel:100", "sip:100@[2001:db8::1]:5060"]
)
def test_request_uris_that_others_refuse(uri):
    _, event = offered(uri=uri)
    assert event.called == ("100", NUMBER)


def test_answers_go_to_where_it_came_from_whatever_the_via_says():
    peer = Peer()
    for number, via in enumerate(
        (
            "SIP/2.0/UDP 203.0.113.66:6666;branch=z9hG4bKa;received=198.51.100.66;rport=7777",
            "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb;rport=999999",
            "SIP/2.0/UDP my_host;branch=z9hG4bKc;received=2001:db8::1",
        )
    ):
        (trying,) = peer.say(request(via=via, call=f"c{number}"), source=("192.0.2.2", 40001))
        assert peer.places == [("192.0.2.2", 40001)]
        assert trying.first("Via").endswith(";received=192.0.2.2;rport=40001")
        assert "198.51" not in trying.first("Via") and "999999" not in trying.first("Via")


def test_several_hops_are_echoed_in_order():
    peer = Peer()
    via = "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa, SIP/2.0/TCP 192.0.2.3;branch=z9hG4bKb;received=10.0.0.1"
    (trying,) = peer.say(request(via=via, extra=["Via: SIP/2.0/TLS h;branch=z9hG4bKc"]))
    assert trying.all("Via")[1:] == [
        "SIP/2.0/TCP 192.0.2.3;branch=z9hG4bKb;received=10.0.0.1",
        "SIP/2.0/TLS h;branch=z9hG4bKc",
    ]
    assert MAX_VIAS == 70


def test_an_old_telephone_without_branches_makes_one_call_too():
    peer = Peer()
    old = request(via="SIP/2.0/UDP 192.0.2.2")
    peer.say(old)
    (event,) = peer.events
    peer.say(old)
    assert peer.events == []
    (busy,) = peer.do("hang_up", event.call, status=486)
    assert peer.say(request("ACK", via="SIP/2.0/UDP 192.0.2.2", to_tag=busy.recipient.tag)) == []
    assert peer.wait(60.0) == [] and peer.agent.idle()


# -- inside the call ---------------------------------------------------------------------------------------------


def test_bye_ends_the_call_and_its_copy_gets_the_same_answer():
    peer = answered_call()
    bye = request("BYE", branch="bye", cseq=2, to_tag=peer.tag)
    assert peer.say(bye)[0].status == 200
    assert peer.events == [Ended(peer.call)]
    assert peer.say(bye)[0].status == 200 and peer.events == []
    peer.wait(60.0)
    assert peer.agent.idle()


def test_a_bye_is_believed_in_any_order():
    peer = answered_call()
    peer.say(request("INFO", branch="i1", cseq=5, to_tag=peer.tag))
    assert peer.say(request("BYE", branch="bye", cseq=1, to_tag=peer.tag))[0].status == 200
    assert peer.events == [Ended(peer.call)]


def test_hold_and_resume_by_re_invite():
    peer = answered_call()
    held = SDP.replace("sendrecv", "sendonly")
    (ok,) = peer.say(request(branch="hold", cseq=2, to_tag=peer.tag, body=held))
    assert ok.status == 200 and b"a=recvonly" in ok.body
    assert peer.events[0].choice.on_hold
    assert [message.status for _, message in peer.wait(1.0)] == [200], "repeated until its ACK"
    peer.say(request("ACK", branch="ack2", cseq=2, to_tag=peer.tag))
    assert peer.wait(40.0) == []
    (ok,) = peer.say(request(branch="back", cseq=3, to_tag=peer.tag))
    assert b"a=sendrecv" in ok.body and not peer.events[0].choice.on_hold
    versions = [int(each.body.split(b"\r\n")[1].split()[2]) for each in (peer.ok, ok)]
    assert versions[1] > versions[0]


def test_a_re_invite_without_an_offer_gets_ours():
    peer = answered_call()
    (ok,) = peer.say(request(branch="re", cseq=2, to_tag=peer.tag, body=""))
    assert b"m=audio 10000" in ok.body
    assert peer.say(request(branch="re3", cseq=3, to_tag=peer.tag))[0].status == 491, "our offer is still open"
    moved = SDP.replace("20000", "20002")
    peer.say(request("ACK", branch="ack2", cseq=2, to_tag=peer.tag, body=moved))
    assert peer.events == [MediaChanged(peer.call, peer.events[0].choice)]
    assert peer.events[0].choice.remote == ("192.0.2.2", 20002)


def test_a_re_invite_that_cannot_be_met_leaves_the_call_as_it_was():
    peer = answered_call()
    bad = SDP.replace("RTP/AVP 8 0 101", "RTP/AVP 18")
    assert peer.say(request(branch="re", cseq=2, to_tag=peer.tag, body=bad))[0].status == 488
    assert peer.events == [] and peer.agent.calls == 1


def test_an_unacknowledged_re_invite_ends_the_call():
    peer = answered_call()
    peer.say(request(branch="re", cseq=2, to_tag=peer.tag))
    assert peer.wait(32.0)[-1][1].method == "BYE"
    assert peer.events == [Ended(peer.call, lost=True)]


def test_a_re_invite_moves_the_far_end():
    peer = answered_call()
    peer.say(request(branch="re", cseq=2, to_tag=peer.tag, contact="<sip:moved@192.0.2.77:5099>"))
    peer.say(request("ACK", branch="ack2", cseq=2, to_tag=peer.tag))
    (bye,) = peer.do("hang_up", peer.call)
    assert bye.uri == "sip:moved@192.0.2.77:5099" and peer.places == [("192.0.2.77", 5099)]


def test_update_with_and_without_an_offer():
    peer = answered_call()
    (ok,) = peer.say(request("UPDATE", branch="u1", cseq=2, to_tag=peer.tag))
    assert ok.status == 200 and not ok.body and peer.events == []
    (ok,) = peer.say(request("UPDATE", branch="u2", cseq=3, to_tag=peer.tag, body=SDP.replace("20000", "20004")))
    assert b"m=audio" in ok.body and peer.events[0].choice.remote[1] == 20004
    assert peer.wait(30.0) == [], "an answer to UPDATE needs no ACK"


def test_an_offer_before_the_first_answer_comes_too_early():
    peer, event = offered()
    tag = peer.agent._sessions[event.call].key[1]
    (early,) = peer.say(request(branch="re", cseq=2, to_tag=tag))
    assert (early.status, early.first("Retry-After")) == (500, "2")


def test_requests_out_of_order_get_500_and_strangers_tags_481():
    peer = answered_call()
    peer.say(request("INFO", branch="i1", cseq=5, to_tag=peer.tag))
    assert peer.say(request("INFO", branch="i2", cseq=4, to_tag=peer.tag))[0].status == 500
    twice = request("INFO", branch="i3", cseq=5, to_tag=peer.tag, body="9", kind="application/dtmf")
    assert peer.say(twice)[0].status == 500 and peer.events == []
    stranger = request("BYE", branch="b", cseq=9, to_tag=peer.tag, from_="<sip:x@y>;tag=other")
    assert peer.say(stranger)[0].status == 481 and peer.events == []


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "signal = #\r\n", "#"),
        ("application/dtmf", "9", "9"),
    ],
)
def test_a_digit_by_info(kind, body, digit):
    peer = answered_call()
    info = request("INFO", branch="i", cseq=2, to_tag=peer.tag, body=body, kind=kind)
    assert peer.say(info)[0].status == 200
    assert peer.events == [Digit(peer.call, digit)]
    peer.say(info)
    assert peer.events == [], "a copy is no second digit"


def test_other_requests_inside_the_call():
    peer = answered_call()
    assert peer.say(request("OPTIONS", branch="o", cseq=2, to_tag=peer.tag))[0].status == 200
    assert peer.say(request("INFO", branch="i", cseq=3, to_tag=peer.tag, body="?", kind="text/x"))[0].status == 415
    (refused,) = peer.say(request("REFER", branch="r", cseq=4, to_tag=peer.tag))
    assert (refused.status, refused.first("Allow").split(", ")[0]) == (405, "INVITE")
    required = request("INFO", branch="q", cseq=5, to_tag=peer.tag, extra=["Require: x"])
    assert peer.say(required)[0].first("Unsupported") == "x"


def test_requests_of_ours_follow_the_recorded_route():
    peer = Peer()
    route = ['Record-Route: <sip:192.0.2.50;lr>, "x,y" <sip:192.0.2.51:5070;lr>']
    peer.say(request(extra=route))
    (ok,) = peer.do("accept", peer.events[0].call, MEDIA)
    assert ok.all("Record-Route") == [route[0].partition(": ")[2]]
    call = next(iter(peer.agent._sessions))
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    (bye,) = peer.do("hang_up", call)
    assert bye.all("Route") == ["<sip:192.0.2.50;lr>", '"x,y" <sip:192.0.2.51:5070;lr>']
    assert bye.uri == "sip:far@192.0.2.2:5060" and peer.places == [("192.0.2.50", 5060)]


def test_a_strict_router_becomes_the_request_uri():
    peer = Peer()
    peer.say(request(extra=["Record-Route: <sip:192.0.2.50>"]))
    call = peer.events[0].call
    (ok,) = peer.do("accept", call, MEDIA)
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    (bye,) = peer.do("hang_up", call)
    assert bye.uri == "sip:192.0.2.50" and bye.all("Route") == ["<sip:far@192.0.2.2:5060>"]
