"""A box that has lived: calls as the exchange records them, with a message that can be heard."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from appliance.media import wav
from appliance.register.store import RegisterStore
from tests.unit.register.conftest import SetClock, urgent_call

SOUND = bytes(range(256)) * 40  # every sample that A-law has
MESSAGE_FROM = "+48505606707"


def live(data: Path, night: Callable[[RegisterStore, SetClock], Coroutine[Any, Any, None]]) -> None:
    """Have `night` happen to the register of this data directory."""

    async def life() -> None:
        clock = SetClock()
        path = data / "register.db"
        store = await RegisterStore.open(
            path, clock, random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        try:
            await night(store, clock)
        finally:
            await store.close()

    asyncio.run(life())


async def one_night(store: RegisterStore, clock: SetClock) -> None:
    """Call 1 is urgent and answered, its ticket 1001 taken; to call 2 nobody came, its ticket 1002 waits; 3 gave up."""
    urgent_call(store, clock)
    clock.advance(3600)
    call, ticket = store.new_uid(), store.new_uid()

    def say(kind: str, after: float = 0.0, **fields: Any) -> None:
        store.record(kind, call=call, building="lipowa7", after=after, **fields)

    say("call.started", caller=MESSAGE_FROM, resident="m. 14", line="provider", number="+48221234567")
    say("call.answered")
    say("call.urgent", 5.0)
    say("call.destination", 5.0, destination="duty:pogotowie")
    opened = {"urgent": True, "caller": MESSAGE_FROM, "reason": "urgent"}
    store.record("ticket.opened", call=call, ticket=ticket, building="lipowa7", **opened)
    say("call.ringing", 6.0, who="nowak", phone="+48600100200")
    say("call.rung", 31.0, who="nowak", phone="+48600100200", line="provider", result="no answer", seconds=25.0)
    say("call.message", 60.0, voicemail="urgent", recording=f"recordings/{call}.wav", seconds=1.3)
    say("call.ended", 60.0, outcome="voicemail", cause="hangup")
    say("call.from_the_future", 61.0)
    store.record("ticket.noted", ticket=ticket, text="=Zalanie u pani Wiśniewskiej;\npiwnica", who="nowak", base="")
    clock.advance(3 * 3600)
    away = store.new_uid()
    store.record("call.started", call=away, building="lipowa9", caller=None, line="provider")
    store.record("call.answered", call=away)
    store.record("call.destination", call=away, destination="queue:office", after=3.0)
    await store.record("call.ended", call=away, outcome="abandoned", cause="hangup", after=20.0)


def keep_message(data: Path) -> None:
    """The sound of call 2, as the exchange writes it."""
    from appliance.register.reports import Reports

    with Reports(data / "register.db") as reports:
        row = reports.call(2)
    assert row is not None
    file = data / row["recording"]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(wav.header(len(SOUND)) + SOUND)
