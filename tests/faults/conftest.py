"""The real exchange among a whole town of callers, for tests in which something breaks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from tomlkit import TOMLDocument

from tests.faults.town import Town
from tests.peers import building
from tests.peers.conftest import exchange, peers, prompts

__all__ = ["exchange", "peers", "prompts"]

SEED = 20261122


@pytest.fixture(scope="session")
def seed() -> int:
    """Where this run's randomness begins: `FAULTS_SEED` names another."""
    return int(os.environ.get("FAULTS_SEED", SEED))


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether the whole of it is asked for, as `make faults`, `make fuzz` and `make soak` do: `FAULTS_LONG=1`."""
    return os.environ.get("FAULTS_LONG", "") == "1"


@pytest.fixture
def town(seed: int) -> Iterator[Town]:
    """Residents, the provider and people on duty."""
    made = Town(seed)
    try:
        yield made
    finally:
        made.close()


def quick_building(server: str) -> TOMLDocument:
    """The sample building without long greetings: 1 is urgent, 2 an urgent message."""
    document = building.sample(server)
    document["lines"][0]["channels"] = 200
    document["menus"][1]["greeting"] = ""
    document["menus"][1]["options"][1]["goto"] = "voicemail:urgent"
    document["voicemail"][0]["greeting"] = ""
    return document


@pytest.fixture
def quick() -> Callable[[str], TOMLDocument]:
    """Makes that building."""
    return quick_building
