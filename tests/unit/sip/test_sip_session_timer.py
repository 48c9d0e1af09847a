"""Session timers (RFC 4028) and holding from our side: who refreshes, when a call without a refresh ends, glare."""

from __future__ import annotations

from itertools import product

import pytest

from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Answered, Ended, MediaChanged
from appliance.lines.sip.renegotiation import TRANSITIONS, AskEvent, AskState, Renegotiation
from appliance.lines.sip.transactions import ImpossibleError

from .peer import CONTACT, SDP, Peer, request, response
from .wire import OURS, attempt

TIMER = "Supported: timer"
UPDATES = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"


class InCall:
    """A call that is up: `incoming`, or of ours; `terms` are the far end's header lines about the session timer."""

    def __init__(self, *terms, incoming=False, login=None):
        self.peer = Peer()
        self.incoming = incoming
        if incoming:
            self.peer.say(request(extra=terms))
            self.call = self.peer.events[0].call
            (self.ok,) = self.peer.do("accept", self.call, (OURS[0], 10000))
            self.tag, self.id = self.ok.recipient.tag, "call"
            self.peer.say(request("ACK", branch="ack", to_tag=self.tag))
        else:
            (self.invite,) = self.peer.do("invite", attempt(login=login))
            self.call = self.peer.result
            self.peer.say(response(self.invite, 200, body=SDP, extra=[*CONTACT, *terms]))
            assert [type(event) for event in self.peer.events] == [Answered]
            self.tag, self.id = self.invite.sender.tag, self.invite.call_id
        self.number = 10

    def until_asked(self, within=4000.0):
        """Let time pass until we ask something by ourselves; what, and after how long."""
        began, self.events = self.peer.now, []
        while (due := self.peer.agent.next_deadline()) is not None and due - began <= within:
            self.peer.now = due
            self.peer.agent.advance(due)
            heard = [message for message in self.peer.collect() if hasattr(message, "method")]
            self.events += self.peer.events
            if heard:
                return heard[0], self.peer.now - began
        return None, self.peer.now - began

    def says(self, method, *extra, body=None):
        """A request of the far end inside the call; our answer."""
        self.number += 1
        more = {"body": body} if body is not None else {}
        packet = request(
            method, branch=f"n{self.number}", cseq=self.number, to_tag=self.tag, call=self.id, extra=extra, **more
        )
        return self.peer.say(packet)

    def acknowledge(self):
        self.peer.say(request("ACK", branch=f"a{self.number}", cseq=self.number, to_tag=self.tag, call=self.id))


def lines(message):
    return message.first("Session-Expires"), message.first("Min-SE")


# -- what is agreed ----------------------------------------------------------------------------------------------


def test_we_propose_half_an_hour_and_say_that_we_know_timers():
    invite = InCall().invite
    assert lines(invite) == ("1800", "90") and invite.words("Supported") == {"timer"}


@pytest.mark.parametrize("incoming", [False, True])
def test_who_knows_no_session_timers_is_left_alone(incoming):
    here = InCall(incoming=incoming)
    assert here.until_asked(100_000.0)[0] is None
    assert not incoming or (lines(here.ok) == (None, None) and "timer" not in here.ok.words("Require"))


@pytest.mark.parametrize(
    ("terms", "answer", "required"),
    [
        ((TIMER, "Session-Expires: 600;refresher=uac"), "600;refresher=uac", True),
        ((TIMER, "Session-Expires: 600;refresher=uas"), "600;refresher=uas", True),
        ((TIMER, "Session-Expires: 600"), "600;refresher=uas", True),
        ((TIMER,), "1800;refresher=uas", True),
        ((TIMER, "Min-SE: 3600"), "3600;refresher=uas", True),
        (("x: 120",), "120;refresher=uas", False),
    ],
)
def test_what_we_answer_to_who_calls(terms, answer, required):
    """A proxy may ask for timers though the caller knows none (RFC 4028 §9, table 2): then we refresh, unrequired."""
    here = InCall(*terms, incoming=True)
    assert here.ok.first("Session-Expires") == answer
    assert ("timer" in here.ok.words("Require")) is required


@pytest.mark.parametrize("where", ["call", "re-INVITE", "UPDATE"])
def test_a_haste_that_we_do_not_stand_is_told_the_least(where):
    brief = (TIMER, "Session-Expires: 60")
    if where == "call":
        (said,) = Peer().say(request(extra=brief))
    else:
        here = InCall()
        (said,) = here.says("INVITE" if where == "re-INVITE" else "UPDATE", *brief)
    assert (said.status, said.first("Min-SE")) == (422, "90")


def test_a_far_end_that_wants_it_longer_gets_it_once():
    peer = Peer()
    (invite,) = peer.do("invite", attempt())
    ack, second = peer.say(response(invite, 422, extra=("Min-SE: 3600",)))
    assert (ack.method, second.cseq) == ("ACK", (2, "INVITE"))
    assert lines(second) == ("3600", "3600") and peer.events == []
    peer.say(response(second, 422, extra=("Min-SE: 7200",)))
    assert [event.status for event in peer.events] == [422]


# -- refreshes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
@pytest.mark.parametrize("incoming", [False, True])
def test_the_refresh_that_is_ours_comes_at_half_time_for_ever(incoming, method):
    mine = "uas" if incoming else "uac"
    terms = [TIMER, f"Session-Expires: 600;refresher={mine}", *([UPDATES] if method == "UPDATE" else [])]
    here = InCall(*terms, incoming=incoming)
    for _ in range(4):
        asked, after = here.until_asked()
        assert (asked.method, after) == (method, 300.0)
        assert lines(asked) == ("600;refresher=uac", "90"), "whoever refreshes is the client of its own request"
        assert bool(asked.body) is (method == "INVITE")
        heard = here.peer.say(
            response(asked, 200, body=SDP if method == "INVITE" else "", extra=("Session-Expires: 600;refresher=uac",))
        )
        assert [message.method for message in heard] == (["ACK"] if method == "INVITE" else [])
        assert here.peer.events == []
    (bye,) = here.peer.do("hang_up", here.call)
    here.peer.say(response(bye, 200))
    here.peer.wait(60.0)
    assert here.peer.agent.idle()


@pytest.mark.parametrize("incoming", [False, True])
def test_a_refresh_that_never_comes_ends_the_call_at_its_time(incoming):
    theirs = "uac" if incoming else "uas"
    here = InCall(TIMER, f"Session-Expires: 600;refresher={theirs}", incoming=incoming)
    here.peer.now = 0.0
    for _ in range(3):
        asked, _ = here.until_asked(400.0)
        assert asked is None
        here.peer.wait(400.0 - (here.peer.now % 400.0))
        assert here.says("UPDATE", TIMER, "Session-Expires: 600;refresher=uac")[0].status == 200
    refreshed = here.peer.now
    bye, _ = here.until_asked()
    assert (bye.method, here.peer.now - refreshed) == ("BYE", 568.0)
    assert here.events == [Ended(here.call, lost=True)]


def test_a_far_end_that_answers_no_refresh_is_let_go():
    here = InCall(TIMER, UPDATES, "Session-Expires: 600;refresher=uac")
    asked, _ = here.until_asked()
    sent = here.peer.wait(32.5)
    assert asked.method == "UPDATE" and sent[-1][1].method == "BYE"
    assert here.peer.events == [Ended(here.call, lost=True)]


@pytest.mark.parametrize("status", [481, 408])
def test_a_far_end_that_knows_the_call_no_more_is_let_go(status):
    here = InCall(TIMER, UPDATES, "Session-Expires: 600;refresher=uac")
    asked, _ = here.until_asked()
    (bye,) = here.peer.say(response(asked, status))
    assert bye.method == "BYE" and here.peer.events == [Ended(here.call, lost=True)]


def test_a_refusal_of_the_refresh_leaves_the_call_until_its_time():
    here = InCall(TIMER, UPDATES, "Session-Expires: 600;refresher=uac")
    asked, _ = here.until_asked()
    assert here.peer.say(response(asked, 500)) == [] and here.peer.events == []
    bye, after = here.until_asked()
    assert (bye.method, after) == ("BYE", 268.0)


def test_a_refresh_is_made_again_with_credentials_or_for_longer():
    here = InCall(TIMER, UPDATES, "Session-Expires: 600;refresher=uac", login=Login("u", "p"))
    asked, _ = here.until_asked()
    challenge = ('Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=MD5',)
    (again,) = here.peer.say(response(asked, 407, extra=challenge))
    assert again.first("Proxy-Authorization") and again.cseq[0] == asked.cseq[0] + 1
    here.peer.say(response(again, 200, extra=("Session-Expires: 600;refresher=uac",)))
    asked, _ = here.until_asked()
    (again,) = here.peer.say(response(asked, 422, extra=("Min-SE: 900",)))
    assert lines(again) == ("900;refresher=uac", "900")
    here.peer.say(response(again, 200, extra=("Session-Expires: 900;refresher=uac",)))
    assert here.until_asked()[1] == 450.0


# -- hold --------------------------------------------------------------------------------------------------------


def direction(message):
    return next(line[2:] for line in message.body.decode().splitlines() if line in DIRECTIONS)


DIRECTIONS = ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
HELD = SDP.replace("sendrecv", "recvonly")


def test_hold_and_resume():
    here = InCall()
    (asked,) = here.peer.do("hold", here.call, True)
    assert (asked.method, direction(asked)) == ("INVITE", "sendonly")
    assert b"o=- " in asked.body and asked.body.split()[3] > here.invite.body.split()[3], "a new version"
    (ack,) = here.peer.say(response(asked, 200, body=HELD, extra=CONTACT))
    assert (ack.method, ack.cseq) == ("ACK", (asked.cseq[0], "ACK"))
    (changed,) = here.peer.events
    assert isinstance(changed, MediaChanged) and changed.choice.direction == "recvonly" and not changed.choice.on_hold
    (again,) = here.peer.say(response(asked, 200, body=HELD, extra=CONTACT))
    assert again.encode() == ack.encode() and here.peer.events == []
    assert here.peer.do("hold", here.call, True) == [], "it is held already"
    (asked,) = here.peer.do("hold", here.call, False)
    assert direction(asked) == "sendrecv"
    here.peer.say(response(asked, 200, body=SDP, extra=CONTACT))
    assert here.peer.events[0].choice.direction == "sendrecv"


def test_what_is_wanted_while_an_answer_is_awaited_is_asked_next():
    here = InCall()
    (asked,) = here.peer.do("hold", here.call, True)
    assert here.peer.do("hold", here.call, False) == []
    ack, then = here.peer.say(response(asked, 200, body=HELD, extra=CONTACT))
    assert (ack.method, then.method, direction(then)) == ("ACK", "INVITE", "sendrecv")


def test_while_we_hold_an_offer_of_the_far_end_does_not_end_it():
    here = InCall()
    (asked,) = here.peer.do("hold", here.call, True)
    here.peer.say(response(asked, 200, body=HELD, extra=CONTACT))
    (ok,) = here.says("INVITE", body=SDP)
    assert (ok.status, direction(ok)) == (200, "sendonly")
    here.acknowledge()
    (ok,) = here.says("INVITE", body=SDP.replace("sendrecv", "sendonly"))
    assert direction(ok) == "inactive"


@pytest.mark.parametrize(("incoming", "low", "high"), [(False, 2.1, 4.0), (True, 0.0, 2.0)])
def test_when_both_ask_at_once_both_wait_the_owner_of_the_call_id_longer(incoming, low, high):
    here = InCall(incoming=incoming)
    (asked,) = here.peer.do("hold", here.call, True)
    (glare,) = here.says("INVITE", body=SDP)
    assert glare.status == 491
    (glare,) = here.says("UPDATE", body=SDP)
    assert glare.status == 491
    (ack,) = here.peer.say(response(asked, 491))
    assert ack.method == "ACK"
    (ok,) = here.says("INVITE", body=SDP)
    assert ok.status == 200, "while we wait, theirs is taken"
    here.acknowledge()
    again, after = here.until_asked()
    assert (again.method, direction(again)) == ("INVITE", "sendonly") and low <= after <= high


def test_ours_waits_until_the_far_ends_is_acknowledged():
    here = InCall()
    here.says("INVITE", body=SDP)
    assert here.peer.do("hold", here.call, True) == []
    assert here.until_asked(5.0)[0] is None
    here.acknowledge()
    asked, after = here.until_asked()
    assert (asked.method, direction(asked)) == ("INVITE", "sendonly") and after <= 4.0


def test_a_refused_hold_leaves_the_call_as_it_was():
    here = InCall()
    (asked,) = here.peer.do("hold", here.call, True)
    (ack,) = here.peer.say(response(asked, 488))
    assert ack.method == "ACK" and here.peer.events == []
    (bye,) = here.peer.do("hang_up", here.call)
    assert bye.method == "BYE"


@pytest.mark.parametrize("answers", [[], [100]])
def test_who_hangs_up_in_the_middle_of_a_hold_leaves_nothing_behind(answers):
    here = InCall()
    (asked,) = here.peer.do("hold", here.call, True)
    for status in answers:
        here.peer.say(response(asked, status))
    (bye,) = here.peer.do("hang_up", here.call)
    here.peer.say(response(bye, 200))
    here.peer.wait(70.0)
    assert here.peer.agent.idle()


def test_a_call_that_is_not_up_cannot_be_held():
    peer = Peer()
    peer.do("invite", attempt())
    assert peer.do("hold", peer.result, True) == []
    assert peer.do("hold", "nobody", True) == []


# -- the table ---------------------------------------------------------------------------------------------------

WAYS = {
    AskState.IDLE: [],
    AskState.ASKED: [AskEvent.ASK],
    AskState.WAITING: [AskEvent.ASK, AskEvent.GLARE],
    AskState.OVER: [AskEvent.END],
}


@pytest.mark.parametrize(("state", "event"), list(product(AskState, AskEvent)), ids=lambda each: each.name)
def test_each_pair_of_the_table(state, event):
    done = []

    class Noted(Renegotiation):
        def _do(self, action, response):
            done.append(action)

    asking = Noted(None, owner=True)
    for step in WAYS[state]:
        asking._step(step)
    done.clear()
    assert asking.state is state
    if (state, event) not in TRANSITIONS:
        with pytest.raises(ImpossibleError):
            asking._step(event)
        return
    after, actions = TRANSITIONS[state, event]
    asking._step(event)
    assert (asking.state, tuple(done)) == (after, actions)
