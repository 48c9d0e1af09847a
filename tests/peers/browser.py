"""A browser without a screen: keeps cookies, sends forms with the token of its session, reads what is to be read."""

from __future__ import annotations

import html
import re
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

SECONDS = 10.0
PASSWORD = "cztery proste słowa"


class Browser:
    """One visitor of the page at `home` (http://HOST:PORT)."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def claim(self, code: str, name: str = "prezes") -> None:
        """Become the administrator of a new box, and log in."""
        self._send("/claim", code=code, name=name, password=PASSWORD, again=PASSWORD)

    def reads(self, path: str) -> str:
        """The words of a page, without its markup."""
        text = re.sub(r"<[^>]+>", " ", self._get(path))
        return re.sub(r"\s+", " ", html.unescape(text))

    def _get(self, path: str, fields: bytes | None = None) -> str:
        with self._opener.open(self._home + path, fields, SECONDS) as answer:
            return str(answer.read().decode("utf-8"))

    def _send(self, path: str, **fields: str) -> None:
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form := self._get(path))
        assert token, f"no form: {form}"
        self._get(path, urlencode({"csrf_token": token[1], **fields}).encode())
