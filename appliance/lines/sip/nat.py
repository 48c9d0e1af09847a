"""How far ends see us: the address that a home router puts in place of ours, learned from their answers (RFC 3581).

No STUN and nothing to configure: the provider that must reach us says where it sees us.
"""

from __future__ import annotations

from appliance.lines.sip.address import HIGHEST_PORT, Via, is_numeric
from appliance.lines.sip.place import Host, Place, Stream, transport_of
from appliance.lines.sip.text import decimal, param


class Nat:
    """What was learned, by the host that told it and how it was reached."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Host] = {}

    def learn(self, place: Place, via: Via, local: Host) -> bool:
        """Take what an answer from `place` says in our Via; `local` is our own address on the way there.

        True when requests from there must reach us at another address than was known until now.
        """
        seen = _told(via)
        if seen is None:
            return False
        key = (place[0], transport_of(place))
        before = self._seen.get(key)
        # A connection's port is never the one that we listen on: there only another host betrays a router.
        if seen == local or (isinstance(place, Stream) and seen[0] == local[0]):
            self._seen.pop(key, None)
            return before is not None
        self._seen[key] = seen
        return before != seen

    def forget(self, place: Stream) -> None:
        """The connection with `place` has ended, and with it its way through the router."""
        self._seen.pop((place.host, place.transport), None)

    def seen(self, place: Place) -> Host | None:
        """Where `place` sees us, None while no router is known to be in between."""
        return self._seen.get((place[0], transport_of(place)))


def _told(via: Via) -> Host | None:
    """`received` and `rport` of our Via, each in place of what we wrote there; None where there is neither."""
    received, rport = param(via.params, "received"), param(via.params, "rport")
    host = received or via.host
    port = decimal(rport or "", HIGHEST_PORT) or via.port
    return (host, port) if (received or rport) and port and is_numeric(host) else None
