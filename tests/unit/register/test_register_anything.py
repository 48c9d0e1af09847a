"""Any file as a backup is restored whole, or refused in words with nothing changed."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.register import archive
from appliance.register.archive import BackupError
from appliance.register.backup import back_up
from tests.anything import SPICE, in_time, json_values, spoilt
from tests.unit.register.boxes import contents, fill, put_back
from tests.unit.register.conftest import SetClock

ZIP = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"\xff\xff\xff\xff", b"manifest.json", b"../"]
in_one_folder = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good backup."""
    folder, clock = tmp_path_factory.mktemp("whole"), SetClock()
    fill(folder / "data", clock)
    for name in ("secrets.toml", "prompts/rendered/halo.al", "recordings/one.wav"):
        (folder / "data" / name).write_text(name)
    back_up(folder / "data", folder / "data" / "building.toml", folder / "box.zip", clock)
    return folder / "box.zip"


def members(path):
    with zipfile.ZipFile(path) as backup:
        return {info: backup.read(info) for info in backup.infolist()}


def rebuilt(path, manifest):
    """The backup with another manifest."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for info, content in members(path).items():
            target.writestr(info, manifest if info.filename == archive.MANIFEST else content)
    return out.getvalue()


def tried(folder, data):
    """Open it and write its members; BackupError is the only refusal."""
    backup, into = folder / "box.zip", folder / "out"
    backup.write_bytes(data)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    with in_time(5.0), suppress(BackupError), archive.opened(backup) as reader:
        reader.extract(into)
    assert all(path.is_relative_to(into) for path in into.rglob("*"))
    assert {path.name for path in folder.iterdir()} == {"box.zip", "out"}


@settings(max_examples=60, **in_one_folder)
@given(data=st.data())
def test_any_bytes_are_a_backup_or_refused(tmp_path, whole, data):
    tried(tmp_path, data.draw(spoilt([whole.read_bytes()], ZIP)))


@settings(max_examples=30, **in_one_folder)
@given(data=st.data())
def test_any_manifest_is_a_backup_or_refused(tmp_path, whole, data):
    text = next(content for info, content in members(whole).items() if info.filename == archive.MANIFEST)
    manifest = json.loads(text)
    where = data.draw(st.sampled_from([manifest, manifest["members"], *manifest["members"].values()]))
    where[data.draw(st.sampled_from([*where, "../x", "recordings/.."]))] = data.draw(json_values())
    odd = json.dumps(manifest)
    tried(tmp_path, rebuilt(whole, odd))
    tried(tmp_path, rebuilt(whole, data.draw(spoilt([odd.encode()], SPICE))))


@settings(max_examples=25, **in_one_folder)
@given(data=st.data())
def test_any_register_in_a_backup_is_restored_or_refused_with_nothing_changed(tmp_path, whole, data):
    """The register is spoilt and the manifest agrees with it, as one would do it on purpose."""
    home = tmp_path / "data"
    if not home.exists():
        home.mkdir()
        (home / "building.toml").write_text("as it was")
    was = contents(home)
    register = next(content for info, content in members(whole).items() if info.filename == archive.REGISTER)
    (tmp_path / "register.db").write_bytes(data.draw(spoilt([register])))
    with (tmp_path / "odd.zip").open("wb") as out:
        writer = archive.ArchiveWriter(out)
        writer.add(archive.REGISTER, tmp_path / "register.db")
        writer.add(archive.BUILDING, home / "building.toml")
        with archive.opened(whole) as reader:
            told = reader.manifest
        writer.finish(version=told.version, created=told.created, box=told.box, epoch=told.epoch)
    try:
        with in_time(5.0):
            put_back(tmp_path / "odd.zip", home, SetClock())
    except BackupError:
        assert contents(home) == was
        assert {path.name for path in tmp_path.iterdir()} == {"data", "odd.zip", "register.db"}
    else:
        shutil.rmtree(home)
        for before in tmp_path.glob("data.before-restore-*"):
            before.rename(home)


@pytest.mark.parametrize("version", ["9" * 5000, "²", "0." * 5000, "", "x.y"])
def test_a_version_that_is_no_number_is_refused_or_passed_over(tmp_path, whole, version):
    text = next(content for info, content in members(whole).items() if info.filename == archive.MANIFEST)
    (tmp_path / "box.zip").write_bytes(rebuilt(whole, json.dumps({**json.loads(text), "version": version})))
    with suppress(BackupError):
        put_back(tmp_path / "box.zip", tmp_path / "data", SetClock())
