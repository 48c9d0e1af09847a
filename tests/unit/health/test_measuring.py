"""What is looked at really tells: the disk, the register's writer, the media process."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from appliance.building.file import read
from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.health.measuring import Measuring, look_at
from appliance.lines.absent import AbsentLine
from appliance.register.memory import MemoryRegister
from appliance.register.store import RegisterStore
from tests.unit.media.peer import plane
from tests.unit.register.test_store import Disk

EXPIRES = date(2100, 3, 1)
SAMPLE = read(Path(__file__).parents[3] / "examples" / "lipowa7.toml")
PREPAID = replace(SAMPLE, lines={"sim": LineConfig("sim", "gsm", expires=EXPIRES)})


async def until(true: Callable[[], bool]) -> None:
    """Wait for what announces itself to nobody, as the watch does."""
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def test_the_disk_and_the_clock_of_this_machine(tmp_path):
    machine = look_at(tmp_path, lambda: False)
    disk = os.statvfs(tmp_path)
    assert abs(machine.free_bytes - disk.f_bavail * disk.f_frsize) < 1_000_000_000
    assert (machine.read_only, machine.synchronised) == (False, False)
    assert look_at(Path("/proc"), lambda: True).free_bytes == 0


def test_the_oldest_event_that_waits_for_the_disk_is_known_and_forgotten_when_written(tmp_path):
    disk = Disk()

    async def night() -> None:
        names = {"box_name": "Dyżurka", "timezone": "Europe/Warsaw"}
        clock = SystemClock()
        store = await RegisterStore.open(
            tmp_path / "register.db", clock, random.Random(1), connect=disk.connect, **names
        )
        await store.record("box.started")
        assert (store.load().waiting, store.load().oldest_seconds) == (0, 0.0)
        disk.free.clear()
        disk.reached.clear()
        asked = clock.monotonic()
        futures = [store.record("box.started")]
        await asyncio.to_thread(disk.reached.wait)
        futures += [store.record("box.started") for _ in range(3)]
        load = store.load()
        assert load.waiting == 4 and not load.refused
        assert 0.0 < load.busy_seconds <= load.oldest_seconds <= clock.monotonic() - asked
        disk.free.set()
        await asyncio.gather(*futures)
        assert store.load().waiting == 0
        await store.close()
        assert store.load().busy_seconds == 0.0

    asyncio.run(night())


def test_what_a_full_disk_refuses_waits_and_is_called_refused(tmp_path):
    disk = Disk()

    async def night() -> None:
        names = {"box_name": "Dyżurka", "timezone": "Europe/Warsaw"}
        path = tmp_path / "register.db"
        store = await RegisterStore.open(path, SystemClock(), random.Random(1), connect=disk.connect, **names)
        disk.full = True
        refused = await asyncio.gather(
            *(store.record("box.fault", text="x" * 20_000) for _ in range(3)), return_exceptions=True
        )
        assert all(isinstance(each, Exception) for each in refused)
        assert (store.load().waiting, store.load().refused) == (3, True)
        disk.full = False
        await store.record("box.started")
        assert (store.load().waiting, store.load().refused) == (0, False)
        await store.close()

    asyncio.run(night())


def test_a_media_process_that_stops_is_silent_and_its_late_ticks_are_counted(tmp_path):
    async def night() -> None:
        async with plane([]) as media:
            measuring = Measuring(
                tmp_path,
                clock=SystemClock(),
                media=media,
                register=MemoryRegister(SystemClock(), random.Random(1)),
                lines={"sim": AbsentLine(type("Config", (), {"id": "sim", "kind": "gsm"})(), "not supported")},
                building=lambda: PREPAID,
                synchronised=lambda: True,
            )
            before = measuring.measure(0.25)
            assert before.lag_seconds == 0.25 and before.media_silent_seconds < 2.0
            assert (before.writer, before.machine) == (None, None)
            (line,) = before.lines
            assert (line.id, line.kind, line.down, line.fault) == ("sim", "gsm", True, "not supported")
            assert line.expires == EXPIRES and line.days_left > 365 * 50
            os.kill(media.health().pid, signal.SIGSTOP)
            async with asyncio.timeout(10):
                await until(lambda: measuring.measure(0.0).media_silent_seconds >= 1.5)
                os.kill(media.health().pid, signal.SIGCONT)
                await until(lambda: measuring.measure(0.0).media_late_beats > before.media_late_beats)
            assert measuring.measure(0.0).media_silent_seconds < 1.5
            assert media.health().restarts == 0

    asyncio.run(night())


def test_the_machine_is_looked_at_beside(tmp_path):
    async def night() -> None:
        async with plane() as media:
            register = MemoryRegister(SystemClock(), random.Random(1))
            measuring = Measuring(
                tmp_path,
                clock=SystemClock(),
                media=media,
                register=register,
                lines={},
                building=lambda: PREPAID,
                synchronised=lambda: True,
            )
            looking = asyncio.create_task(measuring.machine())
            async with asyncio.timeout(10):
                await until(lambda: measuring.measure(0.0).machine is not None)
            looking.cancel()

    asyncio.run(night())


def test_a_look_waits_for_nobody(tmp_path):
    disk = Disk()

    async def night() -> None:
        names = {"box_name": "Dyżurka", "timezone": "Europe/Warsaw"}
        path = tmp_path / "register.db"
        store = await RegisterStore.open(path, SystemClock(), random.Random(1), connect=disk.connect, **names)
        disk.free.clear()
        disk.reached.clear()
        store.record("box.started")
        await asyncio.to_thread(disk.reached.wait)
        begun = time.monotonic()
        for _ in range(100):
            store.load()
        assert time.monotonic() - begun < 1.0
        disk.free.set()
        await store.close()

    asyncio.run(night())
