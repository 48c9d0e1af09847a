"""What status and page say of the mains and the UPS: what is wrong, what it means, what to do. Pure."""

from __future__ import annotations

from appliance.building.model import Language
from hardware.mains.reading import Reading

PART = "mains"  # of the fault "no mains": the status lamp is amber with it, not red
ENDING_PART = "battery"
UPS_PART = "ups"
WORDS: dict[str, tuple[str, str]] = {
    "battery": (
        "Brak prądu od {time}: wszystko działa z baterii{left}. Sprawdzić bezpieczniki; jeśli nie ma go w całej"
        " okolicy, zadzwonić do pogotowia energetycznego (991).",
        "No mains since {time}: everything runs on the battery{left}. Look at the fuses; where the whole street is"
        " dark, call the electricity company.",
    ),
    "ending": (
        "Bateria się kończy: centrala zaraz się zatrzyma i ruszy, gdy wróci prąd. Wszystko jest zapisane.",
        "The battery ends: the exchange is about to stop, until the mains are back. Everything is saved.",
    ),
    "replace": (
        "UPS prosi o nową baterię: przy braku prądu może nie wytrzymać. Wymienić ją.",
        "The UPS asks for a new battery: it may not last without mains. Replace it.",
    ),
    "distrusted": (
        "UPS mówi, że nie ma prądu, a urządzenie wciąż działa: centrala już się z tego powodu nie zatrzymuje."
        " Sprawdzić przewód do UPS-a, w building.toml pin i closed w [mains], a UPS wyłączyć na próbę z gniazdka.",
        "The UPS says there are no mains, and the box runs all the same: the exchange stops no more because of it."
        " Look at the wire to the UPS and at pin and closed of [mains] in building.toml; then pull the UPS's plug.",
    ),
    "away": (
        "UPS-a nie można zapytać: upsd nie odpowiada ({detail}). Uruchomić go (systemctl start nut-server) albo"
        " poprawić ups w [mains].",
        "The UPS cannot be asked: upsd does not answer ({detail}). Start it (systemctl start nut-server), or put ups in"
        " [mains] right.",
    ),
    "unknown_ups": (
        "NUT nie zna takiego UPS-a. Wpisać w [mains] nazwę z jego ups.conf (upsc -l ją poda).",
        "NUT knows no such UPS. Write the name of its ups.conf into [mains] (upsc -l tells it).",
    ),
    "denied": (
        "upsd nie odpowiada temu urządzeniu ({detail}). Dopuścić je w upsd.conf (LISTEN) i w zaporze.",
        "upsd does not answer this machine ({detail}). Let it in: upsd.conf (LISTEN) and the firewall.",
    ),
    "stale": (
        "UPS od dawna nic nie mówi ({detail}): czy jest prąd, nie wiadomo. Sprawdzić jego kabel USB, potem:"
        " systemctl restart nut-driver.target",
        "The UPS has not told anything for long ({detail}): whether there are mains is not known. Look at its USB"
        " cable, then: systemctl restart nut-driver.target",
    ),
    "nonsense": (
        "To, co odpowiada jako UPS, jest niezrozumiałe ({detail}). Sprawdzić ups w [mains]: adres i port NUT.",
        "What answers as the UPS is not understood ({detail}). Look at ups in [mains]: address and port of NUT.",
    ),
    "pin": (
        "Styku UPS-a nie można odczytać ({detail}). Sprawdzić pin w [mains].",
        "The UPS's contact cannot be read ({detail}). Look at pin in [mains].",
    ),
    "played": (
        "Pliku simulated-mains w katalogu danych nie można zrozumieć ({detail}). Wpisać do niego mains albo battery, na"
        " przykład: battery 40% 25min",
        "The file simulated-mains of the data directory is not understood ({detail}). Write mains or battery into it,"
        " for example: battery 40% 25min",
    ),
    "no_poweroff": (
        "Urządzenia nie można wyłączyć ({detail}): centrala czeka na prąd, nic nie zapisując.",
        "The machine cannot be switched off ({detail}): the exchange waits for the mains and writes nothing.",
    ),
}


def said(key: str, language: Language, **values: str) -> str:
    """A text with its values filled in."""
    return WORDS[key][language != "pl"].format(**values)


def trouble_said(reading: Reading, language: Language) -> str:
    """What is wrong with the UPS or the way to it."""
    return said(reading.trouble or "nonsense", language, detail=reading.detail or "—")
