"""What is said of a voice modem and its line in Polish and English: what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.modem.trouble import Trouble
from hardware.modem.words import FAULTS as OF_ANY

FAULTS: Mapping[str, tuple[str, str]] = {
    **OF_ANY,
    "no_voice": (
        "ten modem nie przenosi głosu ({model}): tylko faks i dane. Modemy z głosem: docs/hardware.md",
        "this modem carries no voice ({model}): fax and data only. For modems with voice see docs/hardware.md",
    ),
    "no_dial_tone": (
        "na linii nie ma sygnału: sprawdzić kabel od gniazdka do modemu (gniazdo LINE) i czy telefon wpięty w to"
        " gniazdko ma sygnał; jeśli nie, zgłosić awarię operatorowi",
        "there is no dial tone on the line: look at the cable from the wall to the modem's LINE socket, and whether a"
        " telephone on that wall socket has a tone; if not, report it to the provider",
    ),
    "stays_on_hook": (
        "modem nie podnosi słuchawki i na tej linii nikt się nie dodzwoni: wyjąć go z gniazda USB i włożyć ponownie;"
        " jeśli to nie pomaga, wymienić modem",
        "the modem does not go off hook, and nobody gets through on this line: pull it out of its USB socket and plug"
        " it in again; if that does not help, replace it",
    ),
}


def in_both(trouble: Trouble) -> dict[str, str]:
    """What is wrong, and the remedy, by language."""
    return {
        language: text.format(**trouble.details)
        for language, text in zip(("pl", "en"), FAULTS[trouble.key], strict=True)
    }
