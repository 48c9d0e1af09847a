"""HTTPS chosen at the page."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .world import World


class Standing:
    """A clock that stands at the machine's own moment: certificates are looked at by other programs."""

    wall = datetime.now(UTC)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return 0.0


def lived(data: Path, story: Callable[[World], Awaitable[None]]) -> None:
    """With threads, so in real time."""

    async def life() -> None:
        world = await World(data, Standing()).start()
        try:
            async with asyncio.timeout(60):
                await story(world)
        finally:
            await world.stop()

    asyncio.run(life())


def test_https_is_offered_then_demanded_then_switched_off(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask("https"))["mode"] == "off"
        offered = await world.ask("https_choose", who="prezes", mode="offered", name="10.1.2.3")
        assert offered["mode"] == "offered"
        assert {"localhost", "127.0.0.1", "10.1.2.3"} <= set(offered["names"])
        assert offered["fingerprint"]
        assert (await world.ask("https_choose", who="prezes", mode="only"))["mode"] == "only"
        assert await world.ask("https") == {**offered, "mode": "only"}
        assert (await world.ask("https_choose", who="prezes", mode="off"))["mode"] == "off"
        assert (await world.ask("https"))["mode"] == "off"
        assert world.audit() == [("prezes", "https_choose")] * 3

    lived(tmp_path, story)


def test_what_cannot_be_done_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        assert await world.refused("https_choose", who="prezes", mode="always") == "bad_argument"
        assert await world.refused("https_choose", mode="only") == "bad_argument"
        monkeypatch.setattr(shutil, "which", lambda name: None)
        assert await world.refused("https_choose", who="prezes", mode="only") == "no_certificate"
        assert world.audit() == []

    lived(tmp_path, story)
