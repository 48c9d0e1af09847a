"""One contract for every source of readings: a contact on a pin, NUT's upsd, a UPS that is played."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hardware.mains import played
from hardware.mains.contact import Contact
from hardware.mains.nut_ups import NutUps
from hardware.mains.played import PlayedUps
from hardware.mains.reading import Reading
from hardware.mains.simulated import SimulatedUps
from hardware.panel.simulated import SimulatedPins
from tests.hardware.test_nut_server import Server
from tests.hardware.ups_contract import CHECKS, Bench, Check

PIN = 6


class Worlds:
    """Makes a bench of each kind; `held` ends what it has started."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.folder, self.held = folder, held

    def contact(self) -> Bench:
        pins = SimulatedPins()

        return Bench(
            Contact(PIN, "mains", pins),
            lambda: pins.puts(PIN, closed=False),
            lambda: pins.puts(PIN, closed=True),
            pins.vanishes,
            pins.comes_back,
        )

    def nut(self) -> Bench:
        server = Server(self.folder)
        self.held.callback(server.stop)
        return Bench(
            NutUps(f"ups@127.0.0.1:{server.port}"),
            lambda: server.says("OB DISCHRG", 60, 3600),
            lambda: server.says("OL CHRG", 80, 7200),
            lambda: server.says("WAIT", 0, 0),
            lambda: server.says("OL", 100, 14_400),
        )

    def simulated(self) -> Bench:
        ups = SimulatedUps()

        def troubles() -> None:
            ups.now = Reading(None, trouble="stale")

        return Bench(ups, ups.mains_go, ups.mains_come_back, troubles, ups.mains_come_back)

    def played(self) -> Bench:
        file = self.folder / played.NAME

        def says(text: str) -> None:
            file.write_text(text)

        return Bench(
            PlayedUps(self.folder),
            lambda: says("battery 40% 25min\n"),
            lambda: file.unlink(missing_ok=True),
            lambda: says("prąd jest"),
            lambda: says("mains 80%"),
        )


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    with ExitStack() as held:
        yield Worlds(tmp_path, held)


@pytest.mark.parametrize("world", ["contact", "nut", "simulated", "played"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_source_keeps_the_contract(worlds: Worlds, world: str, check: Check):
    asyncio.run(check(getattr(worlds, world)()))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("mains", Reading(False)),
        ("battery", Reading(True)),
        ("  battery\n40% 25min\n", Reading(True, charge=40.0, seconds=1500.0)),
        ("battery low 5% 2min", Reading(True, low=True, charge=5.0, seconds=120.0)),
        ("mains low", Reading(False)),  # with mains no battery ends
        ("mains 100% replace", Reading(False, charge=100.0, replace=True)),
        ("", Reading(None, trouble="played")),
        ("40%", Reading(None, trouble="played", detail="40%")),
        ("battery 40 %", Reading(None, trouble="played", detail="40")),
        ("bateria", Reading(None, trouble="played", detail="bateria")),
    ],
)
def test_the_words_of_a_played_ups(text: str, means: Reading):
    assert played.reading(text) == means


def test_a_file_that_cannot_be_read_is_trouble(tmp_path: Path):
    (tmp_path / played.NAME).mkdir()
    reading = asyncio.run(PlayedUps(tmp_path).read())
    assert (reading.on_battery, reading.trouble) == (None, "played")
