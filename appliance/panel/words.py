"""What is said of pins and contacts that do not work, in Polish and English: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.model import Language

WORDS: Mapping[str, tuple[str, str]] = {
    "no_library": (
        "brak biblioteki gpiod na tej maszynie. Zainstalować python3-libgpiod albo"
        " usunąć [panel] i [[sensors]] z building.toml",
        "the library gpiod is not on this machine. Install python3-libgpiod, or"
        " take [panel] and [[sensors]] out of building.toml",
    ),
    "no_chip": (
        "ta maszyna nie ma złącza GPIO. Lampki pokazuje strona; na zwykłym komputerze"
        " usunąć [panel] i [[sensors]] z building.toml",
        "this machine has no GPIO header. The page shows the lamps; on a PC"
        " take [panel] and [[sensors]] out of building.toml",
    ),
    "no_pin": (
        "takiego wyprowadzenia nie ma. Wpisać numer BCM od 0 do 27",
        "there is no such pin. Enter a BCM number from 0 to 27",
    ),
    "occupied": (
        "jest zajęte{by}. Wybrać inne albo wyłączyć to, co go zajmuje (config.txt)",
        "the pin is taken{by}. Choose another, or switch off what has it (config.txt)",
    ),
    "denied": (
        "centrala nie ma praw do GPIO. Sprawdzić grupę dyzurka i regułę 61-dyzurka-pins.rules",
        "the exchange may not use GPIO. Look at the group dyzurka and the rule 61-dyzurka-pins.rules",
    ),
    "lost": (
        "wyprowadzenie przestało odpowiadać. Centrala próbuje co 10 s; jeśli to trwa, uruchomić maszynę od nowa",
        "the pin no longer answers. It is tried every 10 s; where this lasts, start the machine again",
    ),
    "pin": ("{what} (wyprowadzenie {pin}): {why}.", "{what} (pin {pin}): {why}."),
    "by": (" ({who})", " ({who})"),
    "status": ("lampka stanu {colour}", "the {colour} status lamp"),
    "green": ("zielona", "green"),
    "amber": ("żółta", "amber"),
    "red": ("czerwona", "red"),
    "panic_lamp": ("lampka alarmowa", "the panic lamp"),
    "buzzer": ("brzęczyk", "the buzzer"),
    "button": ("przycisk", "the button"),
    "contact": ("styk „{name}”", "contact “{name}”"),
    "button_stuck": (
        "Przycisk jest wciśnięty od minuty: nie da się nim nic zrobić. Sprawdzić, czy się nie zaciął i czy przewód nie"
        " zwiera.",
        "The button has been pressed for a minute: it can do nothing. See whether it sticks, or its wire is shorted.",
    ),
    "not_unlocked": (
        "Przycisk przytrzymano przy włączeniu, ale hasła strony nie dało się odblokować: {why}. Zrobić miejsce na dysku"
        " i powtórzyć.",
        "The button was held at power-on, but the page could not be unlocked: {why}. Make room on the disk and repeat.",
    ),
    "chatters": (
        "Styk „{name}” (wyprowadzenie {pin}) otwiera się i zamyka bez przerwy: nie wiadomo, czy coś się dzieje."
        " Zajrzeć na miejsce, potem sprawdzić przewód i czujnik.",
        "Contact “{name}” (pin {pin}) opens and closes all the time: nobody knows whether something is wrong. Look"
        " there, then look at its wire and sensor.",
    ),
    "stuck": (
        "Styk „{name}” (wyprowadzenie {pin}) jest zamknięty od doby: następnej awarii nie zgłosi. Zajrzeć na"
        " miejsce, potem sprawdzić, czy przewód nie zwiera i czy czujnik się nie zaciął.",
        "Contact “{name}” (pin {pin}) has been closed for a day: it cannot report the next failure. Look there, then"
        " see whether its wire is shorted or the sensor is stuck.",
    ),
}


def said(key: str, language: Language, /, **values: object) -> str:
    """A text with its values filled in. Raises KeyError: no such text, or a value is missing."""
    return WORDS[key][language != "pl"].format(**values)


def of_pin(name: str, pin: int, reason: str, detail: str, language: Language) -> str:
    """Why a pin cannot be had. `name`: of the panel ("status green", "buzzer"), or "contact NAME"."""
    kind, _, which = name.partition(" ")
    values = {"colour": said(which, language)} if kind == "status" else {"name": which}
    what = said(kind, language, **values)
    why = said(reason, language, by=said("by", language, who=detail) if detail else "")
    return said("pin", language, what=what[:1].upper() + what[1:], pin=pin, why=why)
