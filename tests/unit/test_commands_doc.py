"""docs/commands.md describes every command, option and exit status, and shows rows as they really are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from appliance.cli import main
from appliance.register.export import CALL_COLUMNS, TICKET_COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## `dyzurka (.+?)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| `(--(?:[^`\\]|\\\|)+)` \|([^|]*)\|", re.MULTILINE)  # an option and its default
COMMANDS = dict(main.commands)


def usage(name: str) -> str:
    """A command with its arguments, as the page's headers have it."""
    pieces = COMMANDS[name].collect_usage_pieces(click.Context(COMMANDS[name]))
    return " ".join([name, *(each for each in pieces if each != "[OPTIONS]")])


def options(name: str) -> dict[str, str]:
    """The options of a command as `--help` writes them, each with its default; --data stands at the top of the page."""
    command = COMMANDS[name]
    context = click.Context(command)
    found = {}
    for each in command.params:
        if not isinstance(each, click.Option) or "--data" in each.opts:
            continue
        record = each.get_help_record(context)
        assert record is not None
        told = re.search(r"\[default: ([^]]+)\]", record[1])
        found[record[0]] = told[1] if told else ""
    return found


def described(name: str) -> dict[str, str]:
    rows = ROW.findall(SECTIONS[usage(name)])
    return {option.replace("\\|", "|"): default.strip(" `") for option, default in rows}


def test_every_command_has_its_section_and_no_other_has_one():
    assert set(SECTIONS) == {usage(name) for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described_with_its_default_and_no_other(name):
    assert described(name) == options(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_its_exit_status(name):
    assert re.search(r"^Exit status: ", SECTIONS[usage(name)], re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_explains_itself(name):
    for each in COMMANDS[name].params:
        if isinstance(each, click.Option):
            assert each.help, each.opts


def test_data_is_an_option_of_every_command():
    assert ("--data DIRECTORY", " `dyzurka-data` ") in ROW.findall(PAGE.partition("\n## ")[0])
    for command in COMMANDS.values():
        assert any("--data" in each.opts for each in command.params)


def shown(name: str) -> dict[str, object]:
    """The sample of JSON that a section shows; the first row of an array."""
    found = re.search(r"```json\n(.+?)```", SECTIONS[name], re.DOTALL)
    assert found
    sample = json.loads(found[1])
    return dict(sample[0] if isinstance(sample, list) else sample)


def test_the_rows_shown_have_the_fields_of_real_ones():
    assert tuple(shown("register")) == CALL_COLUMNS
    assert set(shown("tickets")) >= set(TICKET_COLUMNS)
    assert list(shown("status"))[:5] == ["lines", "calls", "on_duty", "lamps", "faults"]
    assert list(shown("doctor")) == ["calls_can_be_taken", "findings", "sheets"]
