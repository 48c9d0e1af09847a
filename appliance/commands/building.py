"""`dyzurka check`, `on-duty` and `say`: what the building file means, without an exchange."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.building import file
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
    """Who would be rung, in order: one `DUTY person phone` a line."""
    from appliance.building import rota

    building = read_building(building_file or data / "building.toml")
    at = moment(when, building)
    for duty in building.duties:
        for person in rota.on_duty(building, duty, at):
            for phone in person.phones:
                click.echo(f"{duty} {person.id} {phone}")


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
