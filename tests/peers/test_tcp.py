"""sipp over TCP: the provider on the connection that the box keeps, the resident on one of their own."""

from __future__ import annotations

import socket

from tests.peers import building
from tests.peers.ports import HOST, free_range, is_free
from tests.peers.program import until
from tests.peers.sipp import answered, bye_of_callee, call, expect, hang_up, pause, reply, sdp

CALLER, CALLED = building.RESIDENT_USER, building.NUMBER
CONNECTED_MS = 4000  # from the resident's key until the two talk, with time to spare
TALK_MS = 3000
PRESS_SECONDS = 15.0
START_SECONDS = 5.0
TCP = ("-t", "t1")


def by_tcp(server):
    """Nowak alone is on duty, and the trunk is reached by TCP."""
    document = building.only_nowak(server)
    document["lines"][0]["transport"] = "tcp"
    return document


def nowak_answers(handset, *then):
    """The provider's steps for a call that Nowak answers; who sends a BYE has noted whom it goes to."""
    rings = expect("INVITE", note_caller=bye_of_callee() in then)
    up = reply(200, "OK", sdp(handset.port), until_ack=True)
    return [rings, reply(100, "Trying"), reply(180, "Ringing"), up, expect("ACK"), *then]


def urgent_call(exchange, peers, nowaks_end, residents_end):
    """The resident presses 1, Nowak answers and presses 1; the box, the provider's run and the resident's."""
    nowak, resident = peers.handset(), peers.handset()
    port = free_range(2)
    provider = peers.sipp("provider", nowak_answers(nowak, *nowaks_end), port=port, options=TCP)
    until("the provider listens", START_SECONDS, lambda: not is_free(port, socket.SOCK_STREAM))
    box = exchange(by_tcp(f"{HOST}:{port}"))
    steps = call(resident.port, CALLED, CALLER, *residents_end)
    caller = peers.sipp("resident", steps, remote=box.address, options=TCP)
    resident.press("1", PRESS_SECONDS)
    nowak.press("1", PRESS_SECONDS)
    caller.succeeds()
    provider.succeeds()
    row = box.last_call()
    assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", "nowak", True)
    return provider


def test_an_urgent_call_goes_by_tcp_from_end_to_end(exchange, peers):
    ends = pause(CONNECTED_MS), *hang_up(CALLED, CALLER)
    provider = urgent_call(exchange, peers, (expect("BYE"), reply(200, "OK")), ends)
    said = provider.messages()
    assert "SIP/2.0/UDP" not in said
    assert said.count("\nINVITE ") == said.count("\nACK ") == said.count("\nBYE ") == 1, "nothing is repeated on TCP"


def test_nowak_ends_the_call_by_the_connection_that_the_box_keeps(exchange, peers):
    ends = pause(TALK_MS), bye_of_callee(), answered("BYE")
    urgent_call(exchange, peers, ends, (expect("BYE"), reply(200, "OK")))
