"""Where the telephones are, as a small file that outlives a restart: times on the wall clock, written whole or not."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from appliance.lines.sip.place import Stream
from appliance.lines.sip.registrar import LONGEST_SECONDS, Binding

VERSION = 1

log = logging.getLogger(__name__)


class Store(Protocol):
    """Keeps the rows over a restart."""

    async def read(self) -> list[dict[str, Any]]:
        """What was kept last; nothing where that is of no use."""
        ...

    async def write(self, content: str) -> None:
        """Keep this instead, wholly or not at all. Raises OSError."""
        ...


class FileStore:
    """A file, read and written beside the event loop: a memory card takes its time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> list[dict[str, Any]]:
        """See `Store`."""
        return await asyncio.to_thread(read, self._path)

    async def write(self, content: str) -> None:
        """See `Store`."""
        await asyncio.to_thread(write, self._path, content)


def text(bindings: Mapping[str, Sequence[Binding]], now: datetime, monotonic: float) -> str:
    """The file's text at this moment, told by both clocks.

    Telephones on a connection are left out: it ends with us, and they notice.
    """
    rows = [
        {
            "extension": extension,
            "contact": each.contact,
            "host": each.place[0],
            "port": each.place[1],
            "expires": (now + timedelta(seconds=each.expires - monotonic)).isoformat(timespec="seconds"),
            "instance": each.instance,
        }
        for extension, found in bindings.items()
        for each in found
        if not isinstance(each.place, Stream)
    ]
    return json.dumps({"version": VERSION, "telephones": rows}, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of the file; none where there is no file, or one that nobody can read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["telephones"]
        return [each for each in rows if isinstance(each, dict)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is of no use, telephones will register again: %r", path, error)
        return []


def known(rows: Sequence[Mapping[str, Any]], now: datetime, monotonic: float) -> dict[str, list[Binding]]:
    """The bindings of these rows that still hold. A clock that jumped lets none live longer than an hour."""
    found: dict[str, list[Binding]] = {}
    for row in rows:
        try:
            left = (datetime.fromisoformat(row["expires"]) - now).total_seconds()
            place = (str(row["host"]), int(row["port"]))
            expires = monotonic + min(left, float(LONGEST_SECONDS))
            binding = Binding(str(row["contact"]), place, expires, instance=str(row["instance"]))
            extension = str(row["extension"])
        except (KeyError, TypeError, ValueError):
            continue
        if left > 0:
            found.setdefault(extension, []).append(binding)
    return found


def write(path: Path, content: str) -> None:
    """Replace the file by this text, wholly or not at all. Raises OSError."""
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
