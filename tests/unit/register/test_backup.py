"""A backup taken while calls go on comes back whole, in a new epoch, and what was there before is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.register.archive import BackupError
from appliance.register.backup import back_up
from tests.unit.register.boxes import LIPOWA, contents, fill, open_store, put_back, rows
from tests.unit.register.conftest import SetClock, urgent_call


@pytest.fixture
def data(tmp_path: Path, clock: SetClock) -> Path:
    fill(tmp_path / "data", clock)
    return tmp_path / "data"


@pytest.fixture
def backup(tmp_path: Path, data: Path, clock: SetClock) -> Path:
    back_up(data, data / "building.toml", tmp_path / "box.zip", clock)
    return tmp_path / "box.zip"


# -- a backup of a box at work ------------------------------------------------------------------------------------


def test_a_backup_of_calls_going_on_is_one_moment_and_comes_back_in_a_new_epoch(data, tmp_path, clock):
    async def night() -> tuple[list[Any], int]:
        store = await open_store(data, clock)
        up = store.new_uid()
        started = await store.record("call.started", call=up, line="provider", caller="+48501502503")
        before = rows(data)
        stop = asyncio.Event()

        async def busy() -> None:
            while not stop.is_set():
                await asyncio.gather(*urgent_call(store, clock)[2])

        writing = asyncio.create_task(busy())
        await asyncio.to_thread(back_up, data, data / "building.toml", tmp_path / "box.zip", clock)
        stop.set()
        await writing
        await store.close()
        return before, started.number

    before, number = asyncio.run(night())
    told = rows(data)[0]
    put_back(tmp_path / "box.zip", tmp_path / "elsewhere", clock)
    calls, tickets = rows(tmp_path / "elsewhere")
    assert calls[: len(before[0])] == before[0]
    whole = [row for row in calls if row["id"] > number]
    assert whole[:-1] == told[len(before[0]) : len(calls) - 1]  # what was written meanwhile is there up to one moment
    assert {row["ticket"] for row in calls if row["ticket"]} == {ticket["number"] for ticket in tickets}

    async def next_morning() -> tuple[int, int, int]:
        store = await open_store(tmp_path / "elsewhere", clock)
        ended = await store.recover(lambda path: 0.0)
        committed = await store.record("call.started", call=store.new_uid(), line="provider")
        await store.close()
        return ended, committed.seq, committed.number

    ended, seq, new_number = asyncio.run(next_morning())
    assert ended >= 1  # the call that was up when the backup was taken
    assert new_number > told[-1]["id"]  # also of the calls that the backup does not know
    assert seq < 10  # counted anew, in a new epoch
    assert epochs(tmp_path / "elsewhere") > epochs(data)


def epochs(data: Path) -> int:
    with closing(sqlite3.connect(data / "register.db")) as db:
        return int(db.execute("SELECT epoch FROM events ORDER BY position DESC LIMIT 1").fetchone()[0])


def test_everything_comes_back_with_its_permissions(data, backup, tmp_path, clock):
    before = rows(data)
    put_back(backup, tmp_path / "elsewhere", clock)
    assert rows(tmp_path / "elsewhere") == before
    was, now = contents(data), contents(tmp_path / "elsewhere")
    was.pop("register.db")
    now.pop("register.db")
    assert now == was
    modes = {name: stat.S_IMODE((tmp_path / "elsewhere" / name).stat().st_mode) for name in (*was, "register.db")}
    assert modes["secrets.toml"] == modes["register.db"] == 0o600
    assert modes["recordings/one.wav"] == 0o640
    assert modes["prompts/rendered/halo.al"] == 0o644


def test_only_its_owner_may_read_a_backup_and_nothing_else_is_left(data, backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(path.name for path in backup.parent.iterdir()) == ["box.zip", "data"]


def test_recordings_may_stay_at_home(data, tmp_path, clock):
    manifest = back_up(data, data / "building.toml", tmp_path / "small.zip", clock, recordings=False)
    assert sorted(manifest.members) == ["building.toml", "prompts/rendered/halo.al", "register.db", "secrets.toml"]


def test_a_building_file_elsewhere_is_kept_as_the_boxs_own(data, tmp_path, clock):
    (data / "building.toml").rename(tmp_path / "lipowa.toml")
    back_up(data, tmp_path / "lipowa.toml", tmp_path / "box.zip", clock)
    put_back(tmp_path / "box.zip", tmp_path / "elsewhere", clock)
    assert (tmp_path / "elsewhere" / "building.toml").read_bytes() == LIPOWA.read_bytes()


@pytest.mark.parametrize("missing", ["register.db", "building.toml"])
def test_a_backup_without_the_heart_of_the_box_is_not_made(data, tmp_path, clock, missing):
    (data / missing).unlink()
    with pytest.raises(BackupError, match=missing):
        back_up(data, data / "building.toml", tmp_path / "box.zip", clock)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_backup_that_would_fill_the_disk_is_not_made(data, tmp_path, clock, monkeypatch):
    with (data / "recordings" / "long.wav").open("wb") as file:
        file.truncate(40_000_000)
    usage = type("Usage", (), {"free": 230_000_000})
    monkeypatch.setattr("appliance.register.backup.shutil.disk_usage", lambda where: usage)
    with pytest.raises(BackupError, match="200 MB must stay free"):
        back_up(data, data / "building.toml", tmp_path / "box.zip", clock)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    back_up(data, data / "building.toml", tmp_path / "box.zip", clock, recordings=False)


def test_a_damaged_register_is_said_and_an_older_backup_kept(data, backup, clock):
    kept = backup.read_bytes()
    with (data / "register.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(BackupError, match=r"register\.db"):
        back_up(data, data / "building.toml", backup, clock)
    assert backup.read_bytes() == kept


# -- what was there before ----------------------------------------------------------------------------------------


def test_what_was_there_before_is_kept(data, backup, clock):
    (data / "building.toml").write_text("# of today\n")
    was = contents(data)
    done = put_back(backup, data, clock)
    assert done.before is not None
    assert done.before.name == "data.before-restore-20261122T201541"
    assert contents(done.before) == was
    assert (data / "building.toml").read_bytes() == LIPOWA.read_bytes()
    assert put_back(backup, data, clock).before != done.before


# -- the commands -------------------------------------------------------------------------------------------------


def test_the_commands_say_what_they_did_and_that_it_is_personal(data, tmp_path):
    file = str(tmp_path / "box.zip")
    made = CliRunner().invoke(main, ["backup", file, "--data", str(data)])
    assert made.exit_code == 0, made.output
    assert "register.db, building.toml, secrets.toml, 1 prompts, 1 recordings" in made.output
    assert "0600" in made.output
    assert "personal data" in made.output
    put = CliRunner().invoke(main, ["restore", file, "--data", str(data)])
    assert put.exit_code == 0, put.output
    assert "data.before-restore-" in put.output


def test_a_backup_is_not_restored_under_a_running_exchange(data, backup, tmp_path):
    holding = (
        "import sys; from pathlib import Path; from appliance.control import only_one\n"
        "with only_one(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as exchange:
        assert exchange.stdout is not None
        assert exchange.stdout.readline() == "held\n"
        was = contents(data)
        put = CliRunner().invoke(main, ["restore", str(backup), "--data", str(data)])
        assert put.exit_code == 1
        assert "already running here: stop it" in put.output
        assert contents(data) == was
        exchange.communicate("")
    assert not list(tmp_path.glob("data.*"))


def test_a_file_that_is_not_there_is_said(tmp_path):
    put = CliRunner().invoke(main, ["restore", str(tmp_path / "none.zip"), "--data", str(tmp_path / "data")])
    assert put.exit_code == 1
    assert "none.zip" in put.output
