"""Settings of a newer version that the older one cannot read: what it read last stands again."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance import former_settings
from appliance.building.file import check
from appliance.requests.versions import Versions
from appliance.updating import journal
from appliance.updating.states import State

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A box whose settings were kept for 0.1.0, and then written anew by a version to come."""
    shutil.copy(LIPOWA, tmp_path / "building.toml")
    former_settings.keep(tmp_path, tmp_path / "building.toml", "0.1.0")
    journal.write(tmp_path, journal.Journal(id="7", state=State.PROVING))
    (tmp_path / "building.toml").write_text(LIPOWA.read_text() + "\n[teleporter]\nspeed = 3\n")
    assert check(tmp_path / "building.toml")
    return tmp_path


def back(data: Path, version: str = "0.1.0") -> bool:
    return former_settings.bring_back(data, data / "building.toml", version, NOW)


def test_they_stand_again_and_what_was_written_is_kept(data):
    assert back(data)
    assert (data / "building.toml").read_text() == LIPOWA.read_text()
    (kept,) = Versions(data, data / "building.toml").history()
    assert "teleporter" in kept.pair.building
    assert former_settings.came_back(data)
    assert not former_settings.came_back(data)


def test_what_can_be_read_stays(data):
    edited = LIPOWA.read_text().replace("ring_seconds", "ring_seconds", 1) + "\n# a new line\n"
    (data / "building.toml").write_text(edited)
    assert not back(data)
    assert (data / "building.toml").read_text() == edited


def test_another_version_s_settings_are_not_ours(data):
    assert not back(data, "0.3.0")


@pytest.mark.parametrize("state", [State.NONE, State.DONE, State.FAILED, State.BACK, State.WAITING])
def test_without_an_update_a_mistake_in_the_file_is_somebody_s_own(data, state):
    journal.write(data, journal.Journal(id="7", state=state))
    assert not back(data)
    assert "teleporter" in (data / "building.toml").read_text()


def test_the_last_three_versions_are_kept(data):
    for version in ("0.2.0", "0.3.0", "0.4.0", "../../etc"):
        former_settings.keep(data, data / "building.toml", version)
    assert len(list((data / "update").glob("settings-*.json"))) == 3
    assert (data / "update" / "settings-.._.._etc.json").stat().st_mode & 0o777 == 0o600
