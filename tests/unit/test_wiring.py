"""The wiring guide: the same drawings in both languages, with the pins of the sample building."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET

import pytest

from tools.wiring import WIRING, drawings

SAMPLE = WIRING.parents[1] / "examples" / "lipowa7.toml"
HEADER = {17: 11, 27: 13, 22: 15, 23: 16, 24: 18, 25: 22, 5: 29, 6: 31}  # BCM → place on the header
PICTURES = sorted(path.name for path in WIRING.glob("*.svg"))


def texts(name: str) -> list[str]:
    root = ET.parse(WIRING / name).getroot()
    return [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]


def sample_pins() -> set[int]:
    """The pins of the sample's tables, which are commented out there."""
    lines = SAMPLE.read_text("utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("# [panel]"))
    end = next(at for at, line in enumerate(lines) if at > start and line.startswith("[notify]"))
    told = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines[start:end]))
    panel = told["panel"]
    singles = {panel["panic_lamp"], panel["buzzer"], panel["button"]}
    return singles | set(panel["status"].values()) | {each["pin"] for each in told["sensors"]}


def test_the_polish_drawings_are_those_of_today():
    for path, drawing in drawings().items():
        assert path.read_text("utf-8") == drawing, f"{path.name}: run python tools/wiring.py"


@pytest.mark.parametrize("name", PICTURES)
def test_each_drawing_is_one_and_names_each_pin_with_its_place(name):
    for text in texts(name):
        if found := re.match(r"GPIO (\d+) \((\d+)\)", text):
            assert HEADER[int(found[1])] == int(found[2])


def test_the_drawings_have_the_pins_of_the_sample():
    drawn = {
        int(each)
        for text in texts("lamps.en.svg") + texts("contacts.en.svg")
        for each in re.findall(r"GPIO (\d+)", text)
    }
    assert drawn == sample_pins() | {6}


@pytest.mark.parametrize(("page", "language"), [("wiring.md", "en"), ("wiring.pl.md", "pl")])
def test_the_guide_shows_every_drawing_of_its_language(page, language):
    text = (WIRING / page).read_text("utf-8")
    assert [name for name in PICTURES if name.endswith(f".{language}.svg") and name not in text] == []
