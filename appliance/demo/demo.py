"""Tells a story as it happens: starts the exchange as `dyzurka run` does, and lets telephones call it.

The telephones live in this process, the exchange in another; what the register remembers is read when it is over.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.clock import Clock
from appliance.demo.party import DemoFailedError
from appliance.demo.story import Story
from appliance.demo.telephones import Telephones
from appliance.lines.line import NotAnsweredError
from appliance.media.sound import LegGoneError
from appliance.register.reports import FILE_NAME, Reports

READY_SECONDS = 60.0  # the first start renders its sentences
STOP_SECONDS = 8.0
PATIENCE_SECONDS = 60.0  # for a story


async def demo(story: Story, clock: Clock, rng: random.Random, say: Callable[[str], None]) -> bool:
    """Live through a story and tell it line by line; True when the register remembers it as it should."""
    begun = clock.monotonic()

    def tell(text: str) -> None:
        say(f"{clock.monotonic() - begun:6.2f} s  {text}")

    with tempfile.TemporaryDirectory(prefix="dyzurka-demo-") as directory:
        data, worked = Path(directory), False
        telephones = Telephones(clock, rng, data, tell)
        try:
            (data / "building.toml").write_text(story.building(await telephones.start()), encoding="utf-8")
            async with _exchange(data) as address:
                tell(f"The exchange takes calls at {address[0]}:{address[1]}.")
                async with asyncio.timeout(PATIENCE_SECONDS), telephones.connected(address, office=story.office):
                    await story.play(telephones)
                worked = True
        except* TimeoutError:
            tell(f"FAILED: it did not come to its end within {PATIENCE_SECONDS:.0f} s")
        except* (DemoFailedError, LegGoneError, NotAnsweredError, OSError) as failures:
            for failure in failures.exceptions:
                tell(f"FAILED: {failure or type(failure).__name__}")
        finally:
            await telephones.stop()
        return _remembered(data, story, tell) and worked


@asynccontextmanager
async def _exchange(data: Path) -> AsyncIterator[tuple[str, int]]:
    """A running exchange on this directory; yields its SIP address. Raises DemoFailedError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.cli", "run", "--data", str(data)),
        *("--sip", "127.0.0.1:0", "--web", "127.0.0.1:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_SECONDS):
                line = await _ready_line(process.stdout)
        except TimeoutError:
            line = []
        if line[:2] != ["ready:", "sip"]:
            raise DemoFailedError("the exchange did not start")
        host, _, port = line[2].rpartition(":")
        yield host, int(port)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _ready_line(output: asyncio.StreamReader) -> list[str]:
    """The words of the line `ready: …`; none when it ends before."""
    async for line in output:
        if line.startswith(b"ready:"):
            return line.decode().split()
    return []


def _remembered(data: Path, story: Story, tell: Callable[[str], None]) -> bool:
    """Tell what the register remembers; whether that is what happened."""
    if not (data / FILE_NAME).exists():
        return False
    with Reports(data / FILE_NAME) as reports:
        calls, tickets = reports.calls(), reports.tickets()
    for row in calls:
        by = f" by {row['answered_by']}" if row["answered_by"] else ""
        rung = ", ".join(f"{each['who']}: {each['result']}" for each in row["rung"]) or "nobody rung"
        ticket = f", ticket {row['ticket']}" if row["ticket"] else ""
        tell(
            f"The register: call {row['id']} from {row['caller']} ({row['resident']}), {row['destination']}, "
            f"{row['outcome']}{by} ({rung}), waited {row['wait_seconds']:.1f} s{ticket}."
        )
    for row in tickets:
        by = f" by {row['taken_by']}" if row["taken_by"] else ""
        tell(f"The register: ticket {row['number']} of {row['caller']}, {row['state']}{by}.")
    return story.remembered(calls, tickets)
