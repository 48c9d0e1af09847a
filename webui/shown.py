"""How a value is written on the page: telephone numbers, times, durations and counts as people here write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from webui.words import gettext, pgettext

COUNTRY = "+48"
NATIONAL_DIGITS = 9
# First two digits that are no area code: mobile numbers, 70x, 80x (numbering plan of Poland).
GROUPED_BY_THREE = {"45", "50", "51", "53", "57", "60", "66", "69", "70", "72", "73", "78", "79", "80", "88"}
SPACE = "\N{NO-BREAK SPACE}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def phone(number: str | None) -> str:
    """A number as it is dialled here: "501 502 503", "22 123 45 67", "+49 301 234 567"; empty for a withheld one.

    An extension is "wewn. 21"; an address with a name stays as it is.
    """
    if not number:
        return ""
    if number.startswith("ext:"):
        return gettext("ext. %(number)s", number=number.removeprefix("ext:"))
    digits = number.removeprefix(COUNTRY)
    if number.startswith(COUNTRY) and digits.isdigit() and len(digits) == NATIONAL_DIGITS:
        cuts = (3, 6) if digits[:2] in GROUPED_BY_THREE else (2, 5, 7)
        return SPACE.join(digits[a:b] for a, b in zip((0, *cuts), (*cuts, NATIONAL_DIGITS), strict=True))
    if number.startswith("+") and number[1:].isdigit():
        rest = number[3:]
        return SPACE.join([number[:3], *(rest[at : at + 3] for at in range(0, len(rest), 3))])
    return number


def duration(seconds: float | None) -> str:
    """Seconds as a person reads them: "8 s", "1:02", "1:02:03"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{SPACE}s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock_time(at: datetime) -> str:
    """ "8:05", "21:14"."""
    return f"{at.hour}:{at.minute:02}"


def day(on: date, today: date, language: str) -> str:
    """ "dziś", "wczoraj", "jutro", else "22.11.2026" ("22 Nov 2026" in English)."""
    near = {
        today: lambda: gettext("today"),
        today - timedelta(days=1): lambda: gettext("yesterday"),
        today + timedelta(days=1): lambda: gettext("tomorrow"),
    }
    if on in near:
        return near[on]()
    return plain_day(on, language)


def plain_day(on: date, language: str) -> str:
    """ "22.11.2026" ("22 Nov 2026" in English), also where it is today."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}" if language == "en" else f"{on.day}.{on.month:02}.{on.year}"


def moment(at: str | datetime | None, now: datetime, zone: tzinfo, language: str) -> str:
    """A time (ISO 8601 or aware) in the box's zone: "dziś 21:14", "22.11.2026 21:14"; empty for None."""
    if not at:
        return ""
    local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(zone)
    return f"{day(local.date(), now.astimezone(zone).date(), language)}{SPACE}{clock_time(local)}"


def exact(at: str, zone: tzinfo, language: str) -> str:
    """ "22.11.2026 21:14:03", also where that is today."""
    local = datetime.fromisoformat(at).astimezone(zone)
    return f"{plain_day(local.date(), language)}{SPACE}{local:%H:%M:%S}"


def second(at: str) -> str:
    """An ISO 8601 time as "21:14:03", with its own offset."""
    return datetime.fromisoformat(at).strftime("%H:%M:%S")


def count(number: int) -> str:
    """ "1 234" (with spaces that do not break)."""
    return f"{number:,}".replace(",", SPACE)


def percent(part: float, whole: float) -> str:
    """ "87 %"; a dash where there is nothing to share out."""
    return f"{round(100 * part / whole)}{SPACE}%" if whole else "–"


def megabytes(size: int) -> str:
    """ "12 MB", "0,4 MB"."""
    whole = size / 1e6
    return (
        f"{count(round(whole))}{SPACE}MB"
        if whole >= 10
        else f"{whole:.1f}{SPACE}MB".replace(".", pgettext("decimal", "."))
    )
