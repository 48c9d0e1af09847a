"""One box that most tests share: booted once, at a provider's behind a router, with the sample building."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import tomlkit

from tests.box.machine import Card, Machine
from tests.peers import building
from tests.peers.namespaces import PROVIDER, Network
from tests.peers.provider import PORT, Provider


@dataclass
class House:
    """A box in its house: the network around it and the provider outside."""

    network: Network
    provider: Provider
    box: Machine

    def configure(self, document: tomlkit.TOMLDocument) -> None:
        """Give the box this building file, and wait until it has taken it."""
        text = tomlkit.dumps(document).encode()
        self.box.run(
            "cat > /data/dyzurka/.b && chown dyzurka:dyzurka /data/dyzurka/.b && chmod 640 /data/dyzurka/.b"
            " && mv /data/dyzurka/.b /data/dyzurka/building.toml && systemctl reload dyzurka-exchange",
            text=text,
        )


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator[House]:
    network = Network()
    try:
        provider = Provider(network)
        try:
            card = Card(tmp_path_factory.mktemp("box"))
            box = Machine(card, within=lambda *words: network.command(network.box, *words))
            try:
                made = House(network, provider, box.up())
                document = building.only_nowak(f"{PROVIDER}:{PORT}")
                document["lines"][0].update(register=True, username="221234567", password="tajne")
                made.configure(document)
                yield made
            finally:
                if box.on:
                    box.pull_the_plug()
        finally:
            provider.close()
    finally:
        network.close()


@pytest.fixture
def box(house) -> Machine:
    return house.box
