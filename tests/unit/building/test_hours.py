"""When the office is open and which scenario holds, on ordinary days, holidays and the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.building.file import read
from appliance.building.hours import hello, is_open, next_opening, public_holidays, scenario_at
from appliance.building.local import moment, span_of, wall
from appliance.building.model import Hours, Span, SpecialDay
from appliance.building.times import parse_days, parse_interval

WARSAW = ZoneInfo("Europe/Warsaw")
EXAMPLES = Path(__file__).parents[3] / "examples"
SPRING = "2026-03-29"  # 02:00 becomes 03:00
AUTUMN = "2026-10-25"  # 03:00 becomes 02:00


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW, fold=fold)


def span(days: str, hours: str) -> Span:
    return Span(parse_days(days), *parse_interval(hours))


OFFICE = Hours(
    "office",
    open=(span("mon-fri", "08:00-16:00"),),
    holidays="PL",
    closed=frozenset({date(2026, 12, 31)}),
    special=(
        SpecialDay(date(2026, 12, 23), (span("mon-sun", "08:00-12:00"),)),
        SpecialDay(date(2026, 12, 31), (span("mon-sun", "08:00-10:00"),)),
        SpecialDay(date(2026, 12, 26), (span("mon-sun", "09:00-10:00"),)),
        SpecialDay(date(2026, 12, 22), ()),
    ),
)


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-12-21 07:59:59", False),
        ("2026-12-21 08:00", True),
        ("2026-12-21 15:59:59", True),
        ("2026-12-21 16:00", False),
        ("2026-12-20 10:00", False),  # a Sunday
        ("2026-12-22 10:00", False),  # special: closed all day
        ("2026-12-23 11:00", True),
        ("2026-12-23 13:00", False),  # special beats the week
        ("2026-12-24 10:00", False),  # a holiday since 2025
        ("2026-12-26 09:30", True),  # special beats the holiday
        ("2026-12-31 09:00", False),  # closed beats special
    ],
)
def test_closed_beats_special_beats_holidays_beat_the_week(moment, open_then):
    assert is_open(OFFICE, at(moment), WARSAW) is open_then


def test_moments_of_another_zone_are_the_box_s_own_time():
    assert is_open(OFFICE, datetime(2026, 12, 21, 7, 0, tzinfo=UTC), WARSAW)
    assert not is_open(OFFICE, datetime(2026, 12, 21, 15, 0, tzinfo=UTC), WARSAW)


def test_friday_night_lasts_into_saturday():
    night = Hours("night", open=(span("fri", "22:00-02:00"),), closed=frozenset({date(2026, 11, 28)}))
    assert is_open(night, at("2026-11-27 23:00"), WARSAW)
    assert is_open(night, at("2026-11-28 01:59"), WARSAW)
    assert not is_open(night, at("2026-11-28 02:00"), WARSAW)
    assert not is_open(night, at("2026-11-27 01:00"), WARSAW)


@pytest.mark.parametrize("hours", ["00:00-24:00", "00:00-00:00"])
def test_a_whole_day_is_whole(hours):
    always = Hours("always", open=(span("sun", hours),))
    for night, length in ((SPRING, 23), (AUTUMN, 25), ("2026-06-07", 24)):
        start = at(night).astimezone(UTC)
        open_hours = [is_open(always, start + timedelta(hours=each), WARSAW) for each in range(-1, length + 1)]
        assert open_hours == [False, *[True] * length, False]


def test_a_span_on_the_spring_night_ends_when_its_end_would_have_come():
    night = Hours("night", open=(span("sun", "01:30-02:30"),))
    assert is_open(night, at(f"{SPRING} 01:59"), WARSAW)
    assert not is_open(night, at(f"{SPRING} 03:00"), WARSAW)


def test_a_span_on_the_autumn_night_does_not_open_twice():
    night = Hours("night", open=(span("sun", "02:15-02:45"),))
    assert is_open(night, at(f"{AUTUMN} 02:30"), WARSAW)
    assert not is_open(night, at(f"{AUTUMN} 02:30", fold=1), WARSAW)


@pytest.mark.parametrize(
    ("after", "opens"),
    [
        ("2026-12-21 05:00", "2026-12-21 08:00"),
        ("2026-12-21 08:00", "2026-12-23 08:00"),
        ("2026-12-23 12:00", "2026-12-26 09:00"),
        ("2026-12-30 17:00", "2027-01-04 08:00"),
    ],
)
def test_the_next_opening_leaves_out_closed_days(after, opens):
    assert next_opening(OFFICE, at(after), WARSAW) == at(opens)


def test_hours_that_never_open_again_have_no_next_opening():
    once = Hours("once", open=(), special=(SpecialDay(date(2026, 12, 23), (span("mon-sun", "08:00-12:00"),)),))
    assert next_opening(once, at("2026-12-23 07:00"), WARSAW) == at("2026-12-23 08:00")
    assert next_opening(once, at("2026-12-23 08:00"), WARSAW) is None


def test_spans_that_touch_open_once():
    both = Hours("both", open=(span("mon", "08:00-12:00"), span("mon", "12:00-16:00")))
    assert next_opening(both, at("2026-11-23 09:00"), WARSAW) == at("2026-11-30 08:00")


def easter(year: int) -> date:
    """The anonymous Gregorian algorithm (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


@pytest.mark.parametrize("year", range(2025, 2045))
def test_polish_holidays_by_the_law_and_the_moon(year):
    """The Act on non-working days of 18 January 1951 as amended; 24 December was added from 2025 on."""
    fixed = [(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26)]
    moving = [easter(year) + timedelta(days=each) for each in (0, 1, 49, 60)]
    assert public_holidays("PL", year) == {*(date(year, *each) for each in fixed), *moving}


def test_christmas_eve_was_a_working_day_until_2024():
    assert date(2024, 12, 24) not in public_holidays("PL", 2024)
    assert is_open(OFFICE, at("2024-12-24 10:00"), WARSAW)


@pytest.mark.parametrize(
    ("moment", "scenario"),
    [
        ("2026-11-23 10:00", "office"),
        ("2026-11-23 20:00", "night"),
        ("2026-11-28 10:00", "weekend"),
        ("2026-11-11 10:00", "night"),
        ("2026-12-23 13:00", "night"),
    ],
)
def test_lipowa_has_office_hours_weekends_and_nights(moment, scenario):
    assert scenario_at(read(EXAMPLES / "lipowa7.toml"), "+48221234567", at(moment)).id == scenario


@pytest.mark.parametrize(
    ("number", "scenario"),
    [("+48225550005", "debowa"), ("+48225550000", "anything"), (None, "anything"), ("+48111111111", "anything")],
)
def test_osiedle_asks_for_the_building_unless_its_own_number_was_called(number, scenario):
    assert scenario_at(read(EXAMPLES / "osiedle.toml"), number, at("2026-11-23 10:00")).id == scenario


@pytest.mark.parametrize(
    ("moment", "greeting"),
    [("04:59:59", "hello_evening"), ("05:00", "hello_day"), ("17:59:59", "hello_day"), ("18:00", "hello_evening")],
)
def test_good_day_is_said_from_five_to_six(moment, greeting):
    assert hello(at(f"2026-11-23 {moment}"), WARSAW) == greeting
    assert hello(at(f"2026-11-23 {moment}").astimezone(UTC), WARSAW) == greeting


def test_a_time_that_the_clocks_skip_is_the_moment_of_the_jump():
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    for skipped in ("02:00", "02:00:01", "02:30", "02:59:59", "03:00"):
        assert moment(datetime.fromisoformat(f"{SPRING} {skipped}"), WARSAW) == jump


ZONES = st.sampled_from([WARSAW, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago"), ZoneInfo("UTC")])
NAIVE = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda each: each.replace(microsecond=0))  # noqa: DTZ001


@given(NAIVE, st.integers(0, 7 * 3600), ZONES)
def test_later_on_the_wall_is_never_earlier(local, seconds, zone):
    assert moment(local, zone) <= moment(local + timedelta(seconds=seconds), zone)


@given(NAIVE, ZONES)
def test_the_wall_shows_the_time_meant_or_one_just_after_the_jump(local, zone):
    shown = wall(moment(local, zone), zone)
    assert local <= shown <= local + timedelta(hours=1)
    assert shown == local or wall(moment(local, zone) - timedelta(seconds=1), zone) < local


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 1439), st.integers(0, 1439), ZONES)
def test_two_spans_that_share_the_day_leave_no_moment_out(day, first, second, zone):
    start, end = (time(each // 60, each % 60) for each in (first, second))
    morning, evening = span_of(day, start, end, zone), span_of(day + timedelta(end <= start), end, start, zone)
    assert morning[1] == evening[0]
    assert morning[0] <= morning[1] <= evening[1]
