"""The commands that ask the building file or the voice, as a person types them."""

from __future__ import annotations

import asyncio
import random
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.clock import SystemClock
from appliance.control import ControlServer, RefusedError
from appliance.register.reports import FILE_NAME
from appliance.register.store import RegisterStore

EXAMPLES = Path(__file__).parents[2] / "examples"
LIPOWA = EXAMPLES / "lipowa7.toml"


def types(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("example", ["lipowa7.toml", "osiedle.toml"])
def test_check_says_nothing_wrong_about_the_examples(example):
    found = types("check", EXAMPLES / example)
    assert (found.exit_code, "error" in found.output) == (0, False)


@pytest.mark.parametrize(("language", "words"), [("pl", "Nie ma"), ("en", "There is no")])
def test_check_says_every_mistake_with_its_line_in_the_box_language_and_exits_with_2(tmp_path, language, words):
    text = LIPOWA.read_text("utf-8").replace('language = "pl"', f'language = "{language}"')
    text = text.replace('goto = "queue:office"', 'goto = "queue:offices"')
    file = tmp_path / "building.toml"
    file.write_text(text, "utf-8")
    found = types("check", file)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "queue:offices" in line]
    assert len(lines) == 2
    assert found.exit_code == 2
    said = found.output.splitlines()
    assert [line.startswith(f"{file}:{number}: ") for line, number in zip(said, lines, strict=True)] == [True, True]
    assert all(words in line or "offices" in line for line in said)


@pytest.mark.parametrize(
    ("when", "first"),
    [("2026-11-22T12:00", "kowalska"), ("2026-11-22T21:00", "nowak"), ("2026-12-25T12:00", "kowalska")],
)
def test_on_duty_at_a_moment_names_who_is_rung_in_order(tmp_path, when, first):
    text = (
        LIPOWA.read_text("utf-8").replace("# shifts = ", "shifts = ").replace("# substitutions = ", "substitutions = ")
    )
    file = tmp_path / "building.toml"
    file.write_text(text, "utf-8")
    found = types("on-duty", "--building", file, "--at", when)
    assert found.exit_code == 0, found.output
    lines = [line.split() for line in found.output.splitlines()]
    assert lines[0][:2] == ["pogotowie", first]
    assert ["pogotowie", "kowalska", "ext:21"] in lines


@pytest.mark.parametrize("beside", [True, False])
def test_on_duty_names_who_stands_in_by_a_swap_first(tmp_path, beside):
    async def agree() -> None:
        store = await RegisterStore.open(
            tmp_path / FILE_NAME, SystemClock(), random.SystemRandom(), box_name="Lipowa", timezone="Europe/Warsaw"
        )
        span = {"from": "2026-11-22T20:00:00+01:00", "to": "2026-11-23T06:00:00+01:00"}
        await store.record("duty.override", duty="pogotowie", who="kowalska", instead_of="nowak", **span)
        await store.close()

    def first(at: str) -> str:
        found = types("on-duty", "--data", tmp_path, *(["--building", LIPOWA] if beside else []), "--at", at)
        assert found.exit_code == 0, found.output
        return found.output.split()[1]

    (tmp_path / "building.toml").write_text(LIPOWA.read_text("utf-8"), "utf-8")
    assert first("2026-11-22T21:00") == "nowak"
    asyncio.run(agree())
    assert [first(f"2026-11-2{day}T{hour}") for day, hour in ((2, "19:00"), (2, "21:00"), (3, "07:00"))] == [
        "nowak",
        "kowalska",
        "nowak",
    ]


def test_on_duty_with_an_unreadable_register_says_so(tmp_path):
    (tmp_path / FILE_NAME).write_text("this is no database " * 100)
    found = types("on-duty", "--data", tmp_path, "--building", LIPOWA)
    assert found.exit_code == 1
    assert str(tmp_path / FILE_NAME) in found.output


def test_on_duty_at_no_moment_is_a_mistake():
    found = types("on-duty", "--building", LIPOWA, "--at", "yesterday-ish")
    assert found.exit_code == 2
    assert "yesterday-ish" in found.output


@pytest.mark.parametrize("text", ["Dzień dobry, tu próba głosu.", "Nikt nie odbiera."])
def test_say_writes_what_a_caller_would_hear(tmp_path, text):
    out = tmp_path / "said.wav"
    found = types("say", text, out)
    assert found.exit_code == 0, found.output
    with wave.open(str(out)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        assert 0.5 < sound.getnframes() / 8000 < 5.0


def dictating(data: Path, answer: bool | str) -> tuple[Result, list[Mapping[str, Any]]]:
    """`dyzurka dictate` with an exchange that answers so."""
    heard: list[Mapping[str, Any]] = []

    async def dictate(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        heard.append(asked)
        if isinstance(answer, str):
            raise RefusedError(answer)
        return {"kept": answer}

    async def life() -> Result:
        server = ControlServer(data, {"dictate": dictate})
        await server.start()
        try:
            return await asyncio.to_thread(types, "dictate", "--data", data, "greeting.wav", "ext:11")
        finally:
            await server.stop()

    return asyncio.run(life()), heard


def test_dictate_rings_the_phone_and_says_how_to_use_what_was_spoken(tmp_path):
    found, (asked,) = dictating(tmp_path, True)
    assert (asked["name"], asked["phone"]) == ("greeting.wav", "ext:11")
    assert (found.exit_code, "file:greeting.wav" in found.output) == (0, True)


@pytest.mark.parametrize("answer", [False, "nothing was kept: no answer"])
def test_dictate_that_kept_nothing_says_so(tmp_path, answer):
    found, _ = dictating(tmp_path, answer)
    assert (found.exit_code, "nothing was kept" in found.output) == (1, True)


def test_dictate_without_an_exchange_says_what_to_do(tmp_path):
    found = types("dictate", "--data", tmp_path, "greeting.wav", "ext:11")
    assert (found.exit_code, "dyzurka run" in found.output) == (1, True)
