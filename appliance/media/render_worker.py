"""The short-lived helper for sound: `python -m appliance.media.render_worker`, one clip a process.

It reads one job as JSON from standard input, writes raw A-law into the job's `out` and one JSON line to standard
output: `{"seconds": 2.31, "made_by": "rhvoice/natan", "faults": {}}`. Whatever an engine or a broken file does, it
happens here and not beside the calls. Exit status 1 with the reason on standard error: nothing was written.

Jobs: `{"kind": "speech", "language": "pl", "text": "…", "engines": ["rhvoice", …], "out": "…"}`,
`{"kind": "file", "source": "…", "inside": "…", "out": "…"}`: a source outside the directory `inside` is refused;
`{"kind": "recording", "source": "…", "out": "…"}`: a recording over the phone, made into a WAV file to be used as one.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.media import dsp, speech, wav
from appliance.media.durable import write_durably
from appliance.media.soundfile import read_sound
from appliance.media.speech import ENGINE_SECONDS, Engine, RenderError

if TYPE_CHECKING:
    from appliance.building.model import Language

NICENESS = 10  # calls come first
# What a hostile file, or an engine that has lost its way, may cost.
MEMORY_BYTES = 512 * 2**20  # of addresses; five minutes of sound need 250 MB of them
CPU_SECONDS = 50
WRITTEN_BYTES = 64 * 2**20  # in one file


def render_speech(language: Language, text: str, engines: list[Engine]) -> tuple[bytes, str, dict[str, str]]:
    """Raw A-law of the text by the first engine that manages, its label, and what the others died of.

    Raises RenderError when none managed.
    """
    faults: dict[str, str] = {}
    for engine in engines:
        try:
            return _speak(engine, language, text), engine.label(language), faults
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            faults[engine.name] = _reason(error)
    raise RenderError(
        "; ".join(f"{name}: {reason}" for name, reason in faults.items()) or "no speech engine is installed"
    )


def _speak(engine: Engine, language: Language, text: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="dyzurka-speech-") as room:
        wav = Path(room, "speech.wav")
        subprocess.run(
            engine.command(language, wav),
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=ENGINE_SECONDS,
            check=True,
        )
        spoken = read_sound(wav)
        return dsp.for_telephone(spoken.samples, spoken.rate)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {error.timeout:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        return f"ended with status {error.returncode}"
    return str(error)


def convert_file(source: Path, inside: Path) -> bytes:
    """Raw A-law of a sound file, which must lie below `inside`, links followed. Raises RenderError."""
    if not source.resolve().is_relative_to(inside.resolve()):
        raise RenderError(f"a sound file must lie in {inside}")
    try:
        recorded = read_sound(source)
        return dsp.for_telephone(recorded.samples, recorded.rate)
    except (OSError, ValueError) as error:
        raise RenderError(str(error)) from error


def _keep(source: Path) -> bytes:
    """A recording over the phone as a WAV file of A-law: from its first to its last word, level. Raises RenderError."""
    try:
        recorded = read_sound(source)
        sound = dsp.for_telephone(recorded.samples, recorded.rate, pauses=False)
    except (OSError, ValueError) as error:
        raise RenderError(str(error)) from error
    sound = sound[: len(sound) // 2 * 2]
    return wav.header(len(sound)) + sound


def do(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job and say what came of it. Raises RenderError and OSError."""
    faults: dict[str, str] = {}
    if job["kind"] == "file":
        sound = convert_file(Path(job["source"]), Path(job["inside"]))
        made_by = "file"
    elif job["kind"] == "recording":
        sound = _keep(Path(job["source"]))
        made_by = "telephone"
    else:
        engines = [speech.BY_NAME[name] for name in job["engines"]]
        sound, made_by, faults = render_speech(job["language"], job["text"], engines)
    write_durably(Path(job["out"]), sound)
    return {"seconds": len(sound) / dsp.RATE, "made_by": made_by, "faults": faults}


def main() -> int:
    """Read a job, do it, report."""
    os.nice(NICENESS)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        report = do(json.load(sys.stdin))
    except (RenderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except MemoryError:
        print(f"needs more than {MEMORY_BYTES // 2**20} MB of memory", file=sys.stderr)
        return 1
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
