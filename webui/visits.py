"""Who came, went, or took something along, told to the exchange for the audit log. Nobody waits for it or is held up.

Wrong passwords are counted by address, and few of them are told: an attack fills the log with rows no more than it
fills it with anything else.
"""

from __future__ import annotations

from flask import g, request

from webui import exchange
from webui.attempts import place_of

TELL_SECONDS = 1.0


def tell(what: str, who: str = "", **detail: str | int) -> None:
    """Something that somebody did; who is logged in where nobody is named. An exchange that is away hears nothing."""
    name = who or (g.user.name if g.user else "")
    told = {key: value for key, value in detail.items() if value != ""}
    try:
        exchange.ask("visit", timeout=TELL_SECONDS, what=what, who=name, detail=told)
    except exchange.TroubleError:
        return


def took(what: str) -> None:
    """A table or a file was downloaded."""
    tell("took_away", file=what)


def came() -> None:
    """Somebody has logged in."""
    tell("log_in", address=address())


def left() -> None:
    """Somebody logs out."""
    tell("log_out")


def wrong(name: str, count: int, untold: int) -> None:
    """The password was wrong `count` times from this address; `untold` were wrong elsewhere since the last told one."""
    tell("wrong_password", name, address=address(), count=count, elsewhere=untold or "")


def address() -> str:
    """Where the reader is, as it is counted."""
    return place_of(request.remote_addr or "")
