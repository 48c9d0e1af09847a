"""The building file as the page reads it: once for each change, and nothing where it cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

from webui.names import Names, read_content, read_names

BOX = '[box]\nname = "{}"\n'


def test_it_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "building.toml"
    assert read_content(file) == {} and read_names(file) == Names()
    file.write_text(BOX.format("Lipowa 7"))
    first = read_content(file)
    assert first["box"]["name"] == read_names(file).box == "Lipowa 7"
    assert read_content(file) is first
    fresh = tmp_path / "building.new"
    fresh.write_text(BOX.format("Lipowa 9"))
    os.utime(fresh, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))  # a clock that stood still
    fresh.replace(file)
    assert read_content(file)["box"]["name"] == read_names(file).box == "Lipowa 9"


def test_a_mistaken_or_missing_file_has_no_names(tmp_path: Path) -> None:
    file = tmp_path / "building.toml"
    file.write_text(BOX.format("Lipowa 7"))
    assert read_names(file).box == "Lipowa 7"
    file.write_text("[box\n")
    assert read_content(file) == {} and read_names(file) == Names()
    file.unlink()
    assert read_content(file) == {} and read_names(file) == Names()
