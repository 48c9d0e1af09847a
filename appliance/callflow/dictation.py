"""A sentence spoken over the phone: the box rings somebody, records what they say, and keeps it as a sound file.

1. After the tone they speak and press #; they hear it again.
2. 1 keeps it, 2 begins anew. Nothing is changed until 1 is pressed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.callflow.connecting import told
from appliance.callflow.desk import Desk
from appliance.callflow.sentences import phrase
from appliance.callflow.waiting import ask
from appliance.media.sound import Clip, LegGoneError

RING_SECONDS = 30.0
LONGEST_SECONDS = 120.0
SILENCE_SECONDS = 6.0
DECISION_SECONDS = 10.0
TRIES = 5
END_KEY, KEEP = "#", "1"


async def dictate(desk: Desk, phone: str, raw: Path, keep: Callable[[], Awaitable[None]]) -> bool:
    """Ring a phone and have a sentence spoken into `raw` (WAV); whether it was kept.

    `keep` makes it a sentence of the box and may raise. Raises NotAnsweredError, OSError, and what `keep` raises.
    """
    leg = await desk.switchboard.dial(phone, building="", ring_seconds=RING_SECONDS)
    try:
        for _ in range(TRIES):
            await leg.play(*_said(desk, "record_prompt"), desk.voice.beep())
            leg.forget_digits()
            await leg.record(raw, max_seconds=LONGEST_SECONDS, silence_seconds=SILENCE_SECONDS, end_keys=END_KEY)
            spoken = desk.voice.message(raw)
            heard = [spoken] if spoken is not None else []
            if await ask(leg, [*heard, *_said(desk, "record_check")], seconds=DECISION_SECONDS) == KEEP:
                await keep()
                await told(leg, _said(desk, "saved"))
                return True
        return False
    except LegGoneError:
        return False
    finally:
        leg.hangup()


def _said(desk: Desk, key: str) -> list[Clip]:
    language = desk.building.box.language
    return [desk.voice.clip(language, part) for part in phrase(key, language, desk.building)]
