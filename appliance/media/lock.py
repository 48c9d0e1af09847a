"""Symmetric RTP: which source address a leg believes (RFC 4961, RFC 7362 §4). No sockets."""

from __future__ import annotations

from ipaddress import ip_address

Address = tuple[str, int]

GUESS_PACKETS = 5  # so many in a row from one stranger, and none from the address of the SDP: it is behind NAT


class PeerLock:
    """Locks onto the first packet from the address of the SDP, or onto a steady stranger.

    A lock onto a stranger is a guess: the address of the SDP takes it over as soon as it speaks.
    """

    def __init__(self, expected: Address | None) -> None:
        self._expected = expected
        self._candidate: tuple[Address, int] | None = None
        self._in_a_row = 0
        self.address: Address | None = None

    @property
    def certain(self) -> bool:
        """Locked onto the address of the SDP: nothing can change it any more."""
        return self.address is not None and self.address == self._expected

    def offer(self, address: Address, ssrc: int) -> bool:
        """Whether a valid packet with this source may be heard."""
        if address == self._expected:
            self.address = address
            return True
        if self.address is not None:
            return address == self.address
        if self._candidate != (address, ssrc):
            self._candidate, self._in_a_row = (address, ssrc), 0
        self._in_a_row += 1
        if self._in_a_row < GUESS_PACKETS:
            return False
        self.address = address
        return True


def reachable(remote: Address | None, local_host: str) -> Address | None:
    """`remote` as the kernel writes it; None for what a socket on `local_host` cannot send to: a name, 0.0.0.0, …"""
    try:
        address = ip_address(remote[0] if remote else "")
    except ValueError:
        return None
    alike = address.version == ip_address(local_host).version
    if remote is None or not alike or address.is_unspecified or not 0 < remote[1] < 65536:
        return None
    return str(address), remote[1]
