"""Root's part of an update: `python -m appliance.updating.helper`, started by a unit when the exchange has asked.

It does one of six things (`spool.DEEDS`) and tells how far it is. The exchange runs without privileges and faces the
network, so nothing that it says is believed: the bundle is a plain file at one place, RAUC checks its signature, and
which slot is which the boot partition says (image/files/usr/lib/dyzurka/bootslot).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from appliance import VERSION
from appliance.media.durable import write_durably
from appliance.sharing import INCOMING
from appliance.updating.slots import Installation, Slot, SlotsError
from appliance.updating.spool import ANSWER, FOLDER, QUESTION, STANDS, TOLD, Answer, Question, question_of

BOOTSLOT = Path("/usr/lib/dyzurka/bootslot")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CONFIGURATION = Path("/etc/rauc/system.conf")
BUNDLE = re.compile(r"update-[0-9a-f]{16}\.raucb")
MOST_QUESTION_BYTES = 4096
FILE_MODE = 0o644
POWER_OFF = ("systemctl", "--no-block", "poweroff")
# Where NUT watches a UPS of its own it goes about it: the UPS cuts its output and gives it back with the mains.
FORCED_SHUTDOWN = ("upsmon", "-c", "fsd")
UPSMON = (Path("/run/nut/upsmon.pid"), Path("/run/upsmon.pid"))
REBOOT = ("systemctl", "--no-block", "reboot")
# To the firmware of a Raspberry Pi: read tryboot.txt in place of config.txt, this once. The mainline kernel tells
# nobody, so a module of ours tells the firmware (image/module). Other machines pass over it.
REBOOT_TO_TRY = ("systemctl", "--no-block", "--reboot-argument=0 tryboot", "reboot")
PROBATION = Path("/run/dyzurka/probation")
TRYBOOT = Path("/sys/kernel/dyzurka_firmware/tryboot")
MOST_WHY = 300

_PERCENT = re.compile(r"\s*(\d{1,3})%")

Lines = Callable[[Sequence[str]], Iterator[str]]
"""Runs a command and gives its output line by line; raises SlotsError "write_failed" {why} when it fails."""


class Helper:
    """Does what was asked, once. Paths and commands come in, so that a test can stand in for the machine."""

    def __init__(
        self,
        data: Path,
        told: Path,
        run: Lines,
        *,
        bootslot: Path,
        boot: str,
        compatible: str,
        tryboot: Path = TRYBOOT,
        probation: Path = PROBATION,
        upsmon: Sequence[Path] = UPSMON,
    ) -> None:
        self._data, self._told, self._run = data, told, run
        self._bootslot, self._boot, self._compatible = bootslot, boot, compatible
        self._tryboot, self._probation, self._upsmon = tryboot, probation, upsmon

    def serve(self) -> None:
        """Read the question, if there is one, take it away, do it, tell what came of it."""
        question = take(self._data / FOLDER / QUESTION)
        if question is None:
            self.look()
            return
        try:
            self._tell(Answer(question.id, "working"))
            self._do(question)
            self.look()
            self._tell(Answer(question.id, "done", 100))
        except SlotsError as error:
            self._tell(Answer(question.id, "failed", why=error.key, values=error.values))

    def look(self) -> Installation:
        """Tell how the machine stands. Raises SlotsError."""
        stands = self._installation()
        self._write(STANDS, asdict(stands))
        return stands

    def guard(self) -> bool:
        """Restart a machine whose new version nobody has found well in time; whether it was."""
        if not self._installation().on_probation:
            return False
        list(self._run(REBOOT))
        return True

    def _do(self, question: Question) -> None:
        match question.do:
            case "write":
                self._install(question)
            case "try":
                self._refuse_unless_good()
                list(self._run(("rauc", "status", "mark-active", "other")))
                if self._tryboot.exists():
                    self._tryboot.write_text("1")
                list(self._run(REBOOT_TO_TRY))
            case "commit":
                list(self._run(("rauc", "status", "mark-good", "booted")))
                if self._probation.exists():
                    self._probation.write_text("kept\n")  # the initrd's guard reads it, by the same inode
            case "leave":
                if not self._installation().on_probation:
                    raise SlotsError("not_on_probation")
                list(self._run(REBOOT))
            case "off":
                list(self._run(FORCED_SHUTDOWN if any(each.exists() for each in self._upsmon) else POWER_OFF))

    def _install(self, question: Question) -> None:
        if self._installation().on_probation:
            raise SlotsError("on_probation")
        path = self._data / INCOMING / question.bundle
        if not BUNDLE.fullmatch(question.bundle) or not _is_plain(path):
            raise SlotsError("no_bundle", why="no such file")
        other = self._installation().other
        last = 0
        for line in self._run(("rauc", "install", str(path))):
            found = _PERCENT.match(line)
            if found and last < int(found[1]) <= 100:
                last = int(found[1])
                self._tell(Answer(question.id, "working", last))
        list(self._run((str(self._bootslot), "set-installed", other)))

    def _refuse_unless_good(self) -> None:
        machine = self._installation()
        if machine.on_probation:
            raise SlotsError("on_probation")
        if not machine.slots[machine.other].good:
            raise SlotsError("other_slot_empty")

    def _installation(self) -> Installation:
        """As the boot partition has it: `bootslot show` tells one word after another."""
        try:
            lines = [line.strip() for line in self._run((str(self._bootslot), "show"))]
            told = dict(line.split("=", 1) for line in lines if "=" in line)
            versions = {name: told[f"version_{name}"] for name in "AB"}
            versions[told["current"]] = versions[told["current"]] or VERSION  # a card as it was written says none
            slots = {name: Slot(versions[name], told[f"state_{name}"] in ("good", "new")) for name in "AB"}
            return Installation(told["current"], told["committed"], slots, self._boot, self._compatible)
        except KeyError as error:
            raise SlotsError("helper_away", why=f"the boot partition does not tell {error}") from error

    def _tell(self, answer: Answer) -> None:
        self._write(ANSWER, asdict(answer))

    def _write(self, name: str, told: object) -> None:
        self._told.mkdir(mode=0o755, exist_ok=True)
        write_durably(self._told / name, json.dumps(told, default=dict).encode(), FILE_MODE)


def take(path: Path) -> Question | None:
    """The question in a file of a directory that is not root's; the file is gone afterwards."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        with suppress(OSError):
            path.unlink()  # a link or a directory: else the path unit would start us for ever
        return None
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(MOST_QUESTION_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    path.unlink(missing_ok=True)
    return question_of(text)


def lines_of(command: Sequence[str]) -> Iterator[str]:
    """Run a command; its output, line by line as it comes. Raises SlotsError when it fails."""
    last = ""
    try:
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)  # into the journal
                last = line.strip() or last
                yield line
    except FileNotFoundError as error:
        raise SlotsError("write_failed", why=str(error)) from error
    if process.returncode:
        raise SlotsError("write_failed", why=last[-MOST_WHY:] or f"{command[0]}: {process.returncode}")


def compatible_in(configuration: Path) -> str:
    """For which machine bundles are, as RAUC's own configuration says; "" where it says nothing."""
    with suppress(OSError):
        for line in configuration.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "compatible":
                return value.strip()
    return ""


def main(arguments: list[str] | None = None) -> int:
    """See the module. Exit status 1 when how the machine stands cannot be found out."""
    parser = argparse.ArgumentParser(prog="appliance.updating.helper", description="Root's part of an update.")
    parser.add_argument("--data", type=Path, required=True, help="data directory of the exchange")
    parser.add_argument("--told", type=Path, default=TOLD, help="where answers are written")
    parser.add_argument("--bootslot", type=Path, default=BOOTSLOT, help="what knows the boot partition")
    parser.add_argument("--look", action="store_true", help="only tell how the machine stands, at its start")
    parser.add_argument("--guard", action="store_true", help="restart a machine that is still on probation")
    chosen = parser.parse_args(arguments)
    helper = Helper(
        chosen.data,
        chosen.told,
        lines_of,
        bootslot=chosen.bootslot,
        boot=BOOT_ID.read_text().strip(),
        compatible=compatible_in(CONFIGURATION),
    )
    try:
        if chosen.guard:
            helper.guard()
        elif chosen.look:
            helper.look()
        else:
            helper.serve()
    except SlotsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
