"""Calls of sipp to the building's number: the menu, hold, copies, loss, and a caller who hangs up at any moment."""

from __future__ import annotations

import pytest

from appliance import VERSION
from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import answered, call, hang_up, pause, request, sdp

CALLER, CALLED = building.RESIDENT_USER, building.NUMBER
BYE = hang_up(CALLED, CALLER)
HEAR_SECONDS = 15.0
LOSSY_CALLS = 8
LOST_PERCENT = 20


@pytest.fixture
def box(exchange):
    """An exchange whose provider takes no calls."""
    return exchange(building.sample(f"{HOST}:{free_range(2)}"))


def invited(handset, *then):
    """The steps of a call whose sound is this handset's."""
    return call(handset.port, CALLED, CALLER, *then)


def hears_something(handset, since=0):
    """Whether a second of sound has been heard since so many samples."""
    return sound.seconds_of_sound(handset.heard()[since:]) >= 1.0


def test_a_key_of_rfc_4733_chooses_from_the_menu(box, peers):
    handset = peers.handset()
    run = peers.sipp("menu", invited(handset, pause(4000), *BYE), remote=box.address)
    until("the greeting is heard", HEAR_SECONDS, lambda: hears_something(handset))
    handset.press("2")
    run.succeeds()
    row = box.last_call()
    assert (row["number"], row["caller"], row["resident"]) == (CALLED, building.RESIDENT, building.FLAT)
    assert (row["choices"], row["destination"]) == (["2"], "voicemail:office")
    assert (row["outcome"], row["urgent"], row["ticket"]) == ("abandoned", False, None)


def test_who_hangs_up_in_the_menu_has_a_row(box, peers):
    peers.sipp("hang-up", invited(peers.handset(), *BYE), remote=box.address).succeeds()
    row = box.last_call()
    assert (row["outcome"], row["choices"], row["rung"]) == ("abandoned", [], [])


def test_a_retransmitted_invite_is_one_call(box, peers):
    offer, answer, ack = invited(peers.handset())
    offer = offer.replace("[branch]", "z9hG4bK-once-[pid]")
    copy = offer.replace(' start_txn="invite" retrans="500"', "")
    steps = [
        offer,
        '<recv response="100" response_txn="invite"/>',
        copy,
        answer,
        copy,
        pause(500),
        ack,
        pause(500),
        *BYE,
    ]
    peers.sipp("twice", steps, remote=box.address).succeeds()
    assert box.last_call()["outcome"] == "abandoned"
    assert len(box.calls()) == 1


def test_the_caller_holds_the_call_and_takes_it_back(box, peers):
    handset = peers.handset()

    def re_invite(version, direction):
        offer = request("INVITE", CALLED, CALLER, sdp(handset.port, version=version, direction=direction))
        return [offer, answered("INVITE"), request("ACK", CALLED, CALLER)]

    hold, take_back = re_invite(2, "sendonly"), re_invite(3, "sendrecv")
    steps = invited(handset, pause(1500), *hold, pause(1500), *take_back, pause(2000), *BYE)
    run = peers.sipp("hold", steps, remote=box.address)
    run.succeeds()
    assert run.messages().count("a=recvonly") == 1, "what was held is told so"
    seconds = len(handset.heard()) / sound.RATE
    assert 2.5 <= seconds <= 4.5, f"5 s of call, 1.5 s of them held, had {seconds} s of sound"
    assert len(box.calls()) == 1


def test_options_are_answered(box, peers):
    run = peers.sipp("options", [request("OPTIONS", CALLED, CALLER), answered("OPTIONS")], remote=box.address)
    run.succeeds()
    answer = run.messages().partition("SIP/2.0 200")[2]
    assert f"\nServer: Dyzurka/{VERSION}" in answer.replace("\r", "")
    assert "INVITE" in answer.partition("Allow:")[2].partition("\n")[0]
    assert box.calls() == []


def test_every_call_goes_through_when_a_fifth_of_all_messages_is_lost(box, peers):
    steps = invited(peers.handset(), pause(200), *BYE)
    run = peers.sipp(
        "loss", steps, remote=box.address, calls=LOSSY_CALLS, options=("-r", "4", "-lost", str(LOST_PERCENT))
    )
    run.succeeds()
    assert box.last_call()["outcome"] == "abandoned"
    assert [row["outcome"] for row in box.calls()] == ["abandoned"] * LOSSY_CALLS
