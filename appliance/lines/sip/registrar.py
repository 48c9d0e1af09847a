"""The registrar for telephones in the building: which of them are where, and for how long (RFC 3261 §10.3).

Takes authenticated REGISTERs, gives answers; no I/O. Who may register, and who guesses passwords, is `agent`'s
question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliance.lines.sip.address import Address, parse_address
from appliance.lines.sip.message import Header, Request
from appliance.lines.sip.place import Place
from appliance.lines.sip.text import ProtocolError, decimal, param

SHORTEST_SECONDS, LONGEST_SECONDS = 60, 3600  # of a binding
MOST_CONTACTS = 5  # of one extension; one more takes the place of the oldest
HIGHEST_EXPIRES = 2**32 - 1
INSTANCE = "+sip.instance"  # RFC 5626: the same telephone, whatever its Contact says after a restart


@dataclass(frozen=True, slots=True)
class Binding:
    """One telephone of an extension. `contact` is its URI as it wrote it, `place` where it really is.

    `expires`: seconds of the caller's clock. `call_id` and `cseq` are those of the REGISTER that it stands in.
    """

    contact: str
    place: Place
    expires: float
    call_id: str = ""
    cseq: int = 0
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer to a REGISTER, and whether anything has changed by it."""

    status: int
    headers: tuple[Header, ...] = ()
    changed: bool = False


class Registrar:
    """Who is registered. `now` in seconds of any one steady clock."""

    def __init__(self) -> None:
        self._bindings: dict[str, list[Binding]] = {}  # by extension, the oldest first

    def bindings(self, extension: str, now: float) -> list[Binding]:
        """Where an extension's telephones are, the latest first; empty when none is there."""
        return [each for each in reversed(self._bindings.get(extension, [])) if each.expires > now]

    def all(self, now: float) -> dict[str, list[Binding]]:
        """Every extension that has a telephone, the oldest binding first; what is past is dropped here."""
        left = {name: [each for each in found if each.expires > now] for name, found in self._bindings.items()}
        self._bindings = {name: found for name, found in left.items() if found}
        return {name: list(found) for name, found in self._bindings.items()}

    def restore(self, extension: str, bindings: Iterable[Binding]) -> None:
        """Take over what was known before a restart."""
        self._bindings[extension] = list(bindings)[-MOST_CONTACTS:]

    def at(self, extension: str, host: str, now: float) -> bool:
        """Whether a telephone of this extension is registered from this address."""
        return any(each.place[0] == host for each in self.bindings(extension, now))

    def receive(self, request: Request, source: Place, user: str, now: float) -> Reply:
        """Answer a REGISTER that `user` has proved to be theirs, from `source`. Raises ProtocolError: 400."""
        if request.recipient.parsed().user != user:
            return Reply(403)
        bindings = self.bindings(user, now)[::-1]
        contacts = request.values("Contact")
        if contacts == ["*"]:
            if decimal((request.first("Expires") or "").strip(), 0) != 0:
                raise ProtocolError("Contact: * asks for Expires: 0")
            wanted = [replace(each, expires=now) for each in bindings]
        else:
            wanted = []
            for value in contacts:
                seconds = _seconds(address := parse_address(value), request)
                if 0 < seconds < SHORTEST_SECONDS:
                    return Reply(423, (("Min-Expires", str(SHORTEST_SECONDS)),))
                wanted.append(_binding(address, request, source, now + min(seconds, LONGEST_SECONDS)))
        for new in wanted:
            if not _in_order(bindings, request):
                raise ProtocolError("CSeq is not higher than before")
            kept = [each for each in bindings if not _same(each, new)]
            bindings = [*kept, new] if new.expires > now else kept
        self._bindings[user] = bindings[-MOST_CONTACTS:]
        told = tuple(
            ("Contact", f"<{each.contact}>;expires={round(each.expires - now)}") for each in self._bindings[user]
        )
        return Reply(200, told, changed=bool(wanted))


def _seconds(address: Address, request: Request) -> int:
    """For how long a Contact wants to be known: its own parameter, else the header, else an hour (§10.2.1.1)."""
    for text in (param(address.params, "expires"), request.first("Expires")):
        seconds = decimal((text or "").strip(), HIGHEST_EXPIRES)
        if seconds is not None:
            return seconds
    return LONGEST_SECONDS


def _binding(address: Address, request: Request, source: Place, expires: float) -> Binding:
    if not address.parsed().host:
        raise ProtocolError("Contact without a host")
    instance = param(address.params, INSTANCE) or ""
    return Binding(address.uri, source, expires, request.call_id, request.cseq[0], instance)


def _same(old: Binding, new: Binding) -> bool:
    """Whether the new binding is that telephone again (§10.2.4), perhaps restarted."""
    return old.contact == new.contact or bool(new.instance and new.instance == old.instance)


def _in_order(bindings: list[Binding], request: Request) -> bool:
    """A copy that comes late, or is played back by somebody, changes nothing (§10.3)."""
    number = request.cseq[0]
    return all(each.call_id != request.call_id or each.cseq <= number for each in bindings)
