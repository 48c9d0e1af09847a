"""Whoever has not logged in may bring no more than a form: large bodies are kept on the disk until they are there."""

from __future__ import annotations

import shutil
from http.cookies import CookieError, SimpleCookie
from typing import Any

from flask import Flask
from itsdangerous import BadSignature
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]

from appliance.register.backup import LEAST_FREE_BYTES
from webui.uploads import FORM_BYTES, MEGABYTE
from webui.users import Accounts, User

FILE_BYTES = 25 * MEGABYTE  # a sound file
BACKUP_BYTES = 1024 * MEGABYTE  # what an administrator may bring to two places
BACKUP_PLACE = "/settings/restore"
LARGE_PLACES = (BACKUP_PLACE, "/settings/update")
COPIES = 3  # of a file on the disk while it is taken: as it was sent, out of the form, and as it is kept


def limit_of(app: Flask, cookie: str, most: int, path: str = "") -> int:
    """How many bytes a request may bring, at most `most`; what a form may hold says `uploads.py` then."""
    user = user_of(app, cookie)
    if user is None:
        return FORM_BYTES
    if user.is_admin and path in LARGE_PLACES:
        return min(most, max(room_for_backup(app), FORM_BYTES))
    return min(most, FILE_BYTES)


def room_for_backup(app: Flask) -> int:
    """How many bytes a backup may have that is brought now, so that the disk keeps what calls need."""
    free = shutil.disk_usage(app.config["DATA_DIR"]).free - LEAST_FREE_BYTES
    return max(0, min(BACKUP_BYTES, free // COPIES))


def user_of(app: Flask, cookie: str) -> User | None:
    """Whose session a Cookie header holds, if any. Whether it is still good is asked before every view."""
    try:
        found = SimpleCookie(cookie).get(app.config["SESSION_COOKIE_NAME"])
        app.secret_key = app.config["ACCOUNTS"].key()
        signed: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        held = signed.loads(found.value) if found and signed else {}
    except (CookieError, BadSignature):
        return None
    accounts: Accounts = app.config["ACCOUNTS"]
    return accounts.find(str(held.get("name", ""))) if isinstance(held, dict) else None


def channel_of(app: Flask) -> type[HTTPChannel]:
    """Waitress's connection, with the limit of each address told as soon as the headers are there."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        path = ""  # waitress names it in its log, also where the first line could not be read

        def __init__(self, adjustments: Adjustments) -> None:
            super().__init__(adjustments)
            self.adj: Any = adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            most = limit_of(app, self.headers.get("COOKIE", ""), self.adj.max_request_body_size, self.path)
            if most != self.adj.max_request_body_size:
                self.adj = _Limited(self.adj, most)

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    return Channel


class _Limited:
    """The adjustments of the server, but for the limit."""

    def __init__(self, adjustments: Adjustments, most: int) -> None:
        self._adjustments = adjustments
        self.max_request_body_size = most

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever waitress asks for
        return getattr(self._adjustments, name)
