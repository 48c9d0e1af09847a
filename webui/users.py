"""Who may log in, and the key that sessions are signed with. Both files are the exchange's; they are only read here."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USERS_FILE = "users.json"  # in the data directory
KEY_FILE = "page.key"
LEAST_KEY_BYTES = 32
ROLES = ("admin", "caretaker")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in. `mark` changes with the role, the password and everything else known of them."""

    name: str
    role: str
    hash: str
    mark: str

    @property
    def is_admin(self) -> bool:
        """Whether they may change how the box works."""
        return self.role == "admin"


class Accounts:
    """The two files as they are now; each is read again when it has changed. Threads may share it."""

    def __init__(self, data: Path) -> None:
        self._users_file, self._key_file = data / USERS_FILE, data / KEY_FILE
        self._users: tuple[object, dict[str, User], str] = (None, {}, "")
        self._key: tuple[object, bytes] = (None, secrets.token_bytes(LEAST_KEY_BYTES))

    @property
    def claimed(self) -> bool:
        """Whether the box has an owner. A file that cannot be read counts: nobody else becomes one then."""
        state, users, _ = self._read()
        return bool(users) or state == "unreadable"

    def users(self) -> dict[str, User]:
        """By name; empty where there is no file yet or it cannot be read."""
        return self._read()[1]

    def unlocked(self) -> str:
        """Another value than before: all locks are to be dropped."""
        return self._read()[2]

    def find(self, name: str) -> User | None:
        """The user of that name, whatever its capitals."""
        users = self.users()
        wanted = name.strip().casefold()
        return users.get(name) or next((each for each in users.values() if each.name.casefold() == wanted), None)

    def key(self) -> bytes:
        """What sessions are signed with. Until the exchange has made one, a key that lasts as long as this process."""
        state = _state(self._key_file)
        if state is not None and state != self._key[0]:
            try:
                content = self._key_file.read_bytes().strip()
            except OSError:
                content = b""
            if len(content) >= LEAST_KEY_BYTES:
                self._key = (state, content)
        return self._key[1]

    def _read(self) -> tuple[object, dict[str, User], str]:
        state = _state(self._users_file)
        if state != self._users[0]:
            try:
                content = json.loads(self._users_file.read_bytes()) if state else {}
                self._users = (state, _known(content["users"] if state else []), str(content.get("unlocked", "")))
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                self._users = ("unreadable", {}, "")
        return self._users


def _known(entries: list[dict[str, Any]]) -> dict[str, User]:
    users = [User(str(each["name"]), str(each["role"]), str(each["hash"]), _mark(each)) for each in entries]
    return {each.name: each for each in users if each.role in ROLES}


def _mark(entry: dict[str, Any]) -> str:
    """Short, and tells nothing of what it was made from: it stands in the cookie."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]


def _state(path: Path) -> object:
    """What changes when a file is replaced; None without one."""
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_mtime_ns, known.st_ino, known.st_size)
