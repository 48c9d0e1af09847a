"""Whether the parts of a building file go together: lines, people, premises, pins. Notes what does not.

A group of checks is left out where the values that it needs could not be read: one slip, one message.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.building import numbers
from appliance.building.checks_duty import check_duty
from appliance.building.checks_menus import check_endings, check_menus
from appliance.building.checks_scenarios import check_scenarios
from appliance.building.model import Building
from appliance.building.notes import Notes, shown
from appliance.building.positions import Path


def check_draft(building: Building, notes: Notes) -> None:
    """Note every contradiction of a draft."""
    check_lines(building, notes)
    check_telephones(building, notes)
    check_premises(building, notes)
    check_pins(building, notes)
    check_mains(building, notes)
    check_queues(building, notes)
    check_call_backs(building, notes)
    check_menus(building, notes)
    check_endings(building, notes)
    check_scenarios(building, notes)
    check_duty(building, notes)
    check_announcements(building, notes)


def check_lines(building: Building, notes: Notes) -> None:
    """SIP lines have a server and a number; no number belongs to two lines; only our numbers are shown."""
    owners: dict[str, str] = {}
    for line in building.lines.values():
        at = notes.ids["lines"][line.id]
        if line.kind == "sip" and notes.clean((*at, "server")) and not line.server:
            notes.wrong(at, "needs_server")
        if line.kind == "sip" and notes.clean((*at, "number"), (*at, "numbers")) and not line.numbers:
            notes.wrong(at, "needs_number")
        if line.expires is not None and line.kind != "gsm":
            notes.wrong((*at, "expires"), "expires_only_gsm")
        if line.status_page and not line.gateway:
            notes.wrong((*at, "status_page"), "status_page_only_gateway")
        for number in line.numbers:
            if owners.setdefault(number, line.id) != line.id:
                notes.wrong(at, "number_twice", value=number, other=owners[number])
    if not notes.clean(("lines",)):
        return
    for premises, number in building.outbound.caller_id.items():
        if number not in owners:
            notes.wrong(("outbound", "caller_id", premises), "not_our_number", value=number)


def check_announcements(building: Building, notes: Notes) -> None:
    """Each is said at some time."""
    for index, each in enumerate(building.announcements if notes.clean(("announcements",)) else ()):
        if each.end <= each.start:
            notes.wrong(("announcements", index), "announced_never")


def check_telephones(building: Building, notes: Notes) -> None:
    """Everybody's telephones may be dialled."""
    if not notes.clean(("outbound", "allow")):
        return
    allow = building.outbound.allow
    for person in building.people.values():
        at = notes.ids["people"][person.id]
        for index, phone in enumerate(person.phones):
            reason = numbers.refusal(phone, allow)
            if reason is not None and notes.clean((*at, "phones")):
                notes.wrong((*at, "phones", index), _REASONS[reason], value=shown(phone), allow=_listed(allow))


_REASONS = {"malformed": "bad_number", "emergency": "emergency", "premium": "premium", "not_allowed": "not_allowed"}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "—"


def check_premises(building: Building, notes: Notes) -> None:
    """Where there are several buildings, residents and sensors say which; no telephone belongs to two flats."""
    several = len(notes.ids.get("buildings", {})) > 1
    named = {
        "residents": [each.building for each in building.residents],
        "sensors": [each.building for each in building.sensors],
    }
    for table, premises in named.items():
        for index, each in enumerate(premises if several and notes.clean((table,)) else ()):
            if not each:
                notes.wrong((table, index), "needs_building", known=_listed(notes.ids["buildings"]))
    first: dict[str, Path] = {}
    for index, resident in enumerate(building.residents if notes.clean(("residents",)) else ()):
        for phone in dict.fromkeys(resident.phones):
            at = ("residents", index, "phones", resident.phones.index(phone))
            if first.setdefault(phone, at) != at:
                notes.wrong(at, "phone_twice", value=phone, first=first[phone])


def check_pins(building: Building, notes: Notes) -> None:
    """No pin has two uses."""
    if not notes.clean(("panel",), ("sensors",), ("mains",)):
        return
    used: list[tuple[Path, int]] = []
    if building.panel:
        used += [(("panel", "status", colour), pin) for colour, pin in building.panel.status.items()]
        singles = ("panic_lamp", "buzzer", "button")
        used += [(("panel", name), getattr(building.panel, name)) for name in singles]
    used += [(("sensors", index, "pin"), sensor.pin) for index, sensor in enumerate(building.sensors)]
    if building.mains and building.mains.pin is not None:
        used.append((("mains", "pin"), building.mains.pin))
    first: dict[int, Path] = {}
    for at, pin in used:
        if pin is not None and first.setdefault(pin, at) != at:
            notes.wrong(at, "pin_twice", value=pin, first=first[pin])


def check_mains(building: Building, notes: Notes) -> None:
    """The box learns of the mains in one way."""
    mains = building.mains
    if mains is None or not notes.clean(("mains",)):
        return
    if [bool(mains.ups), mains.pin is not None, mains.simulated].count(True) != 1:
        notes.wrong(("mains",), "mains_one_way")


def check_call_backs(building: Building, notes: Notes) -> None:
    """Where callers may ask to be called back, there is somebody to do it: a queue's people, else a duty list's."""
    if building.queues or building.duties or not notes.clean(("queues",), ("duty",), ("menus",)):
        return
    for menu in building.menus.values():
        for index, option in enumerate(menu.options):
            if option.goto.kind == "callback":
                notes.wrong((*notes.ids["menus"][menu.id], "options", index, "goto"), "callback_nobody")


def check_queues(building: Building, notes: Notes) -> None:
    """The call-back key is one key, and not the one that refuses a recording."""
    for queue in building.queues.values():
        at = (*notes.ids["queues"][queue.id], "callback_key")
        if len(queue.callback_key) > 1:
            notes.wrong(at, "callback_length", value=shown(queue.callback_key))
        if queue.callback_key == "0" and building.recording.conversations:
            notes.wrong(at, "callback_recording")
