"""The box in the emulator: the image as built, booted by QEMU behind a router of its own, looked at through SSH.

Nothing in the image knows of this: SSH is switched on as an owner does it, by a file on the card's first partition.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.peers.ports import HOST, free_range
from tests.peers.program import Deadline

TOP = Path(__file__).parents[2]
BUILD = Path(os.environ.get("BUILD", TOP / "build"))
FIRMWARE_AT = 4 << 20  # where the first partition begins
BOOT_SECONDS = 420.0  # emulated, on a machine that may have other work
COMMAND_SECONDS = 60.0
KEPT_LINES = 60  # of the console, in a failure
MEMORY_MIB = 1024
RASPI3B_TREE = "bcm2837-rpi-3-b.dtb"


def image() -> Path:
    """The card that build.sh made; the newest. Fails where there is none."""
    found = sorted(BUILD.glob("dyzurka-*.img"), key=lambda path: path.stat().st_mtime)
    assert found, f"no image in {BUILD}: ./build.sh --card"
    return found[-1]


class Card:
    """A copy of the image, as large as somebody's card, with the owner's files on its first partition."""

    def __init__(self, folder: Path, *, more_mib: int = 512, whole_mib: int = 0) -> None:
        """`more_mib` larger than the image, or `whole_mib` in all."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.path, self.key = folder, folder / "card.img", folder / "key"
        subprocess.run(["cp", "--sparse=always", str(image()), str(self.path)], check=True)
        os.truncate(self.path, (whole_mib << 20) or self.path.stat().st_size + (more_mib << 20))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        self.put("ssh.pub", self.key.with_suffix(".pub").read_bytes())
        for name in ("vmlinuz.gz", "initrd.zst"):
            self.get(f"A/{name}", folder / name)

    def put(self, name: str, content: bytes) -> None:
        """A file on the first partition, as a laptop writes it."""
        self._mtools("mcopy", "-o", "-", f"::{name}", text=content)

    def get(self, name: str, to: Path) -> None:
        """A file of the first partition."""
        self._mtools("mcopy", "-n", f"::{name}", str(to))

    def text(self, name: str) -> str:
        """A text file of the first partition."""
        return self._mtools("mtype", f"::{name}").decode()

    def _mtools(self, command: str, *words: str, text: bytes | None = None) -> bytes:
        line = [command, "-i", f"{self.path}@@{FIRMWARE_AT}", *words]
        return subprocess.run(line, input=text, check=True, capture_output=True, timeout=COMMAND_SECONDS).stdout


class CommandError(AssertionError):
    """A command on the box failed: which, its status, and what it said."""


class Machine:
    """One power-on of a card. `within`: puts a command line into a network namespace, or leaves it as it is."""

    def __init__(
        self,
        card: Card,
        *,
        within: Callable[..., list[str]] = lambda *words: list(words),
        more: tuple[str, ...] = (),
        board: str = "virt",
    ) -> None:
        """`board`: "virt", or "raspi3b", which is slower and is looked at by its console alone."""
        self.card, self._within = card, within
        self.web, self.ssh = free_range(2), 0
        self.ssh = self.web + 1
        self._console: list[str] = []
        self._news = threading.Condition()
        self._monitor_at = card.folder / "monitor"
        self._monitor_at.unlink(missing_ok=True)
        forwarded = f"hostfwd=tcp:{HOST}:{self.web}-:80,hostfwd=tcp:{HOST}:{self.ssh}-:22"
        words = [
            *("qemu-system-aarch64", "-m", str(MEMORY_MIB)),
            *("-kernel", str(card.folder / "vmlinuz.gz"), "-initrd", str(card.folder / "initrd.zst")),
            *(self._virt(forwarded) if board == "virt" else self._raspi3b()),
            *("-monitor", f"unix:{self._monitor_at},server=on,wait=off"),
            *("-display", "none", "-serial", "stdio", *more),
        ]
        self._login: subprocess.Popen[bytes] | None = None
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            within(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._ears = threading.Thread(target=self._listen, name="console")
        self._ears.start()

    def _virt(self, forwarded: str) -> list[str]:
        words = ["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-append", "console=ttyAMA0 panic=10"]
        words += ["-drive", f"file={self.card.path},if=none,id=card,format=raw,cache=writeback"]
        words += ["-device", "virtio-blk-device,drive=card", "-device", "qemu-xhci"]
        return [*words, "-netdev", f"user,id=net,{forwarded}", "-device", "virtio-net-device,netdev=net"]

    def _raspi3b(self) -> list[str]:
        """The real device tree of a Pi 3 and its SD slot; the card's size must be a power of two."""
        self.card.get(f"A/{RASPI3B_TREE}", self.card.folder / RASPI3B_TREE)
        words = ["-M", "raspi3b", "-dtb", str(self.card.folder / RASPI3B_TREE)]
        # The first serial port is its Bluetooth's. The emulator takes a started watchdog for one that bites.
        words += ["-append", "console=ttyS1,115200 panic=10 module_blacklist=bcm2835_wdt", "-serial", "null"]
        return [*words, "-drive", f"file={self.card.path},if=sd,format=raw,cache=writeback"]

    # -- the console -------------------------------------------------------------------------------------------

    def says(self, pattern: str, seconds: float = BOOT_SECONDS, *, after: int = 0) -> re.Match[str]:
        """Wait until a line of the console, from this one on, matches. AssertionError with its last lines."""
        deadline = Deadline(seconds)
        with self._news:
            while True:
                for line in self._console[after:]:
                    if found := re.search(pattern, line):
                        return found
                after = max(after, len(self._console))
                ended = self._process.poll() is not None and not self._ears.is_alive()
                if ended or not self._news.wait(deadline.left()):
                    told = "\n".join(self._console[-KEPT_LINES:])
                    raise AssertionError(f"no {pattern!r} on the console within {seconds} s:\n{told}")

    @property
    def lines(self) -> int:
        """How many lines the console has had."""
        return len(self._console)

    def console(self) -> str:
        """All of it."""
        return "\n".join(self._console)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._console.append(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line.decode(errors="replace")).rstrip())
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    # -- from inside -------------------------------------------------------------------------------------------

    def run(self, command: str, seconds: float = COMMAND_SECONDS, *, check: bool = True, text: bytes = b"") -> str:
        """What a command of root's says."""
        done = subprocess.run(self._ssh(seconds, command), input=text, capture_output=True, timeout=seconds)
        said = done.stdout.decode(errors="replace")
        if check and done.returncode != 0:
            raise CommandError(f"{command}: {done.returncode}\n{said}{done.stderr.decode()}")
        return said

    def _ssh(self, seconds: float, *command: str, more: tuple[str, ...] = ()) -> list[str]:
        """An SSH command line: by the connection that is held open while there is one, else by one of its own."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes")
        options += (f"ConnectTimeout={int(seconds)}", f"ControlPath={self.card.folder}/ssh.{self.ssh}")
        given = [word for option in options for word in ("-o", option)]
        start = ["ssh", "-q", "-i", str(self.card.key), "-p", str(self.ssh), *given, *more]
        return self._within(*start, f"root@{HOST}", *command)

    def _hold_open(self) -> None:
        """To log in costs an emulated processor seconds: once is enough."""
        self._log_out()
        alive = ("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=6")
        words, unheard = self._ssh(COMMAND_SECONDS, more=("-M", "-N", *alive)), subprocess.DEVNULL
        self._login = subprocess.Popen(words, stdin=unheard, stdout=unheard, stderr=unheard)

    def _log_out(self) -> None:
        if self._login is not None:
            self._login.terminate()
            self._login.wait()

    def up(self, seconds: float = BOOT_SECONDS) -> Machine:
        """Wait until somebody can log in, and the exchange takes calls."""
        self.until("SSH answers", self._in, seconds)
        self._hold_open()
        self.until(
            "the exchange is up",
            lambda: self.run("systemctl is-active dyzurka-exchange", check=False).strip() == "active",
            seconds,
        )
        return self

    def _in(self) -> bool:
        return self.run("echo in", 20, check=False).strip() == "in"

    def until(self, what: str, holds: Callable[[], Any], seconds: float = COMMAND_SECONDS) -> Any:
        """Ask again and again until it holds; what it was. AssertionError with the console.

        A command that fails or takes too long does not tell yet: an emulated box that has just started is slow.
        """
        deadline, failed = Deadline(seconds), ""
        while True:
            try:
                found = holds()
            except (CommandError, subprocess.TimeoutExpired) as error:
                found, failed = None, str(error)
            if found:
                return found
            assert self._process.poll() is None, f"the emulator ended: {self.console()[-2000:]}"
            if deadline.left() <= 0:
                told = "\n".join(self._console[-KEPT_LINES:])
                raise AssertionError(f"not within {seconds} s: {what}\n{failed}\n{told}")
            with self._news:
                self._news.wait(1.0)

    def register(self) -> list[dict[str, Any]]:
        """`dyzurka register --json`."""
        return json.loads(self.run("dyzurka register --json"))

    def status(self) -> dict[str, Any]:
        """`dyzurka status --json`."""
        return json.loads(self.run("dyzurka status --json"))

    def asks(self, what: str, **values: Any) -> dict[str, Any]:
        """What the exchange answers through its socket; {} where it refuses, or does not."""
        words = (
            f"import json, pathlib, sys; from appliance.control_client import ask;"
            f" print(json.dumps(ask(pathlib.Path('/data/dyzurka'), {what!r}, timeout=20.0, **json.load(sys.stdin))))"
        )
        told = json.dumps(values).encode()
        said = self.run(f'PYTHONPATH=/usr/lib/dyzurka/lib python3 -c "{words}"', check=False, text=told).strip()
        return json.loads(said) if said.startswith("{") else {}

    # -- its plug ----------------------------------------------------------------------------------------------

    def monitor(self, command: str) -> str:
        """Say something to the emulator; what it answers."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(COMMAND_SECONDS)
            line.connect(str(self._monitor_at))
            said = b""
            while not said.endswith(b"(qemu) "):
                said += line.recv(4096)
            line.sendall(command.encode() + b"\n")
            said = b""
            while not said.endswith(b"(qemu) "):
                piece = line.recv(4096)
                if not piece:
                    break
                said += piece
        return said.decode(errors="replace")

    def pull_the_plug(self) -> None:
        """Off, at once."""
        self._process.kill()
        self._end()

    def power_off(self) -> None:
        """As `poweroff` does it."""
        self.run("systemctl poweroff", check=False)
        try:
            self._process.wait(COMMAND_SECONDS * 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._end()

    @property
    def on(self) -> bool:
        """Whether it has power."""
        return self._process.poll() is None

    def _end(self) -> None:
        self._process.wait()
        self._log_out()
        self._ears.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        (self.card.folder / "console.log").write_text(self.console(), encoding="utf-8")


def free_disk(folder: Path) -> None:
    """Let go of a card's copy."""
    shutil.rmtree(folder, ignore_errors=True)
