"""Where the building file still names somebody or something, in words: what is named cannot be removed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from webui.document import Document
from webui.words import gettext


def of_person(there: Document, person: str) -> list[str]:
    """Duty lists, queues and menus that name a person."""
    return [*_in_duties(there, person), *_in_queues(there, person), *_led_to(there, f"person:{person}")]


def of_extension(there: Document, number: str) -> list[str]:
    """People and menus that name a telephone in the building."""
    owners = (each for each in there.table("people") if f"ext:{number}" in (each.get("phones") or ()))
    told = [gettext("telephone of %(who)s", who=each.get("name", each.get("id"))) for each in owners]
    return [*told, *_led_to(there, f"extension:{number}")]


def _in_duties(there: Document, person: str) -> Iterator[str]:
    for duty in there.table("duty"):
        name = str(duty.get("name") or duty.get("id"))
        lists = [duty.get("people") or (), *(duty.get("by_building") or {}).values()]
        if any(person in each for each in lists):
            yield gettext("duty list %(name)s: order of ringing", name=name)
        if person in ((duty.get("rotation") or {}).get("people") or ()):
            yield gettext("duty list %(name)s: rotation", name=name)
        if any(each.get("who") == person for each in duty.get("shifts") or ()):
            yield gettext("duty list %(name)s: shifts", name=name)
        if any(person in (each.get("who"), each.get("instead_of")) for each in duty.get("substitutions") or ()):
            yield gettext("duty list %(name)s: substitutions", name=name)
        if person in (duty.get("escalate_to") or ()):
            yield gettext("duty list %(name)s: who is rung when nobody takes the ticket", name=name)


def _in_queues(there: Document, person: str) -> Iterator[str]:
    for queue in there.table("queues"):
        if person in (queue.get("people") or ()):
            yield gettext("queue %(name)s", name=str(queue.get("name") or queue.get("id")))


def _led_to(there: Document, destination: str) -> Iterator[str]:
    """What leads callers there."""
    for menu in there.table("menus"):
        goes = [menu.get("no_input"), menu.get("silent"), *(each.get("goto") for each in menu.get("options") or ())]
        if destination in goes:
            yield gettext("menu %(name)s", name=menu.get("id"))
    for duty in there.table("duty"):
        if duty.get("unanswered") == destination:
            yield gettext("duty list %(name)s: when nobody answers", name=str(duty.get("name") or duty.get("id")))
    for queue in there.table("queues"):
        if queue.get("overflow") == destination:
            yield gettext("queue %(name)s: when it is full", name=str(queue.get("name") or queue.get("id")))
