"""The box's two slots, as the exchange has them: it may change none, so it asks, and root's helper answers.

What is asked is a file in DATA/update; a path unit starts the helper when there is one. What the helper tells lies in a
directory that only root writes. Whatever stands in the question, the helper does one of six things and no other.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from appliance.media.durable import write_durably
from appliance.sharing import make_private
from appliance.updating import bundle as bundles
from appliance.updating.slots import Bundle, Installation, Progress, Slot, SlotsError

TOLD = Path("/run/dyzurka-update")  # root's
KEYRING = Path("/etc/rauc/keyring.pem")
FOLDER, QUESTION = "update", "ask.json"  # below the data directory
STANDS, ANSWER = "slots.json", "answer.json"  # below TOLD
LOOK_SECONDS = 0.5
HELPER_SECONDS = 60.0  # until the helper begins; then it tells that it lives
SILENT_SECONDS = 600.0  # a slow card takes that long for one step
PRIVATE_MODE = 0o600

Deed = Literal["write", "try", "commit", "leave", "look", "off"]
DEEDS: tuple[Deed, ...] = get_args(Deed)


@dataclass(frozen=True, slots=True)
class Question:
    """What root is asked to do; `bundle` is a file's name within DATA/incoming."""

    id: str
    do: Deed
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """How far it is. `state`: "working", "done", "failed"; then `why` and `values` as of `SlotsError`."""

    id: str
    state: str
    percent: int = 0
    why: str = ""
    values: Mapping[str, str] | None = None


def question_of(text: bytes) -> Question | None:
    """The question in a file that anybody may have written; None where it is none."""
    told = _object(text)
    do, name = told.get("do"), told.get("bundle", "")
    found = next((deed for deed in DEEDS if deed == do), None)
    if found is None or not isinstance(name, str) or "/" in name or name.startswith("."):
        return None
    return Question(str(told.get("id", ""))[:64], found, name)


def answer_of(text: bytes) -> Answer | None:
    """What root has told."""
    told = _object(text)
    if "id" not in told or "state" not in told:
        return None
    values = {str(key): str(value) for key, value in (told.get("values") or {}).items()}
    percent = told.get("percent") if isinstance(told.get("percent"), int) else 0
    return Answer(str(told["id"]), str(told["state"]), percent or 0, str(told.get("why", "")), values)


def installation_of(text: bytes) -> Installation:
    """How the machine stands, as root has told it. Raises SlotsError."""
    told = _object(text)
    try:
        slots = {str(name): Slot(str(each["version"]), each["good"] is True) for name, each in told["slots"].items()}
        known = {key: str(told[key]) for key in ("booted", "committed", "boot", "compatible")}
        if known["booted"] not in slots:
            raise KeyError(known["booted"])
    except (KeyError, TypeError, AttributeError) as error:
        raise SlotsError("helper_away", why=repr(error)) from error
    return Installation(slots=slots, **known)


class SpooledSlots:
    """Implements `Slots` on the box. `told`, `keyring`: where root's files lie."""

    kind = "slots"

    def __init__(
        self,
        data: Path,
        told: Path = TOLD,
        keyring: Path = KEYRING,
        *,
        read: Callable[[Path, Path], Bundle] = bundles.read,
    ) -> None:
        self._data, self._told, self._keyring, self._read = data, told, keyring, read

    def look(self) -> Installation:
        """See `Slots.look`."""
        try:
            return installation_of((self._told / STANDS).read_bytes())
        except OSError as error:
            raise SlotsError("helper_away", why=str(error)) from error

    async def read(self, bundle: Path) -> Bundle:
        """See `Slots.read`."""
        return await asyncio.to_thread(self._read, bundle, self._keyring)

    async def write(self, bundle: Path, progress: Progress) -> None:
        """See `Slots.write`. The bundle lies in DATA/incoming."""
        await self._ask("write", bundle.name, progress)

    async def try_other(self) -> None:
        """See `Slots.try_other`."""
        await self._ask("try")

    async def commit(self) -> None:
        """See `Slots.commit`."""
        await self._ask("commit")

    async def leave(self) -> None:
        """See `Slots.leave`."""
        await self._ask("leave")

    async def off(self) -> None:
        """Switch the machine off, for its battery ends. Raises SlotsError."""
        await self._ask("off")

    async def _ask(self, do: Deed, bundle: str = "", progress: Progress = lambda _: None) -> None:
        """Ask, and wait for the answer. Raises SlotsError."""
        question = Question(secrets.token_hex(8), do, bundle)
        folder = self._data / FOLDER
        try:
            make_private(folder)
            write_durably(folder / QUESTION, json.dumps(asdict(question)).encode(), PRIVATE_MODE)
        except OSError as error:
            raise SlotsError("not_saved", why=str(error)) from error
        loop = asyncio.get_running_loop()
        last: Answer | None = None
        patience = loop.time() + HELPER_SECONDS
        while True:
            answer = self._answer(question.id)
            if answer is not None and answer != last:
                last, patience = answer, loop.time() + SILENT_SECONDS
                progress(answer.percent)
            if answer is not None and answer.state == "done":
                return
            if answer is not None and answer.state == "failed":
                raise SlotsError(answer.why or "helper_away", **(answer.values or {}))
            if loop.time() > patience:
                raise SlotsError("helper_away", why="no answer")
            await asyncio.sleep(LOOK_SECONDS)

    def _answer(self, question: str) -> Answer | None:
        try:
            answer = answer_of((self._told / ANSWER).read_bytes())
        except OSError:
            return None
        return answer if answer is not None and answer.id == question else None


def _object(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
