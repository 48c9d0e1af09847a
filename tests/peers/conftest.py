"""The real exchange and the telephones of others, each started for one test and ended after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tomlkit import TOMLDocument

from tests.peers.baresip import Baresip
from tests.peers.building import SAMPLE
from tests.peers.exchange import Exchange
from tests.peers.handset import Handset
from tests.peers.kamailio import Kamailio
from tests.peers.linphone import Linphone
from tests.peers.sipp import Sipp
from tests.prompts import kept


class Peers:
    """Starts telephones of others; `close` ends them all, the last first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()

    def baresip(self, user: str, frequency: float, certificate: Path | None = None) -> Baresip:
        """A baresip of this user, saying this tone; with a certificate it takes TLS."""
        phone = Baresip(self.folder / f"baresip-{user}", user, frequency, certificate)
        self._stack.callback(phone.stop)
        return phone

    def extension(self, number: str, password: str, registrar: str, frequency: float) -> Baresip:
        """A baresip that registers with the box, saying this tone."""
        folder = self.folder / f"extension-{number}-{len(list(self.folder.iterdir()))}"
        phone = Baresip(folder, number, frequency, registrar=registrar, password=password)
        self._stack.callback(phone.stop)
        return phone

    def kamailio(self, **settings: Any) -> Kamailio:
        """A registrar and proxy."""
        run = Kamailio(self.folder / f"kamailio-{len(list(self.folder.iterdir()))}", **settings)
        self._stack.callback(run.stop)
        return run

    def linphone(self, user: str, frequency: float) -> Linphone:
        """A linphonec of this user, saying this tone."""
        phone = Linphone(self.folder / f"linphone-{user}", user, frequency)
        self._stack.callback(phone.stop)
        return phone

    def sipp(
        self,
        name: str,
        steps: list[str],
        *,
        port: int = 0,
        remote: str = "",
        calls: int = 1,
        options: tuple[str, ...] = (),
    ) -> Sipp:
        """A sipp going through these steps."""
        run = Sipp(self.folder, name, steps, port=port, remote=remote, calls=calls, options=options)
        self._stack.callback(run.stop)
        return run

    def handset(self) -> Handset:
        """Sound for a call of sipp's."""
        handset = Handset()
        self._stack.callback(handset.close)
        return handset

    def close(self) -> None:
        """End them all."""
        self._stack.close()


@pytest.fixture(scope="session")
def prompts(pytestconfig: pytest.Config) -> Path:
    """The sample building's own sentences, rendered once and kept from one run of the tests to the next."""
    return kept(pytestconfig, "peers-prompts", SAMPLE)


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    """The telephones of this test."""
    made = Peers(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def exchange(tmp_path: Path, prompts: Path) -> Iterator[Callable[..., Exchange]]:
    """Starts an exchange with a building file and options of `run`; then it must stop and leave nothing."""
    started: list[Exchange] = []

    def start(building: TOMLDocument, *options: str, **more: Any) -> Exchange:
        folder = tmp_path / f"exchange-{len(started)}"
        started.append(Exchange(folder, building, prompts, options, **more))
        return started[-1]

    try:
        yield start
    finally:
        for each in started:
            try:
                if each.running:
                    each.stop()
            finally:
                print(each.program.tail())
