"""RHVoice really speaks: the association's own texts by its Polish voice, and as loud as everything else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import wave
from pathlib import Path

import pytest

from appliance.media import dsp, speech
from appliance.media.prompts import Prompts, read_index
from tests.peers.exchange import COMMAND

ENGINE = Path(__file__).parents[2] / ".cache" / "bin" / "RHVoice-test"
TEXT = "Winda w drugiej klatce stoi, konserwator przyjedzie jutro o ósmej."
SAY_SECONDS = 60
LEVEL_TOLERANCE_DB = 1.0
SPOKEN_SECONDS = (2.0, 8.0)  # it takes a human four


@pytest.fixture
def rhvoice(monkeypatch):
    """RHVoice is installed, beside espeak-ng."""
    assert ENGINE.exists(), "`make test` puts RHVoice there: tools/rhvoice-root.sh"
    monkeypatch.setenv("PATH", f"{ENGINE.parent}{os.pathsep}{os.environ['PATH']}")


def test_a_text_of_the_association_is_spoken_by_rhvoice_where_it_is_installed(rhvoice, tmp_path):
    assert [engine.name for engine in speech.available()] == ["rhvoice", "espeak-ng"]
    assert asyncio.run(Prompts(tmp_path).prepare([("pl", TEXT)])) == []
    (index,) = tmp_path.rglob("index.json")
    entry = read_index(index.parent)["pl"][TEXT]
    assert entry["made_by"] == "rhvoice/natan"
    samples = dsp.decode((index.parent / entry["file"]).read_bytes())
    assert SPOKEN_SECONDS[0] < len(samples) / dsp.RATE < SPOKEN_SECONDS[1]
    assert dsp.active_level(samples) == pytest.approx(dsp.SPEECH_DBM0, abs=LEVEL_TOLERANCE_DB)


def test_say_lets_somebody_hear_it(rhvoice, tmp_path):
    file = tmp_path / "hello.wav"
    subprocess.run([COMMAND, "say", TEXT, str(file)], check=True, timeout=SAY_SECONDS)
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (dsp.RATE, 1, 2)
        assert SPOKEN_SECONDS[0] < sound.getnframes() / dsp.RATE < SPOKEN_SECONDS[1]
