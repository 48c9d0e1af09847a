"""The one sentence on how things stand: the worst thing that holds, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import g

from webui import faults, shown
from webui.words import gettext, ngettext, pgettext

Status: TypeAlias = dict[str, Any]
Tickets: TypeAlias = Sequence[Mapping[str, Any]]
MOST_TOLD = 5  # troubles at once: the rest stands below
NEAR_DAYS = 7  # named by their weekday


@dataclass(frozen=True, slots=True)
class Standing:
    """How bad it is ("well", "care", "alarm"), the sentence, what to do, and whatever else is wrong, in sentences."""

    kind: str
    sentence: str
    remedy: str = ""
    also: tuple[str, ...] = ()


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
    troubles = list(_troubles(status, urgent))
    if troubles:
        return replace(troubles[0], also=tuple(each.sentence for each in troubles[1:MOST_TOLD]))
    well = gettext("All is well.")
    return Standing("well", f"{well} {_who_has_duty(status, now)}".strip())


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
    way, level = str(status["way"].get(g.language) or ""), status["way"]["level"]
    remedy_of_lines = _remedy([line for line in status["lines"] if line["state"] == "down"])
    if level == "fault":
        yield Standing("alarm", way, remedy_of_lines)
    for duty, people in status["on_duty"].items():
        if not people:
            name = g.names.duties.get(duty, duty)
            remedy = gettext("Put somebody on the duty list for this time: page Duty.")
            yield Standing("alarm", gettext("Nobody is on duty (%(duty)s).", duty=name), remedy)
    if level == "fallback":
        yield Standing("care", way, remedy_of_lines)
    for fault in beside_lines(status):
        yield Standing("care", gettext("There is a fault: %(text)s", text=faults.told(fault)))


def beside_lines(status: Status) -> list[str]:
    """The faults without those that are told beside their line."""
    down = [line["id"] for line in status["lines"] if line["state"] == "down"]
    told = tuple(f"{word} {line} " for word in ("Linia", "Line") for line in down)
    return [each for each in status["faults"] if not each.startswith(told)]


def _remedy(lines: list[dict[str, Any]]) -> str:
    """What lines that are down say of themselves, and what to do; some faults say both."""
    said = list(dict.fromkeys(faults.of_line(line) for line in lines if line.get("fault")))
    if lines and all(map(faults.says_what_to_do, lines)):
        return "; ".join(said)
    why = gettext("Told by the line: %(why)s.", why="; ".join(said)) if said else ""
    network = gettext("Look whether the network cable is in and the internet works; then call the provider.")
    return f"{why} {network}".strip()


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
