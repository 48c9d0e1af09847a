"""The sound of a call by SIM: switched on in the make's own way, and its port handed to the media process."""

from __future__ import annotations

import asyncio
import logging

from appliance.media.pcm_channel import PcmChannel, open_sound_port
from appliance.media.sound import LegGoneError
from hardware.gsm.modem import GsmModem

SOUND_SECONDS = 12.0  # in which a modem that has answered must carry sound (SIM7600 refuses for some seconds)
AGAIN_SECONDS = 0.5  # between two tries
RESUME_SECONDS = 0.5  # after "stop sending", where the modem does not say when to go on

log = logging.getLogger("dyzurka.gsm")


async def prepare(modem: GsmModem) -> None:
    """Before the modem dials or answers."""
    by_card = modem.card is not None
    await modem.try_send(*(modem.profile.before_call_by_card if by_card else modem.profile.before_call), first=True)


async def begin(modem: GsmModem, channel: PcmChannel, *, heard_db: float, said_db: float) -> bool:
    """After the answer: give the channel its port and have the modem carry sound; False where it does not in time.

    `heard_db`, `said_db`: see `PcmChannel.open_port`.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(modem.profile.sound_after)
    has_port = False
    while not channel.closed:
        has_port = has_port or await _give_port(modem, channel, heard_db, said_db)
        if has_port and await modem.try_send(*modem.profile.in_call, first=True):
            log.info("%s: has sound, %.1f s after the answer", channel.leg_id, loop.time() - began)
            return True
        if loop.time() - began >= SOUND_SECONDS:
            log.error("%s: the modem carries no sound", channel.leg_id)
            return False
        await asyncio.sleep(AGAIN_SECONDS)
    return True


async def move(modem: GsmModem, channel: PcmChannel, *, heard_db: float, said_db: float) -> None:
    """Give the sound of a modem that carries it already to another of its calls."""
    await _give_port(modem, channel, heard_db, said_db)


async def end(modem: GsmModem) -> None:
    """After the last call."""
    await modem.sound_card.close()
    await modem.try_send(*modem.profile.after_call)


async def _give_port(modem: GsmModem, channel: PcmChannel, heard_db: float, said_db: float) -> bool:
    card, path = modem.card, modem.sound_path
    if (card is None and path is None) or channel.closed:
        return False
    try:
        descriptor = open_sound_port(str(path)) if card is None else await modem.sound_card.open(card)
        channel.open_port(descriptor, heard_db=heard_db, said_db=said_db)
    except (OSError, LegGoneError) as error:
        log.warning("%s: sound port: %s", channel.leg_id, error)
        return False
    return True
