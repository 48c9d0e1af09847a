"""What was said is on the disk, not in the kernel's memory: recordings once a second, small files in one step."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.media import wav
from appliance.media.durable import write_durably
from appliance.media.talk import TalkRecorder

from .peer import noise
from .test_recorder import FRAME, Desk, Now

SECONDS = 12
FRAMES = 50 * SECONDS


class Disk:
    """Remembers what was in which file when the disk was waited for, and what happened in which order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: dict[str, list[bytes]] = {}
        self.happened: list[str] = []
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._syncing(getattr(os, name)))
        replace = Path.replace

        def replacing(path: Path, target: Path) -> Path:
            self.happened.append(f"replace {target.name}")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", replacing)

    def _syncing(self, real):
        def sync(file):
            real(file)
            path = Path(os.readlink(f"/proc/self/fd/{file}"))
            self.happened.append(f"sync {path.name}")
            if path.is_file():
                self.synced.setdefault(path.name, []).append(path.read_bytes())

        return sync


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def sounds(disk: Disk, path: Path, channels: int) -> list[float]:
    """Seconds of sound that a power cut would have left, after each wait for the disk: as the header then said."""
    found = []
    for content in disk.synced[path.name]:
        cut = path.with_suffix(".cut")
        cut.write_bytes(content)
        found.append(wav.repair(str(cut), channels))
        assert cut.read_bytes() == content, "the header was true"
    return found


def test_a_message_is_on_disk_but_for_its_last_second(disk, tmp_path):
    path = tmp_path / "message.wav"
    desk = Desk(path)
    for number, frame in enumerate(noise(FRAMES)):
        desk.hear(frame, number)
        synced = disk.synced.get(path.name, [wav.header(0)])[-1]
        assert FRAME * (number + 1) - (len(synced) - wav.HEADER_BYTES) <= wav.RATE + 4 * FRAME
    desk.end()
    waits = sounds(disk, path, 1)
    assert waits[-1] == SECONDS
    assert max(later - earlier for earlier, later in pairwise([0.0, *waits])) <= 1.0


def test_a_conversation_is_on_disk_but_for_its_last_second(disk, tmp_path):
    path = tmp_path / "call.talk.wav"
    worker = Now()
    talk = TalkRecorder(
        str(path), worker, 100.0, seconds=0.0, append=False, on_error=lambda error: pytest.fail(str(error))
    )
    for number, frame in enumerate(noise(FRAMES)):
        moment = 100.0 + 0.02 * (number + 1)
        for side in (talk.left, talk.right):
            side.take(FRAME * number, frame, True, True, moment)
        talk.tick(moment)
    talk.end()
    waits = sounds(disk, path, 2)
    assert waits[-1] == SECONDS
    assert max(later - earlier for earlier, later in pairwise([0.0, *waits])) <= 1.0


def test_a_small_file_is_on_disk_before_it_takes_its_name_and_its_name_is_too(disk, tmp_path):
    path = tmp_path / "index.json"
    path.write_bytes(b"old")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    content, renamed, directory = disk.happened
    assert content.startswith("sync .index.json.")
    assert list(disk.synced.values()) == [[b"new"]]
    assert (renamed, directory) == ("replace index.json", f"sync {tmp_path.name}")
