"""Whether somebody is on duty at every hour, and whether substitutions make sense.

No clock is read: without a rotation one week stands for all; with one, the week before it starts does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from appliance.building.local import moment
from appliance.building.model import Building, Duty
from appliance.building.notes import Notes
from appliance.building.positions import Path
from appliance.building.rota import gaps

ONE_WEEK = timedelta(days=7)
ANY_MONDAY = datetime(2026, 6, 1)  # noqa: DTZ001 - a local week without a change of clocks
_DAYS_PL = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_duty(building: Building, notes: Notes) -> None:
    """Note gaps in the cover of each duty list, and substitutions that cannot be meant."""
    for duty in building.duties.values():
        at = notes.ids["duty"][duty.id]
        for index, each in enumerate(duty.substitutions if notes.clean((*at, "substitutions")) else ()):
            if each.end <= each.start:
                notes.wrong((*at, "substitutions", index), "ends_before_start")
            if each.who == each.instead_of:
                notes.wrong((*at, "substitutions", index), "instead_of_self", who=each.who)
        if notes.clean(at):
            _check_cover(building, duty, at, notes)


def _check_cover(building: Building, duty: Duty, at: Path, notes: Notes) -> None:
    """At most one message for each list of people: the first gap."""
    zone = building.box.timezone
    for premises in (None, *duty.by_building):
        where = (*at, "people") if premises is None else (*at, "by_building", premises)
        if duty.rotation:
            starts = duty.rotation.starts
            if gaps(duty, starts - ONE_WEEK, starts, zone, premises):
                notes.wrong((*at, "rotation", "starts"), "before_rotation", starts=f"{starts:%Y-%m-%d %H:%M}")
                return
            continue
        found = gaps(duty, moment(ANY_MONDAY, zone), moment(ANY_MONDAY + ONE_WEEK, zone), zone, premises)
        if found:
            notes.wrong(where, "nobody_on_duty", gap=_gap(*found[0]))


def _gap(start: datetime, end: datetime) -> dict[str, str]:
    """A weekly stretch of time in both languages; a whole week is always."""
    if end - start >= ONE_WEEK:
        return {"pl": "nigdy", "en": "never"}
    return {
        "pl": f"{_DAYS_PL[start.weekday()]} {start:%H:%M} – {_DAYS_PL[end.weekday()]} {end:%H:%M}",
        "en": f"{_DAYS_EN[start.weekday()]} {start:%H:%M} to {_DAYS_EN[end.weekday()]} {end:%H:%M}",
    }
