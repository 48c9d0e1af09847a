"""Order and names that hold whatever the wall clock does."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.register import hlc
from appliance.register.uid import UidSource
from appliance.register.when import parse_when

from .conftest import EVENING, SetClock

JUMPS = st.lists(st.integers(min_value=-(10**9), max_value=10**9), min_size=1, max_size=50)


@given(JUMPS)
def test_the_hybrid_clock_only_goes_forward_however_the_wall_clock_jumps(jumps: list[int]) -> None:
    wall, stamps = 1_700_000_000_000, [0]
    for jump in jumps:
        wall += jump
        stamps.append(hlc.tick(stamps[-1], wall))
        assert hlc.wall(stamps[-1]) >= wall
    assert all(before < after for before, after in pairwise(stamps))


def test_the_hybrid_clock_is_the_wall_clock_when_that_is_well() -> None:
    assert hlc.wall(hlc.tick(hlc.tick(0, 1000), 2000)) == 2000


def test_a_clock_that_stands_still_is_counted_on() -> None:
    first = hlc.tick(0, 1000)
    assert hlc.tick(first, 1000) == first + 1


@given(JUMPS, st.integers())
def test_uids_grow_whatever_the_clock_does(jumps: list[int], seed: int) -> None:
    clock = SetClock()
    source = UidSource(clock, random.Random(seed))
    uids = [source.new()]
    for jump in jumps:
        clock.wall = EVENING + timedelta(milliseconds=jump)
        uids += [source.new(), source.new()]
    assert all(before < after for before, after in pairwise(uids))


def test_a_uid_is_laid_out_as_rfc_9562_section_5_7_says() -> None:
    uid = UUID(UidSource(SetClock(), random.Random(3)).new())
    assert (uid.version, uid.variant) == (7, RFC_4122)
    assert uid.int >> 80 == int(EVENING.timestamp() * 1000)


def test_a_full_millisecond_flows_over_into_the_next() -> None:
    class Topmost(random.Random):
        def getrandbits(self, k: int, /) -> int:
            return (1 << k) - 1

    class Brim(UidSource):
        def fill(self) -> None:
            self._tail = (1 << 74) - 1

    source = Brim(SetClock(), Topmost())
    before = source.new()
    source.fill()
    after = UUID(source.new())
    assert str(after) > before
    assert after.int >> 80 == (UUID(before).int >> 80) + 1
    assert (after.version, after.variant) == (7, RFC_4122)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", EVENING - timedelta(hours=2)),
        ("7d", EVENING - timedelta(days=7)),
        ("30m", EVENING - timedelta(minutes=30)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        (" 2026-11-22T20:00 ", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-22T20:00+01:00", datetime(2026, 11, 22, 19, tzinfo=UTC)),
    ],
)
def test_when_is_read_as_people_type_it(text: str, moment: datetime) -> None:
    assert parse_when(text, EVENING, UTC) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "h", "2x", "2026-13-01", "9w9", "-1d"])
def test_what_is_no_moment_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment: write 2026-11-22"):
        parse_when(text, EVENING, UTC)
