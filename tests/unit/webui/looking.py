"""What tests of the page look with: a browser, a stand-in exchange, and users."""

from __future__ import annotations

import json
import re
import socketserver
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webui import passwords
from webui.users import USERS_FILE

PASSWORD = "cztery proste słowa"


class Browser(FlaskClient):
    """A test client that sends forms with the token of its session, as a browser does."""

    def words(self, path: str, **options: Any) -> str:
        """What is to be read on a page that is there, without its markup."""
        answer = self.get(path, **options)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
        return read(answer)

    def send(self, path: str, /, *, form_at: str | None = None, **fields: Any) -> TestResponse:
        """Post a form. `form_at` is the page that it stands on; without it any page that has a token."""
        page = self.get(form_at or "/account", follow_redirects=True).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token, "no form on that page"
        return self.post(path, data={"csrf_token": token[1], **fields})


def read(answer: TestResponse) -> str:
    """The words of an answer."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).replace(
        "\N{NO-BREAK SPACE}", " "
    )


Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class StandIn(socketserver.ThreadingUnixStreamServer):
    """An exchange on the real socket that answers what a test has scripted, and remembers what it was asked.

    `answers[verb]` is an object, or a function from the request to one. A verb without one is refused.
    """

    daemon_threads = False

    def __init__(self, where: str) -> None:
        self.answers: dict[str, Answer] = {
            "status": {"lines": [], "calls": [], "on_duty": {}, "lamps": {}, "faults": []}
        }
        self.asked: list[dict[str, Any]] = []
        super().__init__(where, _Conversation)

    def refuse(self, verb: str, code: str = "", text: str = "refused", **values: Any) -> None:
        """From now on say no to a verb."""
        self.answers[verb] = {"error": text, "code": code, "values": values}

    def asked_for(self, verb: str) -> list[dict[str, Any]]:
        """The arguments of every question of that verb, in order."""
        return [
            {key: value for key, value in each.items() if key != "ask"} for each in self.asked if each["ask"] == verb
        ]


class _Conversation(socketserver.StreamRequestHandler):
    server: StandIn

    def handle(self) -> None:
        for line in self.rfile:
            request = json.loads(line)
            self.server.asked.append(request)
            answer = self.server.answers.get(request["ask"], {"error": f"nobody scripted {request['ask']}"})
            self.wfile.write(json.dumps(answer(request) if callable(answer) else answer).encode() + b"\n")


@cache
def hash_of(password: str) -> str:
    return passwords.hashed(password)


def write_users(data: Path, **roles: str) -> None:
    """Make `users.json` anew as the exchange does: name=role, everybody with PASSWORD."""
    users = [{"name": name, "role": role, "hash": hash_of(PASSWORD), "version": 1} for name, role in roles.items()]
    fresh = data / "users.new"
    fresh.write_text(json.dumps({"users": users}), encoding="utf-8")
    fresh.replace(data / USERS_FILE)


def browser(app: Flask) -> Browser:
    made = app.test_client()
    assert isinstance(made, Browser)
    return made


def logged_in(app: Flask, name: str) -> Browser:
    """A browser with a session as `session.begin` makes it: a log-in without the work of a password."""
    made = browser(app)
    user = app.config["ACCOUNTS"].find(name)
    with made.session_transaction(base_url="http://localhost") as session:
        session.permanent = True
        session.update(name=user.name, mark=user.mark, used=int(time.time()))
    return made
