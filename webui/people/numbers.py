"""Telephone numbers as people type them, made into what the building file has. Pure but for its words.

It knows the form only. Whether there is such a number, and whether it may be dialled, the exchange checks.
"""

from __future__ import annotations

import re

from webui.words import gettext

COUNTRY = "+48"
_SEPARATORS = re.compile(r"[\s\-./()\u00a0\u2011\u2013]+")
_EXTENSION = re.compile(r"(?:ext|wewn|wew|w)[.:]?\s*([0-9]{1,6})", re.IGNORECASE)
_EMERGENCY = re.compile(r"(?:\+?48)?(112|99[0-9])")
_ADDRESS = re.compile(r"sips?:[^\s@<>]+@[^\s@<>]+", re.IGNORECASE)


def read_phone(text: str) -> str:
    """A person's number, extension ("wewn. 21", "21") or SIP address. Raises ValueError in the reader's words."""
    typed = text.strip()
    extension = _EXTENSION.fullmatch(typed)
    if extension:
        return f"ext:{extension[1]}"
    if typed.lower().startswith(("sip:", "sips:")):
        if not _ADDRESS.fullmatch(typed):
            raise ValueError(gettext("A SIP address is written sip:user@server."))
        return typed
    bare = _SEPARATORS.sub("", typed)
    if bare.isdigit() and len(bare) <= 6 and not _EMERGENCY.fullmatch(bare):
        return f"ext:{bare}"
    return read_number(typed)


def read_number(text: str) -> str:
    """A number as E.164. Raises ValueError in the reader's words."""
    bare = _SEPARATORS.sub("", text.strip())
    if _EMERGENCY.fullmatch(bare):
        raise ValueError(gettext("The box never rings an emergency number. Please give another one."))
    digits = f"+{bare[2:]}" if bare.startswith("00") else bare
    if re.fullmatch(r"[1-9][0-9]{8}", digits):
        return COUNTRY + digits
    if re.fullmatch(r"0[1-9][0-9]{8}", digits):
        return COUNTRY + digits[1:]
    if re.fullmatch(r"48[1-9][0-9]{8}", digits):
        return f"+{digits}"
    if digits.startswith(COUNTRY) and not re.fullmatch(r"\+48[1-9][0-9]{8}", digits):
        raise ValueError(gettext("A Polish number has nine digits. Please count them."))
    if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        return digits
    if bare.isdigit():
        raise ValueError(gettext("A Polish number has nine digits. Please count them."))
    raise ValueError(gettext("This is no telephone number. Write it like 501 502 503; from abroad with + in front."))


def typed(phone: str) -> str:
    """As somebody would type it: the other way round, for a form's field."""
    if phone.startswith("ext:"):
        return gettext("ext. %(number)s", number=phone.removeprefix("ext:"))
    digits = phone.removeprefix(COUNTRY)
    if phone.startswith(COUNTRY) and len(digits) == 9:
        return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    return phone
