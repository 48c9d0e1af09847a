"""Debian's own upsd and dummy-ups on loopback, asked as the box asks: mains, battery, stale, gone."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.building import file
from appliance.doctor.facts import UpsFact
from appliance.doctor.surroundings import surroundings
from hardware.mains.nut_ups import NutUps
from hardware.mains.reading import Reading

DRIVER, UPSD = Path("/lib/nut/dummy-ups"), Path("/lib/nut/upsd")  # /sbin/upsd asks /etc/nut/nut.conf first
LIPOWA = Path(__file__).parents[2] / "examples" / "lipowa7.toml"
PATIENCE_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A UPS of ours, by NUT. `says` changes what the UPS tells."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.device = folder / "ups.dev"
        folder.chmod(0o755)
        self.says("OL", 100, 14_400)
        (folder / "ups.conf").write_text(
            f"maxretry = 3\n[ups]\n driver = dummy-ups\n mode = dummy-loop\n port = {self.device}\n"
        )
        (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {self.port}\nSTATEPATH {folder}\nMAXAGE 15\n")
        (folder / "upsd.users").write_text("")
        for each in ("upsd.conf", "upsd.users"):
            (folder / each).chmod(0o600)
        environment = os.environ | {
            "NUT_CONFPATH": str(folder),
            "NUT_STATEPATH": str(folder),
            "NUT_ALTPIDPATH": str(folder),
        }
        self._environment = environment
        self.driver = self._start(str(DRIVER), "-a", "ups", "-u", "root", "-D")
        self.upsd = self._start(str(UPSD), "-u", "root", "-D")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{Path(command[0]).name}.log").open("wb")
        with log:
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def says(self, status: str, charge: int, runtime: int) -> None:
        fresh = self.device.with_suffix(".new")
        fresh.write_text(f"ups.status: {status}\nbattery.charge: {charge}\nbattery.runtime: {runtime}\n")
        fresh.rename(self.device)

    def stop(self) -> None:
        for each in (self.upsd, self.driver):
            each.terminate()
        for each in (self.upsd, self.driver):
            each.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    yield found
    found.stop()


async def until(ups: NutUps, wanted: object) -> Reading:
    """The first reading that is as wanted: nobody else tells when the driver has read its file."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted(reading := await ups.read()):  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # upsd tells nobody of a change
    return reading


def test_debians_upsd_tells_of_mains_and_battery(server: Server):
    async def story() -> None:
        ups = NutUps(f"ups@127.0.0.1:{server.port}")
        assert await until(ups, lambda each: each.on_battery is False) == Reading(False, charge=100.0, seconds=14_400.0)
        server.says("OB DISCHRG", 61, 5400)
        assert await until(ups, lambda each: each.on_battery) == Reading(True, charge=61.0, seconds=5400.0)
        server.says("OB LB", 5, 120)
        assert (await until(ups, lambda each: each.low)).seconds == 120.0
        await ups.close()

    asyncio.run(story())


def test_a_name_that_it_does_not_know_a_driver_that_dies_and_upsd_gone_are_troubles_with_names(server: Server):
    async def story() -> None:
        stranger = NutUps(f"other@127.0.0.1:{server.port}")
        await until(stranger, lambda each: each.trouble == "unknown_ups")
        await stranger.close()
        ups = NutUps(f"ups@127.0.0.1:{server.port}")
        await until(ups, lambda each: each.on_battery is False)
        server.driver.kill()
        await until(ups, lambda each: each.trouble == "stale")
        server.upsd.kill()
        server.upsd.wait(10)
        await until(ups, lambda each: each.trouble == "away")
        assert "failed" in (await ups.read()).detail
        await ups.close()

    asyncio.run(story())


async def tells(name: str, wanted: object) -> None:
    """Wait until upsd has it so."""
    ups = NutUps(name)
    try:
        await until(ups, wanted)
    finally:
        await ups.close()


def test_the_doctor_asks_debians_upsd_where_no_exchange_runs(server: Server, tmp_path: Path):
    name = f"ups@127.0.0.1:{server.port}"
    asyncio.run(tells(name, lambda each: each.on_battery is False))
    sample = LIPOWA.read_text(encoding="utf-8")
    (tmp_path / "building.toml").write_text(f'{sample}\n[mains]\nups = "{name}"\n', encoding="utf-8")
    building = file.read(tmp_path / "building.toml")
    assert surroundings(building, None, tmp_path)["ups"] == UpsFact("mains", 100.0, 240)
    server.says("OB DISCHRG RB", 61, 5400)
    asyncio.run(tells(name, lambda each: each.on_battery))
    assert surroundings(building, None, tmp_path)["ups"] == UpsFact("battery", 61.0, 90, replace=True)
