"""What the board sees of its calls: pictures, tables, a chosen period, a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lives import NUMBER, SetClock, lived
from looking import Browser

from appliance.clock import SystemClock
from appliance.register.store import RegisterStore
from webui.reports import pictures
from webui.reports.figures import Tally, gathered, median
from webui.reports.period import Period, chosen


def call(store: RegisterStore, outcome: str, wait: float = 0.0, *, key: str = "2", building: str = "lipowa7") -> None:
    """One call; key 1 is urgent and opens a ticket."""
    uid = store.new_uid()
    store.record("call.started", call=uid, building=building, number=NUMBER, line="p", caller="+48501502503")
    store.record("call.answered", call=uid, after=0.0)
    store.record("call.chose", call=uid, menu="main", key=key, after=1.0)
    if key == "1":
        store.record("call.urgent", call=uid, after=1.0)
        store.record("ticket.opened", call=uid, ticket=store.new_uid(), urgent=True, reason="urgent", building=building)
    store.record("call.destination", call=uid, destination="duty:pogotowie" if key == "1" else "queue:office")
    if outcome == "answered":
        store.record("call.bridged", call=uid, who="nowak", after=wait)
    store.record("call.ended", call=uid, outcome=outcome, cause="hangup", after=wait + 60)


@pytest.fixture
def page(data: Path, caretaker: Browser) -> Browser:
    """A box whose calls were: last month one, this month five, two of them urgent, one in the other building."""
    this_month = SystemClock().now().astimezone(UTC).replace(day=1, hour=10, minute=0)
    clock = SetClock(this_month - timedelta(days=3))

    async def months(store: RegisterStore) -> None:
        call(store, "abandoned")
        clock.wall = this_month
        call(store, "answered", 12.0)
        call(store, "answered", 40.0, building="lipowa9")
        call(store, "voicemail")
        call(store, "answered", 21.0, key="1")
        call(store, "voicemail", key="1")
        clock.wall += timedelta(minutes=7)
        with_ticket = store.new_uid()
        await store.record("box.changed", who=with_ticket, what="nothing", detail={})

    lived(data, clock, months)
    return caretaker


def test_the_month_is_told_in_figures(page: Browser) -> None:
    seen = page.words("/reports/")
    assert "5 połączeń" in seen
    assert "60 % wszystkich połączeń trafiło do człowieka (3 z 5)" in seen
    assert "21 s do rozmowy z człowiekiem (mediana" in seen
    assert "67 % z tych, którzy rozmawiali z człowiekiem, czekało najwyżej 30 sekund (2 z 3)" in seen
    assert "0 % wszystkich rozłączyło się" in seen
    assert "2 pilne połączenia, człowiek po 21 s (mediana)" in seen


def test_every_sentence_of_the_report_has_its_table(page: Browser) -> None:
    seen = page.words("/reports/")
    for title in ("Dzień po dniu", "Według godziny", "Według budynku", "Według numeru", "Według kolejki"):
        assert title in seen
    assert "22 123 45 67 5" in seen
    assert "Lipowa 9 1" in seen
    assert re.search(r"(10|11|12):00 5 3 60 %", seen)
    assert "Dyżur: Pogotowie techniczne 2" in seen
    assert "Według pierwszego wyboru w menu" in seen
    assert "zostawiono wiadomość 2 40 %" in seen


def test_each_picture_stands_above_its_table_and_has_no_style_of_its_own(page: Browser) -> None:
    source = page.get("/reports/").get_data(as_text=True)
    sections = re.findall(r'<section class="report".*?</section>', source, re.DOTALL)
    drawn = [each for each in sections if "<svg class" in each]
    assert len(drawn) == 6
    assert all(each.index("<svg class") < each.index("<table>") for each in drawn)
    assert all('role="img" aria-label="' in each for each in drawn)
    assert "style=" not in source
    assert "<script>" not in source


def test_a_building_alone(page: Browser) -> None:
    seen = page.words("/reports/?building=lipowa9")
    assert "1 połączenie " in seen
    assert "Według budynku" not in seen
    assert "22 123 45 67 1 1 100 %" in seen


def test_last_month_and_own_days(page: Browser) -> None:
    last = page.words("/reports/?period=last")
    assert "1 połączenie " in last
    assert "100 % wszystkich rozłączyło się, zanim ktoś odebrał (1)" in last
    first = SystemClock().now().date().replace(day=1) - timedelta(days=10)
    own = page.words(f"/reports/?period=own&from={first}&to=")
    assert "6 połączeń" in own
    assert "Miesiąc po miesiącu" in page.words("/reports/?period=year")


def test_days_that_are_none_are_said_beside_the_fields_and_something_is_shown(page: Browser) -> None:
    assert "Nie rozumiem pierwszego dnia" in page.words("/reports/?period=own&from=jutro")
    wrong = page.get("/reports/?period=own&from=2026-05-05&to=2026-05-01").get_data(as_text=True)
    assert 'aria-invalid="true" aria-describedby="period-wrong"' in wrong
    assert "5 połączeń" in page.words("/reports/?period=" + "x" * 500)


def test_urgent_calls_are_told_with_their_time_to_a_human(data: Path, page: Browser) -> None:
    seen = page.words("/reports/")
    assert "jeszcze nikt" in seen
    assert "1 rozmowa z człowiekiem w tym samym połączeniu" in seen
    clock = SetClock(SystemClock().now().replace(day=1, hour=10, minute=25))

    async def later(store: RegisterStore) -> None:
        with_number = [row for row in _tickets(data) if row["number"] == 1002]
        await store.record("ticket.taken", ticket=with_number[0]["uid"], who="nowak", base="")

    lived(data, clock, later)
    seen = page.words("/reports/")
    assert "1 ktoś przyjął zgłoszenie po połączeniu" in seen
    assert "jeszcze nikt" not in seen
    assert re.search(r"2\d:\d\d po połączeniu Jan Nowak", seen)


def _tickets(data: Path) -> list[dict[str, Any]]:
    from appliance.register.reports import Reports

    with Reports(data / "register.db") as reports:
        return reports.tickets()


@pytest.mark.parametrize("name", ["days", "hours", "buildings", "numbers", "destinations", "choices"])
def test_every_table_goes_into_a_spreadsheet(page: Browser, name: str) -> None:
    answer = page.get(f"/reports/{name}.csv?period=month")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][1:6] == ["Połączenia", "Odebrane", "W 30 s", "Rozłączone", "Inne"]
    assert sum(int(row[1]) for row in rows[1:]) == 5


def test_there_is_no_other_table(page: Browser) -> None:
    assert page.get("/reports/callers.csv").status_code == 404


def test_nobody_called_and_no_register(data: Path, page: Browser, caretaker: Browser) -> None:
    assert "W tym czasie nikt nie dzwonił" in page.words("/reports/?period=own&from=2020-01-01&to=2020-02-01")
    (data / "register.db").unlink()
    assert "jeszcze pusty" in caretaker.words("/reports/")
    assert caretaker.get("/reports/days.csv").status_code == 404


def test_in_english(page: Browser) -> None:
    assert "of all calls reached a human (3 of 5)" in page.words("/reports/?lang=en")


def test_the_name_of_a_building_that_begins_like_a_formula_is_text_in_the_spreadsheet(
    data: Path, page: Browser
) -> None:
    file = data / "building.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Lipowa 9", "=1+1"), encoding="utf-8")
    assert "'=1+1;" in page.get("/reports/buildings.csv").get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("month", "2026-11-01", "2026-11-30"),
        ("last", "2026-10-01", "2026-10-31"),
        ("quarter", "2026-10-01", "2026-12-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
    ],
)
def test_periods(name: str, first: str, last: str) -> None:
    period = chosen(name, "", "", date(2026, 11, 22))
    assert (str(period.first), str(period.last)) == (first, last)


def test_days_are_typed_as_people_write_them() -> None:
    period = chosen("own", "1.03.2026", "2026-03-15", date(2026, 11, 22))
    assert (str(period.first), str(period.last), period.wrong) == ("2026-03-01", "2026-03-15", "")


def test_a_week_or_month_that_lies_partly_within_is_shown_from_the_first_day_on() -> None:
    weeks = Period("own", date(2026, 9, 30), date(2026, 12, 31))
    assert weeks.begins()[:3] == [date(2026, 9, 30), date(2026, 10, 5), date(2026, 10, 12)]
    assert weeks.of(date(2026, 10, 1)) == date(2026, 9, 30)
    months = Period("own", date(2026, 1, 15), date(2026, 12, 31))
    assert months.begins()[:2] == [date(2026, 1, 15), date(2026, 2, 1)]
    assert months.of(date(2026, 1, 20)) == date(2026, 1, 15)
    assert months.of(date(2026, 3, 20)) == date(2026, 3, 1)


def test_columns_stand_on_the_ground_and_touch() -> None:
    picture = pictures.columns([("1", Tally(10, 6, 3, 1)), ("2", Tally())])
    first = picture.bars[0].parts
    assert [part.kind for part in first] == ["answered", "rest", "abandoned"]
    assert first[0].at + first[0].size == pictures.HEIGHT
    assert first[1].at + first[1].size == first[0].at
    assert first[2].at == 0.0
    assert picture.bars[1].parts == ()
    assert [number for _, number in picture.scale] == [5, 10]


def test_the_middle_one() -> None:
    from collections import Counter

    assert median(Counter({3: 1, 10: 1, 90: 1})) == 10
    assert median(Counter()) is None


def test_a_year_of_days_is_gathered_in_no_time() -> None:
    hours = {str(hour): [8, 4, 2, 1] for hour in range(24)}
    day = {"all": [180, 100, 50, 20], "hours": hours, "waits": {str(each): 2 for each in range(50)}, "urgent": {"7": 9}}
    period = Period("own", date(2026, 1, 1), date(2026, 6, 30))
    days = [(period.first + timedelta(days=each), house, day) for each in range(181) for house in "ab"]
    begun = time.process_time()
    assert gathered(days, period).all.calls == 181 * 2 * 180
    assert time.process_time() - begun < 0.2


def test_while_older_calls_are_still_counted_reports_and_register_say_until_when(page: Browser, data: Path) -> None:
    assert "Po aktualizacji" not in page.words("/reports/") + page.words("/register/")
    with closing(sqlite3.connect(data / "register.db")) as db, db:
        last = db.execute("SELECT max(hlc) FROM calls").fetchone()[0]
        db.execute("INSERT INTO meta VALUES ('calls_uncounted', ?)", (str(last + 1),))
    told = r"Po aktualizacji Dyżurka jeszcze przegląda starsze połączenia \(zostało \d+\)\. Do około \d+:\d\d"
    assert re.search(told, page.words("/reports/"))
    assert re.search(told, page.words("/register/?q=501502503"))
