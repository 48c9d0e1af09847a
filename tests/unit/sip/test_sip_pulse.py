"""Whether a server is there, to the second: dead within 30 s, alive again within 10 s, and not a packet too many."""

from __future__ import annotations

import pytest

from appliance.lines.sip.events import Pulsed

from .peer import Peer, request, response
from .wire import OURS, THEIRS

DEAD_WITHIN, ALIVE_WITHIN = 30.0, 10.0


class Watched:
    """A server that is watched; it answers while `answers`, and notes when the OPTIONS were asked first."""

    def __init__(self, place=THEIRS):
        self.peer = Peer(place)
        self.name = self.peer.agent.services.watch(place)
        self.answers, self.status = True, 200
        self.asked, self.told = [], []
        self._known = set()

    def live(self, seconds):
        end = self.peer.now + seconds
        while (due := self.peer.agent.next_deadline()) is not None and due <= end:
            self.peer.now = due
            self.peer.agent.advance(due)
            self._turn(self.peer.collect())
        self.peer.now = end
        self.peer.agent.advance(end)

    def _turn(self, heard):
        self.told += [(self.peer.now, event) for event in self.peer.events]
        for message in heard:
            assert message.method == "OPTIONS"
            if message.via.branch not in self._known:
                self._known.add(message.via.branch)
                self.asked.append(self.peer.now)
            if self.answers:
                self._turn(self.peer.say(response(message, self.status)))

    def says(self, packet):
        self.peer.say(packet)
        self.told += [(self.peer.now, event) for event in self.peer.events if isinstance(event, Pulsed)]


@pytest.mark.parametrize("status", [200, 404, 405, 503])
def test_a_server_that_answers_anything_is_asked_every_ten_seconds_and_nothing_is_told(status):
    watched = Watched()
    watched.status = status
    watched.live(60.0)
    assert watched.asked == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    assert watched.told == []


def test_the_question_names_the_server_and_us():
    watched = Watched(("192.0.2.2", 5080))
    watched.peer.now = 10.0
    watched.peer.agent.advance(10.0)
    (options,) = watched.peer.collect()
    assert (options.uri, watched.peer.places) == ("sip:192.0.2.2:5080", [("192.0.2.2", 5080)])
    assert options.first("Contact") == f"<sip:{OURS[0]}:5060>"


@pytest.mark.parametrize("dies", [10.0, 13.0, 19.9])
def test_a_server_that_dies_is_told_within_thirty_seconds(dies):
    watched = Watched()
    watched.live(dies)
    watched.answers = False
    watched.live(60.0)
    ((at, event),) = watched.told
    assert event == Pulsed(watched.name, False)
    assert at == 38.0 and at - dies <= DEAD_WITHIN


@pytest.mark.parametrize("after", [0.0, 2.0, 4.9, 300.0])
def test_a_server_that_comes_back_is_told_within_ten_seconds(after):
    watched = Watched()
    watched.answers = False
    watched.live(28.0)
    assert [each for _, each in watched.told] == [Pulsed(watched.name, False)]
    watched.live(after)
    watched.answers = True
    back = watched.peer.now
    watched.live(20.0)
    at, event = watched.told[-1]
    assert event == Pulsed(watched.name, True) and len(watched.told) == 2
    assert at - back <= 5.0 <= ALIVE_WITHIN


def test_one_question_without_an_answer_is_no_death():
    watched = Watched()
    watched.live(15.0)
    watched.answers = False
    watched.live(13.5)
    watched.answers = True
    watched.live(60.0)
    assert watched.told == []


def test_what_it_says_by_itself_is_a_sign_of_life_and_spares_a_question():
    watched = Watched()
    watched.answers = False
    for number in range(6):
        watched.live(9.0)
        watched.peer.say(request("NOTIFY", branch=str(number), cseq=number + 1))
    assert watched.asked == [] and watched.told == []


def test_a_server_that_knows_no_options_is_not_taken_for_dead_once_it_has_spoken():
    watched = Watched()
    watched.answers = False
    watched.live(30.0)
    assert [each.alive for _, each in watched.told] == [False]
    watched.says(request())
    watched.live(120.0)
    assert [each.alive for _, each in watched.told] == [False, True]


def test_a_server_that_did_not_answer_a_call_is_asked_at_once_and_believed():
    watched = Watched()
    watched.live(1.0)
    watched.peer.agent.services.doubt(watched.name)
    watched._turn(watched.peer.collect())
    assert watched.asked == [1.0]
    assert watched.told == [(1.0, Pulsed(watched.name, True))]
    watched.answers = False
    watched.peer.agent.services.doubt(watched.name)
    watched.live(20.0)
    assert len(watched.told) == 1, "it counts as dead already"


def test_nothing_is_left_of_a_watch_that_ended():
    watched = Watched()
    watched.answers = False
    watched.live(12.0)
    watched.peer.agent.services.unwatch(watched.name)
    watched.live(60.0)
    assert watched.told == [] and watched.peer.agent.idle()
