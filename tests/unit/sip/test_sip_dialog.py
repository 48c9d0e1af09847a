"""Where requests inside a call go, when the far end's Contact cannot be reached from here."""

from __future__ import annotations

import pytest

from .peer import SDP, Peer, request, response
from .wire import OURS, attempt

PUBLIC, LAN = ("198.51.100.7", 5080), ("192.168.1.10", 5060)


@pytest.mark.parametrize(
    ("source", "contact", "place"),
    [
        (PUBLIC, "10.0.0.5:5060", PUBLIC),
        (PUBLIC, "172.31.0.5", PUBLIC),
        (PUBLIC, "192.168.0.5:5062", PUBLIC),
        (PUBLIC, "172.32.0.5:5062", ("172.32.0.5", 5062)),
        (PUBLIC, "203.0.113.9:5062", ("203.0.113.9", 5062)),
        (LAN, "192.168.44.5:5062", ("192.168.44.5", 5062)),
        (LAN, "10.0.0.5:5062", LAN),
    ],
)
def test_a_contact_in_a_network_that_the_far_end_was_not_met_in_is_passed_over(source, contact, place):
    """A provider's NAT forgets to rewrite it: our BYE must all the same arrive (both directions of call)."""
    peer = Peer(place=source)
    peer.say(request(contact=f"<sip:far@{contact}>"))
    call = peer.events[0].call
    (ok,) = peer.do("accept", call, (OURS[0], 10000))
    peer.say(request("ACK", branch="ack", to_tag=ok.recipient.tag))
    (bye,) = peer.do("hang_up", call)
    assert (bye.method, bye.uri, peer.places) == ("BYE", f"sip:far@{contact}", [place])

    peer = Peer(place=source)
    (invite,) = peer.do("invite", attempt(source))
    peer.say(response(invite, 200, body=SDP, extra=(f"Contact: <sip:far@{contact}>",)))
    assert (peer.statuses(), peer.places) == (["ACK"], [place])
