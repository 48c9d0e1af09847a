"""How every step of a call waits: beside something else, for a key, and for as long as the caller is there.

They own no task beyond their own block: what they start is ended, and its end awaited, before they return.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from appliance.lines.line import Leg
from appliance.media.sound import Clip, LegGoneError

T = TypeVar("T")

HALLO_SECONDS = 0.3  # of a voice: whoever picks up says no less
AGAIN_SECONDS = 1.0  # between two repetitions for whom a line only guesses to have answered
MOMENT_SECONDS = 0.5  # of silence while the disk is waited for; music for less would be a click


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Run `work` beside the block and end it with the block. Its own failure stays in the task."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # looked at, so that it is not reported as forgotten


async def first_of(*tasks: asyncio.Task[Any], seconds: float | None = None) -> None:
    """Return when one of the tasks is done, or after so many seconds."""
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def ask(leg: Leg, clips: Sequence[Clip], *, seconds: float) -> str | None:
    """Play the clips; a key cuts them short. Returns the key, or None `seconds` after the last clip ended.

    Keys pressed before the question count: who knows the menu need not hear it. Raises LegGoneError.
    """
    async with beside(leg.digit()) as key, beside(leg.play(*clips)) as speech:
        await first_of(key, speech)
        if not key.done():
            speech.result()
            await first_of(key, seconds=seconds)
        return key.result() if key.done() else None


async def ask_whoever_answers(leg: Leg, clips: Sequence[Clip], *, seconds: float) -> str | None:
    """As `ask`, of somebody just rung: where it may ring still, again and again until that and `seconds` are over."""
    if not leg.may_ring:
        return await ask(leg, clips, seconds=seconds)
    try:
        async with asyncio.timeout(leg.may_ring + seconds):
            while True:
                key = await ask(leg, clips, seconds=AGAIN_SECONDS)
                if key is not None:
                    return key
    except TimeoutError:
        return None


async def somebody(leg: Leg) -> bool:
    """Whether somebody is at the far end of a call of ours; waited for where it may ring still.

    A voice or a key says so at once (that key is not kept). Nothing is said meanwhile. Raises LegGoneError.
    """
    if not leg.may_ring:
        return True
    async with beside(leg.digit()) as key, beside(leg.voice(HALLO_SECONDS)) as voice:
        await first_of(key, voice, seconds=leg.may_ring)
        for sign in (key, voice):
            if sign.done():
                sign.result()
                return True
    return leg.guessed


@asynccontextmanager
async def not_in_silence(leg: Leg, music: Clip) -> AsyncIterator[None]:
    """Whoever waits on the line for the end of the block hears music, once that takes longer than a moment."""

    async def entertain() -> None:
        await asyncio.sleep(MOMENT_SECONDS)
        await leg.play(music, loop=True)

    async with beside(entertain()):
        yield


async def while_there(leg: Leg, story: Coroutine[Any, Any, None]) -> None:
    """Live the story with the leg; when it ends, the story is cancelled. Other exceptions come as a group."""

    async def watch() -> None:
        raise LegGoneError((await leg.gone()).value)

    try:
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(watch())
            await story
            watcher.cancel()
    except* LegGoneError:
        pass
