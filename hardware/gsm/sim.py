"""The SIM: what it wants, and its PIN, which is tried once (`pin.py`)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hardware.at.port import AtError, AtTimeoutError
from hardware.at.replies import fields, number
from hardware.gsm.pin import PinFile
from hardware.gsm.profiles import Question
from hardware.modem.trouble import Trouble

if TYPE_CHECKING:
    from hardware.gsm.modem import GsmModem

PIN_SECONDS = 15.0  # for a card to take its PIN
ABSENT, FAILURE, WRONG = 10, 13, 15  # 27.007 §9.2
LOCKED = "PH-"  # a code of the modem's: its seller wants other cards than this one in it (27.007 §8.3)
_CODES = {11: "SIM PIN", 12: "SIM PUK", 5: "PH-SIM PIN", 40: "PH-NET PIN", 41: "PH-NET PUK"}  # what they ask for

log = logging.getLogger("dyzurka.gsm")


async def look(modem: GsmModem) -> tuple[str, Trouble | None]:
    """What the SIM is ("ready", "pin", "puk", "absent", "" while it starts), and what is wrong with that.

    Raises PortGoneError, TroubleError.
    """
    try:
        answer = await modem.send("AT+CPIN?", "+CPIN:")
    except AtError as error:
        if error.code == ABSENT:
            return "absent", Trouble("no_sim")
        if error.code in (FAILURE, WRONG):
            return "", Trouble("sim_broken")
        wanted = _CODES.get(error.code or -1, "")
    except AtTimeoutError:
        await modem.ask("AT")  # silent altogether?
        return "", None
    else:
        wanted = fields(answer[0])[0] if answer else ""
    if wanted == "READY":
        return "ready", None
    if wanted == "SIM PUK":
        return "puk", Trouble("puk")
    if wanted == "SIM PIN":
        return "pin", None
    if wanted.startswith(LOCKED):
        return "", Trouble("locked", {"code": wanted})
    return "", None  # it starts


async def unlock(modem: GsmModem, pin: str, pins: PinFile) -> Trouble | None:
    """Send the PIN where that is allowed; what is wrong otherwise. Raises PortGoneError, TroubleError."""
    if not pin:
        return Trouble("pin_missing")
    card = await _first(modem, modem.profile.card) or await _serial(modem)
    tries = number(await _first(modem, modem.profile.pin_tries))
    try:
        verdict = await asyncio.to_thread(pins.judge, card, pin, tries)
        if verdict != "send":
            return Trouble(f"pin_{verdict}", {"tries": str(tries)})
        await asyncio.to_thread(pins.note_trying, card, pin)
    except OSError as error:
        return Trouble("pin_unwritten", {"trouble": str(error)})
    taken = await _enter(modem, pin)
    if taken is None:
        return Trouble("pin_wrong")  # nobody knows: it counts as tried
    try:
        await asyncio.to_thread(pins.note_result, card, pin, taken=taken)
    except OSError as error:
        log.error("that the PIN was taken cannot be written down: %s", error)
    return None if taken else Trouble("pin_wrong")


async def _enter(modem: GsmModem, pin: str) -> bool | None:
    """Whether the card takes it; None where it does not say."""
    try:
        await modem.send_secret(f'AT+CPIN="{pin}"', seconds=PIN_SECONDS)
    except AtError as error:
        log.error("the SIM refuses its PIN: %s", error)
        return False
    except AtTimeoutError:
        return None
    return True


async def _first(modem: GsmModem, questions: tuple[Question, ...]) -> str:
    """What the first of these commands that is answered says; "" where none is."""
    for question in questions:
        answer = await modem.ask(question.command, question.prefix)
        if answer:
            values = fields(answer[0])
            if len(values) > question.field and values[question.field]:
                return values[question.field]
    return ""


async def _serial(modem: GsmModem) -> str:
    """A card that does not tell its number is known by the modem that it is in (IMEI)."""
    answer = await modem.ask("AT+CGSN", "")
    return "in " + (answer[0] if answer else modem.seen.model)
