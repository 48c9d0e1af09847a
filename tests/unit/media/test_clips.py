"""Prompts are read once, read again when they change, and passed over when they cannot be read."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.clips import ClipStore, Playlist

from .test_recorder import Now


class Counting(Now):
    """A worker that does nothing before `collect`, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs, self.asked = [], 0

    def ask(self, job):
        self.asked += 1
        self.jobs.append(job)

    def collect(self):
        while self.jobs:
            super().ask(self.jobs.pop(0))
            super().collect()


@pytest.fixture
def worker():
    return Counting()


@pytest.fixture
def played():
    return []


def refuse(path, why):
    raise AssertionError(f"{path}: {why}")


def test_a_prompt_asked_for_by_many_at_once_is_read_once(tmp_path, worker, played):
    (tmp_path / "a").write_bytes(b"\x11" * 200)
    store = ClipStore(worker)
    for _ in range(5):
        store.fetch([str(tmp_path / "a")], played.append, refuse)
    worker.collect()
    store.fetch([str(tmp_path / "a")], played.append, refuse)
    assert played == [[b"\x11" * 200 + b"\xd5" * 120]] * 6
    assert worker.asked == 1
    assert len({id(sounds[0]) for sounds in played}) == 1


def test_a_prompt_that_was_recorded_anew_is_read_anew(tmp_path, worker, played):
    path = tmp_path / "a"
    store = ClipStore(worker)
    for number, sound in enumerate((b"\x11" * 160, b"\x22" * 160)):
        path.write_bytes(sound)
        os.utime(path, ns=(number, number))
        store.fetch([str(path)], played.append, refuse)
        worker.collect()
    assert played == [[b"\x11" * 160], [b"\x22" * 160]]


def test_what_cannot_be_read_is_passed_over_and_told(tmp_path, worker, played):
    (tmp_path / "a").write_bytes(b"\x11" * 160)
    told = []
    paths = [str(tmp_path / "gone"), str(tmp_path / "a"), str(tmp_path), "a\0b"]
    ClipStore(worker).fetch(paths, played.append, lambda path, why: told.append(path))
    worker.collect()
    assert played == [[b"\x11" * 160]]
    assert told == [paths[0], paths[2], paths[3]]


def test_the_least_used_prompts_make_room(tmp_path, worker, played):
    store = ClipStore(worker, most_bytes=480)
    paths = [str(tmp_path / name) for name in "abcd"]
    for path in paths:
        with open(path, "wb") as file:
            file.write(b"\x11" * 160)
    for path in (*paths[:3], paths[0], paths[3], paths[0]):
        store.fetch([path], played.append, refuse)
        worker.collect()
    assert worker.asked == 4  # a was used in between, so b went
    store.fetch([paths[1]], played.append, refuse)
    worker.collect()
    assert worker.asked == 5
    assert len(played) == 7


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=5), st.booleans())
def test_a_playlist_is_its_clips_one_after_another(frames, loop):
    clips = [b"".join(bytes((clip, frame)) * 80 for frame in range(count)) for clip, count in enumerate(frames)]
    playlist, heard = Playlist(7, clips, loop), []
    assert playlist.over is (not any(frames) and not loop)
    for _ in range(2 * sum(frames)):
        heard.append(playlist.frame())
    whole = b"".join(clips)
    expected = [whole[at : at + 160] for at in range(0, len(whole), 160)]
    assert heard == expected + (expected if loop else [None] * len(expected))
    assert playlist.over is not loop
