"""The texts of SMS, mail and push, Polish and English, and what one SMS holds. Pure.

GSM's own alphabet (3GPP TS 23.038 §6.2.1) has none of the Polish letters: one of them makes the whole SMS UCS-2, 70
characters in place of 160. So SMS are written without them unless the building wants them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from appliance.building.model import Language

# 3GPP TS 23.038 §6.2.1; those of the extension table (§6.2.1.1) take two places.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
GSM_SEPTETS, GSM_PART_SEPTETS = 160, 153
UCS2_UNITS, UCS2_PART_UNITS = 70, 67
MOST_NAMES = 4  # of those who were rung

WORDS: Mapping[str, tuple[str, str]] = {
    "urgent": (
        "PILNE{number}: {place}, {time}, {source}. Dzwonimy do dyżurnych.{claim}",
        "URGENT{number}: {place}, {time}, {source}. We are ringing duty.{claim}",
    ),
    "nobody": (
        "NIKT NIE PRZYJĄŁ{number}: {place}, {time}, {source}. {rung}{message}{claim}",
        "NOBODY ACCEPTED{number}: {place}, {time}, {source}. {rung}{message}{claim}",
    ),
    "rung": ("Dzwoniliśmy: {names}.", "We rang: {names}."),
    "rung_nobody": ("Do nikogo nie dzwoniliśmy.", "Nobody was rung."),
    "claim": (" Przyjęcie: odpisać 1", " To accept, reply 1"),
    "urgent_title": ("PILNE{number}: {place}, {time}", "URGENT{number}: {place}, {time}"),
    "nobody_title": ("NIKT NIE PRZYJĄŁ{number}: {place}, {time}", "NOBODY ACCEPTED{number}: {place}, {time}"),
    "taken_title": ("Przyjęte{number}: {place}, {time}", "Taken{number}: {place}, {time}"),
    "message": (" Jest wiadomość.", " There is a message."),
    "taken": (
        "Zgłoszenie{number} ({place}, {time}) przyjęte: {who}.",
        "Ticket{number} ({place}, {time}) taken: {who}.",
    ),
    "yours": (
        "Masz zgłoszenie{number}: {place}{flat}, {source}, z godz. {time}.",
        "You have ticket{number}: {place}{flat}, {source}, of {time}.",
    ),
    "flat": (" m. {flat}", " flat {flat}"),
    "receipt": (
        "{place}: zapisano zgłoszenie nr {digits}. W sprawie pilnej prosimy dzwonić.",
        "{place}: ticket no. {digits} is saved. If it is urgent, please call.",
    ),
    "choose": (
        "Czekają zgłoszenia: {numbers}. Odpisać 1 i numer, na przykład: 1 {digits}",
        "Tickets are waiting: {numbers}. Reply 1 and the number, for example: 1 {digits}",
    ),
    "none_waits": ("Żadne pilne zgłoszenie nie czeka.", "No urgent ticket is waiting."),
    "not_saved": (
        "Nie udało się zapisać przyjęcia. Proszę zadzwonić pod {caller}.",
        "Accepting could not be saved. Please call {caller}.",
    ),
    "withheld": ("zastrzeżony", "withheld"),
    "unknown_place": ("budynek nieznany", "building unknown"),
    "others": ("{count} innych", "{count} others"),
    "trouble_late": (
        "SMS do {who} ({what}) nie wychodzi{why}. Zadzwonić do tej osoby; sprawdzić kartę SIM, zasięg i saldo.",
        "The SMS to {who} ({what}) is not going out{why}. Ring them; look at the SIM card, its signal and balance.",
    ),
    "trouble_failed": (
        "SMS do {who} ({what}) nie dotarł{why}. Zadzwonić do tej osoby; sprawdzić jej numer i kartę SIM centrali.",
        "The SMS to {who} ({what}) did not arrive{why}. Ring them; check their number and the box's SIM card.",
    ),
    "trouble_no report": (
        "Nie wiadomo, czy SMS do {who} ({what}) dotarł: telefon może być wyłączony. Zadzwonić do tej osoby.",
        "It is not known whether the SMS to {who} ({what}) arrived: the phone may be off. Ring them.",
    ),
    "trouble_post_late": (
        "Poczta lub powiadomienie do {who} nie wychodzi{why}. Sprawdzić internet i dane serwera w [notify].",
        "Mail or push to {who} is not going out{why}. Look at the internet and the server's data in [notify].",
    ),
    "trouble_post_failed": (
        "Poczta lub powiadomienie do {who} nie dotarło{why}. Sprawdzić adres i dane serwera w [notify].",
        "Mail or push to {who} did not arrive{why}. Check the address and the server's data in [notify].",
    ),
    "trouble_more": (" Podobnych: {count}.", " And {count} more."),
    "trouble_no_server": (
        "W [notify] są adresy poczty, a nie ma mail_server: nic się nie wyśle. Dodać serwer w secrets.toml.",
        "[notify] has mail addresses and no mail_server: nothing is sent. Add the server in secrets.toml.",
    ),
    "test_title": ("{box}: wiadomość próbna", "{box}: a test message"),
    "test": (
        "{box}: to jest wiadomość próbna. Tak będą przychodzić pilne wiadomości. Nic nie trzeba robić.",
        "{box}: this is a test message. Urgent messages will come like this. There is nothing to do.",
    ),
    "fault_title": ("{box}: usterka", "{box}: a fault"),
    "fault": ("{box}, {time}. Usterka:\n\n{text}", "{box}, {time}. A fault:\n\n{text}"),
    "well_title": ("{box}: usterka minęła", "{box}: a fault is over"),
    "well": ("{box}, {time}. Już nie ma usterki:\n\n{text}", "{box}, {time}. No longer a fault:\n\n{text}"),
}


def said(key: str, language: Language, /, **values: object) -> str:
    """A text with its values filled in. Raises KeyError: no such text, or a value is missing."""
    return WORDS[key][language != "pl"].format(**values)


def plain(text: str) -> str:
    """The text in letters that GSM's alphabet has: "Zażółć" becomes "Zazolc". What it cannot show becomes "?"."""
    letters = []
    for letter in text.translate(_STANDINGS):
        if letter in GSM_BASIC or letter in GSM_EXTENDED:
            letters.append(letter)
            continue
        bare = "".join(each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each))
        letters.append("".join(each if each in GSM_BASIC else "?" for each in bare))
    return "".join(letters)


_STANDINGS = str.maketrans({"ł": "l", "Ł": "L", "„": '"', "”": '"', "“": '"', "’": "'", "–": "-", "—": "-", "…": "..."})


def segments(text: str) -> int:
    """How many SMS a text is: what it costs."""
    if all(letter in GSM_BASIC or letter in GSM_EXTENDED for letter in text):
        size = sum(2 if letter in GSM_EXTENDED else 1 for letter in text)
        return 1 if size <= GSM_SEPTETS else -(-size // GSM_PART_SEPTETS)
    size = len(text.encode("utf-16-be")) // 2
    return 1 if size <= UCS2_UNITS else -(-size // UCS2_PART_UNITS)


def names_in_short(names: list[str], language: Language, most: int = MOST_NAMES) -> str:
    """Some names, at most so many, and how many others there are."""
    shown = names[:most]
    if len(names) > len(shown):
        shown.append(said("others", language, count=len(names) - len(shown)))
    return ", ".join(shown)
