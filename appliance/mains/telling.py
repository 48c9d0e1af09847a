"""What people are told of the mains, and who: SMS to those named or first on duty, mail and push. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appliance.building.model import Building, Language, Mains, Override
from appliance.building.numbers import sends_sms
from appliance.building.rota import on_duty
from appliance.mains.machine import News
from appliance.notify.notice import Notice
from appliance.notify.telling import as_sms, may_be_texted, others

TEXTS: dict[str, tuple[str, str]] = {
    "lost": (
        "{box}: brak prądu od {time}. Działa z baterii{left}.",
        "{box}: no mains since {time}. It runs on its battery{left}.",
    ),
    "back": (
        "{box}: prąd wrócił o {time}. Nie było go {minutes} min.",
        "{box}: the mains came back at {time}. They were gone for {minutes} min.",
    ),
    "ending": (
        "{box}: brak prądu, bateria się kończy. Teraz się zatrzymuje; ruszy, gdy wróci prąd. Do tego czasu"
        " nikt się przez nią nie dodzwoni.",
        "{box}: no mains, and the battery ends. It stops now, until the mains are back; nobody gets"
        " through by it meanwhile.",
    ),
}
TITLES: dict[str, tuple[str, str]] = {
    "lost": ("{box}: brak prądu", "{box}: no mains"),
    "back": ("{box}: prąd wrócił", "{box}: the mains are back"),
    "ending": ("{box}: zatrzymuje się, brak prądu", "{box}: stops, no mains"),
}


def notices(
    news: News,
    config: Mains,
    building: Building,
    overrides: Sequence[Override],
    at: datetime,
    about: str,
    *,
    since: datetime,
    left: float | None,
) -> list[Notice]:
    """Every text of this news. `at`: now; `since`: when the mains went; `left`: seconds; `about`: a uid of its own."""
    language = building.box.language
    moment = at if news == "back" else since
    known = {
        "box": building.box.name,
        "time": f"{moment.astimezone(building.box.timezone):%H:%M}",
        "left": left_said(left, language),
        "minutes": str(max(1, round((at - since).total_seconds() / 60))),
    }
    text = TEXTS[news][language != "pl"].format(**known)
    title = TITLES[news][language != "pl"].format(**known)
    numbers = numbers_of(config, building, overrides, at) if sends_sms(building) else []
    told = [Notice("mains", "sms", each, as_sms(text, building), "", about) for each in numbers]
    return told + [Notice("mains", channel, to, text, title, about) for channel, to in others(building)]


def numbers_of(config: Mains, building: Building, overrides: Sequence[Override], at: datetime) -> list[str]:
    """Who gets an SMS: those that `[mains]` names, else whoever is first on duty on the first list."""
    numbers: Sequence[str] = config.sms
    if not numbers:
        duty = next(iter(building.duties), "")
        people = on_duty(building, duty, at, None, overrides) if duty else []
        numbers = people[0].phones if people else ()
    return list(dict.fromkeys(each for each in numbers if may_be_texted(building, each)))


def left_said(left: float | None, language: Language) -> str:
    """ ", jeszcze około 3 h 40 min"; "" where nobody knows."""
    if left is None:
        return ""
    hours, minutes = divmod(int(left // 60), 60)
    text = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f", jeszcze około {text}" if language == "pl" else f", for about {text} more"
