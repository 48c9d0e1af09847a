"""Sound, numbers and names go when their time has come, at night; what somebody in need waits for stays."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appliance.register.log import NotSavedError
from appliance.register.memory import MemoryRegister
from appliance.register.reports import Reports
from appliance.register.retention import Due, Kept, Policy, due, next_night, tidy, tidy_nightly
from appliance.register.shelf import DiskShelf
from appliance.register.store import RegisterStore
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from tests.unit.register.conftest import SetClock, urgent_call

WARSAW = ZoneInfo("Europe/Warsaw")
POLICY = Policy(sound_days=90, row_days=1095)
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


def row(days_ago: float, number: int = 1, **changes: Any) -> dict[str, Any]:
    started = (NOW - timedelta(days=days_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    about = {"id": number, "uid": f"call-{number}", "started": started, "ended": started}
    return {**about, "recording": f"recordings/{number}.wav", "fold": {}, **changes}


def ticket(days_ago: float, **changes: Any) -> dict[str, Any]:
    opened = row(days_ago)["started"]
    about = {"number": 1001, "uid": "ticket", "opened": opened, "state": "new", "urgent": True, "calls": [1]}
    return {**about, "fold": {}, **changes}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (row(89.9), Due()),
        (row(90.1), Due(sounds=(("call-1", "recordings/1.wav"),))),
        (row(90.1, recording=None), Due()),
        (row(90.1, ended=None), Due()),  # still up, as far as the register knows
        (row(1094.9, recording=None), Due()),
        (row(1095.1, recording=None), Due(calls=("call-1",))),
        (row(1095.1, recording=None, fold={"erased": True}), Due()),
        (row(1095.1), Due(sounds=(("call-1", "recordings/1.wav"),), calls=("call-1",))),
    ],
)
def test_a_calls_sound_goes_first_then_numbers_and_names(call, expected):
    assert due(Kept((call,)), NOW, POLICY) == expected


@pytest.mark.parametrize(
    ("waiting", "goes"),
    [
        (ticket(2000), False),
        (ticket(2000, state="in progress"), False),
        (ticket(2000, state="done"), True),
        (ticket(2000, urgent=False), True),
        (ticket(2000, calls=[2]), True),  # of another call
    ],
)
def test_what_somebody_in_need_waits_for_stays(waiting, goes):
    found = due(Kept((row(2000),), (waiting,)), NOW, POLICY)
    assert bool(found.sounds) is bool(found.calls) is goes
    assert bool(found.tickets) is (waiting["state"] == "done" or not waiting["urgent"])


def test_names_that_the_office_has_not_been_told_yet_stay_the_sound_goes():
    kept = Kept((row(2000),), (ticket(2000, state="done", calls=[]),), frozenset({"call-1", "ticket"}))
    assert due(kept, NOW, POLICY) == Due(sounds=(("call-1", "recordings/1.wav"),))


@pytest.mark.parametrize(
    ("after", "night"),
    [
        ("2026-11-22T03:29:59+01:00", "2026-11-22T03:30+01:00"),
        ("2026-11-22T03:30:00+01:00", "2026-11-23T03:30+01:00"),
        ("2026-03-28T12:00:00+01:00", "2026-03-29T03:30+02:00"),  # the clocks go forward at 02:00
        ("2026-10-24T12:00:00+02:00", "2026-10-25T03:30+01:00"),  # and back at 03:00
    ],
)
def test_the_night_is_half_past_three_on_the_clock_of_the_box(after, night):
    assert next_night(datetime.fromisoformat(after), WARSAW) == datetime.fromisoformat(night)


# -- at night, on the virtual clock -------------------------------------------------------------------------------


class QuietShelf:
    """A register with nothing to erase; remembers when it was looked through. `broken`: how many looks fail."""

    def __init__(self, clock: VirtualClock, last: datetime | None, broken: int = 0) -> None:
        self.clock, self.last, self.broken = clock, last, broken
        self.looks: list[datetime] = []

    async def last_run(self) -> datetime | None:
        return self.last

    async def look(self, now: datetime, policy: Policy) -> Due:
        self.looks.append(self.clock.now().astimezone(WARSAW))
        if self.broken:
            self.broken -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return Due()

    async def expire(self, now: datetime) -> None:
        pass

    async def delete(self, path: str) -> None:
        raise AssertionError(path)


def nights(
    start: str,
    days: float,
    *,
    last: str | None,
    broken: int = 0,
    synchronised: Callable[[float], bool] = lambda seconds: True,
    step: float = 0.0,
) -> list[str]:
    """When an exchange that starts at `start` and lives `days` looks through its register, on the wall's clock.

    `step`: seconds by which the wall clock is set after an hour.
    """
    loop = VirtualLoop()
    clock = VirtualClock(loop, datetime.fromisoformat(start))
    shelf = QuietShelf(clock, datetime.fromisoformat(last) if last else None, broken)

    async def life() -> None:
        register = MemoryRegister(clock, random.Random(1))
        loop.call_later(3600.0, clock.step, step)
        tidying = tidy_nightly(
            register,
            shelf,
            clock,
            zone=lambda: WARSAW,
            policy=lambda: POLICY,
            synchronised=lambda: synchronised(loop.time()),
        )
        task = loop.create_task(tidying)
        await asyncio.sleep(days * 86_400)
        assert not task.done()
        task.cancel()
        assert sum(event.kind == "box.tidied" for event in register.events) == len(shelf.looks) - broken

    run_virtually(loop, life())
    return [f"{look:%m-%d %H:%M}" for look in shelf.looks]


@pytest.mark.parametrize(
    ("start", "last", "expected"),
    [
        ("2026-11-22T12:00+01:00", "2026-11-22T03:30+01:00", ["11-23 03:30", "11-24 03:30"]),
        ("2026-11-22T12:00+01:00", "2026-11-21T03:30+01:00", ["11-22 12:00", "11-23 03:30", "11-24 03:30"]),
        ("2026-11-22T12:00+01:00", None, ["11-22 12:00", "11-23 03:30", "11-24 03:30"]),
        ("2026-11-22T12:00+01:00", "2031-01-01T03:30+01:00", ["11-22 12:00", "11-23 03:30", "11-24 03:30"]),
        ("2026-03-28T12:00+01:00", "2026-03-28T03:30+01:00", ["03-29 03:30", "03-30 03:30"]),
        ("2026-10-24T12:00+02:00", "2026-10-24T03:30+02:00", ["10-25 03:30", "10-26 03:30"]),
    ],
)
def test_every_night_once_and_at_once_when_a_night_was_missed(start, last, expected):
    assert nights(start, 2.0, last=last) == expected


def test_nothing_is_erased_by_a_clock_that_nobody_has_set():
    assert nights("2031-01-01T12:00+01:00", 3.0, last="2026-11-22T03:30+01:00", synchronised=lambda s: False) == []


def test_a_clock_that_is_set_later_is_noticed_within_ten_minutes():
    found = nights(
        "1970-01-01T00:00+00:00",
        0.1,
        last=None,
        step=(datetime(2026, 11, 22, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(),
        synchronised=lambda seconds: seconds > 3600.0,
    )
    assert found == ["11-22 02:10"]


def test_a_clock_that_leapt_is_believed_after_six_hours():
    found = nights("2031-01-01T12:00+01:00", 0.5, last="2026-11-22T03:30+01:00")
    assert found == ["01-01 18:00"]


def test_a_clock_that_leapt_and_came_back_has_erased_nothing():
    found = nights("2026-11-22T12:00+01:00", 0.2, last="2026-11-22T03:30+01:00", step=4 * 365 * 86_400.0)
    assert found == []


def test_what_failed_is_tried_again():
    assert nights("2026-11-22T12:00+01:00", 0.1, last=None, broken=2) == ["11-22 12:00", "11-22 12:10", "11-22 12:20"]


# -- on disk ------------------------------------------------------------------------------------------------------


def old_box(path: Path, clock: SetClock, then: Callable[[RegisterStore, DiskShelf, list[str]], Any]) -> Any:
    """Three urgent calls of long ago, each with a recording: one done, one still waiting, one done yesterday's."""

    async def life() -> Any:
        clock.wall = NOW - timedelta(days=1200)
        store = await RegisterStore.open(path, clock, random.SystemRandom(), box_name="D", timezone="Europe/Warsaw")
        recordings = path.parent / "recordings"
        recordings.mkdir()
        uids = []
        for number in range(3):
            clock.wall = NOW - timedelta(days=(1200, 1200, 1)[number])
            call, opened, futures = urgent_call(store, clock)
            (recordings / f"{call}.wav").write_bytes(b"sound")
            store.record("call.message", call=call, recording=f"recordings/{call}.wav", seconds=3.0)
            if number != 1:
                futures.append(store.record("ticket.done", ticket=opened, who="nowak", base=""))
            await asyncio.gather(*futures)
            uids.append(call)
        clock.wall = NOW
        try:
            return await then(store, DiskShelf(path.parent), uids)
        finally:
            await store.close()

    return asyncio.run(life())


def test_the_files_and_the_names_are_gone_and_the_counts_stay(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> tuple[Due, Due]:
        return await tidy(store, shelf, NOW, POLICY), await tidy(store, shelf, NOW, POLICY)

    first, second = old_box(path, clock, night)
    assert (len(first.sounds), len(first.calls), len(first.tickets)) == (1, 1, 1)
    assert second == Due()  # nothing is erased twice
    with Reports(path) as reports:
        erased, waiting, young = reports.calls()
        tickets = reports.tickets()
        assert "+48501502503" not in str(reports.story(1))
    assert (erased["caller"], erased["resident"], erased["recording"]) == (None, None, None)
    assert {ring["phone"] for ring in erased["rung"]} == {None}
    assert (erased["outcome"], erased["talk_seconds"], erased["answered_by"]) == ("answered", 62.0, "nowak")
    for row in (waiting, young):
        assert (row["caller"], row["resident"]) == ("+48501502503", "m. 12")
        assert (path.parent / row["recording"]).exists()
    assert [each["caller"] for each in tickets] == [None, "+48501502503", "+48501502503"]
    assert len(list((path.parent / "recordings").iterdir())) == 2


def test_a_rebuilt_register_has_forgotten_the_same(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> tuple[Any, Any]:
        await tidy(store, shelf, NOW, POLICY)
        with Reports(path) as reports:
            before = reports.calls(), reports.tickets()
        await store.rebuild()
        with Reports(path) as reports:
            return before, (reports.calls(), reports.tickets())

    before, after = old_box(path, clock, night)
    assert before == after


def test_sound_that_no_row_names_goes_too(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> Due:
        recordings = path.parent / "recordings"
        for name, days in {"lost.wav": 91, "new.wav": 1, f"{uids[1]}-talk.wav": 2000}.items():
            (recordings / name).write_bytes(b"sound")
            then = (NOW - timedelta(days=days)).timestamp()
            os.utime(recordings / name, (then, then))
        return await tidy(store, shelf, NOW, POLICY)

    assert old_box(path, clock, night).strays == ("recordings/lost.wav",)
    assert not (path.parent / "recordings" / "lost.wav").exists()


def test_names_wait_for_the_office_to_have_them(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> list[Due]:
        found = []
        for cursor in (3, 1_000_000):  # the office knows three events; then all
            with closing(sqlite3.connect(path, isolation_level=None)) as db:
                db.execute("INSERT OR REPLACE INTO sinks VALUES ('office', ?)", (cursor,))
            found.append(await tidy(store, shelf, NOW, POLICY))
        return found

    early, late = old_box(path, clock, night)
    assert (len(early.sounds), early.calls, early.tickets) == (1, (), ())
    assert (len(late.calls), len(late.tickets)) == (1, 1)


def test_a_row_never_makes_us_delete_anything_but_sound(path, clock, tmp_path):
    (tmp_path / "precious").write_text("x")

    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> None:
        for wrong in ("../precious", str(tmp_path / "precious"), "register.db", "recordings/../../precious"):
            with pytest.raises(OSError, match="not touched"):
                await shelf.delete(wrong)

    old_box(path, clock, night)
    assert (tmp_path / "precious").exists()
    assert path.exists()


def test_a_register_that_cannot_write_erases_the_rest_another_time(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> Due:
        broken = MemoryRegister(clock, random.Random(1), fails=True)
        with pytest.raises(NotSavedError):
            await tidy(broken, shelf, NOW, POLICY)
        return await tidy(store, shelf, NOW, POLICY)

    assert len(old_box(path, clock, night).sounds) == 1
    with Reports(path) as reports:
        assert reports.calls()[0]["recording"] is None


def test_the_last_time_is_remembered_in_the_register(path, clock):
    async def night(store: RegisterStore, shelf: DiskShelf, uids: list[str]) -> tuple[Any, Any]:
        before = await shelf.last_run()
        await tidy(store, shelf, NOW, POLICY)
        return before, await shelf.last_run()

    assert old_box(path, clock, night) == (None, NOW)


def test_what_a_restore_put_aside_goes_after_thirty_days(tmp_path, clock):
    for name in ("20261001T201541", "20261120T201541", "20261001T201541-ab12", "mine"):
        (tmp_path / f"data.before-restore-{name}").mkdir(parents=True)
    fresh = tmp_path / "data"

    async def night() -> None:
        store = await RegisterStore.open(fresh / "register.db", clock, random.Random(1), box_name="a", timezone="UTC")
        await tidy(store, DiskShelf(fresh), NOW, POLICY)
        await store.close()

    fresh.mkdir()
    asyncio.run(night())
    left = sorted(each.name.partition("-restore-")[2] for each in tmp_path.glob("data.*"))
    assert left == ["20261120T201541", "mine"]
