"""Days, hours and dates as building.toml writes them: "mon-fri 08:00-16:00", "2026-12-24", "2026-11-23 08:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from appliance.building.local import moment
from appliance.building.model import Span
from appliance.building.notes import Notes, WrongError, shown
from appliance.building.positions import Path

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
FIRST_YEAR, LAST_YEAR = 2000, 2199  # beyond it is a slip of the finger
_INTERVAL = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_SPAN = re.compile(rf"(?:(?P<days>[a-z,\s–-]+?)\s+)?(?P<hours>{_INTERVAL.pattern})")


def parse_days(text: str) -> frozenset[int]:
    """Weekdays, 0 Monday: "sat", "mon-fri", "fri-mon" (over Sunday), "mon, wed-thu". Raises ValueError."""
    found: set[int] = set()
    for part in text.lower().replace("–", "-").split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        begin = DAY_NAMES.index(first)
        end = DAY_NAMES.index(last) if dash else begin
        found.update((begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1))
    return frozenset(found)


def parse_interval(text: str) -> tuple[time, time]:
    """Two times of day, "08:00-16:00"; an end of "24:00" is midnight. Raises ValueError."""
    found = _INTERVAL.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    hours = [int(each) for each in found.groups()]
    end = time(0) if hours[2:] == [24, 0] else time(hours[2], hours[3])
    return time(hours[0], hours[1]), end


@dataclass(frozen=True, slots=True)
class Days:
    """Weekdays."""

    def read(self, value: object, at: Path, notes: Notes) -> frozenset[int]:
        """The days."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        try:
            return parse_days(value)
        except ValueError:
            raise WrongError("bad_days", value=shown(value)) from None


@dataclass(frozen=True, slots=True)
class Interval:
    """Two times of day."""

    def read(self, value: object, at: Path, notes: Notes) -> tuple[time, time]:
        """Start and end."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        try:
            return parse_interval(value)
        except ValueError:
            raise WrongError("bad_interval", value=shown(value)) from None


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """Weekdays and two times of day: "mon-fri 08:00-16:00"; without days it is every day."""

    def read(self, value: object, at: Path, notes: Notes) -> Span:
        """The span."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        found = _SPAN.fullmatch(value.strip().lower())
        try:
            if found is None:
                raise ValueError(value)
            days = parse_days(found["days"]) if found["days"] else EVERY_DAY
            return Span(days, *parse_interval(found["hours"]))
        except ValueError:
            raise WrongError("bad_span", value=shown(value)) from None


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as text or as TOML's own."""

    def read(self, value: object, at: Path, notes: Notes) -> date:
        """The date."""
        day = value
        if isinstance(value, str):
            try:
                day = date.fromisoformat(value.strip())
            except ValueError:
                day = None
        if not isinstance(day, date) or isinstance(day, datetime) or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise WrongError("bad_date", value=shown(value))
        return day


@dataclass(frozen=True, slots=True)
class DailyTime:
    """A time of day, "10:15", or "never"."""

    def read(self, value: object, at: Path, notes: Notes) -> time | None:
        """The time; None for never."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        if value.strip() == "never":
            return None
        found = _CLOCK.fullmatch(value.strip())
        try:
            if found is None:
                raise ValueError(value)
            return time(int(found[1]), int(found[2]))
        except ValueError:
            raise WrongError("bad_daily_time", value=shown(value)) from None


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A date and time of day on the box's clock, as text or as TOML's own; one with an offset is taken at its word."""

    def read(self, value: object, at: Path, notes: Notes) -> datetime:
        """An aware datetime in the box's zone; a time that the clocks skip is the moment of the jump."""
        found = value
        if isinstance(value, str):
            try:
                found = datetime.fromisoformat(value.strip())
            except ValueError:
                found = None
        if not isinstance(found, datetime) or not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise WrongError("bad_moment", value=shown(value))
        found = found.replace(microsecond=0)
        return (found if found.tzinfo else moment(found, notes.zone)).astimezone(notes.zone)


def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of that name (IANA), None where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone's IANA name."""

    def read(self, value: object, at: Path, notes: Notes) -> ZoneInfo:
        """The zone."""
        zone = find_zone(value) if isinstance(value, str) else None
        if zone is None:
            raise WrongError("bad_zone", value=shown(value))
        return zone


@dataclass(frozen=True, slots=True)
class HolidayCountry:
    """The code of a country whose public holidays are known: "PL"."""

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The code."""
        if value == "PL":  # so that the usual case need not load the whole library
            return "PL"
        from holidays import list_supported_countries

        if not isinstance(value, str) or value not in list_supported_countries():
            raise WrongError("bad_country", value=shown(value))
        return value
