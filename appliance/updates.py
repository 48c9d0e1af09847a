"""Updates of a running exchange: which kind of machine this is, and what its updater may know of lines, calls, page.

What an update is, and when it is well, says `updating`; here its surroundings are put together.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance import VERSION, backups, former_settings
from appliance.building.model import Building
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.lines.line import Line as PhoneLine
from appliance.media.plane import MediaPlane
from appliance.options import Options
from appliance.register import events
from appliance.register.archive import BackupError
from appliance.register.log import Register
from appliance.requests.versions import Versions
from appliance.sharing import INCOMING
from appliance.updating import power
from appliance.updating.allowed import Box
from appliance.updating.healthy import Pace, Seen
from appliance.updating.journal import Journal, Line
from appliance.updating.simulated import SimulatedSlots
from appliance.updating.slots import Elsewhere, Slots, SlotsError
from appliance.updating.spool import STANDS, TOLD, SpooledSlots
from appliance.updating.states import IDLE, State
from appliance.updating.updater import Surroundings, Updater
from appliance.updating.words import state_said

SOUND_SILENT_SECONDS = 5.0  # the media process beats every second
QUICK: dict[str, Any] = {"calm_seconds": 1.0, "look_seconds": 0.5, "pace": Pace(steady=2.0, proving=8.0, quiet=30.0)}
PACKAGE = Path("/var/lib/dpkg/info/dyzurka.list")
SETTINGS_CAME_BACK = {
    "pl": "Po powrocie do poprzedniej wersji wróciły też jej ustawienia, bo nowszych nie umiała przeczytać. Sprawdzić"
    " dyżury i numery; to, co było zmienione w międzyczasie, jest w historii ustawień.",
    "en": "With the former version its settings are back as well, for it could not read the newer ones. Look at duties"
    " and numbers; what was changed meanwhile is in the history of the settings.",
}

log = logging.getLogger("dyzurka.update")


class Updates:
    """The updates of one exchange; `updater` is None where `elsewhere` says how this machine is updated."""

    def __init__(
        self,
        options: Options,
        clock: Clock,
        *,
        building: Callable[[], Building],
        lines: Mapping[str, PhoneLine],
        calls: Calls,
        register: Register,
        media: MediaPlane,
        faults: Faults,
        page_at: Callable[[], tuple[str, int] | None],
        later: Callable[[str, Coroutine[Any, Any, None]], None],
        restart: Callable[[Callable[[], object]], None],
    ) -> None:
        self._options, self._clock, self._building = options, clock, building
        self._lines, self._calls, self._register, self._media = lines, calls, register, media
        self._faults, self._page_at, self._later = faults, page_at, later
        found = slots_here(options, restart)
        self.elsewhere = found if isinstance(found, Elsewhere) else None
        self.slots = None if isinstance(found, Elsewhere) else found
        self.updater: Updater | None = None
        if self.slots is not None:
            self.updater = Updater(self.slots, options.data, clock, self._surroundings())

    def resume(self) -> None:
        """Go on with an update of the last life. The register must have been opened, and the page started."""
        if former_settings.came_back(self._options.data):
            language = self._building().box.language
            text, logged = SETTINGS_CAME_BACK[language], SETTINGS_CAME_BACK["en"]
            self._faults.set("settings", text, passing=True, logged=logged)
        if self.updater is not None:
            self.updater.resume()

    def box(self) -> Box:
        """The box as it is now."""
        data = self._options.data
        return Box(
            calls=max(len(self._calls.up), len(self._calls.tasks)),
            urgent=self._calls.aftercare.urgent_waits(),
            weak_power=power.weak(),
            unconfirmed=Versions(data, self._options.building_file).unconfirmed() is not None,
            free_bytes=shutil.disk_usage(data).free,
        )

    def backup_bytes(self) -> int:
        """What the backup before an update may need: the register twice, for it is copied first."""
        size = 0
        for name in ("register.db", "register.db-wal"):
            with suppress(OSError):
                size += (self._options.data / name).stat().st_size
        return 2 * size

    def _surroundings(self) -> Surroundings:
        quick = isinstance(self.slots, SimulatedSlots)
        return Surroundings(
            box=self.box,
            seen=self._seen,
            lines=self._standing,
            back_up=self._back_up,
            keep_settings=self._keep_settings,
            told=self._told,
            later=self._later,
            **(QUICK if quick else {"pace": Pace(proving=self._options.probation)}),
        )

    def _standing(self) -> dict[str, Line]:
        return {name: Line(line.kind, line.state().state == "up") for name, line in self._lines.items()}

    async def _seen(self) -> Seen:
        from appliance.updating import page  # brings an HTTP client, which nothing else here needs

        address = self._page_at()
        seen = Seen(
            page=address is not None and await asyncio.to_thread(page.answers, address),
            register=self._register.load() is not None,
            sound=self._media.silent_seconds() < SOUND_SILENT_SECONDS,
            lines={name: line.up for name, line in self._standing().items()},
        )
        return self.slots.spoil(seen) if isinstance(self.slots, SimulatedSlots) else seen

    async def _back_up(self) -> str:
        zone = self._building().box.timezone
        data, building_file = self._options.data, self._options.building_file
        try:
            path = await asyncio.to_thread(backups.make, data, building_file, self._clock, zone, recordings=False)
        except (BackupError, OSError) as error:
            raise SlotsError("no_backup", why=str(error)) from error
        return f"{backups.FOLDER}/{path.name}"

    def _keep_settings(self) -> None:
        try:
            former_settings.keep(self._options.data, self._options.building_file, VERSION)
        except (OSError, ValueError) as error:
            raise SlotsError("not_saved", why=str(error)) from error

    def _told(self, journal: Journal) -> None:
        """After each change of state: what people are told, and what is needed no longer."""
        if journal.state not in IDLE:
            return
        if journal.bundle:
            with suppress(OSError):
                (self._options.data / INCOMING / journal.bundle).unlink(missing_ok=True)
        detail = {"from": journal.old_version, "to": journal.new_version}
        self._register.record(events.BOX_CHANGED, who=journal.who, what=f"update_{journal.state.value}", detail=detail)
        if journal.state is State.BACK:
            language = self._building().box.language
            self._faults.set("update", state_said(journal, language), passing=True, logged=state_said(journal, "en"))


def slots_here(options: Options, restart: Callable[[Callable[[], object]], None]) -> Slots | Elsewhere:
    """What this machine is: the box with its two slots, a Debian package, or a directory of sources."""
    if options.slots == "simulated":
        return SimulatedSlots(options.data, VERSION, restart)
    if (TOLD / STANDS).exists():
        return SpooledSlots(options.data)
    return Elsewhere("package" if PACKAGE.exists() else "source")
