"""A backup taken while calls go on, and what becomes of it: whole, or not at all."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.register import archive, restore
from appliance.register.archive import BackupError
from appliance.register.backup import back_up
from appliance.register.reports import Reports
from appliance.register.store import RegisterStore
from tests.unit.register.conftest import SetClock, urgent_call

LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"
RNG = random.SystemRandom()


async def open_store(data: Path, clock: SetClock) -> RegisterStore:
    path = data / "register.db"
    return await RegisterStore.open(path, clock, RNG, box_name="Dyżurka", timezone="Europe/Warsaw")


def fill(data: Path, clock: SetClock, calls: int = 1) -> None:
    """A box that has lived: calls, building, secrets, a prompt, a recording."""

    async def life() -> None:
        store = await open_store(data, clock)
        for _ in range(calls):
            await asyncio.gather(*urgent_call(store, clock)[2])
        await store.close()

    asyncio.run(life())
    shutil.copy(LIPOWA, data / "building.toml")
    for name, mode in {"secrets.toml": 0o640, "prompts/rendered/halo.al": 0o644, "recordings/one.wav": 0o640}.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name * 1000)
        (data / name).chmod(mode)


def rows(data: Path) -> list[Any]:
    with Reports(data / "register.db") as reports:
        return [reports.calls(), reports.tickets()]


def contents(data: Path) -> dict[str, bytes]:
    """Every file but SQLite's own companions of the register, which come and go with its readers."""
    files = (path for path in data.rglob("*") if path.is_file() and not path.name.startswith("register.db-"))
    return {str(path.relative_to(data)): path.read_bytes() for path in files}


@pytest.fixture
def data(tmp_path: Path, clock: SetClock) -> Path:
    fill(tmp_path / "data", clock)
    return tmp_path / "data"


@pytest.fixture
def backup(tmp_path: Path, data: Path, clock: SetClock) -> Path:
    back_up(data, data / "building.toml", tmp_path / "box.zip", clock)
    return tmp_path / "box.zip"


def put_back(backup: Path, data: Path, clock: SetClock) -> restore.Restored:
    return restore.restore(backup, data, clock, RNG)


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


# -- backups that must not be restored ----------------------------------------------------------------------------


def refused(backup: Path, data: Path, clock: SetClock, why: str) -> None:
    """Restoring says why not, and nothing has changed."""
    was = contents(data)
    with pytest.raises(BackupError, match=why):
        put_back(backup, data, clock)
    assert contents(data) == was
    assert {path.name for path in data.parent.iterdir()} == {"data", backup.name}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_backup_cut_short_changes_nothing(data, backup, clock, share):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])
    refused(backup, data, clock, "only a part")


def test_no_flipped_byte_gets_through(data, backup, tmp_path, clock):
    whole, chance, refusals = backup.read_bytes(), random.Random(7), 0
    put_back(backup, tmp_path / "right", clock)
    right = {name: text for name, text in contents(tmp_path / "right").items() if name != "register.db"}
    for number in range(60):
        broken = bytearray(whole)
        broken[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        backup.write_bytes(broken)
        target = tmp_path / f"try-{number}"
        try:
            put_back(backup, target, clock)
        except BackupError:
            refusals += 1
            assert not target.exists()
        else:  # a byte of the zip file's own dates or comments
            assert rows(target) == rows(data)
            assert {name: text for name, text in contents(target).items() if name != "register.db"} == right
    assert refusals > 40


def forged(backup: Path, **changes: Any) -> None:
    """The backup anew, its manifest true to `members`, the members as `changes` has them."""
    with zipfile.ZipFile(backup) as old:
        told = json.loads(old.read("manifest.json"))
        files = {name: old.read(name) for name in old.namelist() if name != "manifest.json"}
    files |= changes.get("files", {})
    for name, text in changes.get("files", {}).items():
        told["members"][name] = {"bytes": len(text), "sha256": sha256(text).hexdigest(), "mode": 384, "modified": 0}
    told |= changes.get("manifest", {})
    told["members"] |= changes.get("members", {})
    with zipfile.ZipFile(backup, "w", zipfile.ZIP_DEFLATED) as new:
        for name, text in {**files, "manifest.json": json.dumps(told).encode()}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = changes.get("kinds", {}).get(name, stat.S_IFREG | 0o600) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, text)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/cron.d/evil",
        "recordings/../../evil",
        "recordings//evil",
        "recordings/a\\..\\evil",
        "recordings/\x1b[2J",
        "control.sock",
        "recordings",
        "recordings/" + "x" * 300,
        "recordings/" + "x/" * 20 + "x",
    ],
)
def test_no_file_lands_anywhere_else(data, backup, clock, name):
    forged(backup, files={name: b"evil"})
    refused(backup, data, clock, "belongs nowhere")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, 0])
def test_nothing_but_plain_files_is_restored(data, backup, clock, kind):
    forged(backup, files={"recordings/evil": b"/etc/passwd"}, kinds={"recordings/evil": kind | 0o777})
    refused(backup, data, clock, "no plain file")


def test_a_file_larger_than_the_disk_is_not_begun(data, backup, clock):
    with zipfile.ZipFile(backup) as old:
        true = json.loads(old.read("manifest.json"))["members"]["recordings/one.wav"]
    forged(backup, members={"recordings/one.wav": {**true, "bytes": 1 << 60}})
    refused(backup, data, clock, "do not agree about recordings/one.wav")


def test_a_backup_that_does_not_fit_is_not_begun(data, backup, clock, monkeypatch):
    monkeypatch.setattr(restore, "SPARE_BYTES", 1 << 60)
    refused(backup, data, clock, "make room there")


def test_a_file_that_unpacks_to_more_than_it_says_is_stopped(data, backup, clock):
    """The zip's own table lies: 1 GB of zeros that call themselves 10 bytes."""
    zeros = b"\0" * 50_000_000
    forged(backup, files={"recordings/bomb.wav": zeros})
    raw = backup.read_bytes().replace(len(zeros).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    backup.write_bytes(raw)
    forged_sizes = {"recordings/bomb.wav": {"bytes": 10, "sha256": "0" * 64, "mode": 384, "modified": 0}}
    with zipfile.ZipFile(backup) as lying:
        told = json.loads(lying.read("manifest.json"))
    told["members"] |= forged_sizes
    archive_bytes = archive_with_manifest(backup, json.dumps(told).encode())
    backup.write_bytes(archive_bytes)
    refused(backup, data, clock, r"bomb\.wav|only a part")


def archive_with_manifest(backup: Path, manifest: bytes) -> bytes:
    """The same zip file with another manifest added under the same name in place of the one before."""
    with zipfile.ZipFile(backup, "a") as file:
        file.filelist = [info for info in file.filelist if info.filename != "manifest.json"]
        del file.NameToInfo["manifest.json"]
        info = zipfile.ZipInfo("manifest.json")
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        file.writestr(info, manifest)
    return backup.read_bytes()


@pytest.mark.parametrize("manifest", [{"format": archive.FORMAT + 1}, {"version": "99.0"}])
def test_a_backup_of_a_newer_version_is_refused(data, backup, clock, manifest):
    forged(backup, manifest=manifest)
    refused(backup, data, clock, "newer than this")


@pytest.mark.parametrize(
    "manifest", [{"members": []}, {"format": "x"}, {"epoch": None}, {"members": {"register.db": {"bytes": -1}}}]
)
def test_a_manifest_that_makes_no_sense_is_said(data, backup, clock, manifest):
    with zipfile.ZipFile(backup) as old:
        told = json.loads(old.read("manifest.json")) | manifest
    backup.write_bytes(archive_with_manifest(backup, json.dumps(told).encode()))
    refused(backup, data, clock, "cannot be understood")


def test_another_boxs_register_under_this_ones_name_is_refused(data, backup, clock):
    forged(backup, manifest={"box": "somebody else"})
    refused(backup, data, clock, "different boxes")


def test_a_register_that_is_none_is_refused(data, backup, clock):
    forged(backup, files={"register.db": b"not a database" * 100})
    refused(backup, data, clock, "cannot be used")


# -- the power goes while restoring -------------------------------------------------------------------------------

KILLED = """
import os, random, shutil, signal, sys
from pathlib import Path
from appliance.clock import SystemClock
from appliance.register import archive, restore

STEPS = ["_check", "_check_register", "_begin_epoch", "_make_alike", "exchange", "_keep_aside", "sync_directory"]
PLACES = [(restore, name, when) for name in STEPS for when in ("before", "after")]
PLACES += [(archive, "_copy", "before"), (archive, "_copy", "after")]
backup, data, copies = map(Path, sys.argv[1:])

def die_at(module, name, when):
    real = getattr(module, name)
    def deadly(*values):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*values)
        if hasattr(result, "__await__"):
            async def later():
                await result
                os.kill(os.getpid(), signal.SIGKILL)
            return later()
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, deadly)

for module, name, when in PLACES:
    here = copies / f"{name}-{when}" / "data"
    shutil.copytree(data, here)
    child = os.fork()
    if child == 0:
        die_at(module, name, when)
        restore.restore(backup, here, SystemClock(), random.SystemRandom())
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print(name, when, os.WTERMSIG(status))
"""


def test_a_power_cut_leaves_the_old_box_or_the_new_one_never_a_mix(data, backup, tmp_path, clock):
    new = contents(data)
    (data / "building.toml").write_text("# of today\n")
    (data / "recordings" / "one.wav").rename(data / "recordings" / "two.wav")
    old = contents(data)
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(backup), str(data), str(tmp_path / "copies")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(told) == 16
    outcomes = set()
    for line in told:
        name, when, killed_by = line.split()
        assert int(killed_by) == signal.SIGKILL, line
        found = contents(tmp_path / "copies" / f"{name}-{when}" / "data")
        rows(tmp_path / "copies" / f"{name}-{when}" / "data")
        is_old = found == old
        is_new = {**found, "register.db": b""} == {**new, "register.db": b""}
        assert is_old != is_new, line
        outcomes.add(is_old)
    assert outcomes == {True, False}


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
