"""A broken, forged or newer backup is refused with nothing changed; a power cut leaves the old box or the new one."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from appliance.register import archive, restore
from appliance.register.archive import BackupError
from appliance.register.backup import back_up
from tests.unit.register.boxes import contents, fill, put_back, rows
from tests.unit.register.conftest import SetClock


@pytest.fixture
def data(tmp_path: Path, clock: SetClock) -> Path:
    fill(tmp_path / "data", clock)
    return tmp_path / "data"


@pytest.fixture
def backup(tmp_path: Path, data: Path, clock: SetClock) -> Path:
    back_up(data, data / "building.toml", tmp_path / "box.zip", clock)
    return tmp_path / "box.zip"


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


def test_a_backup_that_lost_its_first_byte_is_told_as_broken(data, backup, clock):
    """Its table of contents points to a place before the file begins: no fault of the disk."""
    backup.write_bytes(backup.read_bytes()[1:])
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


def test_a_directory_that_is_shared_stays_so_where_nobody_may_set_the_bit(data, backup, clock, monkeypatch):
    """The page reads it as another user; the exchange's unit has RestrictSUIDSGID (systemd.exec(5))."""
    data.chmod(0o2750)
    (data / "incoming").mkdir(exist_ok=True)
    real = os.chmod

    def chmod(path, mode, **more):
        assert not mode & (stat.S_ISGID | stat.S_ISUID)
        return real(path, mode, **more)

    monkeypatch.setattr(os, "chmod", chmod)
    put_back(backup, data, clock)
    assert stat.S_IMODE(data.stat().st_mode) == 0o2750
    assert stat.S_IMODE((data / "recordings").stat().st_mode) & stat.S_ISGID
    assert stat.S_IMODE((data / "incoming").stat().st_mode) == 0o2770
