"""Texts as clips of sound: what ships with the box, and what was rendered here once and kept.

Looking up is instant and never fails; rendering happens in helper processes before a call needs it. No speech
engine and no signal processing enters this process.
"""

from __future__ import annotations

import asyncio
import audioop
import json
import logging
import os
import re
import signal
import subprocess
import sys
import wave
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from appliance.building.model import Language
from appliance.media import speech, wav
from appliance.media.durable import write_durably
from appliance.media.g711 import SILENCE
from appliance.media.sound import BYTES_PER_SECOND, FILE, PAUSE, Clip
from appliance.media.speech import ENGINE_SECONDS, Engine, RenderError
from appliance.media.wav import WavError

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.35
RENDERERS = 2  # helpers at a time
RENDER_SECONDS = 3 * ENGINE_SECONDS  # a helper that takes longer is ended
PATIENCE_FAULTS = 3  # an engine that failed so often is not asked again in the same `prepare`
HEARD_KEPT = 50  # clips that somebody only tried out
RECIPE = 2  # raised when the processing changes, so that clips are made anew
RECORDING_NAME = re.compile(r"[^\W_][\w .-]{0,60}\.wav")  # no folder, nothing hidden
WORKER = ("-P", "-m", "appliance.media.render_worker")

Key = tuple[Language, str]


def shipped_directory() -> Path:
    """Where the sounds that ship with the box lie."""
    return Path(str(resources.files("appliance.media"))) / "sounds"


def read_index(directory: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """index.json of a directory of clips: language → text → {"file", "seconds", …}; {} where there is none."""
    try:
        index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return index if isinstance(index, dict) else {}


class _Faults:
    """What went wrong in one `prepare`: the same reason is told once, with the first text it spoilt."""

    def __init__(self) -> None:
        self.by_engine: Counter[str] = Counter()
        self._reasons: dict[str, list[str]] = {}

    def add(self, reason: str, text: str) -> None:
        self._reasons.setdefault(reason, []).append(text)

    def told(self) -> list[str]:
        return [
            f"{reason}: {texts[0]}" + (f" (+{len(texts) - 1})" if len(texts) > 1 else "")
            for reason, texts in self._reasons.items()
        ]


class Prompts:
    """The clips of one box. Methods belong to the event loop's thread; `prepare` alone waits.

    `directory` is prompts/ of the data directory: sound files of the association lie in it, and `rendered/` below
    it holds what was made, with an index.json that says which file is which text.
    """

    def __init__(self, directory: Path, engines: tuple[Engine, ...] | None = None) -> None:
        self._directory = directory
        self._rendered = directory / "rendered"
        self._engines = speech.available() if engines is None else engines
        self._heard = directory.with_name("heard")
        self._lock = asyncio.Lock()
        self._hearing = asyncio.Lock()
        self._writing = asyncio.Lock()  # of the index: a later one may not be overtaken by an earlier one
        self._complained: set[Key] = set()
        self._stand_ins: Mapping[Key, str] = {}
        self._shipped = self._load(shipped_directory(), read_index(shipped_directory()))
        self._index = read_index(self._rendered)
        self._made = self._load(self._rendered, self._index)

    @staticmethod
    def _load(directory: Path, index: dict[str, dict[str, dict[str, Any]]]) -> dict[tuple[str, str], Clip]:
        return {
            (language, text): Clip(text, float(entry["seconds"]), directory / entry["file"])
            for language, texts in index.items()
            for text, entry in texts.items()
        }

    def clip(self, language: Language, text: str) -> Clip:
        """The text spoken, `PAUSE` as a short silence, `file:NAME` as that sound file or what stands in for it.

        A clip of no length, and one line in the log, where it was never rendered: a call goes on.
        """
        if text == PAUSE:
            return self.silence(PAUSE_SECONDS)
        key = (language, text)
        found = self._shipped.get(key) or self._made.get(key)
        if found is None and key in self._stand_ins:
            found = self.clip(language, self._stand_ins[key])
        if found is None:
            if key not in self._complained:
                self._complained.add(key)
                log.warning("no sound for %r (%s)", text, language)
            return Clip(text, 0.0)
        return found

    def silence(self, seconds: float) -> Clip:
        """Nothing, for so long, to the millisecond."""
        path = self._rendered / f"silence-{round(seconds * 1000)}-ms.al"
        if not path.exists():
            beside = path.with_suffix(".new")
            try:
                self._rendered.mkdir(parents=True, exist_ok=True)
                beside.write_bytes(bytes([SILENCE]) * round(seconds * BYTES_PER_SECOND))
                beside.replace(path)
            except OSError as error:
                log.warning("no silence of %g s: %s", seconds, error)
                return Clip("", 0.0)
        return Clip("", seconds, path)

    def beep(self) -> Clip:
        """The tone after which a message begins: 1 kHz, 0.3 s, −12 dBm0."""
        return self._shipped["tones", "beep"]

    def hold_music(self) -> Clip:
        """What waiting callers hear; its end joins its beginning."""
        return self._shipped["tones", "hold"]

    def message(self, path: Path) -> Clip | None:
        """A recording (WAV, A-law) as a clip; None where it cannot be read."""
        try:
            return Clip("", len(wav.read(path)) / BYTES_PER_SECOND, path)
        except (OSError, WavError):
            return None

    async def prepare(self, texts: Iterable[Key], stand_ins: Mapping[Key, str] | None = None) -> list[str]:
        """Render what is missing of these texts and return what went wrong, in words for the page; never raises.

        Each text is made once and kept; what only a lesser engine could say is tried again the next time.
        `stand_ins` says what is spoken instead of a sound file that cannot be read. Two calls take turns.
        """
        self._stand_ins = stand_ins or {}
        return await self._make(texts)

    async def heard(self, language: Language, text: str) -> Clip:
        """The text spoken for whoever tries it out: one at a time, never in the way of what calls need.

        What calls have no sound of lies in heard/ beside the directory, for as long as it is one of the last
        `HEARD_KEPT`; so take its bytes at once. Raises RenderError, OSError.
        """
        async with self._hearing:
            job = self._job((language, text))
            if job is None:
                return self.clip(language, text)
            out = self._heard / Path(job["out"]).name
            if out.is_file():
                out.touch()
            else:
                await _ask_helper({**job, "out": str(out)})
                _keep_newest(self._heard, HEARD_KEPT)
            return Clip(text, out.stat().st_size / BYTES_PER_SECOND, out)

    async def keep_recording(self, wav: Path, name: str) -> None:
        """Make a recording over the phone (a WAV file of the recorder's) the sound file `file:NAME` in prompts/.

        From its first to its last word, at the level of all clips; `name` ends with .wav, and what had it before is
        gone. Returns once the sentences that name it are spoken with it. Raises ValueError for another name,
        RenderError when there is no voice in it, OSError when it cannot be written: then all is as before.
        """
        if not RECORDING_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a recording: letters, digits and .wav at the end")
        job = {"kind": "recording", "source": str(wav), "out": str(self._directory / name), "text": name}
        await _ask_helper(job)
        spoken = FILE + name
        languages: tuple[Language, ...] = ("pl", "en")
        named = [(each, spoken) for each in languages if (each, spoken) in self._stand_ins.keys() | self._made.keys()]
        for fault in await self._make(named):
            log.warning("%s", fault)

    async def _make(self, texts: Iterable[Key]) -> list[str]:
        """Render what is missing; what went wrong."""
        async with self._lock:
            jobs = [job for key in sorted(set(texts)) if (job := self._job(key)) is not None]
            turns = asyncio.Semaphore(RENDERERS)
            faults = _Faults()
            async with asyncio.TaskGroup() as rendering:  # gather would leave the other helpers behind when cancelled
                for job in jobs:
                    rendering.create_task(self._render(job, turns, faults))
            return faults.told()

    def _job(self, key: Key) -> dict[str, Any] | None:
        """What a helper has to do for this text; None when the clip is there."""
        language, text = key
        if key in self._shipped or text == PAUSE or not text:
            return None
        job: dict[str, Any]
        if text.startswith(FILE):
            source = self._directory / text.removeprefix(FILE)
            maker, ingredients = "file", _version(source)
            job = {"kind": "file", "source": str(source), "inside": str(self._directory)}
        else:
            maker, ingredients = next((engine.label(language) for engine in self._engines), ""), []
            job = {"kind": "speech", "engines": [engine.name for engine in self._engines]}
        recipe = "\0".join([str(RECIPE), language, text, maker, *ingredients])
        out = self._rendered / (sha256(recipe.encode()).hexdigest()[:24] + ".al")
        made = self._index.get(language, {}).get(text)
        there = made is not None and (self._rendered / made["file"]).is_file()
        if made and there and (not maker or (made["file"], made["made_by"]) == (out.name, maker)):
            return None
        return {**job, "language": language, "text": text, "out": str(out)}

    async def _render(self, job: dict[str, Any], turns: asyncio.Semaphore, faults: _Faults) -> None:
        async with turns:
            if "engines" in job and len(job["engines"]) > 1:
                job["engines"] = [each for each in job["engines"] if faults.by_engine[each] < PATIENCE_FAULTS]
            try:
                report = await _ask_helper(job)
            except (RenderError, OSError, ValueError) as error:
                faults.add(str(error), job["text"])
                return
        for engine, reason in report["faults"].items():
            faults.by_engine[engine] += 1
            faults.add(f"{engine}: {reason}", job["text"])
        out = Path(job["out"])
        language, text = job["language"], job["text"]
        self._made[language, text] = Clip(text, report["seconds"], out)
        entry = {"file": out.name, "seconds": report["seconds"], "made_by": report["made_by"]}
        self._index.setdefault(language, {})[text] = entry
        await self._keep_index(faults)

    async def _keep_index(self, faults: _Faults) -> None:
        """Write down what has been made so far: whoever is stopped in the middle goes on from here."""
        text = json.dumps(self._index, ensure_ascii=False, indent=1, sort_keys=True)
        try:
            async with self._writing:
                await asyncio.to_thread(write_durably, self._rendered / "index.json", text.encode())
        except OSError as error:
            faults.add(str(error), "index.json")


def _keep_newest(folder: Path, count: int) -> None:
    """Delete all clips of a folder but the last ones."""
    for old in sorted(folder.glob("*.al"), key=lambda each: each.stat().st_mtime)[:-count]:
        old.unlink(missing_ok=True)


def _version(source: Path) -> list[str]:
    """What changes when somebody puts another file of that name there."""
    try:
        found = source.stat()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return []
    return [str(found.st_size), str(found.st_mtime_ns)]


async def _ask_helper(job: dict[str, Any]) -> dict[str, Any]:
    """Let a helper process do the job. Raises RenderError and OSError; whatever happens, no process stays behind."""
    Path(job["out"]).parent.mkdir(parents=True, exist_ok=True)
    helper = await asyncio.create_subprocess_exec(
        sys.executable,
        *WORKER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(RENDER_SECONDS):
            answer, complaint = await helper.communicate(json.dumps(job).encode())
    except TimeoutError:
        raise RenderError(f"no sound within {RENDER_SECONDS:g} s") from None
    finally:
        if helper.returncode is None:
            os.killpg(helper.pid, signal.SIGKILL)  # the helper and the engine it has started
            await helper.wait()
    return _report(helper.returncode, answer, complaint)


def _report(status: int | None, answer: bytes, complaint: bytes) -> dict[str, Any]:
    """What the helper said. Raises RenderError when it says that it failed, or nothing that makes sense."""
    if status != 0:
        lines = complaint.decode(errors="replace").strip().splitlines()
        if status == -signal.SIGXCPU:
            raise RenderError("it takes too long to read")
        raise RenderError(lines[-1] if lines else f"the sound helper ended with status {status}")
    report: dict[str, Any] = json.loads(answer)
    return report


def render_to_wav(text: str, language: Language, out_path: Path) -> None:
    """Write what a caller would hear to a WAV file (16-bit PCM, 8 kHz, mono). Blocks for about half a second.

    A sentence that ships is taken as it ships. Raises RenderError and OSError.
    """
    entry = read_index(shipped_directory()).get(language, {}).get(text)
    if entry is not None:
        sound = (shipped_directory() / entry["file"]).read_bytes()
    else:
        raw = out_path.with_name(out_path.name + ".al")
        engines = [engine.name for engine in speech.available()]
        job = {"kind": "speech", "language": language, "text": text, "engines": engines, "out": str(raw.absolute())}
        done = subprocess.run([sys.executable, *WORKER], input=json.dumps(job).encode(), capture_output=True)
        try:
            _report(done.returncode, done.stdout, done.stderr)
            sound = raw.read_bytes()
        finally:
            raw.unlink(missing_ok=True)
    with wave.open(str(out_path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(BYTES_PER_SECOND)
        file.writeframes(audioop.alaw2lin(sound, 2))
