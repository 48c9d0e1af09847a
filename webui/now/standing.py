"""The one sentence on how things stand: the worst thing that holds, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import g

from webui import shown
from webui.words import gettext, ngettext, pgettext

Status: TypeAlias = dict[str, Any]
Tickets: TypeAlias = Sequence[Mapping[str, Any]]
NEAR_DAYS = 7  # named by their weekday


@dataclass(frozen=True, slots=True)
class Standing:
    """How bad it is ("well", "care", "alarm"), the sentence, and what to do."""

    kind: str
    sentence: str
    remedy: str = ""


def how_things_stand(status: Status | None, urgent: Tickets, now: datetime) -> Standing:
    """The worst that holds; when nothing is wrong, who is on duty until when."""
    if status is None:
        return Standing(
            "alarm",
            gettext("The exchange is not running: nobody can get through now. It has to be started again."),
            gettext(
                "Switch the box off and on again and wait two minutes. Where that does not help, tell whoever set"
                " it up. The register below can still be read."
            ),
        )
    worst = next(_troubles(status, urgent), None)
    well = gettext("All is well.")
    return worst or Standing("well", f"{well} {_who_has_duty(status, now)}".strip())


def until(at: str | None, now: datetime) -> str:
    """ "do 20:00", "do jutra 8:00", "do poniedziałku 8:00", "do 22.11.2026 8:00"; empty for None."""
    if not at:
        return ""
    zone = ZoneInfo(g.names.timezone)
    local, today = datetime.fromisoformat(at).astimezone(zone), now.astimezone(zone).date()
    time = shown.clock_time(local)
    days = (local.date() - today).days
    if days <= 0:
        return pgettext("duty", "until %(time)s", time=time)
    if days == 1:
        return gettext("until tomorrow %(time)s", time=time)
    if days < NEAR_DAYS:
        return gettext("until %(day)s %(time)s", day=_weekday(local.weekday()), time=time)
    return gettext("until %(day)s %(time)s", day=shown.day(local.date(), today, g.language), time=time)


def person(name: str) -> str:
    """A person's name, or what the register has for them."""
    return str(g.names.people.get(name, name))


def _troubles(status: Status, urgent: Tickets) -> Iterator[Standing]:
    """Everything that is wrong, the worst first."""
    untaken = [each["number"] for each in urgent if each["state"] == "new"]
    if untaken:
        sentence = gettext("Urgent ticket no. %(number)s is waiting for somebody to take it.", number=untaken[0])
        if len(untaken) > 1:
            sentence = ngettext(
                "%(num)d urgent ticket is waiting for somebody to take it.",
                "%(num)d urgent tickets are waiting for somebody to take them.",
                len(untaken),
            )
        yield Standing("alarm", sentence, gettext("Take it with the button below, then call the resident back."))
    lines_down = [line for line in status["lines"] if line["state"] == "down"]
    down, remedy = [line["id"] for line in lines_down], _remedy(lines_down)
    if down and len(down) == len(status["lines"]):
        yield Standing("alarm", gettext("No line works: nobody can get through now."), remedy)
    for duty, people in status["on_duty"].items():
        if not people:
            name = g.names.duties.get(duty, duty)
            put = gettext("Put somebody on the duty list for this time: page Duty.")
            yield Standing("alarm", gettext("Nobody is on duty (%(duty)s).", duty=name), put)
    if down:
        yield Standing("care", gettext("Line %(line)s is down.", line=", ".join(down)), remedy)
    for fault in status["faults"]:
        yield Standing("care", gettext("There is a fault: %(text)s", text=fault))


def _remedy(lines: list[dict[str, Any]]) -> str:
    """What to do about lines that are down; a modem's fault says it itself."""
    faults = [line["fault"] for line in lines if line["kind"] == "gsm" and line["fault"]]
    if len(faults) == len(lines):
        return "; ".join(faults)
    return gettext("Look whether the network cable is in and the internet works; then call the provider.")


def _who_has_duty(status: Status, now: datetime) -> str:
    """ "Dyżur: Jan Nowak do jutra 8:00."; each duty list by its name where there are several."""
    duties: Mapping[str, Any] = status["duty"]
    told = []
    for name, duty in duties.items():
        if not duty["people"]:
            continue
        who = person(duty["people"][0])
        words = f"{who} {until(duty.get('until'), now)}".strip()
        told.append(words if len(duties) == 1 else f"{duty.get('name') or name}: {words}")
    return gettext("On duty: %(who)s.", who="; ".join(told)) if told else ""


def _weekday(day: int) -> str:
    """The weekday as it stands after "until"."""
    days: Sequence[Callable[[], str]] = (
        lambda: pgettext("until", "Monday"),
        lambda: pgettext("until", "Tuesday"),
        lambda: pgettext("until", "Wednesday"),
        lambda: pgettext("until", "Thursday"),
        lambda: pgettext("until", "Friday"),
        lambda: pgettext("until", "Saturday"),
        lambda: pgettext("until", "Sunday"),
    )
    return days[day]()
