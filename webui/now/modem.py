"""What the status says of a SIM card and its modem, as a caretaker reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g

from webui import shown
from webui.words import Words, gettext, lazy_pgettext, ngettext

SIGNALS: Mapping[str, Words] = {
    "very good": lazy_pgettext("signal", "very good"),
    "good": lazy_pgettext("signal", "good"),
    "fair": lazy_pgettext("signal", "fair"),
    "weak": lazy_pgettext("signal", "weak"),
}
SIM: Mapping[str, Words] = {
    "ready": lazy_pgettext("card", "The SIM card works."),
    "absent": lazy_pgettext("card", "There is no SIM card in the modem."),
    "pin": lazy_pgettext("card", "The SIM card waits for its PIN."),
    "puk": lazy_pgettext("card", "The SIM card is blocked and waits for its PUK."),
}


def about_modem(line: Mapping[str, Any]) -> str:
    """Network and signal, the card, the modem: a sentence each, of what is known."""
    modem: Mapping[str, Any] = line.get("modem") or {}
    network = ", ".join(str(each) for each in (modem.get("operator"), modem.get("technology")) if each)
    told = [gettext("Network: %(network)s.", network=network)] if network else []
    if modem.get("roaming"):
        told.append(gettext("It is a foreign network (roaming)."))
    if modem.get("signal"):
        signal = SIGNALS.get(modem["signal"], modem["signal"])
        dbm = str(modem.get("dbm") or "").replace("-", "\N{MINUS SIGN}")
        told.append(gettext("Signal: %(signal)s (%(dbm)s dBm).", signal=signal, dbm=dbm))
    if modem.get("sim") in SIM:
        told.append(str(SIM[modem["sim"]]))
    if modem.get("model"):
        told.append(gettext("Modem: %(model)s.", model=modem["model"]))
    if modem.get("voice") is False:
        told.append(gettext("It sends and takes SMS only, no calls."))
    return " ".join(told)


def expiry(day: str, now: datetime) -> str:
    """Until when a prepaid card works, and how many days that is."""
    last, today = date.fromisoformat(day), now.astimezone(ZoneInfo(g.names.timezone)).date()
    words, left = shown.plain_day(last, g.language), (last - today).days
    if left < 0:
        return gettext("The card has expired: its last day was %(day)s. Top it up now.", day=words)
    return ngettext(
        "The card works until %(day)s (%(num)d day left).",
        "The card works until %(day)s (%(num)d days left).",
        left,
        day=words,
    )
