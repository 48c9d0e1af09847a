"""The building file changed from the page: checked, taken over, kept, undone; nobody overwrites anybody."""

from __future__ import annotations

import asyncio
import errno
import stat
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from appliance.building.file import check
from appliance.cli import main
from appliance.clock import SystemClock
from appliance.requests import editing
from appliance.requests import versions as kept_versions
from appliance.requests.versions import Unconfirmed, Versions
from tests.unit.requests.world import World

NAME = {"op": "set", "path": ["buildings", {"id": "lipowa7"}, "name"], "value": "Lipowa siedem"}
PASSWORD = {"op": "set", "path": ["lines", {"id": "provider"}, "password"], "value": "zupełnie-nowe"}


def lived(folder, story):
    """Live a story with an exchange on real time."""

    async def life():
        world = await World(folder, SystemClock()).start()
        try:
            async with asyncio.timeout(30):
                return await story(world)
        finally:
            await world.stop()

    return asyncio.run(life())


async def until(holds):
    """Look again and again; the story's timeout ends it."""
    while not holds():  # noqa: ASYNC110 -- what happens on the disk tells nobody
        await asyncio.sleep(0.01)


async def edited(world, *edits, **more):
    base = (await world.ask("document"))["revision"]
    return await world.ask("edit", base=base, edits=list(edits), who="anna", what="names", **more)


def test_an_edit_is_on_disk_and_taken_over_when_it_is_answered(tmp_path):
    async def story(world):
        answer = await edited(world, NAME)
        document = await world.ask("document")
        assert answer == {"revision": document["revision"], "taken_over": True, "until": None}
        assert world.building.premises["lipowa7"].name == "Lipowa siedem"
        assert document["building"]["buildings"][0]["name"] == "Lipowa siedem"
        assert world.audit() == [("anna", "names")]

    lived(tmp_path, story)


def test_a_password_is_neither_shown_nor_written_down_and_lies_in_a_file_of_its_owner(tmp_path):
    async def story(world):
        await edited(world, PASSWORD)
        document = await world.ask("document")
        assert "zupełnie-nowe" not in str(document)
        assert ["lines", {"id": "provider"}, "password"] in document["secrets"]
        assert world.building.lines["provider"].password == "zupełnie-nowe"
        assert "zupełnie-nowe" not in str(world.register.events)
        assert "zupełnie-nowe" not in str(await world.ask("history"))

    lived(tmp_path, story)
    secrets = tmp_path / "secrets.toml"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert "password" not in tomllib.loads((tmp_path / "building.toml").read_text())["lines"][0]
    assert check(tmp_path / "building.toml") == []
    kept = list((tmp_path / "building.history").iterdir())
    assert [stat.S_IMODE(each.stat().st_mode) for each in kept] == [0o600]


def test_a_mistake_is_told_with_its_key_and_nothing_is_changed(tmp_path):
    async def story(world):
        before = (tmp_path / "building.toml").read_bytes()
        answer = await edited(world, {"op": "set", "path": ["lines", 0, "server"], "value": "bez spacji proszę"})
        [error] = answer["errors"]
        assert error["key"] == "lines[0].server"
        assert error["text"] == f"building.toml:{error['line']}: {error['problem']} {error['remedy']}"
        assert (tmp_path / "building.toml").read_bytes() == before
        assert world.audit() == []
        assert not (tmp_path / "building.history").exists()

    lived(tmp_path, story)


def test_a_dry_edit_is_only_checked(tmp_path):
    async def story(world):
        before = (await world.ask("document"))["revision"]
        assert await edited(world, NAME, dry=True) == {"revision": before, "taken_over": False, "until": None}
        gap = {"op": "set", "path": ["duty", 0, "people"], "value": ["nobody"]}
        assert (await edited(world, gap, dry=True))["errors"][0]["key"].startswith("duty[0].people")
        assert (await world.ask("document"))["revision"] == before

    lived(tmp_path, story)


def test_two_who_edit_do_not_overwrite_each_other(tmp_path):
    async def story(world):
        base = (await world.ask("document"))["revision"]
        await edited(world, NAME)
        late = await world.ask("edit", base=base, edits=[PASSWORD], who="jan", what="password")
        assert late == {"conflict": True, "revision": (await world.ask("document"))["revision"]}
        assert world.building.lines["provider"].password == "tajne-haslo"

    lived(tmp_path, story)


def test_a_version_of_the_history_stands_again_with_its_password(tmp_path):
    async def story(world):
        before = (tmp_path / "building.toml").read_text()
        await edited(world, PASSWORD)
        await edited(world, NAME)
        versions = (await world.ask("history"))["versions"]
        assert [(each["who"], each["what"]) for each in versions] == [("anna", "names")] * 2
        base = (await world.ask("document"))["revision"]
        answer = await world.ask("revert", base=base, revision=versions[-1]["revision"], who="anna")
        assert answer["taken_over"]
        assert (tmp_path / "building.toml").read_text() == before
        assert world.building.lines["provider"].password == "tajne-haslo"
        assert await world.refused("revert", base=base, revision="0" * 64, who="anna") == "no_such_version"

    lived(tmp_path, story)


def test_twenty_versions_are_kept(tmp_path):
    versions = Versions(tmp_path, tmp_path / "building.toml")
    start = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    for number in range(23):
        (tmp_path / "building.toml").write_text(f"# {number}\n")
        versions.keep(start + timedelta(seconds=number), "anna", str(number))
    assert [each.what for each in versions.history()] == [str(number) for number in range(22, 2, -1)]


def test_a_change_that_nobody_confirms_goes_back_by_itself(tmp_path):
    async def story(world):
        before = (tmp_path / "building.toml").read_bytes()
        answer = await edited(world, NAME, confirm_seconds=1)
        assert answer["until"]
        assert await world.refused("edit", base=answer["revision"], edits=[NAME], who="jan") == "unconfirmed"
        while world.building.premises["lipowa7"].name == "Lipowa siedem":
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, return_when=asyncio.FIRST_COMPLETED)
        assert (tmp_path / "building.toml").read_bytes() == before
        assert world.audit() == [("anna", "names"), ("", "undone")]
        assert await world.refused("confirm", revision=answer["revision"], who="anna") == "nothing_to_confirm"

    lived(tmp_path, story)


def test_a_confirmed_change_stays(tmp_path):
    async def story(world):
        answer = await edited(world, NAME, confirm_seconds=600)
        assert await world.refused("confirm", revision="0" * 64, who="anna") == "nothing_to_confirm"
        await world.ask("confirm", revision=answer["revision"], who="anna")
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=5)
        assert not (tmp_path / "building.unconfirmed.json").exists()
        assert (await edited(world, PASSWORD))["taken_over"]

    lived(tmp_path, story)


def test_it_goes_back_also_after_a_restart(tmp_path):
    async def change(world):
        await edited(world, NAME, confirm_seconds=600)

    lived(tmp_path, change)
    before = (tmp_path / "building.toml").read_text()
    now = datetime.now(UTC)  # only to look at a file; no test of time
    versions = Versions(tmp_path, tmp_path / "building.toml")
    assert not versions.settle(now + timedelta(seconds=300))
    assert (tmp_path / "building.toml").read_text() == before
    assert versions.settle(now + timedelta(seconds=900))
    assert "Wspólnota Mieszkaniowa Lipowa 7" in (tmp_path / "building.toml").read_text()
    assert versions.unconfirmed() is None


def test_the_exchange_goes_on_waiting_for_the_confirmation_after_a_restart(tmp_path):
    async def change(world):
        return (await edited(world, NAME, confirm_seconds=600))["revision"]

    revision = lived(tmp_path, change)

    async def confirm(world):
        return await world.ask("confirm", revision=revision, who="anna")

    assert lived(tmp_path, confirm) == {"confirmed": True}


def test_what_somebody_wrote_by_hand_meanwhile_is_not_undone(tmp_path):
    path = tmp_path / "building.toml"
    path.write_text("# by hand\n")
    versions = Versions(tmp_path, path)
    change = Unconfirmed("0" * 64, "2026-11-22T20:00:00+00:00", "2026-11-22T20:01:00+00:00", "a", "b", versions.now())
    versions.await_confirmation(change)
    assert not versions.settle(datetime(2026, 11, 23, tzinfo=UTC))
    assert path.read_text() == "# by hand\n"


def test_a_power_cut_between_the_two_files_leaves_the_new_pair(tmp_path, monkeypatch):
    path = tmp_path / "building.toml"
    path.write_text("# old\n")
    versions = Versions(tmp_path, path)
    pair = type(versions.now())("# new\n", "# new secrets\n")
    with monkeypatch.context() as cut:
        cut.setattr(Versions, "_put", lambda self, pair: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            versions.replace(pair)
    assert path.read_text() == "# old\n"
    assert versions.settle(datetime(2026, 11, 23, tzinfo=UTC))
    assert versions.now() == pair


def full_disk(monkeypatch, refuses):
    """No room for whatever `refuses(path)` says."""
    real = kept_versions.write_durably

    def write(path, content, mode):
        if refuses(path):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, content, mode)

    monkeypatch.setattr(kept_versions, "write_durably", write)


@pytest.mark.parametrize("more", [{}, {"confirm_seconds": 600}])
def test_a_refused_edit_does_not_come_back_at_the_next_start(tmp_path, monkeypatch, more):
    async def story(world):
        await edited(world, PASSWORD)
        before = {name: (tmp_path / name).read_bytes() for name in ("building.toml", "secrets.toml")}
        base = (await world.ask("document"))["revision"]
        full_disk(monkeypatch, lambda path: path.name == "building.toml")
        again = [{**PASSWORD, "value": "jeszcze-nowsze"}, NAME]
        assert await world.refused("edit", base=base, edits=again, who="anna", what="x", **more) == "not_saved"
        assert {name: (tmp_path / name).read_bytes() for name in before} == before
        return Versions(tmp_path, tmp_path / "building.toml")

    versions = lived(tmp_path, story)
    assert not versions.settle(datetime.now(UTC))
    assert versions.unconfirmed() is None


@pytest.mark.parametrize("more", [{}, {"confirm_seconds": 1}])
def test_an_edit_that_stopped_half_way_goes_back_when_the_disk_takes_it(tmp_path, monkeypatch, more):
    monkeypatch.setattr(editing, "UNDO_AGAIN_SECONDS", 0.01)
    full, tries = [True], []

    def refuses(path):
        if path.name == "secrets.toml":
            tries.append(path)
        return full[0] and (path.name == "building.toml" or (path.name == "secrets.toml" and len(tries) > 1))

    async def story(world):
        await edited(world, PASSWORD)
        before = {name: (tmp_path / name).read_bytes() for name in ("building.toml", "secrets.toml")}
        base = (await world.ask("document"))["revision"]
        full_disk(monkeypatch, refuses)
        again = [{**PASSWORD, "value": "jeszcze-nowsze"}, NAME]
        assert await world.refused("edit", base=base, edits=again, who="anna", what="x", **more) == "not_saved"
        await until(lambda: world.faults_now())
        full[0] = False
        await until(lambda: world.audit()[-1] == ("", "undone"))
        assert {name: (tmp_path / name).read_bytes() for name in before} == before
        assert world.faults_now() == []

    lived(tmp_path, story)


def test_a_confirmation_that_comes_while_it_is_undone_is_refused(tmp_path):
    async def story(world):
        answer = await edited(world, NAME, confirm_seconds=1)
        async with world.requests._editing.turn:
            await until(lambda: world.requests._editing.unconfirmed().over(world.clock.now()))
            asked = asyncio.create_task(world.refused("confirm", revision=answer["revision"], who="anna"))
            await asyncio.sleep(0)
        assert await asked == "nothing_to_confirm"
        await until(lambda: world.audit()[-1] == ("", "undone"))

    lived(tmp_path, story)


def test_a_building_file_that_may_not_be_written_is_told_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr("appliance.requests.versions.os.access", lambda path, mode: False)

    async def story(world):
        document = await world.ask("document")
        assert not document["writable"]
        assert "copy" in document["why"]
        edits = {"base": document["revision"], "edits": [NAME], "who": "anna"}
        assert await world.refused("edit", **edits) == "not_writable"

    lived(tmp_path, story)


def test_an_edit_that_makes_no_sense_is_refused(tmp_path):
    async def story(world):
        base = (await world.ask("document"))["revision"]
        asked = {"base": base, "who": "anna"}
        assert await world.refused("edit", edits=[NAME, {"op": "dance"}], **asked) == "bad_edit"
        assert await world.refused("edit", edits="all", **asked) == "bad_argument"
        assert await world.refused("edit", edits=[NAME], base=base) == "bad_argument"
        assert await world.refused("edit", edits=[NAME], confirm_seconds=10**6, **asked) == "bad_argument"

    lived(tmp_path, story)


def test_a_new_box_starts_with_a_building_that_takes_messages(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr("appliance.running.run", lambda options, building: started.append(building))
    said = CliRunner().invoke(main, ["run", "--data", str(tmp_path / "new")])
    assert said.exit_code == 0, said.output
    assert check(tmp_path / "new" / "building.toml") == []
    [building] = started
    assert (list(building.lines), list(building.voicemails)) == ([], ["office"])


def test_a_building_file_that_was_named_is_not_made_up(tmp_path):
    said = CliRunner().invoke(main, ["run", "--data", str(tmp_path), "--building", str(tmp_path / "mine.toml")])
    assert said.exit_code == 2
    assert not (tmp_path / "mine.toml").exists()
