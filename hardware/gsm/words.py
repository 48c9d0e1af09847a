"""What is said of a modem in Polish and English: what is wrong with it and what to do, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.building.model import Language
from hardware.modem.trouble import Trouble
from hardware.modem.words import FAULTS as OF_ANY

FAULTS: Mapping[str, tuple[str, str]] = {
    **OF_ANY,
    "no_sim": (
        "w modemie nie ma karty SIM: włożyć kartę (stykami do modemu) i podłączyć modem od nowa",
        "the modem has no SIM card: put it in (contacts towards the modem) and plug the modem in again",
    ),
    "sim_broken": (
        "karta SIM nie odpowiada: wyczyścić styki, włożyć od nowa; jeśli to nie pomoże, operator wymieni kartę",
        "the SIM card does not answer: clean its contacts, put it in again; else the provider replaces it",
    ),
    "pin_missing": (
        "karta SIM chce PIN-u, a plik budynku go nie ma: dopisać pin w [[lines]] albo wyłączyć PIN w telefonie",
        "the SIM card wants a PIN, the building file has none: add pin to [[lines]], or switch the PIN off in a phone",
    ),
    "pin_wrong": (
        "PIN jest zły; drugi raz nie będzie próbowany. Wyłączyć PIN karty w telefonie albo wpisać dobry",
        "the PIN is wrong; it is not tried again. Switch the card's PIN off in a phone, or write the right one",
    ),
    "pin_few": (
        "zostało mniej niż trzy próby PIN-u ({tries}), więc żadna nie będzie zużyta: włożyć kartę do telefonu, podać"
        " PIN i wyłączyć go",
        "fewer than three attempts at the PIN are left ({tries}), so none is used up: put the card into a phone, enter"
        " the PIN, and switch it off",
    ),
    "pin_unsure": (
        "modem nie mówi, ile prób PIN-u zostało, więc żadna nie będzie zużyta: wyłączyć PIN karty w telefonie",
        "the modem does not say how many attempts at the PIN are left; none is used up: switch the PIN off in a phone",
    ),
    "pin_unwritten": (
        "nie można zapisać, że PIN był próbowany ({trouble}), więc nie będzie próbowany: sprawdzić dysk",
        "it cannot be written down that the PIN was tried ({trouble}), so it is not tried: look at the disk",
    ),
    "puk": (
        "karta SIM jest zablokowana i chce PUK-u: włożyć ją do telefonu, podać PUK od operatora i wyłączyć PIN",
        "the SIM card is blocked and wants its PUK: put it into a phone, enter the provider's PUK, switch the PIN off",
    ),
    "locked": (
        "modem ma blokadę (simlock) i nie przyjmuje tej karty SIM ({code}): zdjąć blokadę u sprzedawcy modemu albo użyć"
        " modemu bez niej",
        "the modem is locked to another provider's cards and refuses this one ({code}): have its seller unlock it, or"
        " use one that is not locked",
    ),
    "no_network": (
        "modem nie znajduje sieci: sprawdzić antenę i miejsce; w innym telefonie sprawdzić, czy karta jest aktywna",
        "the modem finds no network: look at its antenna and place; try in a phone whether the card is active",
    ),
    "denied": (
        "sieć odrzuca kartę SIM: karta nieaktywna, niezarejestrowana albo bez środków; zadzwonić do operatora",
        "the network refuses the SIM card: not active, not registered or no credit; call the provider",
    ),
    "jammed": (
        "sygnał jest silny, a sieci nie ma: zagłuszanie albo zakłócenia. Odsunąć modem od innych urządzeń; jeśli to"
        " trwa, zawiadomić operatora",
        "there is a strong signal but no network: jamming or interference. Move the modem away from other devices;"
        " where it lasts, tell the provider",
    ),
    "roaming": (
        "modem jest w obcej sieci (roaming {operator}): rozmowy mogą kosztować; sprawdzić zasięg własnej sieci",
        "the modem is on a foreign network (roaming, {operator}): calls may cost; look at the coverage of your own",
    ),
    "sms_full": (
        "pamięć SMS jest pełna ({used} z {size}): nowe nie dojdą; usunąć stare w telefonie",
        "the store for SMS is full ({used} of {size}): no new ones arrive; delete old ones in a phone",
    ),
    "no_voice": (
        "ten modem nie przenosi głosu ({model}): działają tylko SMS-y. Modemy z głosem: docs/hardware.md",
        "this modem carries no voice ({model}): SMS only. For modems with voice see docs/hardware.md",
    ),
}
STRENGTHS = ((20, ("bardzo dobry", "very good")), (15, ("dobry", "good")), (10, ("wystarczający", "fair")))
WEAK, UNKNOWN_SIGNAL = ("słaby", "weak"), 99
LANGUAGES: tuple[Language, ...] = ("pl", "en")
TECHNOLOGIES = {
    **dict.fromkeys((0, 1, 3, 8), "2G"),  # GSM, GSM compact, EGPRS, EC-GSM-IoT (27.007 §7.3, <AcT>)
    **dict.fromkeys((2, 4, 5, 6), "3G"),
    **dict.fromkeys((7, 9), "4G"),
    **dict.fromkeys((10, 11, 12, 13), "5G"),
}


@dataclass(slots=True)
class Modem:
    """What is known of a modem that is plugged in. Empty texts and None: not known yet.

    `signal`: +CSQ's 0 to 31; `sim`: "ready", "absent", "pin", "puk"; `technology`: +COPS's <AcT>.
    """

    model: str = ""
    revision: str = ""
    voice: bool | None = None
    sim: str = ""
    operator: str = ""
    technology: int | None = None
    signal: int | None = None
    roaming: bool = False
    store: tuple[int, int] | None = None  # messages kept, and how many fit
    second_port: str = ""  # what keeps SMS from having a port of their own: a key of `SECOND_PORT`


NOT_YET = (", jeszcze bez sieci", ", no network yet")
SIM_WORDS = {
    "ready": ("karta SIM działa", "SIM card ready"),
    "absent": ("bez karty SIM", "no SIM card"),
    "pin": ("karta SIM czeka na PIN", "the SIM card waits for its PIN"),
    "puk": ("karta SIM czeka na PUK", "the SIM card waits for its PUK"),
}

SECOND_PORT = {
    "missing": (
        "SMS-y czekają na rozmowy (modem nie pokazuje drugiego portu AT)",
        "SMS wait for calls (the modem shows no second AT port)",
    ),
    "in_use": (
        "SMS-y czekają na rozmowy (drugiego portu AT nie można otworzyć: używa go inny program?)",
        "SMS wait for calls (its second AT port cannot be opened: does another program use it?)",
    ),
    "silent": (
        "SMS-y czekają na rozmowy (drugi port AT modemu nie odpowiada)",
        "SMS wait for calls (the modem's second AT port does not answer)",
    ),
}


def fault(key: str, language: Language, **details: str) -> str:
    """What is wrong, and the remedy."""
    return FAULTS[key][language != "pl"].format(**details)


def in_both(trouble: Trouble) -> dict[Language, str]:
    """What is wrong, and the remedy, in both languages."""
    return {language: fault(trouble.key, language, **trouble.details) for language in LANGUAGES}


def told(modem: Modem) -> dict[str, object]:
    """What is known of a modem, for the status: texts "" and others null while nothing is.

    `signal`: "very good", "good", "fair" or "weak", with `dbm`; `sim`: see `Modem`.
    """
    known = modem.signal is not None and modem.signal != UNKNOWN_SIGNAL
    return {
        "model": modem.model,
        "operator": modem.operator,
        "technology": TECHNOLOGIES.get(modem.technology, "") if modem.technology is not None else "",
        "signal": _strength(modem.signal)[1] if known and modem.signal is not None else "",
        "dbm": _dbm(modem.signal) if known and modem.signal is not None else None,
        "sim": modem.sim,
        "voice": modem.voice,
        "roaming": modem.roaming,
    }


def about(modem: Modem, language: Language) -> str:
    """One line on what a modem is and how it stands: its model, voice, network, signal, operator, SIM."""
    other = language != "pl"
    parts = [modem.model]
    if modem.voice is not None:
        parts.append((("głos: tak", "voice: yes") if modem.voice else ("głos: nie", "voice: no"))[other])
    parts += [TECHNOLOGIES.get(modem.technology, "") if modem.technology is not None else "", modem.operator]
    if modem.signal is not None and modem.signal != UNKNOWN_SIGNAL:
        parts.append(("sygnał ", "signal ")[other] + strength(modem.signal, language))
    if modem.sim in SIM_WORDS:
        parts.append(SIM_WORDS[modem.sim][other])
    if modem.second_port in SECOND_PORT:
        parts.append(SECOND_PORT[modem.second_port][other])
    return ", ".join(each for each in parts if each)


def strength(signal: int, language: Language) -> str:
    """A signal of +CSQ in words."""
    return f"{_strength(signal)[language != 'pl']} ({_dbm(signal)} dBm)"


def _strength(signal: int) -> tuple[str, str]:
    return next((words for least, words in STRENGTHS if signal >= least), WEAK)


def _dbm(signal: int) -> int:
    """0 to 31, 2 dB each from −113 dBm (27.007 §8.5)."""
    return 2 * signal - 113
