"""Registering with a provider on the virtual clock: credentials, refresh, back-off, removal, its table."""

from __future__ import annotations

from itertools import product

import pytest

from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Standing
from appliance.lines.sip.registration import TRANSITIONS, Account, RegEvent, Registration, RegState
from appliance.lines.sip.transactions import ImpossibleError

from .peer import Peer, response
from .wire import THEIRS

ACCOUNT = Account("48221234567", "sip.example.pl", THEIRS, Login("48221234567", "secret"))
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n{}", algorithm=MD5, qop="auth"'
US = "sip:48221234567@192.0.2.1:5060"


class Registering:
    """A registration and its registrar; `register` is the REGISTER that was sent last."""

    def __init__(self, account=ACCOUNT):
        self.peer = Peer()
        self.services = self.peer.agent.services
        self.name = self.services.register(account)
        (self.register,) = self.peer.collect()

    def answer(self, status, *extra):
        """Answer it; the next REGISTER, if it makes one at once, and what was told."""
        heard = self.peer.say(response(self.register, status, extra=extra))
        if heard:
            (self.register,) = heard
        return [event for event in self.peer.events if isinstance(event, Standing)]

    def granted(self, seconds=600):
        return self.answer(200, f"Contact: <{US}>;expires={seconds}")

    def next_register(self, within=10_000.0):
        """Let time pass until it registers again; after how long."""
        began = self.peer.now
        while self.peer.now - began < within:
            self.peer.now = self.peer.agent.next_deadline()
            self.peer.agent.advance(self.peer.now)
            heard = self.peer.collect()
            if heard:
                self.register = heard[0]
                return self.peer.now - began
        raise AssertionError("it does not register again")


def up(registering):
    return [Standing(registering.name, "up")]


def test_it_says_who_we_are_and_where():
    here = Registering()
    register = here.register
    assert (register.method, register.uri, here.peer.places) == ("REGISTER", "sip:sip.example.pl", [THEIRS])
    assert register.first("To") == "<sip:48221234567@sip.example.pl>"
    assert register.first("From").startswith("<sip:48221234567@sip.example.pl>;tag=")
    assert register.first("Contact") == f"<{US}>;expires=600"
    assert register.first("Authorization") is None
    assert here.granted() == up(here)


def test_it_proves_its_password_and_asks_for_nothing_more():
    here = Registering()
    first = here.register
    assert here.answer(401, CHALLENGE.format(1)) == []
    assert here.register.call_id == first.call_id
    assert here.register.cseq == (2, "REGISTER")
    assert here.register.via.branch != first.via.branch
    assert 'uri="sip:sip.example.pl"' in here.register.first("Authorization")
    assert here.granted() == up(here)


@pytest.mark.parametrize("granted", [60, 600, 3600])
def test_it_refreshes_before_what_was_granted_expires(granted):
    here = Registering()
    here.answer(401, CHALLENGE.format(1))
    call_id = here.register.call_id
    here.granted(granted)
    for number in range(5):
        waited = here.next_register()
        assert 0.67 * granted <= waited <= 0.75 * granted
        assert (here.register.call_id, here.register.first("Authorization")) == (call_id, None)
        here.answer(401, CHALLENGE.format(number))
        assert here.granted(granted) == up(here)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((f"Contact: <{US}>;expires=100", "Expires: 200"), 100),
        (("Contact: <sip:other@192.0.2.9>;expires=50", "Expires: 200"), 200),
        (("Contact: *;;<",), 600),
        ((), 600),
    ],
)
def test_what_was_granted_stands_in_our_contact_or_else_in_expires(headers, seconds):
    here = Registering()
    here.answer(200, *headers)
    assert 0.67 * seconds <= here.next_register() <= 0.75 * seconds


def test_a_registrar_that_wants_longer_gets_longer():
    here = Registering()
    here.answer(401, CHALLENGE.format(1))
    assert here.answer(423, "Min-Expires: 1800") == []
    assert here.register.first("Contact").endswith("expires=1800") and here.register.first("Expires") == "1800"
    here.answer(401, CHALLENGE.format(2))
    here.granted(1800)
    assert here.next_register() > 1200.0
    assert here.register.first("Expires") == "1800"


def test_a_registrar_that_never_has_enough_is_not_asked_in_circles():
    here = Registering()
    here.answer(423, "Min-Expires: 1800")
    (told,) = here.answer(423, "Min-Expires: 3600")
    assert (told.state, told.fault) == ("down", "registration refused: 423 Whatever")


def test_a_wrong_password_is_told_in_words_and_not_tried_again_for_minutes():
    here = Registering()
    here.answer(401, CHALLENGE.format(1))
    (told,) = here.answer(401, CHALLENGE.format(2))
    assert (told.state, told.fault, told.denied) == ("down", "wrong password", True)
    here.services.nudge(here.name)
    assert here.peer.collect() == [], "a sign of life makes no password right"
    waits = [here.next_register()]
    for number in range(5):
        here.answer(401, CHALLENGE.format(number))
        here.answer(401, CHALLENGE.format(number + 100))
        waits.append(here.next_register())
    assert 150.0 <= waits[0] <= 300.0 and all(150.0 <= wait <= 3600.0 for wait in waits)
    assert waits[-1] >= 1800.0


def test_a_nonce_that_grew_old_is_no_wrong_password():
    here = Registering()
    here.answer(401, CHALLENGE.format(1))
    assert here.answer(401, CHALLENGE.format(2) + ", stale=true") == []
    assert 'nonce="n2"' in here.register.first("Authorization")
    assert here.granted() == up(here)


def test_silence_is_told_after_eight_seconds_and_tried_again_ever_more_slowly():
    here = Registering()
    waits = []
    for _ in range(9):
        sent = here.peer.wait(8.0)
        assert all(message.method == "REGISTER" for _, message in sent)
        (told,) = here.peer.events
        assert (told.state, told.fault, told.silent) == ("down", "no answer", True)
        waits.append(here.next_register())
    assert all(2.0 <= wait <= 120.0 for wait in waits)
    assert waits[0] <= 4.0 and waits[-1] >= 60.0
    assert here.granted() == up(here)


def test_two_boxes_do_not_come_back_in_the_same_second():
    waits = set()
    for seed in range(20):
        here = Registering.__new__(Registering)
        here.peer = Peer(seed=seed)
        here.peer.agent.services.register(ACCOUNT)
        here.peer.wait(8.0)
        waits.add(round(here.next_register(), 2))
    assert len(waits) > 10


def test_a_sign_of_life_ends_the_wait_after_silence():
    here = Registering()
    here.peer.wait(8.0)
    here.services.nudge(here.name)
    (here.register,) = here.peer.collect()
    assert here.granted() == up(here)
    here.services.nudge(here.name)
    assert here.peer.collect() == []


def test_a_server_that_asks_for_time_gets_it():
    here = Registering()
    (told,) = here.answer(503, "Retry-After: 90")
    assert told.fault == "registration refused: 503 Whatever"
    assert here.next_register() == 90.0


def test_it_takes_its_binding_away_with_credentials():
    here = Registering()
    here.granted()
    here.services.unregister(here.name)
    (here.register,) = here.peer.collect()
    assert here.register.first("Contact") == f"<{US}>;expires=0" and here.register.first("Expires") == "0"
    assert here.answer(401, CHALLENGE.format(1)) == []
    assert here.register.first("Contact").endswith(";expires=0")
    assert here.answer(200) == [Standing(here.name, "gone")]
    here.peer.wait(60.0)
    assert here.peer.agent.idle()


def test_a_removal_that_nobody_answers_is_over_after_eight_seconds():
    here = Registering()
    here.granted()
    here.services.unregister(here.name)
    here.peer.wait(8.0)
    assert here.peer.events == [Standing(here.name, "gone")]
    here.peer.wait(60.0)
    assert here.peer.agent.idle()


@pytest.mark.parametrize("politely", [True, False])
def test_what_was_never_granted_needs_no_removal(politely):
    here = Registering()
    here.peer.wait(8.0)
    here.services.unregister(here.name, politely=politely)
    assert here.peer.collect() == []
    assert here.peer.events == ([Standing(here.name, "gone")] if politely else [])
    here.peer.wait(60.0)
    assert here.peer.agent.idle()


def test_an_answer_to_an_attempt_that_was_given_up_counts_for_nothing():
    here = Registering()
    late = here.register
    here.peer.wait(8.0)
    here.next_register()
    assert here.peer.say(response(late, 401, extra=(CHALLENGE.format(1),))) == [] and here.peer.events == []
    assert here.granted() == up(here)


def test_a_new_address_of_ours_is_registered_at_once_but_a_restless_router_is_not_chased():
    here = Registering()
    here.granted()
    here.services.moved(THEIRS)
    assert here.next_register() == 2.0
    here.services.moved(THEIRS)
    here.granted()
    assert here.next_register() == 2.0
    here.granted()
    assert here.next_register() > 400.0


def test_a_user_name_of_strange_characters_stays_one_user():
    here = Registering(Account("a b@c", "sip.example.pl", THEIRS, Login("a b@c", "x")))
    assert here.register.first("To") == "<sip:a%20b%40c@sip.example.pl>"
    here.answer(200, "Contact: <sip:a%20b%40c@192.0.2.1:5060>;expires=100")
    assert here.next_register() <= 75.0


# -- the table ---------------------------------------------------------------------------------------------------

WAYS = {
    RegState.TRYING: [],
    RegState.REGISTERED: [RegEvent.GRANTED],
    RegState.WAITING: [RegEvent.SILENCE],
    RegState.LEAVING: [RegEvent.STOP],
    RegState.GONE: [RegEvent.STOP, RegEvent.SILENCE],
}


@pytest.mark.parametrize(("state", "event"), list(product(RegState, RegEvent)), ids=lambda each: each.name)
def test_each_pair_of_the_table(state, event):
    done = []

    class Noted(Registration):
        def _do(self, action, response):
            done.append(action)

    registration = Noted(Peer().agent._core, ACCOUNT)
    for step in WAYS[state]:
        registration._step(step)
    done.clear()
    assert registration.state is state
    if (state, event) not in TRANSITIONS:
        with pytest.raises(ImpossibleError):
            registration._step(event)
        return
    after, actions = TRANSITIONS[state, event]
    registration._step(event)
    assert (registration.state, tuple(done)) == (after, actions)
