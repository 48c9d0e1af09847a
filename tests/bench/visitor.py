"""Somebody who has the page open while calls are measured: logs in once, then fetches the first page."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from pathlib import Path

from webui.passwords import hashed
from webui.users import USERS_FILE

NAME, PASSWORD = "bench", "only for measuring"
SECONDS = 5.0


def known_to(data: Path) -> None:
    """Make the visitor a user of a box that has not been started yet."""
    since = "2026-01-01T00:00:00+00:00"
    user = {"name": NAME, "role": "caretaker", "hash": hashed(PASSWORD), "since": since}
    (data / USERS_FILE).write_text(json.dumps({"version": 1, "unlocked": since, "users": [user]}), encoding="utf-8")


class Visitor:
    """A browser without a window. Raises OSError where the page does not answer."""

    def __init__(self, web: str) -> None:
        self._web = web
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._inside = False

    def look(self) -> int:
        """Fetch the first page; returns how many bytes it has."""
        if not self._inside:
            self._log_in()
        return len(self._fetch("/"))

    def _log_in(self) -> None:
        token = re.search(rb'name="csrf_token" value="([^"]+)"', self._fetch("/login"))
        assert token, "no log-in page"
        form = {"csrf_token": token[1].decode(), "name": NAME, "password": PASSWORD}
        page = self._fetch("/login", urllib.parse.urlencode(form).encode())
        assert b'action="/logout"' in page, "not logged in"
        self._inside = True

    def _fetch(self, path: str, form: bytes | None = None) -> bytes:
        with self._opener.open(self._web + path, form, timeout=SECONDS) as answer:
            content: bytes = answer.read()
            return content
