"""What telephones in the building ask of us outside a call: their password is asked for, their place is kept.

No I/O. Where they may call is the line's question (`AgentConfig.calls`).
"""

from __future__ import annotations

import math

from appliance.lines.sip.core import ALLOWED, Core
from appliance.lines.sip.digest import Doorkeeper
from appliance.lines.sip.events import Registered
from appliance.lines.sip.incoming import users
from appliance.lines.sip.layer import Place
from appliance.lines.sip.lockout import Lockout
from appliance.lines.sip.message import Request
from appliance.lines.sip.registrar import Registrar
from appliance.lines.sip.session import SDP_TYPE, refusal


class Telephones:
    """All telephones of one agent."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._doorkeeper = Doorkeeper(core.config.realm, core.secret, core.config.password)
        self._lockout = Lockout()
        self.registrar = Registrar()

    def receive(self, request: Request, source: Place) -> str | None:
        """Answer a request from their networks. The extension whose INVITE is to be taken, or None: all is said.

        Raises ProtocolError: 400.
        """
        core = self._core
        user = self._proved(request, source)
        if user is None:
            return None
        refused = refusal(request)
        if refused is not None:
            core.say(request, refused[0], source, refused[1])
        elif request.method == "OPTIONS":
            core.say(request, 200, source, [("Allow", ALLOWED), ("Accept", SDP_TYPE)])
        elif request.method == "REGISTER":
            reply = self.registrar.receive(request, source, user, core.schedule.now)
            core.say(request, reply.status, source, reply.headers)
            if reply.changed:
                core.tell(Registered(user))
        elif request.method != "INVITE":
            core.say(request, 405, source, [("Allow", ALLOWED)])
        elif core.config.calls(user, users(request)[0] if users(request) else ""):
            return user
        else:
            core.say(request, 403, source)
        return None

    def _proved(self, request: Request, source: Place) -> str | None:
        """Who asks, if they know their password; else they are told to prove it, or to come back later."""
        core, host, now = self._core, source[0], self._core.schedule.now
        lines = request.all("Authorization")
        name = self._doorkeeper.claimed(lines)
        if name is not None and not self.registrar.at(name, host, now):
            left = self._lockout.seconds(host, name, now)
            if left:
                core.say(request, 403, source, [("Retry-After", str(math.ceil(left)))])
                return None
        user, stale = self._doorkeeper.check(lines, request.method, now)
        if user is not None:
            self._lockout.succeeded(host, user)
            return user
        if name is not None and not stale:
            self._lockout.failed(host, name, now)
        challenges = self._doorkeeper.challenges(now, stale=stale)
        core.say(request, 401, source, [("WWW-Authenticate", value) for value in challenges])
        return None
