"""Builds the Flask application: its pages, its languages, and what no page may do without (headers, hosts).

It keeps no data: pages read the register themselves and ask the exchange through its local socket.
"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

from flask import Flask, Response, abort, current_app, g, render_template, request

from webui import now, register
from webui.names import read_names
from webui.shown import duration, masked, moment, second
from webui.words import LANGUAGES, translator

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
    app.config["DATA_DIR"] = data_dir
    app.config["BUILDING_FILE"] = building_file
    app.config["HOST_NAME"] = socket.gethostname().lower()
    app.jinja_env.filters.update(masked=masked, duration=duration, moment=moment, second=second)
    app.register_blueprint(now.pages)
    app.register_blueprint(register.pages)
    app.before_request(_know_the_host)
    app.before_request(_choose_language)
    app.after_request(_secure)
    app.register_error_handler(404, _not_found)
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


def _know_the_host() -> None:
    """Refuse a name that is not this box's."""
    if not host_is_ours(request.headers.get("Host", ""), _config("HOST_NAME")):
        abort(421, "This is not the host you asked for: use the box's address.")


def _choose_language() -> None:
    """Polish, unless the address or the browser asks for English."""
    asked = request.args.get("lang", "")
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])
    g.language = asked
    g.t = translator(asked)
    g.names = read_names(Path(_config("BUILDING_FILE")))


def _secure(response: Response) -> Response:
    """The headers of every answer; only what is the same for everybody may be kept by a browser."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "max-age=3600"
    return response


def _not_found(error: Exception) -> tuple[str, int]:
    return render_template("missing.html"), 404


def _config(key: str) -> str:
    return str(current_app.config[key])
