"""`dyzurka check`, `on-duty` and `say`: what the building file means, without an exchange."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from appliance.building import file
from appliance.building.model import Override
from appliance.commands.options import MISTAKE_STATUS, building_option, data_option, moment, read_building


@click.command()
@data_option
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def check(data: Path, path: Path) -> None:
    """Say every mistake of a building file as FILE:LINE: message; exit status 2 if there is any."""
    errors = file.check(path)
    for error in errors:
        click.echo(str(error))
    if errors:
        raise SystemExit(MISTAKE_STATUS)


@click.command("on-duty")
@data_option
@building_option
@click.option("--at", "when", metavar="WHEN", default=None, help="ISO 8601, in the box's time.  [default: now]")
def on_duty(data: Path, building_file: Path | None, when: str | None) -> None:
    """Who would be rung, in order: one `DUTY person phone` a line; swaps agreed in the register of DIR count."""
    from appliance.building import rota

    building = read_building(building_file or data / "building.toml")
    at = moment(when, building)
    agreed = _agreed(data, at)
    for duty in building.duties:
        for person in rota.on_duty(building, duty, at, None, agreed):
            for phone in person.phones:
                click.echo(f"{duty} {person.id} {phone}")


def _agreed(data: Path, at: datetime) -> tuple[Override, ...]:
    """The swaps in the register of a data directory at an aware moment; none without a register."""
    import sqlite3

    from appliance.register.migrations import RegisterNewerError
    from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports

    path = data / FILE_NAME
    if not path.exists():
        return ()
    try:
        with Reports(path) as reports:
            return reports.overrides(at)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        raise click.ClickException(f"{path}: agreed swaps cannot be read: {error}; see dyzurka doctor") from error


@click.command()
@data_option
@click.argument("text")
@click.argument("path", metavar="FILE.wav", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", type=click.Choice(["pl", "en"]), default="pl", show_default=True, help="Whose voice.")
def say(data: Path, text: str, path: Path, language: str) -> None:
    """Hear TEXT as the box would say it."""
    from appliance.media.prompts import render_to_wav
    from appliance.media.speech import RenderError

    try:
        render_to_wav(text, "en" if language == "en" else "pl", path)
    except (RenderError, OSError) as error:
        raise click.ClickException(str(error)) from error
