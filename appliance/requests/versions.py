"""The building file and its secrets on disk: both replaced together, earlier versions kept, a change that waits.

Whatever the power cuts short, the next start finds the old pair or the new one (`settle`). It blocks, and checks
nothing.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from appliance.building.source import SECRETS
from appliance.media.durable import write_durably
from appliance.sharing import make_private

HISTORY = "building.history"  # a directory
NEXT = "building.next.json"  # both texts, while they are put in place
UNCONFIRMED = "building.unconfirmed.json"
KEPT = 20
SIGNIFICANT_DIGITS = 9  # of a number: at home it is written without what stands before
NO_DIGIT = re.compile(r"[\s()./-]")  # what people write between digits
PRIVATE_MODE, DEFAULT_MODE = 0o600, 0o640


class TornError(OSError):
    """One of the two files is the new one, the other is not, and neither way could be gone to its end."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The two texts; `secrets` is "" where there is no such file."""

    building: str
    secrets: str = ""

    @property
    def revision(self) -> str:
        """SHA-256 of both, hex; without secrets it is the building's own revision."""
        whole = self.building + (f"\0{self.secrets}" if self.secrets else "")
        return sha256(whole.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """What stood before a change at `at` (ISO 8601), which `who` made."""

    at: str
    who: str
    what: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A change that goes back at `until` unless it is confirmed. `since` and `until` are ISO 8601 in UTC."""

    revision: str
    since: str
    until: str
    who: str
    what: str
    before: Pair

    def over(self, now: datetime) -> bool:
        """Whether its time is up; also by a clock that has gone back, for then nobody knows."""
        return not datetime.fromisoformat(self.since) <= now < datetime.fromisoformat(self.until)


class Versions:
    """The building file of one data directory, and its past."""

    def __init__(self, data: Path, building_file: Path) -> None:
        self._data, self._file = data, building_file
        self._secrets = building_file.with_name(SECRETS)

    def now(self) -> Pair:
        """The texts as they stand. Raises OSError, UnicodeDecodeError."""
        return Pair(_text(self._file), _text(self._secrets) if self._secrets.exists() else "")

    def refusal(self) -> str:
        """Why the building file cannot be changed here, in words; "" where it can."""
        folder = self._file.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} may not be written: copy {self._file.name} into the data directory and start with that"
        if not os.access(self._file, os.W_OK):
            return f"{self._file} may not be written: copy it into the data directory and start with that"
        return ""

    def replace(self, pair: Pair) -> None:
        """Put both in place, or neither. Raises OSError; TornError where what stood before could not be put back."""
        before = {path: path.read_bytes() if path.exists() else None for path in (self._secrets, self._file)}
        self._put_next(pair)
        try:
            self._put(pair)
        except OSError as error:
            try:
                self._put_back(before)
            except OSError as again:
                raise TornError(f"{error}; nor could the former file be put back: {again}") from error
            raise

    def _put_back(self, before: Mapping[Path, bytes | None]) -> None:
        """Only what has become another is written: there may be no room for more."""
        for path, was in before.items():
            if was is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != was:
                mode = PRIVATE_MODE if path == self._secrets else _mode(path)
                write_durably(path, was, mode)
        (self._data / NEXT).unlink(missing_ok=True)

    def _put_next(self, pair: Pair) -> None:
        write_durably(self._data / NEXT, json.dumps(asdict(pair)).encode(), PRIVATE_MODE)

    def _put(self, pair: Pair) -> None:
        if pair.secrets:
            write_durably(self._secrets, pair.secrets.encode(), PRIVATE_MODE)
        elif self._secrets.exists():
            self._secrets.unlink()
        write_durably(self._file, pair.building.encode(), _mode(self._file))
        (self._data / NEXT).unlink(missing_ok=True)

    def keep(self, at: datetime, who: str, what: str) -> None:
        """Keep the texts as they stand as a version, before a change. Raises OSError."""
        folder = self._data / HISTORY
        make_private(folder)
        pair = self.now()
        kept = asdict(Version(at.isoformat(timespec="milliseconds"), who, what, pair))
        name = f"{at:%Y%m%dT%H%M%S%f}-{pair.revision[:12]}.json"
        write_durably(folder / name, json.dumps(kept, ensure_ascii=False).encode(), PRIVATE_MODE)
        for old in sorted(folder.glob("*.json"))[:-KEPT]:
            old.unlink(missing_ok=True)

    def history(self) -> list[Version]:
        """The kept versions, the newest first; one that cannot be read is left out."""
        found = []
        for path in sorted((self._data / HISTORY).glob("*.json"), reverse=True):
            kept = _object(path)
            if kept is not None:
                found.append(Version(kept["at"], kept["who"], kept["what"], Pair(**kept["pair"])))
        return found

    def forget(self, number: str) -> int:
        """Drop the kept versions that hold a telephone number (E.164), however written; how many. Raises OSError."""
        dropped = 0
        for path in (self._data / HISTORY).glob("*.json"):
            if number[-SIGNIFICANT_DIGITS:] in NO_DIGIT.sub("", path.read_text(encoding="utf-8", errors="replace")):
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped

    # -- a change that waits for a yes ---------------------------------------------------------------------------

    def unconfirmed(self) -> Unconfirmed | None:
        """The change that waits, if any."""
        kept = _object(self._data / UNCONFIRMED)
        return Unconfirmed(**{**kept, "before": Pair(**kept["before"])}) if kept is not None else None

    def await_confirmation(self, change: Unconfirmed) -> None:
        """Remember it, before the change is made. Raises OSError."""
        write_durably(self._data / UNCONFIRMED, json.dumps(asdict(change)).encode(), PRIVATE_MODE)

    def confirmed(self) -> None:
        """It stays."""
        (self._data / UNCONFIRMED).unlink(missing_ok=True)

    def go_back(self, change: Unconfirmed) -> bool:
        """Put in place what stood before it, unless somebody wrote another file since. Raises OSError; ask again."""
        kept = _object(self._data / NEXT)  # only where the change, or its undoing, stopped half way
        ours = kept is not None or self.now().revision == change.revision
        if ours:
            self._put_next(change.before)  # left there if this fails: the next start then goes on with it
            self._put(change.before)
        self.confirmed()
        return ours

    def settle(self, now: datetime) -> bool:
        """At a start: finish what the power cut short, and go back where nobody confirmed in time; whether it did."""
        kept = _object(self._data / NEXT)
        if kept is not None:
            self._put(Pair(**kept))
        change = self.unconfirmed()
        if change is None or not change.over(now):
            return kept is not None
        return self.go_back(change) or kept is not None


def _mode(path: Path) -> int:
    """The permissions a file has, or is to have."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else DEFAULT_MODE


def _text(path: Path) -> str:
    """A file's text with plain line ends."""
    return path.read_bytes().decode().removeprefix("\ufeff").replace("\r\n", "\n")


def _object(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where there is none, or half of one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
