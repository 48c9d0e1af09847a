"""Who may log in at the page: users.json, the page's key, and the claim code that makes the first administrator.

Written by the exchange, or by `dyzurka unlock` where none runs; the page reads. Passwords come here as hashes only.
"""

from __future__ import annotations

import json
import re
import secrets
from hmac import compare_digest
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.control_client import RefusedError
from appliance.media.durable import write_durably

USERS, PAGE_KEY, CLAIM = "users.json", "page.key", "claim.json"
PRIVATE_MODE = 0o600
KEY_BYTES = 32
ADMIN, CARETAKER = "admin", "caretaker"
ROLES = (ADMIN, CARETAKER)
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another when read or spoken
CODE_GROUP = 4  # twice: 40 bits, and each wrong one makes the next wait longer
LONGEST_WAIT_SECONDS = 60.0
SPOKEN_SECONDS = 600.0  # after the button was held at power-on, a telephone in the building may ask for the code
REMEMBERED = 2000  # addresses with wrong codes: more than a house has
NAME = re.compile(r"[^\W_][\w.@-]{0,39}")
HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[\w+/-]+\$[\w+/-]+", re.ASCII)
HASH_LENGTH = 300

SHAPES: dict[str, type] = {"version": int, "unlocked": str, "users": list, "code": str}  # of both files

User = dict[str, Any]  # name, role, hash, since; version: of users.json, when it last became another


class Accounts:
    """The accounts of one data directory. Every method that changes something writes before it returns (OSError)."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data, self._clock = data, clock
        self._wrong: dict[str, tuple[int, float]] = {}  # by address: how often, and when again (monotonic)
        self._spoken_until = 0.0
        self.fault = ""  # why nobody can be let in or made an account, in words
        try:
            kept, owed = _read(data / USERS), _read(data / CLAIM)
        except (OSError, ValueError) as error:
            self.fault = f"nobody new can log in at the page: {error}: run dyzurka unlock"
            kept, owed = {}, {}
        self.version: int = kept.get("version", 0)
        self.unlocked: str = kept.get("unlocked", "")
        self.users: list[User] = kept.get("users", [])
        self.code: str = owed.get("code", "")  # "" while none is owed

    def prepare(self) -> str:
        """Make what a new box lacks: the page's key, and a claim code where nobody can log in; what is wrong, or ""."""
        try:
            if not (self._data / PAGE_KEY).exists():
                write_durably(self._data / PAGE_KEY, secrets.token_hex(KEY_BYTES).encode(), PRIVATE_MODE)
            if not self.users and not self.code and not self.fault:
                self._owe_code()
        except OSError as error:
            return f"nobody can log in at the page: {error}"
        return self.fault

    def try_code(self, code: str, address: str = "") -> None:
        """Whether it is the claim code. Raises RefusedError: each wrong one makes the next from there wait longer."""
        if not self.code:
            raise RefusedError("the box is claimed: ask its administrator, or run dyzurka unlock", "claimed")
        now = self._clock.monotonic()
        times, next_try = self._wrong.get(address, (0, now))
        if next_try > now:
            wait = next_try - now
            raise RefusedError(f"try again in {wait:.0f} s", "too_soon", seconds=round(wait, 1))
        if not compare_digest(_plain(code), _plain(self.code)):
            self._wrong.pop(address, None)
            self._wrong[address] = times + 1, now + min(LONGEST_WAIT_SECONDS, 2.0 ** min(times, 10))
            if len(self._wrong) > REMEMBERED:
                del self._wrong[next(iter(self._wrong))]
            raise RefusedError("this is not the claim code that dyzurka run printed", "wrong_code")

    def claim(self, code: str, name: str, hashed: str, address: str = "") -> None:
        """Make an administrator by the claim code, asked for from `address`. Raises RefusedError, as `try_code`."""
        self.try_code(code, address)
        _check(name, ADMIN, hashed)
        found = self._find(name)
        self._write([*(each for each in self.users if each is not found), self._new(name, ADMIN, hashed)])
        self._forget_code()

    def save(self, name: str, role: str = "", hashed: str = "", old: str = "") -> None:
        """Make an account, or change what is given of it; `old`: the name it had. Raises RefusedError."""
        before = self._find(old or name)
        if before is None:
            if old:
                raise RefusedError(f"there is no account {old}", "no_such_user")
            _check(name, role, hashed)
            if not self.users:
                raise RefusedError("the box is not claimed yet", "not_claimed")
            self._write([*self.users, self._new(name, role, hashed)])
            return
        if self._find(name) not in (None, before):
            raise RefusedError(f"there is an account {name}", "name_taken")
        _check(name, role or before["role"], hashed or before["hash"])
        after = {**before, "name": name, "role": role or before["role"], "hash": hashed or before["hash"]}
        if after != before:
            after["version"] = self.version + 1
        self._write([after if each is before else each for each in self.users])

    def remove(self, name: str) -> None:
        """Take an account away. Raises RefusedError."""
        found = self._find(name)
        if found is None:
            raise RefusedError(f"there is no account {name}", "no_such_user")
        self._write([each for each in self.users if each is not found])

    def by_button(self) -> bool:
        """Whether somebody held the button at power-on a while ago, and has not used the code yet."""
        return bool(self.code) and self._clock.monotonic() < self._spoken_until

    def spoken_code(self) -> str:
        """The code that a telephone in the building hears: while nobody owns the box, and for a while `by_button`."""
        return self.code if not (self.users or self.fault) or self.by_button() else ""

    def unlock(self, *, by_button: bool = False) -> str:
        """Drop the locks of all accounts and owe a code that makes one more administrator; the code.

        `by_button`: for `SPOKEN_SECONDS` it is spoken, to whoever stands beside the box and has no terminal.
        Files that cannot be read are set aside as NAME.broken.
        """
        if self.fault:
            for path in (self._data / USERS, self._data / CLAIM):
                if path.exists():
                    path.replace(path.with_suffix(".broken"))
            self.fault = ""
        self.unlocked = self._clock.now().isoformat(timespec="milliseconds")
        self._write(self.users)
        self._wrong.clear()
        self._owe_code()
        self._spoken_until = self._clock.monotonic() + SPOKEN_SECONDS if by_button else 0.0
        return self.code

    def _find(self, name: str) -> User | None:
        return next((each for each in self.users if each["name"].casefold() == name.casefold()), None)

    def _new(self, name: str, role: str, hashed: str) -> User:
        since = self._clock.now().isoformat(timespec="seconds")
        return {"name": name, "role": role, "hash": hashed, "since": since, "version": self.version + 1}

    def _write(self, users: list[User]) -> None:
        if self.fault:
            raise RefusedError(self.fault, "broken")
        if self.users and not any(each["role"] == ADMIN for each in users):
            raise RefusedError("the last administrator stays: make another one first", "last_admin")
        kept = {"version": self.version + 1, "unlocked": self.unlocked, "users": users}
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        write_durably(self._data / USERS, text.encode(), PRIVATE_MODE)
        self.version, self.users = self.version + 1, users

    def _owe_code(self) -> None:
        letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(2 * CODE_GROUP))
        code = f"{letters[:CODE_GROUP]}-{letters[CODE_GROUP:]}"
        write_durably(self._data / CLAIM, json.dumps({"code": code}).encode(), PRIVATE_MODE)
        self.code = code

    def _forget_code(self) -> None:
        (self._data / CLAIM).unlink(missing_ok=True)
        self.code, self._spoken_until = "", 0.0


def _read(path: Path) -> dict[str, Any]:
    """The object in a file; {} where there is none. A broken one raises ValueError: nobody is let in by accident."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: not an object")
    users = found.get("users", [])
    sound = all(type(found.get(key, kind())) is kind for key, kind in SHAPES.items()) and all(map(_is_user, users))
    if not sound:
        raise ValueError(f"{path}: something in it is missing, or another thing than it should be")
    return found


def _is_user(user: object) -> bool:
    return isinstance(user, dict) and all(isinstance(user.get(key), str) for key in ("name", "role", "hash"))


def _plain(code: str) -> bytes:
    """A code as it is compared: people write it small, with spaces, or without the dash."""
    return "".join(each for each in code.upper() if each.isalnum()).encode()


def _check(name: str, role: str, hashed: str) -> None:
    if not NAME.fullmatch(name):
        raise RefusedError("a login name is 1 to 40 letters and digits, also . _ - @ within", "bad_name")
    if role not in ROLES:
        raise RefusedError(f"a role is one of {', '.join(ROLES)}", "bad_role")
    if len(hashed) > HASH_LENGTH or not HASH.fullmatch(hashed):
        raise RefusedError("a password comes as its argon2id hash", "bad_hash")
