"""The running exchange erases by itself what is kept no longer, and knows holidays without their library."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path

import pytest

import appliance.exchange
from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.exchange import Exchange, Options, Ready
from appliance.media import speech
from appliance.register.retention import tidy_nightly
from appliance.register.shelf import DiskShelf

LIPOWA = Path(__file__).parents[2] / "examples" / "lipowa7.toml"
LOOPBACK = ("127.0.0.1", 0)


@pytest.mark.parametrize("trusted", [True, False])
def test_old_sound_goes_when_the_exchange_starts_if_its_clock_is_right(tmp_path, monkeypatch, trusted):
    shutil.copy(LIPOWA, tmp_path / "building.toml")
    (tmp_path / "recordings").mkdir()
    old = tmp_path / "recordings" / "old.wav"
    old.write_bytes(b"sound")
    os.utime(old, (1, 1))
    asked = asyncio.Event()
    stop = asyncio.Event()

    class Deleting(DiskShelf):
        async def delete(self, path: str) -> None:
            await super().delete(path)
            stop.set()

    def synchronised() -> bool:
        asked.set()
        return trusted

    async def tidying(*things, **more) -> None:
        more["synchronised"] = synchronised
        await tidy_nightly(*things, **more)

    monkeypatch.setattr(appliance.exchange, "tidy_nightly", tidying)
    monkeypatch.setattr(appliance.exchange, "DiskShelf", Deleting)
    monkeypatch.setattr(appliance.exchange, "STOP_SECONDS", 20.0)  # a busy machine leaves nothing behind either
    monkeypatch.setattr(speech, "available", lambda: ())  # nobody speaks here: nothing is rendered

    async def life() -> Exchange:
        options = Options(tmp_path, tmp_path / "building.toml", LOOPBACK, (20000, 29999), LOOPBACK)
        exchange = Exchange(options, read(options.building_file), SystemClock(), random.SystemRandom())
        ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(exchange.run(stop, ready.set_result))
            await ready
            await asked.wait()
            if trusted:
                await stop.wait()
            stop.set()
        return exchange

    exchange = asyncio.run(life())
    assert old.exists() is not trusted
    assert exchange.building.hours["office"].holiday_dates
