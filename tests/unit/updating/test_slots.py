"""What every kind of slots promises: those in a directory, and those of the box, through root's helper."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.updating.simulated import SimulatedSlots, make_bundle
from appliance.updating.slots import SlotsError
from appliance.updating.spool import QUESTION, SpooledSlots

from .machine import COMPATIBLE, Machine

NAME = "update-0123456789abcdef.raucb"


class Simulated:
    """Slots in a directory."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        (self.data / "incoming").mkdir(parents=True)
        self.bundle = self.data / "incoming" / NAME
        self.asked = 0
        self.slots = SimulatedSlots(self.data, "0.1.0", self._restart)

    def _restart(self, between) -> None:
        self.asked += 1

    def brings(self, version: str) -> None:
        self.bundle.write_bytes(make_bundle(version))

    def does(self, work):
        return asyncio.run(work)

    def restarts(self, *, power_cut: bool = False) -> str:
        (self.slots.power_cut if power_cut else self.slots.start)()
        return self.slots.look().booted


class Spooled(Simulated):
    """The box's, with root's helper and the boot script beside, and a stand-in for RAUC alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.machine = Machine(folder)
        self.slots = SpooledSlots(self.data, self.machine.told, read=lambda bundle, keyring: None)
        self.machine.helper().look()

    @property
    def asked(self) -> int:
        return len(self.machine.restarts) if hasattr(self, "machine") else 0

    @asked.setter
    def asked(self, value: int) -> None: ...

    def brings(self, version: str) -> None:
        self.bundle.write_bytes(b"a bundle")
        self.machine.version_in[NAME] = version

    def does(self, work):
        async def both():
            helping = asyncio.create_task(self._help())
            try:
                return await work
            finally:
                helping.cancel()

        return asyncio.run(both())

    async def _help(self) -> None:
        """The path unit."""
        while True:
            if (self.data / "update" / QUESTION).exists():
                await asyncio.to_thread(self.machine.helper().serve)
            await asyncio.sleep(0)

    def restarts(self, *, power_cut: bool = False) -> str:
        return self.machine.restart(power_cut=power_cut)


@pytest.fixture(params=[Simulated, Spooled])
def world(request, tmp_path):
    return request.param(tmp_path)


def why(world, work) -> str:
    with pytest.raises(SlotsError) as error:
        world.does(work)
    return error.value.key


def written(world, version: str = "0.2.0") -> list[int]:
    world.brings(version)
    heard: list[int] = []
    world.does(world.slots.write(world.bundle, heard.append))
    return heard


def test_at_first_one_slot_runs_and_the_other_is_empty(world):
    machine = world.slots.look()
    assert (machine.booted, machine.committed, machine.other, machine.on_probation) == ("A", "A", "B", False)
    assert (machine.slots["A"].version, machine.slots["A"].good) == ("0.1.0", True)
    assert not machine.slots["B"].good
    assert machine.compatible == COMPATIBLE


def test_an_empty_slot_is_not_tried(world):
    assert why(world, world.slots.try_other()) == "other_slot_empty"
    assert world.asked == 0


def test_writing_tells_how_far_it_is_and_touches_nothing_that_runs(world):
    heard = written(world)
    assert heard == sorted(heard)
    assert heard[-1] == 100
    machine = world.slots.look()
    assert (machine.booted, machine.committed) == ("A", "A")
    assert {name: (slot.version, slot.good) for name, slot in machine.slots.items()} == {
        "A": ("0.1.0", True),
        "B": ("0.2.0", True),
    }
    assert world.restarts() == "A"


def test_the_other_slot_is_started_once(world):
    written(world)
    boot = world.slots.look().boot
    world.does(world.slots.try_other())
    assert world.asked == 1
    assert world.restarts() == "B"
    machine = world.slots.look()
    assert machine.on_probation
    assert machine.boot != boot
    assert world.restarts() == "A"
    assert not world.slots.look().on_probation


def test_what_is_committed_is_started_from_then_on(world):
    written(world)
    world.does(world.slots.try_other())
    world.restarts()
    world.does(world.slots.commit())
    assert not world.slots.look().on_probation
    assert [world.restarts(), world.restarts(power_cut=True)] == ["B", "B"]


def test_leaving_leads_back(world):
    written(world)
    world.does(world.slots.try_other())
    world.restarts()
    world.does(world.slots.leave())
    assert world.asked == 2
    assert world.restarts() == "A"
    assert world.slots.look().slots["B"].version == "0.2.0"


def test_a_power_cut_before_the_restart_forgets_what_was_to_be_tried(world):
    written(world)
    world.does(world.slots.try_other())
    assert world.restarts(power_cut=True) == "A"
    assert world.restarts() == "A"


def test_the_way_back_is_tried_as_well(world):
    written(world)
    world.does(world.slots.try_other())
    world.restarts()
    world.does(world.slots.commit())
    world.does(world.slots.try_other())
    assert world.restarts() == "A"
    assert world.slots.look().on_probation
    assert world.restarts() == "B"
