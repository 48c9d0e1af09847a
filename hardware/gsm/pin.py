"""A SIM's PIN is tried once in its life: what was tried is on disk before it is sent, by card and PIN.

A PIN that the card has taken may be sent again after each start, while all three attempts are left: should it be wrong
then, two are left and it is not sent a third time. The PIN itself is not in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

TRIES = 3  # a card gives (TS 31.101 §9.5.1); fewer left: somebody has tried already
Verdict = Literal["send", "wrong", "few", "unsure"]


class PinFile:
    """`path`: a JSON object, key → "tried" or "taken". Its methods block: it is small, and syncs to disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def judge(self, card: str, pin: str, tries: int | None) -> Verdict:
        """Whether this PIN may be sent to this card, of which `tries` attempts are left (None: nobody knows)."""
        known = self._read().get(_key(card, pin))
        if known == "tried":
            return "wrong"
        if tries is None:
            return "unsure"
        return "send" if tries >= TRIES else "few"

    def note_trying(self, card: str, pin: str) -> None:
        """Before it is sent. Raises OSError: then it may not be sent."""
        entries = self._read()
        if entries.get(_key(card, pin)) != "taken":
            self._write({**entries, _key(card, pin): "tried"})

    def note_result(self, card: str, pin: str, *, taken: bool) -> None:
        """What the card said. Raises OSError; a PIN that was taken then counts as tried."""
        self._write({**self._read(), _key(card, pin): "taken" if taken else "tried"})

    def _read(self) -> dict[str, str]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise OSError(f"{self._path}: {error}") from error
        if not isinstance(entries, dict):
            raise OSError(f"{self._path}: not as we write it")
        return entries

    def _write(self, entries: dict[str, str]) -> None:
        beside = self._path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(entries, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _key(card: str, pin: str) -> str:
    return hashlib.sha256(f"{card}:{pin}".encode()).hexdigest()
