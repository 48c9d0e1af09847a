"""Numbers and times as people here write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import g

from webui import shown

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


pytestmark = pytest.mark.usefixtures("in_polish")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+48501502503", "501 502 503"),
        ("+48221234567", "22 123 45 67"),
        ("+48801234567", "801 234 567"),
        ("+48112", "+48 112"),
        ("+493012345678", "+49 301 234 567 8"),
        ("112", "112"),
        ("ext:21", "wewn. 21"),
        ("sip:jan@example.org", "sip:jan@example.org"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_number_is_written_as_it_is_dialled(number: str | None, said: str) -> None:
    assert shown.phone(number).replace(shown.SPACE, " ") == said


@pytest.mark.parametrize(
    ("at", "polish", "english"),
    [
        ("2026-11-22T21:14:03+01:00", "dziś 21:14", "today 21:14"),
        ("2026-11-21T08:05:00+01:00", "wczoraj 8:05", "yesterday 8:05"),
        ("2026-11-23T07:00:00+00:00", "jutro 8:00", "tomorrow 8:00"),
        ("2026-07-01T20:00:00+00:00", "1.07.2026 22:00", "1 Jul 2026 22:00"),
        (None, "", ""),
    ],
)
def test_a_time_is_said_in_the_boxs_zone(at: str | None, polish: str, english: str) -> None:
    for language, said in (("pl", polish), ("en", english)):
        g.language = language
        assert shown.moment(at, NOW, WARSAW, language).replace(shown.SPACE, " ") == said


def test_durations_and_counts_are_short() -> None:
    assert [shown.duration(each).replace(shown.SPACE, " ") for each in (None, 7.6, 62.0, 3723.4)] == [
        "",
        "8 s",
        "1:02",
        "1:02:03",
    ]
    assert shown.count(1234567).replace(shown.SPACE, " ") == "1 234 567"
    assert [shown.percent(*each).replace(shown.SPACE, " ") for each in ((7, 8), (0, 0))] == ["88 %", "–"]
