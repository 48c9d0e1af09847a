"""Any sound file speaks in a sentence's place; a hostile one is a fault and costs nothing else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.media import dsp, wav
from appliance.media.prompts import Prompts
from appliance.media.speech import RenderError

from .recordings import KINDS, encoded, quiet, syllables

STAND_IN = "Do usłyszenia."


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    directory = tmp_path / "prompts"
    directory.mkdir()
    return directory


def heard(directory: Path, name: str) -> tuple[list[str], bytes]:
    """The faults, and what a caller hears for `file:NAME`."""
    shop, key = Prompts(directory, ()), ("pl", f"file:{name}")
    faults = asyncio.run(shop.prepare({key}, {key: STAND_IN}))
    path = shop.clip(*key).path
    assert path is not None
    return faults, path.read_bytes()


def stand_in() -> bytes:
    path = Prompts(Path("/nowhere"), ()).clip("pl", STAND_IN).path
    assert path is not None
    return path.read_bytes()


def assert_level(sound: bytes, within: float = 2.0) -> None:
    samples = dsp.decode(sound)
    assert dsp.active_level(samples) == pytest.approx(-18.0, abs=within)
    assert max(map(abs, samples)) <= 32256


@pytest.mark.parametrize(("container", "codec", "ending", "rate"), KINDS, ids=lambda each: str(each))
def test_a_recording_of_any_kind_is_heard_at_the_level_of_all(
    prompts: Path, container: str, codec: str, ending: str, rate: int
) -> None:
    (prompts / f"hello.{ending}").write_bytes(encoded(syllables(2.2, rate), container, codec, rate))
    faults, sound = heard(prompts, f"hello.{ending}")
    assert faults == []
    assert len(sound) / 8000 == pytest.approx(2.125 + 0.3, abs=0.12)
    assert_level(sound, 1.0)


@pytest.mark.parametrize("peak", [200.0, 32767.0 * 3], ids=["whispered", "shouted"])
def test_soft_and_loud_recordings_are_evened(prompts: Path, peak: float) -> None:
    (prompts / "hello.flac").write_bytes(encoded(syllables(3, 16000, peak), "flac", "flac", 16000))
    faults, sound = heard(prompts, "hello.flac")
    assert faults == []
    assert_level(sound, 1.0)


def test_a_click_does_not_make_the_words_soft(prompts: Path) -> None:
    samples = syllables(3, 16000, 300.0)
    for at in (8000, 8001, 30000):
        samples[at] = 32767
    (prompts / "hello.flac").write_bytes(encoded(samples, "flac", "flac", 16000))
    faults, sound = heard(prompts, "hello.flac")
    assert faults == []
    assert_level(sound)


def test_what_is_in_it_counts_not_its_name(prompts: Path) -> None:
    (prompts / "hello.wav").write_bytes(encoded(syllables(1.2, 44100), "mp3", "libmp3lame", 44100))
    faults, sound = heard(prompts, "hello.wav")
    assert faults == []
    assert_level(sound)


def test_a_title_in_an_old_alphabet_is_borne(prompts: Path) -> None:
    tag = b"TAG" + "Dzień dobry, głośno".encode("cp1250").ljust(125, b"\0")  # ID3 version 1
    (prompts / "hello.mp3").write_bytes(_mp3() + tag)
    faults, sound = heard(prompts, "hello.mp3")
    assert faults == []
    assert_level(sound)


def _mp3() -> bytes:
    return encoded(syllables(4, 44100), "mp3", "libmp3lame", 44100)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.wav", bytes(10**7))


HOSTILE = {
    "cut.mp3": (lambda path: path.write_bytes(_mp3()[: len(_mp3()) // 2]), "cut off"),
    "cut.flac": (lambda path: path.write_bytes(encoded(syllables(4, 8000), "flac", "flac", 8000)[:9000]), ""),
    "cut.m4a": (lambda path: path.write_bytes(encoded(syllables(4, 8000), "ipod", "aac", 8000)[:9000]), ""),
    "cut.wav": (lambda path: path.write_bytes(encoded(syllables(4, 8000), "wav", "pcm_s16le", 8000)[:9000]), "cut off"),
    "zip.mp3": (_zip, "no sound file"),
    "text.ogg": (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), "no sound file"),
    "list.mp3": (lambda path: path.write_text("ffconcat version 1.0\nfile secret.wav\n"), "no sound file"),
    "raw.al": (lambda path: path.write_bytes(_mp3()), "no raw A-law"),
    "film.m4a": (
        lambda path: path.write_bytes(encoded(syllables(1, 44100), "mp4", "aac", 44100, video=True)),
        "more than sound",
    ),
    "strange.wav": (
        lambda path: path.write_bytes(
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\xfe\xff\2\0\x80\xbb\0\0\0\0\0\0\4\0\x10\0data\x08\0\0\0" + bytes(8)
        ),
        "not known here",
    ),
    "long.flac": (
        lambda path: path.write_bytes(encoded(bytes(2 * 8000 * 301), "flac", "flac", 8000)),
        "longer than 5 min",
    ),
    "large.wav": (lambda path: (path.touch(), os.truncate(path, 21 * 2**20)), "larger than 20 MB"),
    "silent.flac": (lambda path: path.write_bytes(encoded(bytes(8000), "flac", "flac", 8000)), "no sound in it"),
    "pipe.wav": (os.mkfifo, "not a file"),
    "folder.mp3": (Path.mkdir, ""),
    "null.wav": (lambda path: os.symlink("/dev/zero", path), "must lie in"),
    "out.wav": (lambda path: os.symlink("../secret.wav", path), "must lie in"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_fault_and_the_stand_in_is_heard(prompts: Path, name: str) -> None:
    make, why = HOSTILE[name]
    (prompts.parent / "secret.wav").write_bytes(encoded(syllables(1, 8000), "wav", "pcm_s16le", 8000))
    make(prompts / name)
    faults, sound = heard(prompts, name)
    assert len(faults) == 1
    assert why in faults[0]
    assert faults[0].endswith(f"file:{name}")
    assert sound == stand_in()


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/passwd", "a\0b.wav", "x" * 300, ""])
def test_no_name_leads_out_of_the_folder(prompts: Path, name: str) -> None:
    (prompts.parent / "secret.wav").write_bytes(encoded(syllables(1, 8000), "wav", "pcm_s16le", 8000))
    faults, sound = heard(prompts, name)
    assert len(faults) == 1
    assert sound == stand_in()


def test_the_helper_is_limited_in_memory_and_time() -> None:
    """Whoever breaks a decoder gets no more than this from it."""
    program = (
        "import io, resource, sys\n"
        "from appliance.media import render_worker as worker\n"
        "sys.stdin = io.StringIO('{}')\n"
        "worker.do = lambda job: print(bytearray(600 * 2**20))\n"
        "status = worker.main()\n"
        "print(status, resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == "needs more than 512 MB of memory"
    assert done.stdout.split() == ["1", "50", "0"]


def test_the_exchange_never_imports_the_decoder() -> None:
    program = (
        "import sys\n"
        "import appliance.exchange, appliance.cli, appliance.media.process, appliance.media.prompts, webui\n"
        "print([each for each in ('av', 'appliance.media.decoder', 'appliance.media.dsp') if each in sys.modules])\n"
    )
    warnings = ("-W", "ignore::DeprecationWarning")
    done = subprocess.run([sys.executable, *warnings, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_recording_over_the_phone_becomes_a_sentence(prompts: Path) -> None:
    """With the noise of a room, and pauses at both ends, as somebody speaks it into a telephone."""
    room = [quiet(2.0, 8000, 20, 1), quiet(2.6, 8000, 20, 2), quiet(1.5, 8000, 20, 3)]
    words = [one + two for one, two in zip(syllables(2.6, 8000, 3000.0), room[1], strict=True)]
    sound = dsp.encode([*room[0], *words, *room[2]])
    message = prompts.parent / "message.wav"
    message.write_bytes(wav.header(len(sound)) + sound)
    key = ("pl", "file:powitanie.wav")

    async def record_twice() -> tuple[bytes, bytes]:
        shop = Prompts(prompts, ())
        assert len(await shop.prepare({key}, {key: STAND_IN})) == 1
        assert shop.clip(*key).text == STAND_IN
        await shop.keep_recording(message, "powitanie.wav")
        first = shop.clip(*key)
        message.write_bytes(wav.header(30000) + sound[:30000])
        await shop.keep_recording(message, "powitanie.wav")
        second = shop.clip(*key)
        assert first.path is not None and second.path is not None
        return first.path.read_bytes(), second.path.read_bytes()

    first, second = asyncio.run(record_twice())
    assert len(first) / 8000 == pytest.approx(2.35 + 0.4 + 0.3, abs=0.12)  # the words, a breath, the edges
    assert len(second) < len(first) - 4000
    assert_level(first)
    assert_level(second)
    assert wav.read(prompts / "powitanie.wav")


@pytest.mark.parametrize("name", ["../a.wav", "a/b.wav", ".a.wav", "a.mp3", "a.wav\n", "", "rendered", "a\0.wav"])
def test_a_recording_has_a_plain_name(prompts: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name for a recording"):
        asyncio.run(Prompts(prompts, ()).keep_recording(prompts / "message.wav", name))


@pytest.mark.parametrize("content", [None, wav.header(0), wav.header(8000) + b"\xd5" * 8000])
def test_a_recording_without_a_voice_changes_nothing(prompts: Path, content: bytes | None) -> None:
    message = prompts.parent / "message.wav"
    if content is not None:
        message.write_bytes(content)
    (prompts / "a.wav").write_bytes(b"as it was")
    with pytest.raises(RenderError):
        asyncio.run(Prompts(prompts, ()).keep_recording(message, "a.wav"))
    assert (prompts / "a.wav").read_bytes() == b"as it was"
