"""Texts become clips once; whatever an engine or a file does, a call goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import select
import struct
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.media import dsp, prompts, speech
from appliance.media.prompts import Prompts, render_to_wav
from appliance.media.soundfile import read_sound
from appliance.media.speech import ESPEAK, RHVOICE, Engine

HELLO = ("pl", "Proszę poczekać, tu próba.")
Script = Callable[[str, str], Engine]


def write_wave(path: Path, *, rate: int = 16000, channels: int = 1, width: int = 2, seconds: float = 0.5) -> None:
    """A 440 Hz tone as PCM."""
    values = [math.sin(2 * math.pi * 440 * index / rate) / 2 for index in range(round(rate * seconds))]
    full = [value for value in values for _ in range(channels)]
    body = (
        struct.pack(f"<{len(full)}h", *(round(value * 32767) for value in full))
        if width == 2
        else bytes(round(value * 127) + 128 for value in full)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(body)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Engine, ...]]:
    """Lets the helper process know engines that are scripts."""

    def know(*scripts: Engine) -> tuple[Engine, ...]:
        described = {each.name: each.program for each in scripts}
        monkeypatch.setattr(prompts, "WORKER", ("-c", STAND_IN.format(described=described, ENGINE_SECONDS=2.0)))
        return scripts

    return know


# The real helper, told of other engines and of less patience.
STAND_IN = """
import sys
from appliance.media import render_worker, speech
arguments = ("-p", "{{voice}}", "-o", "{{wav}}")
for name, program in {described}.items():
    speech.BY_NAME[name] = speech.Engine(name, program, arguments, {{"pl": "natan", "en": "slt"}})
render_worker.ENGINE_SECONDS = {ENGINE_SECONDS}
sys.exit(render_worker.main())
"""


def test_rhvoice_is_called_without_a_shell() -> None:
    wav = Path("/tmp/a b.wav")
    assert RHVOICE.command("pl", wav) == ["RHVoice-test", "-p", "natan", "-o", "/tmp/a b.wav"]
    assert ESPEAK.command("en", wav) == ["espeak-ng", "-v", "en-gb", "-s", "150", "--stdin", "-w", "/tmp/a b.wav"]


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ({"RHVoice-test", "espeak-ng"}, (RHVOICE, ESPEAK)),
        ({"espeak-ng"}, (ESPEAK,)),
        (set(), ()),
    ],
)
def test_the_best_engine_that_is_there_speaks(installed: set[str], expected: tuple[Engine, ...]) -> None:
    assert speech.available(lambda program: program if program in installed else None) == expected


def test_espeak_really_speaks_and_the_clip_fits_the_telephone(tmp_path: Path) -> None:
    shop = Prompts(tmp_path, (ESPEAK,))
    assert asyncio.run(shop.prepare({HELLO, ("en", "Please wait, this is a test.")})) == []
    for language, text in (HELLO, ("en", "Please wait, this is a test.")):
        clip = shop.clip(language, text)
        assert clip.path is not None
        sound = clip.path.read_bytes()
        assert len(sound) == round(clip.seconds * 8000)
        assert clip.seconds > 1
        samples = dsp.decode(sound)
        assert dsp.active_level(samples) == pytest.approx(-18.0, abs=1.0)
        assert max(map(abs, samples[:1200] + samples[-1200:])) <= 8


def test_each_text_is_made_once_and_the_index_tells_which_file_it_is(
    tmp_path: Path, script: Script, engines: Callable[..., tuple[Engine, ...]]
) -> None:
    spoken = tmp_path / "spoken.wav"
    write_wave(spoken, rate=24000)
    counter = tmp_path / "counter"
    known = engines(script("rhvoice", f'cat >> {counter}; cp {spoken} "$4"'))
    directory = tmp_path / "prompts"
    assert asyncio.run(Prompts(directory, known).prepare({HELLO})) == []
    again = Prompts(directory, known)
    assert asyncio.run(again.prepare({HELLO})) == []
    assert counter.read_text() == HELLO[1]
    index = json.loads((directory / "rendered" / "index.json").read_text())
    entry = index["pl"][HELLO[1]]
    assert entry["made_by"] == "rhvoice/natan"
    assert again.clip(*HELLO).path == directory / "rendered" / entry["file"]


def test_what_is_only_tried_out_is_forgotten_again_and_keeps_no_call_waiting(
    tmp_path: Path, script: Script, engines: Callable[..., tuple[Engine, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "HEARD_KEPT", 2)
    spoken = tmp_path / "spoken.wav"
    write_wave(spoken, rate=24000)
    known = engines(script("rhvoice", f'cp {spoken} "$4"'))
    shop = Prompts(tmp_path / "prompts", known)

    async def night() -> None:
        async with shop._lock:  # the sentences of a building are being rendered
            for number in range(4):
                clip = await shop.heard("pl", f"Próba {number}.")
                assert clip.path is not None
                assert clip.path.stat().st_size == pytest.approx(clip.seconds * 8000)
                assert clip.seconds > 0.1

    asyncio.run(night())
    assert len(list((tmp_path / "heard").iterdir())) == 2
    assert not (tmp_path / "prompts" / "rendered" / "index.json").exists()


def test_a_clip_that_was_lost_is_made_again(tmp_path: Path) -> None:
    shop = Prompts(tmp_path, (ESPEAK,))
    asyncio.run(shop.prepare({HELLO}))
    path = shop.clip(*HELLO).path
    assert path is not None
    path.unlink()
    assert asyncio.run(Prompts(tmp_path, (ESPEAK,)).prepare({HELLO})) == []
    assert path.exists()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("kill -SEGV $$", "rhvoice: ended with status -11"),
        ("exec sleep 60", "rhvoice: no answer within 2 s"),
        ("true", "rhvoice: [Errno 2]"),
        ('echo rubbish > "$4"', "rhvoice: no sound file that can be read"),
    ],
    ids=["crashes", "hangs", "writes nothing", "writes rubbish"],
)
def test_when_the_better_engine_fails_the_other_one_speaks(
    tmp_path: Path, script: Script, engines: Callable[..., tuple[Engine, ...]], body: str, fault: str
) -> None:
    (broken,) = engines(script("rhvoice", body))
    shop = Prompts(tmp_path, (broken, ESPEAK))
    faults = asyncio.run(shop.prepare({HELLO}))
    assert len(faults) == 1
    assert faults[0].startswith(fault)
    assert faults[0].endswith(HELLO[1])
    assert shop.clip(*HELLO).seconds > 1


def test_an_engine_that_keeps_failing_is_not_asked_for_ever(
    tmp_path: Path, script: Script, engines: Callable[..., tuple[Engine, ...]]
) -> None:
    counter = tmp_path / "counter"
    (broken,) = engines(script("rhvoice", f"echo >> {counter}; exit 1"))
    shop = Prompts(tmp_path / "prompts", (broken, ESPEAK))
    faults = asyncio.run(shop.prepare({("pl", f"Próba {number}.") for number in range(8)}))
    asked = len(counter.read_text().splitlines())
    assert prompts.PATIENCE_FAULTS <= asked <= prompts.PATIENCE_FAULTS + prompts.RENDERERS - 1
    assert len(faults) == 1
    assert faults[0].startswith("rhvoice: ended with status 1: Próba ")
    assert faults[0].endswith(f"(+{asked - 1})")


def test_without_any_engine_a_call_goes_on_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shop = Prompts(tmp_path, ())
    assert asyncio.run(shop.prepare({HELLO, ("en", "seven")})) == [f"no speech engine is installed: {HELLO[1]}"]
    with caplog.at_level(logging.WARNING):
        assert [shop.clip(*HELLO).seconds for _ in range(3)] == [0.0, 0.0, 0.0]
    assert len(caplog.records) == 1
    assert shop.clip("en", "seven").seconds > 0.5


def test_what_a_lesser_engine_said_is_kept_until_a_better_one_is_there(tmp_path: Path) -> None:
    asyncio.run(Prompts(tmp_path, (ESPEAK,)).prepare({HELLO}))
    assert asyncio.run(Prompts(tmp_path, ()).prepare({HELLO})) == []
    assert Prompts(tmp_path, ()).clip(*HELLO).seconds > 1


def test_ending_the_work_leaves_no_process_behind(
    tmp_path: Path, script: Script, engines: Callable[..., tuple[Engine, ...]]
) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    known = engines(script("rhvoice", f"echo $$ > {pipe}; exec sleep 60"))

    async def end_it() -> int:
        work = asyncio.create_task(Prompts(tmp_path / "prompts", known).prepare({HELLO}))
        pid = int(await asyncio.to_thread(pipe.read_text))
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return pid

    pid = asyncio.run(end_it())
    with suppress(ProcessLookupError):  # its end may take the kernel a moment longer than ours
        assert select.select([os.pidfd_open(pid)], [], [], 10)[0]


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(8000, 1, 1), (8000, 1, 2), (44100, 2, 2), (48000, 1, 2), (22050, 2, 1)]
)
def test_the_associations_recording_is_played(tmp_path: Path, rate: int, channels: int, width: int) -> None:
    write_wave(tmp_path / "hello.wav", rate=rate, channels=channels, width=width, seconds=0.5)
    shop = Prompts(tmp_path, ())
    assert asyncio.run(shop.prepare({("pl", "file:hello.wav")})) == []
    clip = shop.clip("pl", "file:hello.wav")
    assert clip.seconds == pytest.approx(0.8, abs=0.02)
    assert clip.path is not None
    assert dsp.active_level(dsp.decode(clip.path.read_bytes())) == pytest.approx(-18.0, abs=1.0)


def test_raw_alaw_and_wav_alaw_are_the_same_sound(tmp_path: Path) -> None:
    raw = dsp.encode(8000 * math.sin(index / 3) for index in range(4000))
    (tmp_path / "raw.al").write_bytes(raw)
    form = struct.pack("<HHIIHH", 6, 1, 8000, 8000, 1, 8)
    body = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(raw)) + raw
    (tmp_path / "boxed.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)
    assert read_sound(tmp_path / "raw.al") == read_sound(tmp_path / "boxed.wav")


def test_another_recording_under_the_same_name_is_taken(tmp_path: Path) -> None:
    for seconds in (0.5, 0.9):
        write_wave(tmp_path / "hello.wav", seconds=seconds)
        shop = Prompts(tmp_path, ())
        assert asyncio.run(shop.prepare({("pl", "file:hello.wav")})) == []
        assert shop.clip("pl", "file:hello.wav").seconds == pytest.approx(seconds + 0.3, abs=0.02)


@pytest.mark.parametrize("name", ["../secrets.wav", "/etc/passwd", "link.wav", "missing.wav", "empty.wav", "mp3.wav"])
def test_a_file_that_may_or_can_not_be_read_has_a_stand_in(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "prompts"
    directory.mkdir()
    write_wave(tmp_path / "secrets.wav")
    (directory / "link.wav").symlink_to(tmp_path / "secrets.wav")
    (directory / "empty.wav").touch()
    (directory / "mp3.wav").write_bytes(b"ID3" + bytes(100))
    shop = Prompts(directory, ())
    part = f"file:{name}"
    faults = asyncio.run(shop.prepare({("pl", part)}, {("pl", part): "Do usłyszenia."}))
    assert len(faults) == 1
    assert faults[0].endswith(part)
    assert shop.clip("pl", part) == shop.clip("pl", "Do usłyszenia.")


def test_a_pause_is_a_third_of_a_second_of_silence(tmp_path: Path) -> None:
    clip = Prompts(tmp_path, ()).clip("pl", ",")
    assert clip.seconds == 0.35
    assert clip.path is not None
    assert clip.path.read_bytes() == b"\xd5" * 2800


def test_what_one_hears_can_be_written_to_a_file(tmp_path: Path) -> None:
    for name, text in (("shipped.wav", "Do usłyszenia."), ("made.wav", "Do widzenia, próba.")):
        render_to_wav(text, "pl", tmp_path / name)
        with wave.open(str(tmp_path / name)) as file:
            assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
            assert file.getnframes() > 6000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.wav", "shipped.wav"]
