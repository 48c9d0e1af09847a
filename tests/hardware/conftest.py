"""What tests of several rooms here need: a whole exchange around a modem in software, modems that are soon given up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.demo.building import urgent_building
from hardware.at import port
from hardware.fxo import modem as fxo
from hardware.gsm import beside
from tests.prompts import kept


@dataclass
class Town:
    """Where one test's neighbourhood comes about. `prompts`: its sentences, rendered before."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    prompts: Path


@pytest.fixture(scope="session")
def prompts(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sentences") / "building.toml"
    path.write_text(urgent_building(1), encoding="utf-8")
    return kept(pytestconfig, "hardware-prompts", path)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompts: Path) -> Town:
    return Town(tmp_path, monkeypatch, prompts)


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that does not answer is not waited for as long as that of a real modem."""
    monkeypatch.setattr(port, "FIND_BACK_SECONDS", 0.2)
    monkeypatch.setattr(beside, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(fxo, "WAKE_SECONDS", 0.3)
    monkeypatch.setattr(fxo, "HANG_UP_SECONDS", 0.5)
