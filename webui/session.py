"""Who is logged in: a signed cookie with a name, checked against the users at every request; who may see what.

It guards nothing by itself: `account.guard` does, for every view but those marked `open_to_all`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import Flask, Request, abort, current_app, g, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from appliance.clock import SystemClock
from webui.users import Accounts, User

IDLE_SECONDS = 8 * 3600
NOTED_SECONDS = 60  # a session's last use is written at most so often

View = TypeVar("View", bound=Callable[..., object])


class Sessions(SecureCookieSessionInterface):
    """Flask's own, signed with the exchange's key, and Secure where the page is asked by HTTPS."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; the key is the one of now."""
        app.secret_key = accounts(app).key()
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie may only go by HTTPS."""
        return request.is_secure


def accounts(app: Flask | None = None) -> Accounts:
    """The users and the key of this application."""
    found: Accounts = (app or current_app).config["ACCOUNTS"]
    return found


def begin(user: User) -> None:
    """Log somebody in. What the session held before is gone."""
    end()
    session.permanent = True
    session.update(name=user.name, mark=user.mark, used=_now())
    g.user = user


def end() -> None:
    """Log out."""
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF's, of the session that was
    g.user = None


def know_who() -> None:
    """Put who is logged in into `g.user`, or None. A page that refreshes itself does not count as use."""
    g.user = None
    user = accounts().users().get(session.get("name", ""))
    used = session.get("used", 0)
    if user is None or session.get("mark") != user.mark or abs(_now() - used) > IDLE_SECONDS:
        return
    g.user = user
    if _now() - used > NOTED_SECONDS and "HX-Request" not in request.headers:
        session["used"] = _now()


def open_to_all(view: View) -> View:
    """A view that needs no log-in; stands below `@pages.get(…)`."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def admin_only(view: View) -> View:
    """A view for administrators; a caretaker is told so, with 403. Stands below `@pages.get(…)`."""

    @wraps(view)
    def guarded(*args: object, **values: object) -> object:
        if g.user is None or not g.user.is_admin:
            abort(403)
        return view(*args, **values)

    return guarded  # type: ignore[return-value]


def safe_next(asked: str) -> str:
    """A place of this page to go to, or the first one."""
    ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if ours else url_for("now.index")


def _now() -> int:
    return int(SystemClock().now().timestamp())
