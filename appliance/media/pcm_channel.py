"""The channel of a leg whose sound is a modem's: 8 kHz 16-bit PCM over a tty that is handed to the media process.

How a line uses it:

    channel = media.pcm_channel(leg_id)         # at once, when it rings or is dialled; there is no port yet
    channel.on_lost = ...                       # called once when the port was pulled out or hung up
    channel.open_port(open_sound_port(path))    # when the modem carries sound; what was played meanwhile has waited
    channel.hold(True)                          # the modem said "stop sending" (+QPCMV: 0,0); hold(False) resumes
    channel.on_digit("5")                       # the modem reported a key (+RXDTMF, +QTONEDET)
    channel.close_port()                        # the modem's call has ended, or another port will be given
    channel.close()                             # at the end of the leg; `released` waits until all is let go of

The channel may be there before its port and after it: nobody is heard then, and what plays goes on unheard. Only at the
beginning what plays and is pressed waits: for the first port, 15 s at most, and then for the modem's first sound, 2 s
at most. A port that was lost is closed and forgotten: a new one may be given. Playing, recording, keys, voice and
joining are as on every `Channel`, joined with any other of the same plane. Keys are pressed as tones in the sound; a
line that has a better way (AT+VTS) overrides its leg's `press`. Keys are heard as tones too: the same key reported
within 200 ms of its tone is one press, whichever came first.
"""

from __future__ import annotations

import logging
import os
import termios
import tty
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Literal

from appliance.media.channel import Channel, Courier

PortKind = Literal["port", "voice_port"]

_CONTROL = 2  # the place of the control modes among a tty's attributes
_NOBODY_DBM0 = -90.0  # below is told where there was no voice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud the voices of the last second were at the port, after the gain, in dBm0; None: nobody spoke."""

    heard: float | None = None
    said: float | None = None


def open_sound_port(path: str) -> int:
    """Open a modem's sound port for `PcmChannel.open_port`: raw, non-blocking, emptied. Raises OSError.

    It is not exclusive: the media process may still hold it for a moment after the call before.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        attributes = termios.tcgetattr(descriptor)
        attributes[_CONTROL] |= termios.CLOCAL | termios.CREAD  # a modem whose carrier drops has not hung up the port
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        termios.tcflush(descriptor, termios.TCIOFLUSH)
    except termios.error as error:
        os.close(descriptor)
        raise OSError(*error.args) from None
    return descriptor


class PcmChannel(Channel):
    """See the module, and `Channel`."""

    def __init__(self, number: int, leg_id: str, courier: Courier) -> None:
        super().__init__(number, leg_id, courier)
        self._port: int | None = None
        self._ports = 0  # given so far
        self._kind = "port"
        self._gains = (0.0, 0.0)
        self.on_sign: Callable[[str], None] = lambda what: None  # of a voice modem's line
        self._levels = self._loudest = Levels()

    def open_port(
        self,
        descriptor: int,
        *,
        heard_db: float = 0.0,
        said_db: float = 0.0,
        kind: PortKind = "port",
    ) -> None:
        """Take sound from this descriptor and give it some, in place of the one before; it is ours from now on.

        A raw tty (`open_sound_port`). What the modem says is made `heard_db` louder, what it is given `said_db`.
        `kind`: "voice_port" for a voice modem's stream (`voice_port.py`). Raises LegGoneError, and has closed the
        descriptor then.
        """
        if self.closed:
            os.close(descriptor)
        self._require_open()
        self._let_go()
        self._port, self._gains = descriptor, (float(heard_db), float(said_db))
        self._ports += 1
        self._kind = kind
        self._tell(kind, self._ports, *self._gains)

    def close(self) -> None:
        """See `Channel`. The log then says how loud it was, for whoever sets the gains."""
        if not self.closed and self._ports:
            log.info("%s: loudest second: far end %s, box %s", self.leg_id, *map(_said, astuple(self._loudest)))
        super().close()

    @property
    def has_port(self) -> bool:
        """Whether it has the modem's sound."""
        return self._port is not None

    def close_port(self) -> None:
        """Take the port away; the channel stays. Does nothing without one."""
        if self._port is not None:
            self._let_go()
            self._tell("unport")

    def descriptors(self, kind: str) -> list[int]:
        """See `Channel`: the port goes with the message of its kind."""
        return [self._port] if kind == self._kind and self._port is not None else []

    def on_digit(self, digit: str) -> None:
        """The modem reported a key. It is one press with the tone in the sound, and ends a recording as that does."""
        if not self._tell("digit", digit):
            super().on_digit(digit)

    def levels(self) -> Levels:
        """Told once a second while there is a port."""
        return self._levels

    def on_levels(self, heard: float, said: float) -> None:
        """The voices of one second."""
        now = self._levels = Levels(*(level if level > _NOBODY_DBM0 else None for level in (heard, said)))
        self._loudest = Levels(_louder(self._loudest.heard, now.heard), _louder(self._loudest.said, now.said))

    def on_line_sign(self, what: str) -> None:
        """A voice modem or its line told something: see `voice_port.py`."""
        if not self.closed:
            self.on_sign(what)

    def on_unplugged(self, port: int, why: str) -> None:
        """The media process has lost the port, and tells so once."""
        if port != self._ports or self._port is None:
            return
        log.warning("%s: the sound port is gone: %s", self.leg_id, why)
        self._let_go()
        self.on_lost_peer()

    def tell_wire(self) -> None:
        """See `Channel`."""
        self._tell("open_pcm")
        if self._port is not None:
            self._tell(self._kind, self._ports, *self._gains)

    def _let_go(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            os.close(port)


def _louder(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _said(level: float | None) -> str:
    return "silent" if level is None else f"{level:.0f} dBm0"
