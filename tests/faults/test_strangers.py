"""Scanners at a third address, with the router's ports forwarded to the box: they find nothing, not one packet."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import building
from tests.peers.exchange import COMMAND, READY_SECONDS, Exchange
from tests.peers.namespaces import INSIDE, PROVIDER, ROUTER, Network
from tests.peers.program import Program

STRANGER = "203.0.113.66"
SIPVICIOUS = "sipvicious==0.3.4"  # GPL-3.0; in an environment of its own: nothing of it is used but its commands
SCAN_SECONDS = 60.0
GIVES_UP = {"svmap": "15", "svwar": "4", "svcrack": "4"}  # seconds: unanswered, the last two never end
PASSWORDS = ["tajne", "1234", "jedenascie-11", "11"]

FORWARDED = f"""\
table ip forwarded {{
  chain in {{
    type nat hook prerouting priority dstnat;
    iifname "wan" udp dport {{ 5060, 10000-10039 }} dnat to {INSIDE}
    iifname "wan" tcp dport 5060 dnat to {INSIDE}
  }}
}}
"""
COUNTED = f"""\
table ip counted {{
  chain in {{
    type filter hook input priority 0;
    ip saddr {{ {ROUTER}, {INSIDE} }} ip daddr {STRANGER} counter comment "answers"
  }}
}}
"""


class BehindRouter(Exchange):
    """The exchange in the box's namespace, on the ports that it has on every box."""

    def __init__(self, network, folder, document, prompts):
        self._network = network
        super().__init__(folder, document, prompts)

    def start(self):
        words = [COMMAND, "run", "--data", str(self.data), "--building", str(self._folder / "building.toml")]
        words += ["--sip", "0.0.0.0:5060", "--rtp-ports", "10000-10039", "--web", "127.0.0.1:8080"]
        self.program = Program(self._network.command(self._network.box, *words), self._folder)
        try:
            self.program.wait_for(r"^ready: sip ", READY_SECONDS)
        except BaseException:
            self.program.stop()
            raise
        self.running = True

    def leaves_nothing(self):
        assert not self.processes(), f"left running: {self.processes()}"


@pytest.fixture(scope="session")
def sipvicious(pytestconfig: pytest.Config) -> Path:
    """The folder of sipvicious' commands."""
    folder = pytestconfig.rootpath / ".cache" / "sipvicious"
    if not (folder / "bin" / "sipvicious_svmap").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=SCAN_SECONDS)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", SIPVICIOUS]
        subprocess.run(pip, check=True, timeout=SCAN_SECONDS)
    return folder / "bin"


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    try:
        made.within(made.router, "nft", "-f", "-", text=FORWARDED)
        made.within(made.provider, "ip", "address", "add", f"{STRANGER}/24", "dev", "net")
        made.within(made.provider, "nft", "-f", "-", text=COUNTED)
        yield made
    finally:
        made.close()


@pytest.fixture
def box(network, tmp_path, prompts) -> Iterator[BehindRouter]:
    made = BehindRouter(network, tmp_path / "box", building.sample(f"{PROVIDER}:5060"), prompts)
    try:
        yield made
    finally:
        if made.running:
            made.stop()


class Scanner:
    """sipvicious at one address outside; every command's output is kept."""

    def __init__(self, network: Network, commands: Path, folder: Path) -> None:
        self._network, self._commands, self._folder = network, commands, folder

    def run(self, command: str, address: str, *words: str) -> str:
        """What it says."""
        line = [
            "timeout",
            GIVES_UP[command],
            str(self._commands / f"sipvicious_{command}"),
            "-b",
            address,
            "-x",
            address,
            *words,
        ]
        done = subprocess.run(
            self._network.command(self._network.provider, *line),
            capture_output=True,
            text=True,
            timeout=SCAN_SECONDS,
            check=False,
            env={"HOME": str(self._folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        return done.stdout + done.stderr

    def answers(self) -> int:
        """IP packets from the router or the box to the stranger, of any kind."""
        inside = self._network.command(self._network.provider, "nft", "list", "table", "ip", "counted")
        found = re.search(r"counter packets (\d+)", subprocess.run(inside, capture_output=True, text=True).stdout)
        assert found
        return int(found[1])


def test_scanners_find_nothing_and_hear_nothing(box, network, sipvicious, tmp_path):
    scanner = Scanner(network, sipvicious, tmp_path)
    seen = scanner.run("svmap", PROVIDER, "-p", "5060", ROUTER)
    assert f"{ROUTER}:5060" in seen, f"the provider's own address must find the box, or this shows nothing: {seen}"

    # svcrack binds to no address whatever it is told: its packets must leave from the stranger's all the same.
    network.within(network.provider, "ip", "route", "add", f"{ROUTER}/32", "dev", "net", "src", STRANGER)
    for method in ("OPTIONS", "INVITE", "REGISTER"):
        said = scanner.run("svmap", STRANGER, "-p", "5060", "-m", method, ROUTER)
        assert f"{ROUTER}:" not in said, said
    for method in ("REGISTER", "INVITE"):
        said = scanner.run(
            "svwar", STRANGER, "-e", "10-30", "-m", method, "--force", "--maximumtime", "2", "-t", "0.02", ROUTER
        )
        assert not re.search(r"\| *\d+ *\|", said), said
    words = tmp_path / "words"
    words.write_text("\n".join(PASSWORDS))
    said = scanner.run("svcrack", STRANGER, "-u", "11", "-d", str(words), "--maximumtime", "3", ROUTER)
    assert "jedenascie" not in said, said
    assert scanner.answers() == 0, "the stranger was answered"
    assert box.calls() == []
