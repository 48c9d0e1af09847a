"""Every socket of one SIP address behind one `send`: UDP by `transport`, TCP and TLS by `streams`. Knows no SIP."""

from __future__ import annotations

from appliance.lines.sip.place import Host, Place, Stream
from appliance.lines.sip.streams import Reports, Streams
from appliance.lines.sip.tls import Security
from appliance.lines.sip.transport import Transport

PORT_TRIES = 20  # for a port that is free on UDP and on TCP


class Wires:
    """UDP and TCP of `bind` (host, port; port 0 takes a free one). What comes goes to `reports.on_message`."""

    def __init__(self, bind: Host, reports: Reports) -> None:
        self._bind = bind
        self._datagrams = Transport(bind, reports.on_message)
        self._streams = Streams(reports)

    @property
    def address(self) -> Host:
        """The real (host, port) once open."""
        return self._datagrams.address

    async def open(self) -> None:
        """Bind UDP, and TCP at the same port. Raises OSError (address in use)."""
        for left in range(PORT_TRIES, 0, -1):
            self._datagrams.open()
            try:
                await self._streams.open(self.address)
                return
            except BaseException as error:
                self._datagrams.close()
                # A free UDP port was taken, and its TCP twin is somebody's: the next one may do.
                if not isinstance(error, OSError) or self._bind[1] or left == 1:
                    raise

    async def close(self) -> None:
        """Let go of everything; may be called again."""
        await self._streams.close()
        self._datagrams.close()

    def send(self, data: bytes, place: Place) -> None:
        """Send one message."""
        if isinstance(place, Stream):
            self._streams.send(data, place)
        else:
            self._datagrams.send(data, place)

    def local(self, place: Place) -> Host:
        """Our own address on the way to `place`: over TLS, which we do not listen for, that of the connection."""
        if isinstance(place, Stream) and place.transport == "tls":
            return self._streams.local(place) or self._datagrams.local(place)
        return self._datagrams.local(place)

    def keep(self, place: Place, security: Security) -> None:
        """Stay connected with a server that is reached by TCP or TLS."""
        if isinstance(place, Stream):
            self._streams.keep(place, security)

    def let_go(self, place: Place) -> None:
        """The server is nobody's any more."""
        if isinstance(place, Stream):
            self._streams.let_go(place)

    def fault(self, place: Place) -> str | None:
        """Why the connection with a kept server cannot be made; None while all is well."""
        return (self._streams.fault(place) or None) if isinstance(place, Stream) else None
