"""Whoever has not logged in may bring no more than a form: large bodies are kept on the disk until they are there."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from flask import Flask
from itsdangerous import BadSignature
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]

from webui.uploads import FORM_BYTES


def limit_of(app: Flask, cookie: str, most: int) -> int:
    """How many bytes a request may bring, at most `most`; what a form may hold says `uploads.py` then."""
    return most if is_known(app, cookie) else FORM_BYTES


def is_known(app: Flask, cookie: str) -> bool:
    """Whether a Cookie header holds a session of a user. Whether it is still good is asked before every view."""
    try:
        found = SimpleCookie(cookie).get(app.config["SESSION_COOKIE_NAME"])
        app.secret_key = app.config["ACCOUNTS"].key()
        signed: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        held = signed.loads(found.value) if found and signed else {}
    except (CookieError, BadSignature):
        return False
    return isinstance(held, dict) and app.config["ACCOUNTS"].find(str(held.get("name", ""))) is not None


def channel_of(app: Flask) -> type[HTTPChannel]:
    """Waitress's connection, with the limit of each address told as soon as the headers are there."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        def __init__(self, adjustments: Adjustments) -> None:
            super().__init__(adjustments)
            self.adj: Any = adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            most = limit_of(app, self.headers.get("COOKIE", ""), self.adj.max_request_body_size)
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
