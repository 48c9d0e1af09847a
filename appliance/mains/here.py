"""The mains of a running exchange: what its keeper may use of calls, messages and the machine.

When to stop and what to tell is the keeper's; here the exchange is stopped, or the machine asked to be switched off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance import service
from appliance.building.model import Building, Mains, Override
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.mains.keeper import MainsKeeper
from appliance.mains.rest import rest
from appliance.mains.words import ENDING_PART, said
from appliance.messages import Messages
from appliance.notify.notice import Notice
from appliance.register.log import Register
from appliance.updates import Updates
from appliance.updating.slots import SlotsError
from appliance.updating.spool import SpooledSlots
from hardware.mains.contact import Contact
from hardware.mains.nut_ups import NutUps
from hardware.mains.played import PlayedUps
from hardware.mains.reading import Ups
from hardware.panel.pins import Pins

log = logging.getLogger("dyzurka.mains")


def ups_of(config: Mains, pins: Pins, data: Path) -> Ups:
    """The source of readings that `[mains]` names."""
    if config.simulated:
        return PlayedUps(data)
    return NutUps(config.ups) if config.pin is None else Contact(config.pin, config.closed, pins)


class Here:
    """Implements the keeper's `Surroundings`."""

    def __init__(
        self,
        clock: Clock,
        *,
        building: Callable[[], Building],
        calls: Calls,
        messages: Messages,
        updates: Updates,
        faults: Faults,
        restart: Callable[[Callable[[], object]], None],
        pins: Callable[[], Pins],
        data: Path,
    ) -> None:
        """`pins`: a port for the time in which no exchange runs; `data`: the data directory."""
        self._clock, self._building, self._calls, self._messages = clock, building, calls, messages
        self._updates, self._faults, self._restart = updates, faults, restart
        self._pins, self.data = pins, data

    def tell(self, notice: Notice) -> None:
        """See `Surroundings`."""
        self._messages.notifier.tell(notice)

    def telling(self) -> int:
        """See `Surroundings`."""
        return self._messages.notifier.waiting()

    def urgent(self) -> bool:
        """See `Surroundings`."""
        return any(call.urgent for call in self._calls.up.values())

    async def stop(self, config: Mains) -> None:
        """See `Surroundings`. A machine that cannot be switched off is at rest."""
        if config.at_end == "poweroff":
            try:
                await self._switch_off()
            except SlotsError as error:
                language = self._building().box.language
                text = said("no_poweroff", language, detail=str(error))
                self._faults.set(ENDING_PART, text, logged=said("no_poweroff", "en", detail=str(error)))
            else:
                return  # systemd ends us
        self._restart(
            lambda: rest(
                lambda: ups_of(config, self._pins(), self.data), self._clock, lambda: service.notify("WATCHDOG=1")
            )
        )

    async def _switch_off(self) -> None:
        slots = self._updates.slots
        if not isinstance(slots, SpooledSlots):
            raise SlotsError("helper_away", why="only the box's own image can")
        await slots.off()


def keeper(
    here: Here,
    register: Register,
    clock: Clock,
    *,
    building: Callable[[], Building],
    overrides: Callable[[], Sequence[Override]],
    faults: Faults,
    pins: Pins,
) -> MainsKeeper:
    """The keeper of an exchange."""
    return MainsKeeper(
        register,
        clock,
        here,
        building=building,
        overrides=overrides,
        faults=faults,
        make=lambda config: ups_of(config, pins, here.data),
    )
