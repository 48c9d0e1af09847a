"""What is said on an occasion, to whom: the people of the duty list, the mail addresses, the caller. Pure.

An SMS to the people on duty holds the caller's number and the building, no flat and no link. The flat is told to the
one who has taken the ticket, unless the list says never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from appliance.building.model import Building, Duty, Language, Override, Person
from appliance.building.numbers import may_dial, sends_sms, takes_sms
from appliance.building.rota import escalated, on_duty
from appliance.notify.notice import Affair, Channel, Notice, Occasion
from appliance.notify.texts import MOST_NAMES, names_in_short, plain, said, segments

NOT_REACHED = ("cancelled",)  # who was only about to be rung when somebody else accepted


def notices(
    occasion: Occasion, affair: Affair, building: Building, overrides: Sequence[Override], at: datetime
) -> list[Notice]:
    """Every text that this occasion wants. `at`: when it happened, which says who is on duty."""
    return list(_notices(occasion, affair, building, overrides, at))


def _notices(
    occasion: Occasion, affair: Affair, building: Building, overrides: Sequence[Override], at: datetime
) -> Iterator[Notice]:
    language = building.box.language
    if occasion == "receipt":
        yield from _receipt(affair, building)
        return
    if sends_sms(building):
        text = _text(occasion, affair, building, said("claim", language))
        taker = building.people.get(affair.taken_by) if occasion == "taken" else None
        for person, number in duty_numbers(building, affair, overrides, at):
            if person != taker:
                yield _sms(occasion, number, text, affair, building)
        for number in _numbers(building, taker) if taker is not None else ():
            yield _sms("yours", number, _to_taker(affair, building, language), affair, building)
    title = said(f"{occasion}_title", language, **_known(affair, building, language))
    for channel, to in others(building):
        yield _notice(occasion, channel, to, _text(occasion, affair, building), affair, title)


def duty_list(building: Building, duty: str) -> Duty | None:
    """The list that was hunted, or the building's first, as for the chase."""
    return building.duties.get(duty) or next(iter(building.duties.values()), None)


def duty_numbers(
    building: Building, affair: Affair, overrides: Sequence[Override], at: datetime
) -> list[tuple[Person, str]]:
    """Every number that an SMS about it can be sent to, in the order of ringing; none twice.

    Those of the duty list, and once nobody has taken it for so long those of `escalate_to`.
    """
    config = duty_list(building, affair.duty)
    if config is None:
        return []
    people = [
        *on_duty(building, config.id, at, affair.building or None, overrides),
        *escalated(building, config.id, (at - affair.began).total_seconds()),
    ]
    found = {number: (person, number) for person in reversed(people) for number in _numbers(building, person)}
    return list(found.values())[::-1]


def _numbers(building: Building, person: Person) -> Iterator[str]:
    return (each for each in person.phones if may_be_texted(building, each))


def may_be_texted(building: Building, number: str) -> bool:
    """Whether an SMS to it can arrive and may be paid for."""
    return number.startswith("+") and takes_sms(number) and may_dial(building, number) is None


def others(building: Building) -> Iterator[tuple[Channel, str]]:
    """Mail addresses and push services that are told."""
    if building.notify.mail_server:
        for address in building.notify.mail:
            yield "mail", address
    for url in building.notify.push:
        yield "push", push_name(url)


def push_name(url: str) -> str:
    """A push service as the register may name it: its kind, and a mark; the address itself is a secret."""
    return f"{url.partition('://')[0]}-{sha256(url.encode()).hexdigest()[:6]}"


def _text(occasion: Occasion, affair: Affair, building: Building, claim: str = "") -> str:
    """`claim`: how to accept, where that can be said."""
    language = building.box.language
    known = {**_known(affair, building, language), "claim": claim}
    if occasion == "taken":
        return said("taken", language, who=named(building, affair.taken_by), **known)
    if occasion == "urgent":
        return said("urgent", language, **known)
    message = said("message", language) if affair.message else ""
    names = [named(building, who) for who, result in affair.rung.items() if result not in NOT_REACHED]
    for most in range(MOST_NAMES, 0, -1):
        rung = said("rung", language, names=names_in_short(names, language, most))
        text = said("nobody", language, rung=rung if names else said("rung_nobody", language), message=message, **known)
        if segments(plain(text)) == 1:
            break
    return text


def _known(affair: Affair, building: Building, language: Language) -> dict[str, str]:
    began = affair.began.astimezone(building.box.timezone)
    return {
        "number": f" {affair.number}" if affair.number else "",
        "place": place(building, affair.building, language),
        "time": f"{began:%H:%M}",
        "source": affair.sensor or f"tel. {affair.caller or said('withheld', language)}",
    }


def place(building: Building, premises: str, language: Language) -> str:
    """A house by its name; the only one where it is not known which."""
    if premises not in building.premises and len(building.premises) == 1:
        premises = next(iter(building.premises))
    known = building.premises.get(premises)
    return known.name if known else said("unknown_place", language)


def named(building: Building, who: str) -> str:
    """Somebody by name; a login as it is."""
    person = building.people.get(who)
    return person.name if person is not None else who


def _to_taker(affair: Affair, building: Building, language: Language) -> str:
    config = duty_list(building, affair.duty)
    resident = building.resident(affair.caller)
    flat = ""
    if resident is not None and config is not None and config.tell_flat != "never":
        flat = said("flat", language, flat=resident.flat)
    return said("yours", language, flat=flat, **_known(affair, building, language))


def _receipt(affair: Affair, building: Building) -> Iterator[Notice]:
    number = affair.caller
    if not building.notify.receipt or not sends_sms(building) or number is None:
        return
    if may_be_texted(building, number):
        language = affair.language or building.box.language
        where = place(building, affair.building, language)
        yield _sms("receipt", number, said("receipt", language, place=where, digits=affair.number), affair, building)


def _sms(occasion: Occasion, to: str, text: str, affair: Affair, building: Building) -> Notice:
    return _notice(occasion, "sms", to, as_sms(text, building), affair)


def as_sms(text: str, building: Building) -> str:
    """A text in the letters that the building wants in SMS."""
    return text if building.notify.sms_letters == "polish" else plain(text)


def _notice(occasion: Occasion, channel: Channel, to: str, text: str, affair: Affair, title: str = "") -> Notice:
    return Notice(occasion, channel, to, text, title, affair.ticket, affair.call, affair.ticket, affair.building)
