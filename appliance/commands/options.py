"""What several commands share: `--data`, `--building`, reading the building file, and WHEN."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building
from appliance.clock import SystemClock
from appliance.register.when import parse_when

DEFAULT_DATA = Path("dyzurka-data")
MISTAKE_STATUS = 2  # of a command whose file or question is wrong

Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """--data DIR, the same for every command."""
    option = click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA,
        show_default=True,
        help="Where register, prompts and recordings lie.",
    )
    return option(command)


def building_option(command: Command) -> Command:
    """--building FILE for commands that read the building file."""
    option = click.option(
        "--building",
        "building_file",
        type=click.Path(path_type=Path, dir_okay=False),
        default=None,
        help="The building file.  [default: DIR/building.toml]",
    )
    return option(command)


def read_building(path: Path) -> Building:
    """The building file, or every mistake of it on standard error and exit status 2."""
    try:
        return file.read(path)
    except BuildingErrors as errors:
        click.echo(str(errors), err=True)
        raise SystemExit(MISTAKE_STATUS) from errors


def moment(when: str | None, building: Building) -> datetime:
    """WHEN as an aware moment in the box's time; now where it is not given. Raises BadParameter."""
    now = SystemClock().now()
    try:
        return now if when is None else parse_when(when, now, building.box.timezone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error
