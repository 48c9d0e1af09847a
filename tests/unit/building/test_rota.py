"""Who is rung, in which order: shifts, rotation, substitutions, premises, and the nights when clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.building.file import read
from appliance.building.model import Duty, Override, Person, Rotation, Shift, Substitution
from appliance.building.rota import changes, gaps, on_duty, order
from appliance.building.times import parse_days, parse_interval

WARSAW = ZoneInfo("Europe/Warsaw")
EXAMPLES = Path(__file__).parents[3] / "examples"
PEOPLE = ("nowak", "kowalska", "biuro")


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW, fold=fold)


def shift(who: str, days: str, hours: str) -> Shift:
    return Shift(who, parse_days(days), *parse_interval(hours))


def stand_in(who: str, instead_of: str, start: str = "2026-01-01", end: str = "2027-01-01") -> Substitution:
    return Substitution(at(start), at(end), who, instead_of)


def weekly(*people: str, starts: str = "2026-11-23 08:00") -> Rotation:
    return Rotation("week", at(starts), people)


LIST = Duty("help", "help", people=PEOPLE)


def first(duty: Duty, moment: datetime) -> str:
    return order(duty, moment, WARSAW)[0]


def test_without_shifts_the_list_is_the_order():
    assert order(LIST, at("2026-11-23 10:00"), WARSAW) == PEOPLE


def test_whoever_holds_the_shift_is_first_and_nobody_stands_twice():
    duty = replace(LIST, shifts=(shift("kowalska", "sat-sun", "08:00-20:00"),))
    assert order(duty, at("2026-11-28 08:00"), WARSAW) == ("kowalska", "nowak", "biuro")
    assert order(duty, at("2026-11-28 20:00"), WARSAW) == PEOPLE
    assert order(duty, at("2026-11-27 10:00"), WARSAW) == PEOPLE


def test_a_night_shift_lasts_into_the_next_morning():
    duty = replace(LIST, shifts=(shift("biuro", "fri", "20:00-08:00"),))
    assert first(duty, at("2026-11-28 07:59")) == "biuro"
    assert first(duty, at("2026-11-28 08:00")) == "nowak"
    assert first(duty, at("2026-11-27 07:59")) == "nowak"


def test_a_shift_beats_the_rotation_which_beats_the_list():
    duty = replace(LIST, rotation=weekly("kowalska", "biuro"), shifts=(shift("biuro", "mon", "09:00-10:00"),))
    assert order(duty, at("2026-11-23 08:00"), WARSAW) == ("kowalska", "nowak", "biuro")
    assert order(duty, at("2026-11-23 09:30"), WARSAW) == ("biuro", "kowalska", "nowak")


def test_a_rotation_passes_on_every_week_at_the_same_time():
    duty = replace(LIST, rotation=weekly("biuro", "kowalska"))
    assert first(duty, at("2026-11-23 07:59:59")) == "nowak"
    assert first(duty, at("2026-11-23 08:00")) == "biuro"
    assert first(duty, at("2026-11-30 07:59:59")) == "biuro"
    assert first(duty, at("2026-11-30 08:00")) == "kowalska"
    assert first(duty, at("2026-12-07 08:00")) == "biuro"


@pytest.mark.parametrize(("night", "before"), [("2026-03-29", "2026-03-26"), ("2026-10-25", "2026-10-22")])
def test_a_rotation_keeps_its_local_time_across_a_change_of_clocks(night, before):
    duty = replace(LIST, rotation=Rotation("day", at(f"{before} 08:00"), ("nowak", "kowalska")))
    assert first(duty, at(f"{night} 07:59:59")) == "nowak"
    assert first(duty, at(f"{night} 08:00")) == "kowalska"


def test_a_handover_at_half_past_two_happens_once_on_either_night():
    spring = replace(LIST, rotation=Rotation("day", at("2026-03-28 02:30"), ("nowak", "kowalska")))
    assert first(spring, at("2026-03-29 01:59:59")) == "nowak"
    assert first(spring, at("2026-03-29 03:00")) == "kowalska"
    autumn = replace(LIST, rotation=Rotation("day", at("2026-10-24 02:30"), ("nowak", "kowalska")))
    assert first(autumn, at("2026-10-25 02:29")) == "nowak"
    assert first(autumn, at("2026-10-25 02:30")) == "kowalska"
    assert first(autumn, at("2026-10-25 02:10", fold=1)) == "kowalska"


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn():
    for saturday, hours in (("2026-03-28", 11), ("2026-10-24", 13)):
        duty = Duty("help", "help", shifts=(shift("nowak", "sat", "20:00-08:00"),))
        start = at(f"{saturday} 20:00")
        before, after = gaps(duty, start - timedelta(hours=1), start + timedelta(hours=20), WARSAW)
        assert (after[0] - before[1].astimezone(after[0].tzinfo)) is not None
        assert after[0].timestamp() - before[1].timestamp() == hours * 3600


def test_a_substitution_replaces_a_person_wherever_they_stand():
    duty = replace(
        LIST,
        shifts=(shift("nowak", "mon-sun", "00:00-24:00"),),
        substitutions=(stand_in("zarzad", "nowak", "2026-12-20 08:00", "2027-01-02 08:00"),),
    )
    assert order(duty, at("2026-12-20 07:59"), WARSAW) == PEOPLE
    assert order(duty, at("2026-12-20 08:00"), WARSAW) == ("zarzad", "kowalska", "biuro")
    assert order(duty, at("2027-01-02 08:00"), WARSAW) == PEOPLE


@pytest.mark.parametrize(
    ("substitutions", "expected"),
    [
        ([("kowalska", "nowak")], ("kowalska", "biuro")),  # keeps the first place only
        ([("zarzad", "nowak"), ("ktos", "zarzad")], ("ktos", "kowalska", "biuro")),  # a chain
        ([("kowalska", "nowak"), ("nowak", "kowalska")], ("kowalska", "nowak", "biuro")),  # a swap
        ([("zarzad", "nowak"), ("ktos", "nowak")], ("zarzad", "kowalska", "biuro")),  # the first one written holds
    ],
)
def test_substitutions_meet(substitutions, expected):
    duty = replace(LIST, substitutions=tuple(stand_in(*each) for each in substitutions))
    assert order(duty, at("2026-11-23 10:00"), WARSAW) == expected


def tonight(who: str, instead_of: str, start: str = "2026-11-23 20:00", end: str = "2026-11-24 08:00") -> Override:
    return Override("help", who, instead_of, at(start), at(end))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([("zarzad", "nowak")], ("zarzad", "kowalska", "biuro")),
        ([("kowalska", "nowak")], ("kowalska", "biuro")),
        ([("kowalska", "nowak"), ("nowak", "kowalska")], ("kowalska", "nowak", "biuro")),  # a swap
        ([("zarzad", "nowak"), ("ktos", "zarzad")], ("ktos", "kowalska", "biuro")),  # a deputy's deputy
        ([("zarzad", "nowak"), ("ktos", "nowak")], ("ktos", "kowalska", "biuro")),  # the last word holds
        ([("zarzad", "nowak"), ("nowak", "nowak")], PEOPLE),  # taken back
    ],
)
def test_who_agreed_to_stand_in_tonight_is_rung_instead(overrides, expected):
    agreed = [tonight(*each) for each in overrides]
    assert order(LIST, at("2026-11-23 20:00"), WARSAW, overrides=agreed) == expected
    assert order(LIST, at("2026-11-24 07:59:59"), WARSAW, overrides=agreed) == expected
    assert order(LIST, at("2026-11-23 19:59:59"), WARSAW, overrides=agreed) == PEOPLE
    assert order(LIST, at("2026-11-24 08:00"), WARSAW, overrides=agreed) == PEOPLE
    assert order(replace(LIST, id="other"), at("2026-11-23 20:00"), WARSAW, overrides=agreed) == PEOPLE


def test_an_override_beats_shift_rotation_and_substitution_and_survives_their_revision():
    evening = at("2026-11-23 21:00")
    duty = replace(
        LIST,
        shifts=(shift("nowak", "mon", "20:00-08:00"),),
        rotation=weekly("nowak"),
        substitutions=(stand_in("kowalska", "nowak"),),
    )
    agreed = [tonight("ktos", "kowalska")]
    assert order(duty, evening, WARSAW) == ("kowalska", "biuro")
    assert order(duty, evening, WARSAW, overrides=agreed) == ("ktos", "biuro")
    revised = replace(duty, people=("biuro",), substitutions=(stand_in("biuro", "nowak"),))
    assert order(revised, evening, WARSAW) == ("biuro",)
    assert order(revised, evening, WARSAW, overrides=agreed) == ("ktos", "biuro"), "they expect to be rung"
    nobody = replace(LIST, people=())
    assert order(nobody, evening, WARSAW, overrides=agreed) == ("ktos",)


def test_an_override_leaves_alone_the_house_in_which_nobody_is_replaced_and_whoever_is_unknown():
    osiedle = read(EXAMPLES / "osiedle.toml")
    evening = at("2026-11-23 21:00")
    duty = replace(osiedle.duties["osiedle"], by_building={"debowa5": ("wisniewski",)})
    building = replace(osiedle, duties={"osiedle": duty})
    agreed = [replace(tonight("wisniewski", "zielinska"), duty="osiedle")]
    assert [each.id for each in on_duty(building, "osiedle", evening, None, agreed)] == ["wisniewski"]
    assert [each.id for each in on_duty(building, "osiedle", evening, "debowa5", agreed)] == ["wisniewski"]
    stranger = [replace(agreed[0], who="gone")]
    assert on_duty(building, "osiedle", evening, None, stranger) == on_duty(building, "osiedle", evening)
    found = changes(building, "osiedle", at("2026-11-23 00:00"), at("2026-11-25 00:00"), overrides=agreed)
    assert found == (at("2026-11-23 20:00"), at("2026-11-24 08:00"))


def test_a_building_may_have_an_order_of_its_own():
    osiedle = read(EXAMPLES / "osiedle.toml")
    moment = at("2026-11-23 10:00")
    assert [each.id for each in on_duty(osiedle, "osiedle", moment)] == ["wisniewski", "zielinska"]
    assert [each.id for each in on_duty(osiedle, "osiedle", moment, "parkowa1")] == ["wisniewski", "zielinska"]
    own = on_duty(osiedle, "osiedle", moment, "debowa5")
    assert own == (osiedle.people["zielinska"], osiedle.people["wisniewski"])
    assert isinstance(own[0], Person)


def test_changes_are_the_moments_when_the_order_changes():
    osiedle = read(EXAMPLES / "osiedle.toml")
    duty = replace(
        osiedle.duties["osiedle"],
        shifts=(shift("zielinska", "sat", "08:00-20:00"), shift("wisniewski", "mon", "08:00-20:00")),
    )
    building = replace(osiedle, duties={"osiedle": duty})
    found = changes(building, "osiedle", at("2026-11-23 00:00"), at("2026-11-30 00:00"))
    assert found == (at("2026-11-28 08:00"), at("2026-11-28 20:00"))  # Monday's shift changes nothing
    assert changes(building, "osiedle", at("2026-11-28 08:00"), at("2026-11-28 20:00")) == found[1:]


def test_gaps_are_when_nobody_is_on_duty():
    duty = Duty("help", "help", shifts=(shift("nowak", "mon-fri", "08:00-20:00"), shift("biuro", "mon", "20:00-08:00")))
    found = gaps(duty, at("2026-11-23 00:00"), at("2026-11-25 00:00"), WARSAW)
    assert found == (
        (at("2026-11-23 00:00"), at("2026-11-23 08:00")),
        (at("2026-11-24 20:00"), at("2026-11-25 00:00")),
    )
    assert gaps(LIST, at("2026-11-23 00:00"), at("2026-11-25 00:00"), WARSAW) == ()


WHO = st.sampled_from([*PEOPLE, "zarzad"])
MINUTE = st.integers(0, 1439).map(lambda each: f"{each // 60:02}:{each % 60:02}")
SHIFT = st.builds(shift, WHO, st.sampled_from(["mon", "sat-sun", "mon-sun"]), st.builds("{}-{}".format, MINUTE, MINUTE))
AROUND = st.datetimes(datetime(2026, 3, 26), datetime(2026, 3, 31)).map(lambda each: each.replace(tzinfo=WARSAW))  # noqa: DTZ001
DUTIES = st.builds(
    Duty,
    st.just("help"),
    st.just("help"),
    people=st.lists(WHO, max_size=2).map(tuple),
    shifts=st.lists(SHIFT, max_size=3).map(tuple),
    rotation=st.none()
    | st.builds(Rotation, st.sampled_from(["day", "week"]), AROUND, st.lists(WHO, min_size=1).map(tuple)),
    substitutions=st.lists(st.builds(Substitution, AROUND, AROUND, WHO, WHO), max_size=3).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(DUTIES, AROUND, st.integers(0, 47))
def test_nobody_twice_and_gaps_are_exactly_where_the_order_is_empty(duty, start, half_hours):
    # In UTC: two aware times of one zone are compared by their wall, which lies in the hour that a clock change skips.
    moment = start.astimezone(UTC) + timedelta(minutes=30 * half_hours)
    people = order(duty, moment, WARSAW)
    assert len(set(people)) == len(people)
    inside = any(begin <= moment < end for begin, end in gaps(duty, start, start + timedelta(days=2), WARSAW))
    assert inside == (not people)
