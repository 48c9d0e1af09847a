"""A machine with two slots, for the boot script and root's helper: a boot partition, a firmware, a stand-in RAUC."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.updating.helper import FORCED_SHUTDOWN, POWER_OFF, REBOOT, REBOOT_TO_TRY, Helper
from appliance.updating.slots import SlotsError

TOP = Path(__file__).parents[3]
BOOTSLOT = TOP / "image" / "files" / "usr" / "lib" / "dyzurka" / "bootslot"
COMPATIBLE = "dyzurka-simulated"


def boot_partition(folder: Path, version: str = "0.1.0") -> Path:
    """As the image lays it out: slot A runs, B is empty."""
    for slot in "AB":
        (folder / slot).mkdir(parents=True)
    (folder / "A" / "version").write_text(f"{version}\n")
    (folder / "config.txt").write_text("# The line os_prefix names the slot.\narm_64bit=1\nos_prefix=A/\n")
    (folder / "tryboot.txt").write_text("# The line os_prefix names the slot.\narm_64bit=1\nos_prefix=B/\n")
    return folder


class Machine:
    """Implements what `Helper` runs. `install` puts a version into the other slot, or fails with these words."""

    def __init__(self, folder: Path, version: str = "0.1.0") -> None:
        self.boot = boot_partition(folder / "boot", version)
        self.data, self.told = folder / "data", folder / "told"
        self.running, self.run_of_machine = folder / "slot", 1
        self.running.write_text("A\n")
        self.version_in: dict[str, str] = {}
        self.trouble = ""
        self.tryboot = folder / "tryboot"  # there when a Raspberry Pi's firmware is
        self.probation = folder / "probation"  # the initrd makes it, in a slot that is not the committed one
        self.upsmon = folder / "upsmon.pid"  # there when NUT's monitor runs
        self.restarts: list[str] = []
        self.ran: list[Sequence[str]] = []

    def bootslot(self, *words: str) -> str:
        """What the boot script says. Raises CalledProcessError."""
        env = os.environ | {"DYZURKA_BOOT": str(self.boot), "DYZURKA_SLOT_FILE": str(self.running)}
        return subprocess.run(["sh", BOOTSLOT, *words], env=env, check=True, capture_output=True, text=True).stdout

    def helper(self) -> Helper:
        return Helper(
            self.data,
            self.told,
            self.run,
            bootslot=BOOTSLOT,
            boot=f"run {self.run_of_machine}",
            compatible=COMPATIBLE,
            tryboot=self.tryboot,
            probation=self.probation,
            upsmon=[self.upsmon],
        )

    def run(self, command: Sequence[str]) -> Iterator[str]:
        """What a command prints, line by line."""
        self.ran.append(command)
        match list(command):
            case [script, *words] if script == str(BOOTSLOT):
                yield from self.bootslot(*words).splitlines(keepends=True)  # as a pipe gives them
            case ["rauc", "install", path]:
                yield from self._install(Path(path))
            case ["rauc", "status", "mark-active", "other"]:
                self.bootslot("set-primary", self.other)
            case ["rauc", "status", "mark-good", "booted"]:
                self.bootslot("set-state", self.bootslot("get-current").strip(), "good")
            case _ if tuple(command) == REBOOT:
                self.restarts.append("plain")
            case _ if tuple(command) == REBOOT_TO_TRY:
                self.restarts.append("try")
            case _ if tuple(command) in (POWER_OFF, FORCED_SHUTDOWN):
                self.restarts.append(command[0])
            case _:
                raise AssertionError(command)

    @property
    def other(self) -> str:
        return "B" if self.running.read_text().strip() == "A" else "A"

    def _install(self, path: Path) -> Iterator[str]:
        self.bootslot("set-state", self.other, "bad")
        yield "installing"
        yield "  0% Installing"
        if self.trouble:
            yield f"LastError: {self.trouble}"
            raise SlotsError("write_failed", why=self.trouble)
        yield " 40% Checking bundle done."
        yield "100% Installing done."
        (self.boot / self.other / "version").write_text(self.version_in[path.name] + "\n")

    def restart(self, *, power_cut: bool = False) -> str:
        """What firmware and initrd do: the slot that is to be tried, once, or the committed one; which it was."""
        if power_cut:
            self.bootslot("arrived")
        self.running.write_text(self.bootslot("take"))
        self.run_of_machine += 1
        self.helper().look()
        return self.running.read_text().strip()
