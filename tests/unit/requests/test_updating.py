"""Updates as the page and the terminal ask for them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from appliance.options import Options
from appliance.requests import updating
from appliance.requests.versions import Versions
from appliance.updates import slots_here
from appliance.updating.simulated import make_bundle
from appliance.updating.slots import Elsewhere
from appliance.updating.spool import SpooledSlots
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from tests.scenarios.stage import SUNDAY_NIGHT

from .world import World, ended

NAME = "incoming/update-0123456789abcdef.raucb"


def live(data: Path, story: Any, slots: str = "simulated") -> None:
    loop = VirtualLoop()

    async def life() -> None:
        world = await World(data, VirtualClock(loop, SUNDAY_NIGHT), slots=slots).start()
        try:
            await story(world)
        finally:
            await world.stop()

    run_virtually(loop, life())


def brought(world: World, version: str = "9.0.0", **about: Any) -> str:
    (world.options.data / "incoming").mkdir(exist_ok=True)
    (world.options.data / NAME).write_bytes(make_bundle(version, **about))
    return NAME


@pytest.fixture
def no_real_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual loop waits for no thread."""

    async def made(self: Any) -> str:
        return "backups/dyzurka-20261122-211403.zip"

    async def at_once(work: Any, *arguments: Any) -> Any:
        return work(*arguments)

    monkeypatch.setattr("appliance.updates.Updates._back_up", made)
    monkeypatch.setattr(asyncio, "to_thread", at_once)


pytestmark = pytest.mark.usefixtures("no_real_backup")


def test_at_first_one_version_runs_and_nothing_speaks_against_another(tmp_path):
    async def story(world: World) -> None:
        stands = await world.ask("update")
        assert stands["how"] == "simulated"
        assert stands["slots"]["running"] == stands["slots"]["kept"] == "A"
        assert stands["slots"]["holds"]["B"] == {"version": "", "good": False}
        assert (stands["update"], stands["why_not"], stands["on_sticks"]) == (None, None, [])

    live(tmp_path, story)


def test_a_bundle_is_looked_into_and_begun(tmp_path):
    async def story(world: World) -> None:
        path = brought(world, description="Cichsze dzwonki")
        look = await world.ask("update_look", path=path)
        assert look["bundle"]["version"] == "9.0.0"
        assert look["bundle"]["description"] == "Cichsze dzwonki"
        assert (look["why_not"], look["step_back"]) == (None, False)
        assert await world.ask("update_begin", who="prezes", path=path) == {"state": "checking"}
        assert await world.refused("update_begin", who="prezes", path=path) == "update_goes_on"
        await asyncio.sleep(1.0)
        going = (await world.ask("update"))["update"]
        assert (going["state"], going["to"], going["goes_on"], going["stoppable"]) == ("waiting", "9.0.0", True, True)
        await asyncio.sleep(10.0)
        assert (await world.ask("update"))["update"]["state"] == "restarting"
        assert world.restarted is not None
        assert ("prezes", "update_begin") in world.audit()

    live(tmp_path, story)


def test_an_older_version_is_said_to_be_one_and_refused_unless_wanted(tmp_path):
    async def story(world: World) -> None:
        path = brought(world, "0.0.1")
        assert (await world.ask("update_look", path=path))["step_back"] is True
        await world.ask("update_begin", who="prezes", path=path)
        await asyncio.sleep(1.0)
        last = (await world.ask("update"))["update"]
        assert (last["state"], last["why"]["key"]) == ("failed", "not_newer")
        assert "0.0.1" in last["why"]["text"]
        assert not (world.options.data / path).exists()
        await world.ask("update_begin", who="prezes", path=brought(world, "0.0.1"), step_back=True)
        await asyncio.sleep(1.0)
        assert (await world.ask("update"))["update"]["state"] == "waiting"

    live(tmp_path, story)


@pytest.mark.parametrize(
    ("about", "code"), [({"signed": False}, "not_signed"), ({"compatible": "toaster"}, "other_machine")]
)
def test_what_is_not_for_this_box_is_said_when_it_is_looked_into(tmp_path, about, code):
    async def story(world: World) -> None:
        path = brought(world, **about)
        if code == "not_signed":
            assert await world.refused("update_look", path=path) == code
        else:
            assert (await world.ask("update_look", path=path))["why_not"]["key"] == code

    live(tmp_path, story)


@pytest.mark.parametrize(
    "path",
    [
        *("incoming/update-0000000000000000.raucb", "incoming/../building.toml", "building.toml", "/etc/passwd"),
        *("incoming/restore-0123456789abcdef.zip", ""),
    ],
)
def test_only_a_bundle_that_was_brought_is_looked_into(tmp_path, path):
    async def story(world: World) -> None:
        brought(world)
        assert await world.refused("update_look", path=path) == "no_such_file"
        assert await world.refused("update_begin", who="prezes", path=path) == "no_such_file"

    live(tmp_path, story)


def test_it_is_not_begun_during_a_call(tmp_path):
    async def story(world: World) -> None:
        leg = next(iter(world.fleet.lines.values())).call("+48501502503")
        await asyncio.sleep(3.0)
        assert await world.refused("update_begin", who="prezes", path=brought(world)) == "calls_up"
        assert (await world.ask("update"))["why_not"]["key"] == "calls_up"
        leg.hangs_up()
        await asyncio.sleep(3.0)
        assert (await world.ask("update"))["why_not"] is None

    live(tmp_path, story)


def test_it_is_stopped_and_one_goes_back_only_to_what_is_there(tmp_path):
    async def story(world: World) -> None:
        assert await world.refused("update_stop", who="prezes") == "too_late"
        assert await world.refused("update_return", who="prezes") == "other_slot_empty"
        await world.ask("update_begin", who="prezes", path=brought(world))
        await asyncio.sleep(1.0)
        assert await world.ask("update_stop", who="prezes") == {"state": "failed"}
        assert (await world.ask("update"))["update"]["why"]["key"] == "stopped"
        assert await world.ask("update_return", who="prezes") == {"state": "checking"}
        await asyncio.sleep(1.0)
        assert {what for _, what in world.audit()} >= {"update_begin", "update_stop", "update_return", "update_failed"}

    live(tmp_path, story)


def test_a_bundle_is_fetched_from_a_stick(tmp_path, monkeypatch):
    sticks = tmp_path / "sticks"
    (sticks / "sda1").mkdir(parents=True)
    (sticks / "sda1" / "dyzurka-9.0.0.raucb").write_bytes(make_bundle("9.0.0"))
    (sticks / "sda1" / "holiday.jpg").write_bytes(b"")
    monkeypatch.setattr(updating, "STICKS", sticks)

    async def story(world: World) -> None:
        (found,) = (await world.ask("update"))["on_sticks"]
        old = brought(world)
        job = await ended(world, await world.ask("update_fetch", who="prezes", path=found))
        assert job["state"] == "done"
        assert not (world.options.data / old).exists()  # what was brought before and never begun
        assert (await world.ask("update_look", path=job["result"]["path"]))["bundle"]["version"] == "9.0.0"
        for other in (str(sticks / "sda1" / "holiday.jpg"), str(sticks / "sdb1" / "dyzurka-9.raucb"), "/etc/passwd"):
            assert await world.refused("update_fetch", who="prezes", path=other) == "no_such_file"

    live(tmp_path / "data", story)


def test_where_there_are_no_slots_it_is_said_how_the_machine_is_updated(tmp_path):
    async def story(world: World) -> None:
        stands = await world.ask("update")
        assert (stands["how"], stands["slots"], stands["update"]) == ("source", None, None)
        for verb in ("update_begin", "update_return", "update_stop"):
            assert await world.refused(verb, who="prezes", path="") == "no_slots"

    live(tmp_path, story, slots="auto")


def test_which_kind_of_machine_this_is(tmp_path, monkeypatch):
    options = Options(tmp_path, tmp_path / "building.toml", ("", 0), (1, 2), ("", 0))
    monkeypatch.setattr("appliance.updates.TOLD", tmp_path / "told")
    monkeypatch.setattr("appliance.updates.PACKAGE", tmp_path / "dyzurka.list")
    assert slots_here(options, lambda between: None) == Elsewhere("source")
    (tmp_path / "dyzurka.list").touch()
    assert slots_here(options, lambda between: None) == Elsewhere("package")
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "slots.json").touch()
    assert isinstance(slots_here(options, lambda between: None), SpooledSlots)


def test_settings_that_wait_for_their_yes_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(Versions, "unconfirmed", lambda self: object())

    async def story(world: World) -> None:
        assert await world.refused("update_begin", who="prezes", path=brought(world)) == "unconfirmed_edit"

    live(tmp_path, story)
