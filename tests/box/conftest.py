"""One box that most tests share: booted once, at a provider's behind a router, with the sample building."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomlkit

from tests.box.lan import cable
from tests.box.machine import Card, Machine
from tests.box.stick import chardev
from tests.peers import building
from tests.peers.namespaces import PROVIDER, Network
from tests.peers.provider import PORT, Provider

FULL = os.environ.get("BOX", "ci") == "full"
# The shared box is looked at as it started before anything is plugged in, and before its clock is set wrong.
ORDER = ("test_drivers", "test_running", "test_pins", "test_modem", "test_boot_time", "test_network")
MISTAKEN = b"[box]\nname = 1\n"  # on its card: it starts all the same
TEST_SECONDS = 1800.0  # the first one waits for the box to start


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`BOX=full` runs all; otherwise what takes a box of its own, marked `full`, is left to it."""
    ours = [each for each in items if Path(__file__).parent in each.path.parents]
    for each in ours:
        if each.get_closest_marker("timeout") is None:
            each.add_marker(pytest.mark.timeout(TEST_SECONDS))
    places = {name: place for place, name in enumerate(ORDER)}
    items.sort(key=lambda each: places.get(each.path.stem, len(ORDER)) if each in ours else -1)
    later = [] if FULL else [each for each in ours if each.get_closest_marker("full") is not None]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [each for each in items if each not in later]


@dataclass
class House:
    """A box in its house: the network around it and the provider outside."""

    network: Network
    provider: Provider
    box: Machine

    def document(self) -> tomlkit.TOMLDocument:
        """The sample building with Nowak on duty, registered at the provider."""
        document = building.only_nowak(f"{PROVIDER}:{PORT}")
        document["lines"][0].update(register=True, username="221234567", password="tajne")
        return document

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
            card.put("building.toml", MISTAKEN)
            more = (*chardev(card.folder), *cable(network))
            box = Machine(card, within=lambda *words: network.command(network.box, *words), more=more)
            try:
                made = House(network, provider, box.up())
                made.configure(made.document())
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
