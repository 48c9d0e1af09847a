"""Builds the Flask application: its pages, its languages, and what no page may do without (headers, hosts, log-in).

It keeps no data: pages read the register themselves and ask the exchange through its local socket.
"""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
import socket
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from appliance.clock import SystemClock
from webui import account, exchange, shown, vocabulary
from webui.attempts import Attempts
from webui.compiled import compiled_into
from webui.names import read_names
from webui.page import Page
from webui.session import Sessions, know_who
from webui.tls import https_into
from webui.uploads import limits_into
from webui.users import Accounts
from webui.words import COOKIE, COOKIE_SECONDS, LANGUAGES, choose_language, gettext, words_into

# In the order of the navigation. A page is there when its module `webui/NAME.py` or `webui/NAME/` is.
PAGES = ("now", "register", "duty", "menu", "people", "reports", "settings", "setup", "account")
COOKIE_DAYS = 30  # the session itself ends after hours without use; the cookie carries a form through the log-in
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(data_dir: Path, building_file: Path) -> Flask:
    """The page over the register and the control socket in `data_dir`; names are read from `building_file`."""
    app = Flask(__name__)
    app.config.update(
        DATA_DIR=data_dir,
        BUILDING_FILE=building_file,
        HOST_NAME=socket.gethostname().lower(),
        ACCOUNTS=Accounts(data_dir),
        ATTEMPTS=Attempts(),
        BEGUN=SystemClock().now().timestamp(),
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=COOKIE_DAYS),
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may lie open over night
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which our own header takes away; the token suffices
    )
    app.session_interface = Sessions()
    words_into(app)
    _into_templates(app)
    for name in PAGES:
        if importlib.util.find_spec(f"webui.{name}"):
            app.register_blueprint(importlib.import_module(f"webui.{name}").pages)
    app.before_request(_know_the_host)
    app.before_request(_know_an_address)
    https_into(app)
    app.before_request(_know_the_reader)
    limits_into(app)
    CSRFProtect(app)
    app.before_request(account.guard)
    app.after_request(_remember_language)
    app.after_request(_secure)
    app.register_error_handler(404, lambda error: (render_template("missing.html"), 404))
    app.register_error_handler(403, lambda error: (render_template("forbidden.html"), 403))
    app.register_error_handler(CSRFError, _foreign_form)
    app.register_error_handler(exchange.TroubleError, exchange.trouble)
    return app


def host_is_ours(host: str, own_name: str) -> bool:
    """Whether a Host header may name this box: an IP address, localhost, NAME.local, or the machine's own name.

    Anything else is a stranger's name that was made to point here (DNS rebinding).
    """
    if host.startswith("["):
        name = host[1:].partition("]")[0]
    else:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host
    name = name.rstrip(".").lower()
    if name in {"localhost", own_name, own_name.partition(".")[0]} or name.endswith(".local"):
        return bool(name)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def navigation() -> list[Page]:
    """The pages that the reader may go to, in order."""
    pages = [each for each in current_app.blueprints.values() if isinstance(each, Page) and each.title]
    return [each for each in pages if g.user and (g.user.is_admin or not each.admin)]


def _into_templates(app: Flask) -> None:
    """Filters and names that every template has."""
    app.jinja_env.filters.update(
        phone=shown.phone,
        duration=shown.duration,
        moment=_moment,
        exact=_exact,
        second=shown.second,
        count=shown.count,
        percent=shown.percent,
        megabytes=shown.megabytes,
        word=lambda key, words: vocabulary.word(getattr(vocabulary, words), key),
    )
    app.jinja_env.globals.update(navigation=navigation)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    compiled_into(app.jinja_env)


def _moment(at: str | datetime | None) -> str:
    """A time as the reader writes it, in the box's zone."""
    return shown.moment(at, SystemClock().now(), ZoneInfo(g.names.timezone), g.language)


def _exact(at: str) -> str:
    """A time with its date and seconds, in the box's zone: for a paper that is read much later."""
    return shown.exact(at, ZoneInfo(g.names.timezone), g.language)


def _know_the_host() -> None:
    """Refuse a name that is not this box's."""
    if not host_is_ours(request.headers.get("Host", ""), str(current_app.config["HOST_NAME"])):
        abort(421, "This is not the host you asked for: use the box's address.")


def _know_an_address() -> None:
    """Refuse an address with a line break or a NUL in it: it would be repeated in a Location header."""
    if any(byte < 0x20 for byte in request.query_string):
        abort(400, "This is no address: there is a control character in it.")


def _know_the_reader() -> None:
    """Their language, who they are, and the names of the building."""
    choose_language()
    g.names = read_names(Path(current_app.config["BUILDING_FILE"]))
    know_who()


def _remember_language(response: Response) -> Response:
    """Keep a language that was asked for."""
    if request.args.get("lang") in LANGUAGES and "language" in g:
        response.set_cookie(COOKIE, g.language, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _secure(response: Response) -> Response:
    """The headers of every answer; only what is the same for everybody may be kept by a browser."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "max-age=3600"
    return response


def _foreign_form(error: Exception) -> AnyResponse | tuple[str, int]:
    """A form without this session's token: of another site, or from before a restart. Nothing is done."""
    if request.endpoint in ("account.login", "account.claim"):
        flash(gettext("The page had lain open too long, or the browser takes no cookies. Please try again."), "care")
        return redirect(url_for(request.endpoint), 303)
    return render_template("foreign.html"), 400
