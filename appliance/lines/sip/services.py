"""What an agent keeps up with servers beside its calls: registrations, and watches over who is there. No I/O."""

from __future__ import annotations

from appliance.lines.sip.core import Core
from appliance.lines.sip.layer import Place
from appliance.lines.sip.pulse import Pulse
from appliance.lines.sip.registration import Account, Registration


class Services:
    """By name. `Pulsed` and `Standing` tell what comes of them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._pulses: dict[str, Pulse] = {}
        self._registrations: dict[str, Registration] = {}

    def watch(self, place: Place) -> str:
        """Watch whether a server is there, from now on; the watch's name."""
        pulse = Pulse(self._core, place)
        self._pulses[pulse.name] = pulse
        return pulse.name

    def unwatch(self, name: str) -> None:
        """Watch it no longer."""
        pulse = self._pulses.pop(name, None)
        if pulse is not None:
            pulse.stop()

    def doubt(self, name: str) -> None:
        """A watched server did not answer something else: it counts as dead until it says something."""
        if name in self._pulses:
            self._pulses[name].doubt()

    def prove(self, name: str) -> None:
        """A watched server lives: ask it at once, unless it is known to answer."""
        if name in self._pulses:
            self._pulses[name].prove()

    def register(self, account: Account) -> str:
        """Register with a provider, and stay so; the registration's name."""
        registration = Registration(self._core, account)
        self._registrations[registration.name] = registration
        return registration.name

    def unregister(self, name: str, *, politely: bool = True) -> None:
        """Take a registration away; "gone" follows. Not `politely`: forget it, and nothing follows."""
        registration = self._registrations.pop(name, None)
        if registration is not None and politely:
            registration.stop()
        elif registration is not None:
            registration.abandon()

    def nudge(self, name: str) -> None:
        """A registration's server shows life: try now what failed for its silence."""
        if name in self._registrations:
            self._registrations[name].nudge()

    def heard(self, place: Place) -> None:
        """A server that may be watched said something, other than an answer to an OPTIONS."""
        for pulse in self._pulses.values():
            if pulse.place == place:
                pulse.heard()

    def unreachable(self, place: Place) -> None:
        """No connection with a server can be made."""
        for pulse in self._pulses.values():
            if pulse.place == place:
                pulse.unreachable()

    def connected(self, place: Place) -> None:
        """A connection with a server is up: the way to us is another one than before."""
        for pulse in self._pulses.values():
            if pulse.place == place:
                pulse.connected()
        self.moved(place)

    def moved(self, place: Place) -> None:
        """From there we are seen at another address than before: a registrar must know."""
        for registration in self._registrations.values():
            if registration.account.place == place:
                registration.moved()
