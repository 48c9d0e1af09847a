"""What a modem is asked about itself and its network: the answers stand in its `seen`. All raise as `ask` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware import discovery
from hardware.at.replies import number

if TYPE_CHECKING:
    from hardware.gsm.modem import GsmModem

HOME, DENIED, ROAMING = 1, 3, 5  # <stat> of +CREG (27.007 §7.2)
FULL = "1"  # of +CFUN: not asleep, not in flight mode
SWITCH_ON_SECONDS = 10.0


async def identify(modem: GsmModem) -> None:
    """What it is and whether it carries voice; one that is asleep is switched on."""
    device = modem.device
    assert device is not None
    await modem.try_send("ATE0", "AT+CMEE=1")
    model, revision = await modem.ask("AT+CGMM", ""), await modem.ask("AT+CGMR", "")
    modem.seen.model = device.known.name if device.known is not discovery.GENERIC else " ".join(model or ["modem"])
    modem.seen.revision = " ".join(revision or [])
    proof = modem.profile.voice_proof
    proven = not proof or await modem.ask(proof, "") is not None
    has_sound = modem.sound_path is not None or modem.card is not None
    modem.seen.voice = modem.profile.voice and proven and has_sound
    if (await modem.ask_one("AT+CFUN?", "+CFUN:") or [FULL])[0] != FULL:
        await modem.try_send(f"AT+CFUN={FULL}", seconds=SWITCH_ON_SECONDS)


async def registration(modem: GsmModem) -> set[int | None]:
    """How it stands with the networks, 2G and 3G, and 4G: each <stat> that it tells."""
    answers = (await modem.ask_one("AT+CREG?", "+CREG:"), await modem.ask_one("AT+CEREG?", "+CEREG:"))
    stats = {number(each[1]) for each in answers if len(each) > 1}
    modem.seen.roaming = ROAMING in stats and HOME not in stats
    if not stats & {HOME, ROAMING}:
        modem.seen.operator, modem.seen.technology = "", None  # those that it had are not there now
    return stats


async def measure(modem: GsmModem) -> None:
    """Its signal, its operator, its store for SMS."""
    await signal(modem)
    operator = await modem.ask_one("AT+COPS?", "+COPS:")
    modem.seen.operator = operator[2] if len(operator) > 2 else ""
    modem.seen.technology = number(operator[3]) if len(operator) > 3 else None
    match [number(each) for each in (await modem.ask_one("AT+CPMS?", "+CPMS:"))[1:3]]:
        case [int(used), int(size)]:
            modem.seen.store = used, size
        case _:
            modem.seen.store = None


async def signal(modem: GsmModem) -> None:
    """Its signal alone."""
    told = await modem.ask_one("AT+CSQ", "+CSQ:")
    modem.seen.signal = number(told[0]) if told else None
