"""Session timers: how long a call may go without a sign of life inside its dialog, and who gives it (RFC 4028).

What both ends said is settled here; `session` sets the timers, `renegotiation` refreshes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from appliance.lines.sip.message import Header, Message, Request, Response
from appliance.lines.sip.schedule import Schedule, Timer
from appliance.lines.sip.text import decimal, param, parse_params, split_outside

SESSION_SECONDS = 1800  # what we propose (RFC 4028 §4)
SHORTEST_SECONDS = 90  # what we accept (§5)
LONGEST_SECONDS = 86_400 * 7
MARGIN_SECONDS = 32.0  # before the end, at which whoever waits for a refresh gives up (§10)
OPTION = "timer"

Refresher = Literal["uac", "uas"]


@dataclass(frozen=True, slots=True)
class Terms:
    """`seconds` between two refreshes at most; `ours`: we refresh."""

    seconds: int
    ours: bool

    @property
    def refresh_after(self) -> float:
        """When to refresh: at half time (§7.2)."""
        return self.seconds / 2

    @property
    def end_after(self) -> float:
        """When a call without a refresh ends."""
        return self.seconds - min(MARGIN_SECONDS, self.seconds / 3)


class SessionTimer:
    """The timer of one call: `refresh` is called at half time where that is ours, `on_end` when nobody refreshed."""

    def __init__(self, schedule: Schedule, refresh: Callable[[], None], on_end: Callable[[], None]) -> None:
        self.terms: Terms | None = None
        self._schedule = schedule
        self._refresh = refresh
        self._on_end = on_end
        self._timers: list[Timer] = []

    def set(self, terms: Terms | None) -> None:
        """New terms, which begin now; None: none any more."""
        self.stop()
        self.terms = terms
        if terms is None:
            return
        self._timers.append(self._schedule.after(terms.end_after, self._on_end))
        if terms.ours:
            self._timers.append(self._schedule.after(terms.refresh_after, self._refresh))

    def stop(self) -> None:
        """The call ends."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _expires(message: Message) -> tuple[int, str] | None:
    """Session-Expires: seconds and refresher ("" where none is named), or None."""
    value, *params = split_outside(message.first("Session-Expires") or "", ";") or [""]
    seconds = decimal(value, LONGEST_SECONDS)
    return None if not seconds else (seconds, (param(parse_params(params), "refresher") or "").lower())


def min_se(message: Message) -> int:
    """What the other side accepts at least, in seconds; at least what the RFC does."""
    value = (message.first("Min-SE") or "").partition(";")[0].strip()
    return max(decimal(value, LONGEST_SECONDS) or 0, SHORTEST_SECONDS)


def proposal(seconds: int, shortest: int = SHORTEST_SECONDS, refresher: Refresher | None = None) -> list[Header]:
    """What a request of ours proposes. Within a call the `refresher` is named, so that it stays who it is (§7.4)."""
    who = f";refresher={refresher}" if refresher else ""
    return [("Supported", OPTION), ("Session-Expires", f"{seconds}{who}"), ("Min-SE", str(shortest))]


def too_brief(request: Request) -> list[Header]:
    """The headers of a 422, where the request asks for more haste than we stand; else nothing (§9)."""
    asked = _expires(request)
    brief = asked is not None and asked[0] < SHORTEST_SECONDS and OPTION in request.words("Supported")
    return [("Min-SE", str(SHORTEST_SECONDS))] if brief else []


def answered(request: Request) -> tuple[Terms | None, list[Header]]:
    """What we settle for in a 2xx to this INVITE or UPDATE, and the headers that say so (§9).

    Who does not know session timers is left alone, unless a proxy on the way asks for them: then we refresh.
    """
    asked = _expires(request)
    knows = OPTION in request.words("Supported") or OPTION in request.words("Require")
    if asked is None and not knows:
        return None, []
    seconds, wanted = asked or (max(SESSION_SECONDS, min_se(request)), "")
    seconds = max(seconds, SHORTEST_SECONDS)
    theirs = knows and wanted == "uac"
    terms = Terms(seconds, ours=not theirs)
    headers: list[Header] = [
        ("Supported", OPTION),
        ("Session-Expires", f"{seconds};refresher={'uac' if theirs else 'uas'}"),
    ]
    return terms, [("Require", OPTION), *headers] if knows else headers


def settled(response: Response) -> Terms | None:
    """What a 2xx to our INVITE or UPDATE settles; None: the far end knows no session timers (§7.2)."""
    asked = _expires(response)
    return None if asked is None else Terms(max(asked[0], SHORTEST_SECONDS), ours=asked[1] != "uas")
