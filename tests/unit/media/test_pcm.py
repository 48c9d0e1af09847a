"""Samples out of bytes in any pieces, and bytes into a port that takes what it likes: none is ever torn."""

from __future__ import annotations

import audioop
import os
import random
import tty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.media import sound_tty
from appliance.media.g711 import OVERLOAD_DBM0
from appliance.media.pcm import FRAME_BYTES, NO_VOICE_DBM0, PcmPort, Samples, factor
from appliance.media.prompts import shipped_directory
from appliance.media.sound_tty import PortGoneError
from tests.anything import in_time, some
from tests.peers import sound

SPEECH = max(shipped_directory().rglob("*.al"), key=lambda path: path.stat().st_size).read_bytes()[:80_000]
LINEAR = audioop.alaw2lin(SPEECH, 2)


def in_pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data cut at these sizes, over and over."""
    pieces, at = [], 0
    while at < len(data):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[at : at + size])
        at += size
    return pieces


@some
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_samples_are_the_same_however_the_bytes_came(sizes):
    samples = Samples()
    with in_time():
        frames = [frame for piece in in_pieces(LINEAR[:50_000], sizes) for frame in samples.take(piece)]
    heard = b"".join(frames)
    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    assert heard == LINEAR[: len(heard)]
    assert len(heard) > 50_000 - 2 * FRAME_BYTES


@some
@given(st.lists(st.binary(max_size=700), max_size=60))
def test_any_bytes_are_bearable(pieces):
    samples = Samples()
    with in_time():
        frames = [frame for piece in pieces for frame in samples.take(piece)]
    total = sum(map(len, pieces))
    assert total - 2 * FRAME_BYTES - 1 <= FRAME_BYTES * len(frames) <= total


def loud(hertz: float, db: float = 0.0) -> bytes:
    return sound.tone(hertz, 1.0, db).tobytes()


@pytest.mark.parametrize(
    "linear",
    [LINEAR, loud(440), loud(3400), loud(1000, -40), random.Random(1).randbytes(16_000), bytes(16_000)],
    ids=["speech", "440 Hz", "3400 Hz", "soft", "noise", "silence"],
)
def test_what_begins_with_a_sample_is_never_taken_to_begin_with_half_of_one(linear):
    heard = b"".join(Samples().take(linear))
    assert heard == linear[: len(heard)]


@pytest.mark.parametrize("linear", [LINEAR, loud(440), loud(1000, -40)], ids=["speech", "440 Hz", "soft"])
def test_half_a_sample_too_much_is_noticed_and_its_roar_is_not_heard(linear):
    """As when a media process has died that had read an odd number of bytes."""
    heard = b"".join(Samples().take(linear[1:]))
    quiet = len(heard) - len(heard.lstrip(b"\0"))
    at = linear.index(heard[quiet + 2 * FRAME_BYTES :][:FRAME_BYTES])
    assert at % 2 == 0
    assert heard[-8000:] in linear
    assert audioop.max(heard, 2) <= audioop.max(linear, 2) + 256


class Port:
    """A port of ours on a pseudo-terminal, and its far end."""

    def __init__(self, heard_db: float = 0.0, said_db: float = 0.0) -> None:
        self.far, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(self.far, False)
        self.port = PcmPort(near, factor(heard_db), factor(said_db))

    def taken(self, size: int = 65536) -> bytes:
        try:
            return os.read(self.far, size)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        self.port.close()
        os.close(self.far)


@pytest.fixture
def port():
    made = Port()
    yield made
    made.close()


def test_what_a_port_does_not_take_is_counted_and_never_torn(port):
    rng = random.Random(2)
    said = [rng.randbytes(160) for _ in range(600)]
    taken, stalled = bytearray(), []
    kept = []
    for number, frame in enumerate(said):
        if port.port.write(frame):
            kept.append(frame)
        else:
            stalled.append(number)
        if number % 200 > 150:  # nothing is read for three seconds, then a little and never a whole sample
            taken += port.taken(rng.choice([0, 1, 33, 641, 999]) or 1)
    while more := port.taken():
        taken += more
    assert len(stalled) == port.port.refused > 100
    whole = len(taken) // FRAME_BYTES * FRAME_BYTES
    assert audioop.lin2alaw(bytes(taken[:whole]), 2) == b"".join(kept)[: whole // 2]


def arriving(port: PcmPort) -> list[bytes]:
    """The frames that come first: the kernel takes its time to carry them across."""
    while not (frames := port.read()):
        os.sched_yield()
    return frames


def test_a_gain_goes_for_both_ways_and_the_levels_are_told():
    made = Port(6.0, -6.0)
    os.write(made.far, sound.tone(1000, 0.2, -20.0).tobytes())
    for frame in arriving(made.port):
        made.port.write(frame)
    heard, said = made.port.heard.take(), made.port.said.take()
    assert abs(heard - (-14.0 + OVERLOAD_DBM0)) < 0.5
    assert abs(said - (-20.0 + OVERLOAD_DBM0)) < 0.5
    assert made.port.heard.take() == NO_VOICE_DBM0
    made.close()


def test_a_port_with_nothing_in_it_is_not_read(port, monkeypatch):
    """Such a read waits for the kernel to look behind it, 150 ms on a busy machine, and all other calls with it."""
    with monkeypatch.context() as patched:
        patched.setattr(sound_tty.os, "read", lambda *_: pytest.fail("it was read"))
        assert port.port.read() == []
    os.write(port.far, bytes(2 * FRAME_BYTES))
    assert len(arriving(port.port)) == 1


def test_a_tty_that_returns_nothing_where_others_wait_has_not_hung_up(port):
    attributes = tty.tcgetattr(port.far)
    attributes[6][tty.VMIN] = attributes[6][tty.VTIME] = 0
    tty.tcsetattr(port.far, tty.TCSANOW, attributes)
    assert [port.port.read() for _ in range(100)] == [[]] * 100
    os.write(port.far, bytes(2 * FRAME_BYTES))
    assert len(arriving(port.port)) == 1


@pytest.mark.parametrize("use", [lambda port: port.read(), lambda port: port.write(b"\xd5" * 160)])
def test_a_port_whose_other_end_is_closed_is_gone(use):
    made = Port()
    os.close(made.far)
    with pytest.raises(PortGoneError):
        use(made.port)
    made.port.close()


def test_a_pipe_whose_other_end_is_closed_is_gone_as_well():
    reading, writing = os.pipe()
    port = PcmPort(reading, 1.0, 1.0)
    os.close(writing)
    with pytest.raises(PortGoneError):
        arriving(port)
    port.close()
