"""What is shown, told in the log and said to the service manager, on a virtual clock."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from appliance.faults import Faults
from appliance.health.vital import MEDIA_SECONDS, STUCK_SECONDS, Vital
from appliance.health.watch import Watch
from appliance.register.log import Load
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

from .looks import WELL, machine, seen


class Night:
    """An exchange that is what the test says, watched for as long as the test says."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, datetime(2026, 11, 22, tzinfo=UTC))
        self.faults = Faults(self.clock)
        self.beats: list[float] = []
        self.now = WELL
        self.language = "en"
        self.defect: Exception | None = None

    def measure(self, lag_seconds: float):
        if self.defect:
            raise self.defect
        return self.now

    def live(self, story) -> None:
        async def life() -> None:
            watch = Watch(
                self.measure,
                self.faults,
                self.clock,
                language=lambda: self.language,
                sign_of_life=lambda: self.beats.append(self.loop.time()),
            )
            running = asyncio.create_task(watch.run())
            await asyncio.sleep(0.5)
            await story()
            running.cancel()

        run_virtually(self.loop, life())


@pytest.fixture
def night() -> Night:
    return Night()


def lines_of(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_fault_is_shown_as_it_is_now_and_logged_when_it_begins_and_when_it_ends(night, caplog):
    caplog.set_level(logging.INFO)

    async def story():
        night.now = seen(**machine(free_bytes=150_000_000))
        await asyncio.sleep(60)
        night.now = seen(**machine(free_bytes=90_000_000))
        await asyncio.sleep(60)
        assert night.faults.texts()[0].startswith("Only 90 MB are free")
        night.language = "pl"
        await asyncio.sleep(1)
        assert night.faults.texts()[0].startswith("Na dysku z danymi jest już tylko 90 MB")
        night.now = WELL
        await asyncio.sleep(60)
        assert night.faults.texts() == []

    night.live(story)
    told = lines_of(caplog)
    assert len(told) == 2, told
    assert told[0].startswith("disk space: Only 150 MB are free") and told[1] == "disk space: well again"
    assert night.beats == [float(each) for each in range(182)], "a sign of life every second"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"writer": Load(3, 61.0, STUCK_SECONDS + 1)}, "stuck for 61 s"),
        ({"media_silent_seconds": MEDIA_SECONDS + 1}, "not answered for 21 s"),
    ],
)
def test_no_sign_of_life_while_a_vital_part_is_dead(night, caplog, wrong, why):
    caplog.set_level(logging.INFO)

    async def story():
        night.now = seen(**wrong)
        await asyncio.sleep(30)
        night.now = WELL
        await asyncio.sleep(3)

    night.live(story)
    assert night.beats == [0.0, 1.0, 31.0, 32.0, 33.0], "one bad look may be our own absence"
    told = [each for each in lines_of(caplog) if "of life" in each]
    assert len(told) == 2 and why in told[0], told


@pytest.mark.parametrize(
    "wrong",
    [
        {"writer": Load(3, 59.0, STUCK_SECONDS)},
        {"writer": Load(9000, 3600.0, 1.0, refused=True)},
        {"writer": None, "machine": None},
        {"media_silent_seconds": MEDIA_SECONDS},
        {"lag_seconds": 8.0},
        machine(free_bytes=0, read_only=True, synchronised=False),
    ],
)
def test_what_is_bad_but_turns_is_not_dead(wrong):
    vital = Vital()
    assert {vital.why_dead(seen(**wrong)) for _ in range(5)} == {""}


def test_a_watch_that_cannot_look_says_so_once_and_lets_the_calls_go_on(night, caplog):
    async def story():
        night.defect = ValueError("odd")
        await asyncio.sleep(60)
        assert night.faults.texts() == [
            "The exchange cannot judge its own state now: ValueError('odd'). "
            "Calls go on; report this together with the log."
        ]

    night.live(story)
    assert len(night.beats) == 61
    assert len([each for each in lines_of(caplog) if "judge its own state" in each]) == 2, "the trace and the fault"


def test_a_loop_that_was_busy_is_late_by_as_much(night):
    seen_lags: list[float] = []

    def measure(lag_seconds: float):
        seen_lags.append(lag_seconds)
        return WELL

    night.measure = measure

    async def story():
        await asyncio.sleep(0.1)
        night.loop._virtual.seconds += 5.0  # somebody computed for five seconds
        await asyncio.sleep(1)

    night.live(story)
    assert seen_lags[0] == 0.0 and seen_lags[1] == pytest.approx(4.6, abs=0.5)


def test_what_holds_up_the_loop_while_it_looks_is_late_too(night):
    seen_lags: list[float] = []

    def measure(lag_seconds: float):
        seen_lags.append(lag_seconds)
        if len(seen_lags) == 2:
            night.loop._virtual.seconds += 3.5
        return WELL

    night.measure = measure

    async def story():
        await asyncio.sleep(6)

    night.live(story)
    assert seen_lags[2] == pytest.approx(2.5, abs=0.1)
