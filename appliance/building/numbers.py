"""Telephone numbers: any form met on a line as E.164 (ITU-T), and which of them the box may dial.

Nothing here dials. Names and flats behind a number are the Building's business.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from appliance.building.model import Building

DialFormat = Literal["e164", "national", "00"]
Refusal = Literal["malformed", "emergency", "premium", "not_allowed"]

SMS_LINE_KINDS = ("gsm",)
COUNTRY = "48"  # whose national numbers need no country code
REGION = "PL"
READ_AGAIN = 1024  # numbers kept as read: a call asks for the same ones several times
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_POLISH = re.compile(r"(?:\+48|0048|48|0)?(112|99[0-9])")
# UKE's numbering plan: 70x premium rate, 801/804/806 shared cost and universal access; 800 is free to call.
_POLISH_PREMIUM = re.compile(r"\+48(?:70|80[1-9])")
_SEPARATORS = re.compile(r"[\s\-./()\u00a0]+")
_SCHEME = re.compile(r"^\s*<?\s*(?:sips?|tel):", re.IGNORECASE)


def _bare(text: str) -> str:
    """The digits, with a leading plus where there was one, of a number or a SIP or tel URI; anything else unchanged."""
    user = re.split(r"[;@>]", _SCHEME.sub("", text), maxsplit=1)[0]
    return _SEPARATORS.sub("", unquote(user))


@lru_cache(READ_AGAIN)
def e164(text: str, region: str = REGION) -> str | None:
    """A number in any inbound form ("+48...", "0048...", "48...", national, a SIP user part or URI) as E.164.

    National forms are read as those of `region` (ISO 3166). None for withheld numbers, short codes and garbage.
    """
    import phonenumbers  # its metadata is loaded by country, when first needed

    bare = _bare(text)
    if not re.fullmatch(r"\+?[0-9]{7,20}", bare):
        return None
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    candidates = [bare]
    if bare.startswith("0"):
        candidates = [bare[1:], bare]
    elif not bare.startswith("+"):
        # Providers also leave the plus away: of our numbers (48221234567) and of others' (4930123456).
        candidates = [bare, "+" + bare]
    possible = []
    for candidate in candidates:
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_possible_number(number):
            possible.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    # A range newer than the library's table is still somebody's number.
    return possible[0] if possible else None


def is_e164(text: str) -> bool:
    """Whether a text is a number in E.164 form of a length that its country has."""
    if text.startswith("+" + COUNTRY):
        return bool(re.fullmatch(r"[1-9][0-9]{8}", text[1 + len(COUNTRY) :]))
    return bool(_E164.fullmatch(text)) and e164(text) == text


def as_dialled(number: str, dial_format: DialFormat, country: str = COUNTRY) -> str:
    """An E.164 number as a provider wants it: "+48221234567", "221234567" (abroad: "0049..."), "0048221234567"."""
    if dial_format == "national" and number.startswith("+" + country):
        return number[1 + len(country) :]
    return number if dial_format == "e164" else "00" + number.removeprefix("+")


def is_emergency(number: str) -> bool:
    """Whether it is 112 or one of 990 to 999, in any form, also as a SIP or tel URI.

    Those are dialled from a telephone in the building only; the box neither calls nor forwards to them.
    """
    return bool(_SHORT_POLISH.fullmatch(_bare(number)))


@lru_cache(READ_AGAIN)
def is_premium(number: str) -> bool:
    """Whether an E.164 number costs more than a call: premium rate and shared cost, in any country."""
    import phonenumbers

    if _POLISH_PREMIUM.match(number):
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


def sends_sms(building: Building) -> bool:
    """Whether SMS are sent at all: the building wants them and has a line for them."""
    return building.notify.sms and carries_sms(building)


def carries_sms(building: Building) -> bool:
    """Whether a line has a SIM card."""
    return any(line.kind in SMS_LINE_KINDS for line in building.lines.values())


@lru_cache(READ_AGAIN)
def takes_sms(number: str) -> bool:
    """Whether an SMS to an E.164 number can arrive: a mobile's, or one of a kind that is not known."""
    import phonenumbers

    kind = phonenumbers.number_type(phonenumbers.parse(number))
    known = phonenumbers.PhoneNumberType
    return kind in (known.MOBILE, known.FIXED_LINE_OR_MOBILE, known.UNKNOWN)


def refusal(number: str, allow: tuple[str, ...]) -> Refusal | None:
    """Why the box may not dial a number or `sip:` address with these prefixes allowed; None when it may.

    An `ext:` is always allowed; a `sip:` address is, unless its user part is itself a number that is not.
    """
    if is_emergency(number):
        return "emergency"
    if number.startswith("ext:"):
        return None
    if number.startswith(("sip:", "sips:")):
        behind = e164(number)
        return refusal(behind, allow) if behind else None
    if not is_e164(number):
        return "malformed"
    if is_premium(number):
        return "premium"
    return None if number.startswith(allow) else "not_allowed"


def may_dial(building: Building, number: str) -> Refusal | None:
    """Why this building's box may not dial an E.164 number, an `ext:` or a `sip:` address; None when it may."""
    return refusal(number, building.outbound.allow)


def spoken(number: str) -> str:
    """A number as it is read out, digits in threes: "601 234 567"; from abroad with 00 and its country code."""
    digits = as_dialled(number, "national")
    return " ".join(digits[start : start + 3] for start in range(0, len(digits), 3))
