"""Prompts for the tick: raw A-law files read whole by a thread and kept for the next caller, and what plays now."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from appliance.media.g711 import SILENCE
from appliance.media.recorder import FRAME_SAMPLES, Worker

CACHE_BYTES = 16 * 2**20  # about 35 minutes of sound


def whole_frames(sound: bytes) -> bytes:
    """The sound, its last frame filled up with silence."""
    return sound + bytes((SILENCE,)) * (-len(sound) % FRAME_SAMPLES)


class ClipStore:
    """Files by path and time of change, the least used dropped first."""

    def __init__(self, worker: Worker, most_bytes: int = CACHE_BYTES) -> None:
        self._worker = worker
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def fetch(self, paths: list[str], ready: Callable[[list[bytes]], None], unread: Callable[[str, str], None]) -> None:
        """Call `ready` with the sounds of these files: at once if all are kept, else soon.

        For each file that cannot be read `unread(path, why)` is called first and the file passed over.
        """
        kept = [self._kept_sound(path) for path in paths]
        sounds = [sound for sound in kept if sound is not None]
        if len(sounds) == len(paths):
            ready(sounds)
            return
        self._worker.ask(lambda: self._load(paths, kept, ready, unread))

    def _kept_sound(self, path: str) -> bytes | None:
        entry = self._kept.get(path)
        if entry is None:
            return None
        try:
            if os.stat(path).st_mtime_ns != entry[0]:  # noqa: PTH116 - a third of the time of Path.stat
                return None
        except OSError:
            return None
        self._kept.move_to_end(path)
        return entry[1]

    def _load(
        self,
        paths: list[str],
        kept: list[bytes | None],
        ready: Callable[[list[bytes]], None],
        unread: Callable[[str, str], None],
    ) -> Callable[[], None]:
        """In the worker's thread."""
        found: list[tuple[str, int, bytes]] = []
        errors: list[tuple[str, str]] = []
        sounds: list[bytes] = []
        for path, have in zip(paths, kept, strict=True):
            if have is not None:
                sounds.append(have)
                continue
            try:
                changed, sound = Path(path).stat().st_mtime_ns, whole_frames(Path(path).read_bytes())
            except (OSError, ValueError) as error:
                errors.append((path, str(error)))
                continue
            sounds.append(sound)
            found.append((path, changed, sound))

        def deliver() -> None:
            for path, changed, sound in found:
                self._keep(path, changed, sound)
            for path, why in errors:
                unread(path, why)
            ready(sounds)

        return deliver

    def _keep(self, path: str, changed: int, sound: bytes) -> None:
        old = self._kept.pop(path, None)
        self._bytes += len(sound) - (len(old[1]) if old else 0)
        self._kept[path] = (changed, sound)
        while self._bytes > self._most:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped)


class Playlist:
    """Sounds of whole frames, one after another, once or for ever."""

    __slots__ = ("_at", "_clip", "_loop", "_sounds", "token")

    def __init__(self, token: int, sounds: list[bytes], loop: bool) -> None:
        self.token = token
        self._sounds = [sound for sound in sounds if sound]
        self._loop = loop
        self._clip = self._at = 0

    def frame(self) -> bytes | None:
        """The next `FRAME_SAMPLES` bytes; None when there are none (and so it stays)."""
        if self._clip == len(self._sounds):
            return None
        sound = self._sounds[self._clip]
        at = self._at
        self._at = at + FRAME_SAMPLES
        if self._at >= len(sound):
            self._at = 0
            self._clip += 1
            if self._loop and self._clip == len(self._sounds):
                self._clip = 0
        return sound[at : at + FRAME_SAMPLES]

    @property
    def over(self) -> bool:
        """Nothing more will come, and somebody waits to be told: a list in a loop never is."""
        return self._clip == len(self._sounds) and not self._loop
