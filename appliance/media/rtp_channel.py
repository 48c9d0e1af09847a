"""The channel of a leg whose sound comes as RTP: two sockets of ours, and the far end that its SDP named."""

from __future__ import annotations

import socket
from typing import Literal

from appliance.media.channel import Channel, Courier
from appliance.media.lock import reachable

Codec = Literal["PCMA", "PCMU"]


class RtpChannel(Channel):
    """See `Channel`; `local` is the address of our RTP socket."""

    def __init__(
        self, number: int, leg_id: str, rtp: socket.socket, rtcp: socket.socket, courier: Courier, lost_seconds: float
    ) -> None:
        super().__init__(number, leg_id, courier)
        self._sockets = (rtp, rtcp)
        host, port = rtp.getsockname()[:2]
        self.local: tuple[str, int] = (host, port)
        self._lost_seconds = lost_seconds
        self._connection: tuple[object, ...] | None = None

    def connect(self, remote: tuple[str, int] | None, codec: Codec, payload_type: int, event_type: int | None) -> None:
        """Exchange sound with this address (from the SDP), again on a re-INVITE; the lock on a peer is undone.

        `remote` None, a host that is no IP address of our socket's family, or 0.0.0.0 means: not known, the first
        steady source is believed. `event_type` None: the far end takes no RFC 4733 events,
        digits go both ways as tones. Sends silence at once when `remote` is known.
        """
        host, port = reachable(remote, self.local[0]) or ("", 0)
        events = -1 if event_type is None else event_type
        self._connection = (host, port, codec == "PCMU", payload_type, events)
        self._tell("connect", *self._connection)
        self.on_released()

    def descriptors(self, kind: str) -> list[int]:
        """See `Channel`: RTP and RTCP go with "open"."""
        return [each.fileno() for each in self._sockets] if kind == "open" and not self.closed else []

    def tell_wire(self) -> None:
        """See `Channel`."""
        self._tell("open", self._lost_seconds)
        if self._connection is not None:
            self._tell("connect", *self._connection)

    def _let_go(self) -> None:
        for each in self._sockets:
            each.close()
