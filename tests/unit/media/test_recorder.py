"""Recordings: time in the file is true whatever the network did, and a crash costs the last second at most."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media import wav
from appliance.media.recorder import Recorder, Worker

from .peer import SILENCE, noise

FRAME = 160


class Now(Worker):
    """A worker without a thread: does each job at once, so that what is on disk can be looked at in between."""

    def __init__(self) -> None:
        self.results = []

    def ask(self, job):
        result = job()
        if result is not None:
            self.results.append(result)

    def collect(self):
        while self.results:
            self.results.pop(0)()


class Desk:
    """A recorder on a clock of its own, one packet each 20 ms."""

    def __init__(self, path, *, max_seconds=60.0, silence_seconds=60.0, append=False):
        self.path, self.worker, self.ended, self.errors = path, Now(), [], []
        self.recorder = Recorder(
            str(path), self.worker, 100.0, max_seconds=max_seconds, silence_seconds=silence_seconds, end_keys="#",
            append=append, on_end=lambda *result: self.ended.append(result), on_error=self.errors.append,
        )  # fmt: skip

    def hear(self, frame, number, *, at=None, newest=True, first=1_000_000, voice=True):
        moment = 100.0 + 0.02 * ((number if at is None else at) + 1)
        self.recorder.take((first + FRAME * number) & 0xFFFFFFFF, frame, newest, voice, moment)
        return self.recorder.tick(moment)

    def end(self, why="key"):
        self.recorder.end(why)
        self.worker.collect()
        return wav.read(self.path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "message.wav"


def test_what_was_said_is_in_the_file(path):
    desk, sound = Desk(path), noise(130)
    for number, frame in enumerate(sound):
        desk.hear(frame, number, first=2**32 - 3200)
    assert desk.end() == b"".join(sound)
    assert desk.ended == [(2.6, 2.6, "key")]


def test_the_header_is_true_at_every_moment_and_at_most_a_second_is_missing(path):
    desk = Desk(path)
    for number, frame in enumerate(noise(200)):
        desk.hear(frame, number)
        on_disk = wav.read(path)
        assert len(on_disk) >= FRAME * (number + 1) - 8000 - 4 * FRAME


def test_lost_frames_become_silence_and_late_ones_take_their_place(path):
    desk, sound = Desk(path), noise(10)
    for number, at, newest in [(0, 0, True), (1, 1, True), (4, 4, True), (3, 5, False), (9, 9, True)]:
        desk.hear(sound[number], number, at=at, newest=newest)
    expected = [SILENCE] * 10
    for number in (0, 1, 3, 4, 9):
        expected[number] = sound[number]
    assert desk.end() == b"".join(expected)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 3, None]), min_size=1, max_size=150))
def test_any_network_that_is_late_by_three_frames_at_most_is_put_right(tmp_path_factory, fates):
    """A fate is by how many frames a packet is late, or None: lost."""
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    desk, sound = Desk(path), noise(len(fates) + 1)
    arrivals = sorted((number + fate, number) for number, fate in enumerate([0, *fates]) if fate is not None)
    highest = -1
    for at, number in arrivals:
        desk.hear(sound[number], number, at=at, newest=number > highest)
        highest = max(highest, number)
    heard = {number for _, number in arrivals}
    assert desk.end() == b"".join(sound[n] if n in heard else SILENCE for n in range(highest + 1))


def test_a_pause_on_the_wire_takes_its_time_in_the_file(path):
    desk, sound = Desk(path), noise(2)
    desk.hear(sound[0], 0)
    for tick in range(1, 500):
        desk.recorder.tick(100.0 + 0.02 * (tick + 1))
    desk.hear(sound[1], 500)
    kept = desk.end()
    assert len(kept) == 501 * FRAME
    assert kept[:FRAME] == sound[0] and kept[-FRAME:] == sound[1]
    assert set(kept[FRAME:-FRAME]) == {0xD5}


def test_timestamps_that_jump_do_not_fill_the_disk(path):
    desk, sound = Desk(path), noise(4)
    desk.hear(sound[0], 0)
    desk.hear(sound[1], 1, first=3_000_000_000)
    desk.hear(sound[2], 2, first=3_000_000_000)
    desk.hear(sound[3], 3, first=7, newest=False)
    assert desk.end() == b"".join(sound[:3])


def test_silence_and_the_limit_end_it(path):
    desk = Desk(path, silence_seconds=1.0)
    why = [desk.hear(SILENCE, number, voice=number < 10) for number in range(60)]
    assert why.index("silence") == 59
    desk = Desk(path, max_seconds=1.0)
    why = [desk.hear(SILENCE, number) for number in range(50)]
    assert why.index("limit") == 49
    assert len(desk.end("limit")) == 8000
    assert desk.ended == [(1.0, 1.0, "limit")]


def test_a_recording_goes_on_in_the_same_file(path):
    sound = noise(100)
    first = Desk(path)
    for number, frame in enumerate(sound):
        first.hear(frame, number)
    kept = wav.read(path)
    with path.open("ab") as file:
        file.write(b"\x11" * 161)  # written, the header not yet
    second = Desk(path, append=True)
    second.hear(sound[0], 0)
    assert second.end() == kept + b"\x11" * 160 + sound[0]
    assert second.ended[0][0] == (len(kept) + 320) / 8000
    assert second.ended[0][1] == (len(kept) + 320) / 8000


def test_a_file_that_cannot_be_made_is_told(tmp_path):
    desk = Desk(tmp_path / "nowhere" / "a.wav")
    assert desk.hear(SILENCE, 0) == "limit"
    desk.recorder.end("limit")
    desk.worker.collect()
    assert (desk.ended, [type(each) for each in desk.errors]) == ([], [FileNotFoundError])


@pytest.mark.parametrize("odd", [b"", b"\x11", b"\x11" * 8000])
def test_repair_keeps_all_sound_that_reached_the_disk(path, odd):
    sound = b"".join(noise(50))
    path.write_bytes(wav.header(0) + sound + odd)
    seconds = wav.repair(path)
    assert wav.read(path) == (sound + odd)[: len(sound + odd) // 2 * 2]
    assert seconds == len(wav.read(path)) / 8000


def test_repair_of_a_header_that_never_reached_the_disk(path):
    path.write_bytes(b"")
    assert wav.repair(path) == 0.0
    assert wav.read(path) == b""
    path.write_bytes(bytes(58) + b"\x11" * 160)
    assert wav.repair(path) == 0.02
    assert wav.read(path) == b"\x11" * 160


def test_repair_leaves_other_files_alone(path):
    path.write_bytes(b"an important letter" * 10)
    with pytest.raises(wav.WavError):
        wav.repair(path)
    assert path.read_bytes() == b"an important letter" * 10


def test_the_header_is_what_other_programs_expect(path):
    data = wav.header(8000)
    assert data[:4] + data[8:16] == b"RIFFWAVEfmt " and data[38:42] == b"fact" and data[50:54] == b"data"
    assert int.from_bytes(data[4:8], "little") == 58 - 8 + 8000
    assert int.from_bytes(data[20:22], "little") == 6  # A-law
    assert int.from_bytes(data[24:28], "little") == 8000
    assert int.from_bytes(data[46:50], "little") == int.from_bytes(data[54:58], "little") == 8000
