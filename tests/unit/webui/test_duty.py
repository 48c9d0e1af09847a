"""The duty page: a calendar of weeks, substitutions by two taps, the rota in plain forms, a feed for one's calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from looking import Browser, StandIn, read

from webui.duty import weeks
from webui.duty.ical import calendar, escaped, folded
from webui.duty.shifts import as_value, read_days, read_hours

WARSAW = ZoneInfo("Europe/Warsaw")
BUILDING = """
[box]
name = "Dyżurka"
[[buildings]]
id = "lipowa7"
name = "Lipowa 7"
[[people]]
id = "nowak"
name = "Jan Nowak"
[[people]]
id = "kowalska"
name = "Anna Kowalska"
[[people]]
id = "zarzad"
name = "Zarząd"
[[duty]]
id = "pogotowie"
name = "Pogotowie techniczne"
"""
SHIFT = {"who": "zarzad", "days": "sat-sun", "hours": "20:00-08:00"}
ENTRY: dict[str, Any] = {
    "id": "pogotowie",
    "people": ["nowak", "kowalska"],
    "rotation": {"every": "week", "starts": "2026-11-16 08:00", "people": ["nowak", "kowalska"]},
    "shifts": [SHIFT],
}
DUTY = ["duty", {"id": "pogotowie"}]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def span(start: str, end: str, *people: str, why: str = "rotation") -> dict[str, Any]:
    return {"from": local(start).isoformat(), "to": local(end).isoformat(), "people": list(people), "why": why}


@pytest.fixture
def office(data: Any, exchange: StandIn) -> StandIn:
    """An exchange whose people take turns by the week, in December 2030."""
    (data / "building.toml").write_text(BUILDING, encoding="utf-8")
    exchange.answers["document"] = {"building": {"duty": [ENTRY]}, "revision": "r1"}
    exchange.answers["edit"] = {"revision": "r2", "taken_over": True, "until": None}
    exchange.answers["duty_calendar"] = {
        "spans": [
            span("2030-12-01", "2030-12-09 08:00", "nowak", "kowalska"),
            span("2030-12-09 08:00", "2030-12-16 08:00", "kowalska", "nowak"),
            span("2030-12-16 08:00", "2030-12-17 08:00"),
            span("2030-12-17 08:00", "2031-01-20", "zarzad", why="substitution"),
        ],
        "gaps": [{"from": "2030-12-16T08:00:00+01:00", "to": "2030-12-17T08:00:00+01:00"}],
        "agreed": [],
    }
    return exchange


def test_the_calendar_shows_weeks_who_takes_over_when_and_gaps_in_red(caretaker: Browser, office: StandIn) -> None:
    page = caretaker.get("/duty/?from=2030-12-11")
    seen, markup = read(page), page.get_data(as_text=True)
    assert "pon. 9.12 Jan Nowak od 8:00 Anna Kowalska wt. 10.12 Anna Kowalska" in seen
    assert "pon. 16.12 Anna Kowalska 8:00 nikt wt. 17.12 0:00 nikt od 8:00 Zarząd zastępstwo" in seen
    assert markup.count('<b class="turn gap">') == 2
    assert "Luki w grafiku, nikt nie ma wtedy dyżuru: 16.12.2030 8:00 – 17.12.2030 8:00" in seen
    assert "Nikt nie ma teraz dyżuru" in seen
    asked = office.asked_for("duty_calendar")[0]
    assert (asked["from"], asked["to"]) == ("2030-12-09T00:00:00+01:00", "2031-01-06T00:00:00+01:00")


def test_two_taps_make_a_substitution(caretaker: Browser, office: StandIn) -> None:
    place = "/duty/pogotowie/span?at=2030-12-11T00:00:00%2B01:00"
    markup = caretaker.get("/duty/?from=2030-12-11").get_data(as_text=True)
    assert f'href="{place}"' in markup, "the first tap"
    page = caretaker.get(place)
    assert "Anna Kowalska Pogotowie techniczne pon. 9.12.2030 8:00 – pon. 16.12.2030 8:00 (rotacja)." in read(page)
    assert '<button name="who" value="zarzad">Zarząd</button>' in page.get_data(as_text=True)
    stretch = "2030-12-11T08:00:00+01:00/2030-12-12T08:00:00+01:00"
    done = caretaker.send(place, form_at=place, stretch=stretch, instead_of="kowalska", who="zarzad")
    assert done.status_code == 303
    value = {"from": "2030-12-11 08:00", "to": "2030-12-12 08:00", "who": "zarzad", "instead_of": "kowalska"}
    [edit] = office.asked_for("edit")
    assert edit["edits"] == [{"op": "add", "path": [*DUTY, "substitutions"], "value": value, "at": 0}]
    assert (edit["who"], edit["what"]) == ("dozorca", "substitution")
    assert "Zarząd zastępuje: Anna Kowalska, śr. 11.12.2030 8:00 – czw. 12.12.2030 8:00" in caretaker.words("/duty/")


def test_a_substitution_for_another_time_is_typed_and_told_when_it_makes_no_sense(
    caretaker: Browser, office: StandIn
) -> None:
    place = "/duty/pogotowie/span?at=2030-12-11T00:00:00%2B01:00"
    asked = {"stretch": "other", "instead_of": "kowalska", "who": "zarzad", "start": "2030-12-11T20:00"}
    assert "od kiedy i do kiedy" in read(caretaker.send(place, **asked))
    assert "Koniec wypada przed początkiem" in read(caretaker.send(place, **asked, end="2030-12-11T08:00"))
    past = {**asked, "start": "2020-12-11T20:00"}
    assert "Ten czas już minął" in read(caretaker.send(place, **past, end="2020-12-12T08:00"))
    assert "nie ma już wśród osób" in read(caretaker.send(place, **{**asked, "who": "duch"}, end="2030-12-12T08:00"))
    assert not office.asked_for("edit")
    assert caretaker.send(place, **asked, end="2030-12-12T06:00").status_code == 303
    assert office.asked_for("edit")[0]["edits"][0]["value"]["to"] == "2030-12-12 06:00"


@pytest.mark.parametrize("end", ["2032-12-12T06:00", "9999-12-31T23:59"])
def test_a_stretch_that_is_too_long_is_told_before_anything_is_saved(
    caretaker: Browser, office: StandIn, end: str
) -> None:
    place = "/duty/pogotowie/span?at=2030-12-11T00:00:00%2B01:00"
    asked = {"stretch": "other", "instead_of": "kowalska", "who": "zarzad", "start": "2030-12-11T20:00", "end": end}
    assert 'id="end-wrong"' in caretaker.send(place, **asked).get_data(as_text=True)
    assert not office.asked_for("edit")


def test_a_stretch_inside_the_hour_that_october_shows_twice(caretaker: Browser, office: StandIn) -> None:
    office.answers["duty_calendar"] = {"spans": [span("2030-10-25", "2030-10-30", "kowalska")]}
    place = "/duty/pogotowie/span?at=2030-10-27T00:00:00%2B02:00"
    asked = {"instead_of": "kowalska", "who": "zarzad", "start": "2030-10-27T02:45", "end": "2030-10-27T02:15"}
    assert caretaker.send(place, stretch="other", **asked).status_code == 303
    tapped = {**asked, "stretch": "2030-10-27T02:45:00+02:00/2030-10-27T02:15:00+01:00"}
    assert caretaker.send(place, **tapped).status_code == 303
    for edit in office.asked_for("edit"):
        value = edit["edits"][0]["value"]
        assert (value["from"], value["to"]) == ("2030-10-27T02:45+02:00", "2030-10-27T02:15+01:00")


def test_a_substitution_that_is_saved_stays_told_when_the_exchange_goes_away_then(
    caretaker: Browser, office: StandIn
) -> None:
    place = "/duty/pogotowie/span?at=2030-12-11T00:00:00%2B01:00"

    def saved(_: dict[str, Any]) -> dict[str, Any]:
        office.refuse("duty_calendar", "bad_time")
        return {"revision": "r2", "taken_over": True, "until": None}

    office.answers["edit"] = saved
    stretch = "2030-12-11T08:00:00+01:00/2030-12-12T08:00:00+01:00"
    assert caretaker.send(place, stretch=stretch, instead_of="kowalska", who="zarzad").status_code == 303
    assert "Zarząd zastępuje: Anna Kowalska" in caretaker.words("/account")


def test_a_substitution_is_listed_and_removed(caretaker: Browser, office: StandIn) -> None:
    one = {"from": "2030-12-24 08:00", "to": "2030-12-27 08:00", "who": "zarzad", "instead_of": "nowak"}
    over = {**one, "from": "2020-12-24 08:00", "to": "2020-12-27 08:00"}
    entry = {**ENTRY, "substitutions": [over, one]}
    office.answers["document"] = {"building": {"duty": [entry]}, "revision": "r7"}
    seen = caretaker.words("/duty/")
    assert "Zarząd za: Jan Nowak 24.12.2030 8:00 – 27.12.2030 8:00" in seen
    assert "2020" not in seen
    assert caretaker.send("/duty/pogotowie/substitutions/remove", index=1, base="r7").status_code == 303
    [edit] = office.asked_for("edit")
    assert edit["base"] == "r7"
    assert edit["edits"] == [{"op": "remove", "path": [*DUTY, "substitutions", 1]}]
    office.answers["edit"] = {"conflict": True, "revision": "r9"}
    caretaker.send("/duty/pogotowie/substitutions/remove", index=1, base="r7")
    assert "więc nic nie usunięto" in caretaker.words("/duty/")


def test_we_swap_tonight_is_known_to_the_exchange_at_once_and_can_be_taken_back(
    caretaker: Browser, office: StandIn
) -> None:
    def whoever(asked: dict[str, Any]) -> dict[str, Any]:
        held = {"from": asked["from"], "to": asked["to"], "people": ["nowak", "kowalska"], "why": "rotation"}
        return {"spans": [held], "gaps": [], "agreed": [agreed]}

    agreed = {"who": "kowalska", "instead_of": "nowak", **dict.fromkeys(("from", "to"), "2030-12-24T22:00:00+01:00")}
    office.answers |= {"duty_calendar": whoever, "duty_override": {"agreed": True}}
    page = caretaker.get("/duty/pogotowie/tonight").get_data(as_text=True)
    assert "Teraz dyżur ma: Jan Nowak" in page
    found = re.search(r'name="stretch"[^>]* value="([^"]+)"', page)
    assert found
    stretch = found[1]
    sent = caretaker.send("/duty/pogotowie/tonight", stretch=stretch, instead_of="nowak", who="kowalska")
    assert sent.status_code == 303
    [asked] = office.asked_for("duty_override")
    assert (asked["person"], asked["instead_of"], asked["who"]) == ("kowalska", "nowak", "dozorca")
    assert timedelta(0) < datetime.fromisoformat(asked["to"]) - datetime.now(UTC) < timedelta(hours=33)
    assert "Anna Kowalska za: Jan Nowak" in caretaker.words("/duty/")
    caretaker.send("/duty/pogotowie/tonight/back", **{key: agreed[key] for key in ("from", "to", "instead_of")})
    assert office.asked_for("duty_override")[1]["person"] == "nowak"
    office.refuse("duty_override", "not_saved")
    assert "Nie da się zapisać" in read(
        caretaker.send("/duty/pogotowie/tonight", stretch=stretch, instead_of="nowak", who="kowalska")
    )


def test_who_is_rung_on_christmas_eve_at_ten(caretaker: Browser, office: StandIn) -> None:
    people = [{"id": "nowak", "name": "Jan Nowak", "phones": ["+48600100200", "ext:21"], "why": "rotation"}]
    office.answers["who"] = {"at": "2030-12-24T22:00:00+01:00", "people": people}
    seen = caretaker.words("/duty/who?duty=pogotowie&building=&at=2030-12-24T22:00")
    assert "Wtorek, 24.12.2030 22:00 Jan Nowak rotacja 600 100 200, wewn. 21" in seen
    assert office.asked_for("who") == [{"duty": "pogotowie", "at": "2030-12-24T22:00:00+01:00", "building": ""}]
    assert "Proszę podać dzień i godzinę" in caretaker.words("/duty/who?duty=pogotowie&at=")


def test_the_rotation_is_edited_in_a_plain_form(administrator: Browser, office: StandIn) -> None:
    fields = {"base": "r1", "every": "day", "starts": "2030-12-24T08:00", "place_1": "zarzad", "place_3": "nowak"}
    assert administrator.send("/duty/pogotowie/rotation", **fields).status_code == 303
    [edit] = office.asked_for("edit")
    value = {"every": "day", "starts": "2030-12-24 08:00", "people": ["zarzad", "nowak"]}
    assert edit["edits"] == [{"op": "set", "path": [*DUTY, "rotation"], "value": value}]
    assert administrator.send("/duty/pogotowie/rotation/remove", base="r1").status_code == 303
    nobody = administrator.send("/duty/pogotowie/rotation", base="r1", every="day", starts="2030-12-24T08:00")
    assert "W rotacji musi ktoś być" in read(nobody)


def test_an_edit_that_would_leave_a_gap_is_refused_with_words_and_nothing_typed_is_lost(
    administrator: Browser, office: StandIn
) -> None:
    gap = {"key": "duty[0].people", "line": 3, "problem": "Nikt nie ma dyżuru: nigdy.", "remedy": "Wpisz people."}
    office.answers["edit"] = {"errors": [gap]}
    answer = administrator.send("/duty/pogotowie/order", base="r1", place_1="", place_2="")
    assert answer.status_code == 200
    seen = read(answer)
    assert "Nikt nie ma dyżuru: nigdy. Wtedy nikt by nie odebrał, więc nic nie zmieniono." in seen
    assert "Teraz jest zapisane: Jan Nowak, Anna Kowalska" in seen
    administrator.send("/duty/pogotowie/shifts/0/remove", base="r1")
    assert "Najpierw proszę wpisać kogoś do kolejności dzwonienia" in administrator.words("/duty/pogotowie/rota")


def test_when_somebody_else_was_faster_both_are_seen_and_it_can_be_sent_again(
    administrator: Browser, office: StandIn
) -> None:
    office.answers["edit"] = {"conflict": True, "revision": "r8"}
    answer = administrator.send("/duty/pogotowie/order", base="r0", place_1="zarzad")
    assert "Ktoś inny zmienił to w międzyczasie" in read(answer)
    assert "Ktoś inny zapisał w międzyczasie: Miejsce 1: Jan Nowak Miejsce 2: Anna Kowalska" in read(answer)
    markup = answer.get_data(as_text=True)
    assert 'name="base" type="hidden" value="r8"' in markup
    assert '<option selected value="zarzad">' in markup


def hidden(answer: Any) -> dict[str, str]:
    """The form's own hidden fields as a browser sends them again."""
    markup = answer.get_data(as_text=True).partition('class="narrow"')[2].partition("</form>")[0]
    return {
        key: unescape(value) for key, value in re.findall(r'name="(base|was)" type="hidden" value="([^"]*)"', markup)
    }


def test_a_shift_is_found_again_when_others_have_moved_it_and_told_when_it_is_gone(
    administrator: Browser, office: StandIn
) -> None:
    place, fields = "/duty/pogotowie/shifts/0", {"who": "nowak", "days": ["mon"], "whole": "y"}
    opened, night = hidden(administrator.get(place)), {"who": "kowalska", "hours": "22:00-06:00"}
    office.answers["document"] = {"building": {"duty": [{**ENTRY, "shifts": [night, SHIFT]}]}, "revision": "r8"}
    office.answers["edit"] = {"conflict": True, "revision": "r8"}
    answer = administrator.send(place, **opened, **fields)
    assert "Ktoś inny zapisał w międzyczasie: Kto: Zarząd" in read(answer)
    office.answers["edit"] = {"revision": "r9"}
    assert administrator.send(place, **hidden(answer), **fields).status_code == 303
    assert office.asked_for("edit")[-1]["edits"][0]["path"] == [*DUTY, "shifts", 1]
    administrator.send(f"{place}/remove", **hidden(answer))
    assert office.asked_for("edit")[-1]["edits"][0]["path"] == [*DUTY, "shifts", 1]
    office.asked.clear()
    office.answers["document"] = {"building": {"duty": [{**ENTRY, "shifts": [night]}]}, "revision": "r10"}
    gone = administrator.send(place, **hidden(answer), **fields)
    assert "Ktoś inny w międzyczasie to zmienił albo usunął" in read(gone)
    assert "Anna Kowalska: codziennie, 22:00 – 6:00" in read(gone)
    administrator.send(f"{place}/remove", **hidden(answer))
    assert not office.asked_for("edit")


def test_shifts_are_added_and_changed(administrator: Browser, office: StandIn) -> None:
    seen = administrator.words("/duty/pogotowie/rota")
    assert "Zarząd sob., niedz., 20:00 – 8:00 (następnego dnia)" in seen, seen
    fields = {"base": "r1", "who": "nowak", "days": ["mon", "fri"], "start": "16:00", "end": "22:00"}
    assert administrator.send("/duty/pogotowie/shifts/new", **fields).status_code == 303
    assert administrator.send("/duty/pogotowie/shifts/0", **{**fields, "whole": "y"}).status_code == 303
    added, changed = (each["edits"][0] for each in office.asked_for("edit"))
    assert added["value"] == {"who": "nowak", "days": "mon, fri", "hours": "16:00-22:00"}
    assert (changed["op"], changed["path"]) == ("set", [*DUTY, "shifts", 0])
    assert changed["value"] == {"who": "nowak", "days": "mon, fri"}
    wrong = read(administrator.send("/duty/pogotowie/shifts/new", base="r1", who="nowak", start="16:00"))
    assert "Proszę wybrać choć jeden dzień" in wrong
    assert "albo wybrać całą dobę" in wrong
    assert administrator.get("/duty/pogotowie/shifts/9").status_code == 404


@pytest.mark.parametrize("path", ["rota", "order", "rotation", "shifts/new", "shifts/0"])
def test_the_rota_is_the_administrators(caretaker: Browser, office: StandIn, path: str) -> None:
    assert caretaker.get(f"/duty/pogotowie/{path}").status_code == 403


@pytest.mark.parametrize("path", ["nobody/", "nobody/rota", "pogotowie/span?at=soon", "pogotowie/span?at=2030-12-11"])
def test_what_is_not_there_is_missing(administrator: Browser, office: StandIn, path: str) -> None:
    assert administrator.get(f"/duty/{path}").status_code == 404


def test_without_an_exchange_the_page_says_so(caretaker: Browser) -> None:
    answer = caretaker.get("/duty/")
    assert answer.status_code == 503
    assert "Centrala nie odpowiada" in read(answer)


def test_a_calendar_feed_needs_no_log_in_but_its_token(stranger: Browser, caretaker: Browser, office: StandIn) -> None:
    duties = [{"duty": "pogotowie", "name": "Pogotowie", **dict.fromkeys(("from", "to"), "2030-12-24T08:00:00+01:00")}]
    office.answers |= {
        "feeds": {"feeds": [{"person": "nowak", "token": "t0ken", "since": ""}]},
        "feed_open": {"token": "t0ken"},
        "feed_close": {"closed": True},
        "feed": lambda asked: {"person": "nowak", "name": "Jan Nowak", "duties": duties},
    }
    page = caretaker.get("/duty/feeds").get_data(as_text=True)
    assert "http://localhost/duty/feed/t0ken.ics" in page
    assert "webcal://localhost/duty/feed/t0ken.ics" in page
    answer = stranger.get("/duty/feed/t0ken.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "DTSTART:20301224T070000Z\r\n" in answer.get_data(as_text=True)
    caretaker.send("/duty/feeds/nowak/close")
    assert office.asked_for("feed_close") == [{"who": "dozorca", "person": "nowak"}]
    caretaker.send("/duty/feeds/nowak/open")
    assert office.asked_for("feed_open") == [{"who": "dozorca", "person": "nowak"}]
    office.refuse("feed", "no_such_feed")
    assert stranger.get("/duty/feed/t0ken.ics").status_code == 404


def test_a_feed_keeps_what_a_telephone_has_while_the_exchange_is_away(stranger: Browser) -> None:
    assert stranger.get("/duty/feed/t0ken.ics").status_code == 503


def test_an_icalendar_is_escaped_and_folded_between_characters() -> None:
    duties = [
        {
            "duty": "d",
            "name": "Pogotowie; hydraulik, " + "żółć" * 30,
            "from": "2026-10-24T20:00:00+02:00",
            "to": "2026-10-25T08:00:00+01:00",
        }
    ]
    content = calendar("Dyżur", "t", duties, datetime(2026, 10, 1, tzinfo=UTC), "Lipowa 7").decode()
    lines = content.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(each.encode()) <= 75 for each in lines)
    whole = content.replace("\r\n ", "")
    assert "SUMMARY:Pogotowie\\; hydraulik\\, " + "żółć" * 30 in whole
    assert "DTSTART:20261024T180000Z" in lines and "DTEND:20261025T070000Z" in lines, "thirteen hours, that night"
    assert escaped("a\\b\nc") == "a\\\\b\\nc"
    assert folded("x" * 75) == "x" * 75 + "\r\n"


def test_on_the_night_when_clocks_change_days_and_hours_are_right() -> None:
    spans = weeks.read_spans(
        {"spans": [span("2026-10-19 08:00", "2026-10-26 08:00", "nowak"), span("2026-10-26 08:00", "2026-11-02", "b")]},
        WARSAW,
    )
    [week] = weeks.weeks(spans, date(2026, 10, 19), 1, WARSAW, local("2026-10-19"))
    assert [len(each.parts) for each in week] == [1] * 7
    known = local("2026-10-17"), local("2026-11-02")
    sunday = local("2026-10-25 00:00")
    assert weeks.to_hand_over(spans[0], sunday, WARSAW, known)[0] == (
        local("2026-10-25 08:00"),
        local("2026-10-26 08:00"),
    )
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert weeks.written(second, WARSAW) == "2026-10-25T02:30+01:00"
    assert weeks.written(second - timedelta(hours=1), WARSAW) == "2026-10-25T02:30+02:00"
    assert weeks.written(second + timedelta(hours=2), WARSAW) == "2026-10-25 04:30"


def test_what_is_handed_over_is_a_whole_shift_or_a_day_of_a_long_duty() -> None:
    known = local("2026-12-01"), local("2026-12-20")
    shift = weeks.Span(local("2026-12-05 20:00"), local("2026-12-06 08:00"), ("a",), "shift")
    assert weeks.to_hand_over(shift, shift.start, WARSAW, known) == [(shift.start, shift.end)]
    week = weeks.Span(local("2026-12-07 08:00"), local("2026-12-14 08:00"), ("a",), "rotation")
    found = weeks.to_hand_over(week, local("2026-12-14 00:00"), WARSAW, known)
    assert found[0] == (local("2026-12-13 08:00"), week.end), "the last morning belongs to the day before"
    always = weeks.Span(known[0], known[1], ("a",), "list")
    assert weeks.to_hand_over(always, local("2026-12-10 12:00"), WARSAW, known) == [
        (local("2026-12-10"), local("2026-12-11"))
    ]


def test_days_and_hours_of_shifts_are_read_and_written_as_the_file_has_them() -> None:
    assert read_days("sat-mon, thu") == ["mon", "thu", "sat", "sun"]
    assert read_days(None) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    start, end = read_hours("08:00-24:00")
    assert (start.hour, end.hour) == (8, 0)
    assert as_value("nowak", read_days(None), *read_hours(None)) == {"who": "nowak"}
