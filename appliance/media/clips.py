"""Prompts for the tick: raw A-law files read whole by a thread and kept for the next caller, and what plays now."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial

from appliance.media import wav
from appliance.media.g711 import SILENCE
from appliance.media.recorder import Worker
from appliance.media.track import FRAME_SAMPLES

CACHE_BYTES = 16 * 2**20  # about 35 minutes of sound


def whole_frames(sound: bytes) -> bytes:
    """The sound, its last frame filled up with silence."""
    return sound + bytes((SILENCE,)) * (-len(sound) % FRAME_SAMPLES)


Ready = Callable[[list[bytes]], None]
Unread = Callable[[str, str], None]


class ClipStore:
    """Files by path and time of change, the least used dropped first. One request is read at a time."""

    def __init__(self, worker: Worker, most_bytes: int = CACHE_BYTES) -> None:
        self._worker = worker
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._waiting: deque[tuple[list[str], Ready, Unread]] = deque()
        self._loading = False

    def fetch(self, paths: list[str], ready: Ready, unread: Unread) -> None:
        """Call `ready` with the sounds of these files: at once if all are kept, else soon.

        For each file that cannot be read `unread(path, why)` is called first and the file passed over.
        """
        if not self._serve(paths, ready):
            self._waiting.append((paths, ready, unread))
            self._load_next()

    def _serve(self, paths: list[str], ready: Ready) -> bool:
        sounds = [self._kept_sound(path) for path in paths]
        whole = [sound for sound in sounds if sound is not None]
        if len(whole) < len(paths):
            return False
        ready(whole)
        return True

    def _kept_sound(self, path: str) -> bytes | None:
        entry = self._kept.get(path)
        if entry is None:
            return None
        try:
            if os.stat(path).st_mtime_ns != entry[0]:  # noqa: PTH116 - pathlib would cost the process 1 MB
                return None
        except OSError:
            return None
        self._kept.move_to_end(path)
        return entry[1]

    def _load_next(self) -> None:
        while self._waiting and not self._loading:
            paths, ready, _ = self._waiting[0]
            if self._serve(paths, ready):  # read for somebody else meanwhile
                self._waiting.popleft()
            else:
                self._loading = True
                self._worker.ask(partial(self._load, paths))

    def _load(self, paths: list[str]) -> Callable[[], None]:
        """In the worker's thread: read these files."""
        found: dict[str, tuple[int, bytes]] = {}
        errors: dict[str, str] = {}
        for path in paths:
            try:
                changed = os.stat(path).st_mtime_ns  # noqa: PTH116
                found[path] = (changed, whole_frames(_sound(path)))
            except (OSError, ValueError) as error:
                errors[path] = str(error)
        return lambda: self._deliver(found, errors)

    def _deliver(self, found: dict[str, tuple[int, bytes]], errors: dict[str, str]) -> None:
        for path, (changed, sound) in found.items():
            self._keep(path, changed, sound)
        paths, ready, unread = self._waiting.popleft()
        for path, why in errors.items():
            unread(path, why)
        ready([found[path][1] for path in paths if path in found])
        self._loading = False
        self._load_next()

    def _keep(self, path: str, changed: int, sound: bytes) -> None:
        old = self._kept.pop(path, None)
        self._bytes += len(sound) - (len(old[1]) if old else 0)
        self._kept[path] = (changed, sound)
        while self._bytes > self._most:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped)


def _sound(path: str) -> bytes:
    """The A-law of a prompt (raw) or of a recorded message (WAV). Raises OSError, ValueError."""
    if path.endswith(".wav"):
        return wav.read(path)
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


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
