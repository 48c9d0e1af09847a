"""Renders the sounds that ship with the box into appliance/media/sounds: every built-in sentence in Polish and English,
the hold music and the tone. `make voices` calls it, with RHVoice on the machine.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

from appliance.building.model import Box, Building, Language, Menu, Outbound, Premises, QueueConfig, Voicemail
from appliance.callflow.sentences import everything
from appliance.media import music
from appliance.media.dsp import RATE
from appliance.media.prompts import shipped_directory
from appliance.media.render_worker import render_speech
from appliance.media.speech import RHVOICE

BEEP_HZ, BEEP_SECONDS, BEEP_DBM0 = 1000.0, 0.3, -12.0
NAME_LETTERS = 60


def reference_building() -> Building:
    """A building without a word of its own: what it needs is what every building needs."""
    return Building(
        box=Box("", "pl", ZoneInfo("Europe/Warsaw")),
        premises={"": Premises("", "")},
        lines={},
        outbound=Outbound(),
        people={},
        extensions={},
        hours={},
        scenarios=(),
        menus={"main": Menu("main", (), languages={"8": "pl", "9": "en"})},
        duties={},
        queues={"office": QueueConfig("office", "", (), callback_key="9")},
        voicemails={"urgent": Voicemail("urgent", urgent=True), "office": Voicemail("office")},
    )


def texts_to_ship() -> list[tuple[Language, str]]:
    """What every building needs, in both languages."""
    return sorted(everything(reference_building()))


def file_name(text: str, taken: set[str]) -> str:
    """A readable name: "Są Państwo następni." becomes sa-panstwo-nastepni.al."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l")).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:NAME_LETTERS].strip("-")
    name, number = f"{stem}.al", 2
    while name in taken:
        name, number = f"{stem}-{number}.al", number + 1
    taken.add(name)
    return name


def main() -> int:
    """Render everything; the index is written last."""
    sounds = shipped_directory()
    for language in ("pl", "en"):
        shutil.rmtree(sounds / language, ignore_errors=True)
        (sounds / language).mkdir(parents=True)
    texts = texts_to_ship()
    taken: dict[str, set[str]] = {"pl": set(), "en": set()}
    names = [f"{language}/{file_name(text, taken[language])}" for language, text in texts]
    index: dict[str, dict[str, dict[str, object]]] = {}

    def keep(language: str, text: str, name: str, sound: bytes, made_by: str) -> None:
        (sounds / name).write_bytes(sound)
        entry = {"file": name, "seconds": len(sound) / RATE, "made_by": made_by}
        index.setdefault(language, {})[text] = entry

    def speak(key: tuple[Language, str]) -> bytes:
        return render_speech(*key, [RHVOICE])[0]

    with ThreadPoolExecutor(2) as pool:
        for (language, text), name, sound in zip(texts, names, pool.map(speak, texts), strict=True):
            keep(language, text, name, sound, RHVOICE.label(language))
    keep("tones", "beep", "beep.al", music.tone(BEEP_HZ, BEEP_SECONDS, BEEP_DBM0), "music")
    keep("tones", "hold", "hold.al", music.hold_music(), "music")
    (sounds / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    total = sum(path.stat().st_size for path in sounds.rglob("*.al"))
    print(f"{len(texts) + 2} sounds, {total / 2**20:.2f} MiB, in {sounds}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
