"""Sound between browser and exchange: a file that is brought, and a text as callers hear it. It keeps nothing."""

from __future__ import annotations

import io
import secrets
from contextlib import suppress
from pathlib import Path

from flask import Response, abort, current_app, send_file
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from appliance.clock import SystemClock
from appliance.sharing import INCOMING, file_mode, make_private
from webui import exchange
from webui.words import gettext

CONVERT_SECONDS = 60.0
RENDER_SECONDS = 30.0


def kept(file: FileStorage, name: str) -> str:
    """Give a file to the exchange, which makes a recording of it; `file:NAME` as in texts. Raises TroubleError."""
    data = Path(current_app.config["DATA_DIR"])
    ending = Path(secure_filename(file.filename or "")).suffix[:8]
    path = data / INCOMING / f"{secrets.token_hex(8)}{ending}"
    try:
        make_private(path.parent, group_writes=True)
        file.save(path)
        path.chmod(file_mode(0o600, path.parent))
        answer = exchange.change("keep_sound", timeout=CONVERT_SECONDS, path=f"{INCOMING}/{path.name}", name=name)
    except OSError as error:
        raise exchange.TroubleError(
            gettext("The file could not be stored: %(why)s", why=error.strerror or "")
        ) from error
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return str(answer.get("text", ""))


def fresh_name(about: str) -> str:
    """A file name that no recording has yet: what it is for, and when."""
    plain = "".join(each if each.isalnum() else "-" for each in about)[:30].strip("-") or "nagranie"
    return f"{plain}-{SystemClock().now():%Y%m%d-%H%M%S}.wav"


def heard(language: str, text: str, key: str = "") -> Response:
    """The WAV file of a text, whole or in parts (Range); nothing but what `render` gave. Raises TroubleError."""
    more = {"key": key} if key else {}
    answer = exchange.ask("render", timeout=RENDER_SECONDS, language=language, text=text, **more)
    data = Path(current_app.config["DATA_DIR"]).resolve()
    path = (data / str(answer.get("sound", ""))).resolve()
    if not path.is_relative_to(data) or path.suffix != ".wav" or not path.is_file():
        abort(404)
    return send_file(io.BytesIO(path.read_bytes()), mimetype="audio/wav", conditional=True, max_age=0)
