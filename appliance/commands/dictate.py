"""`dyzurka dictate`: have a sentence spoken over the phone."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.commands.options import data_option

PATIENCE_SECONDS = 900.0  # ringing, and five tries of two minutes, each heard again


@click.command()
@data_option
@click.argument("name")
@click.argument("phone")
def dictate(data: Path, name: str, phone: str) -> None:
    """Ring PHONE and keep what is spoken there as the sound file NAME (.wav); file:NAME in building.toml says it."""
    from appliance.control_client import ExchangeAwayError, RefusedError, ask

    try:
        answer = ask(data, "dictate", timeout=PATIENCE_SECONDS, name=name, phone=phone)
    except (ExchangeAwayError, RefusedError) as error:
        raise click.ClickException(str(error)) from error
    if not answer["kept"]:
        raise click.ClickException("nothing was kept: 1 was not pressed")
    click.echo(f"{name} is kept: name it as file:{name} in the building file.")
