"""`dyzurka unlock`: back into the page for whoever stands beside the box."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.clock import SystemClock
from appliance.commands.options import data_option


@click.command()
@data_option
def unlock(data: Path) -> None:
    """Drop the locks of all accounts of the page and print a claim code that makes a new administrator."""
    from appliance.control_client import ExchangeAwayError, RefusedError, ask

    try:
        code = str(ask(data, "unlock")["code"])
    except ExchangeAwayError:
        code = _unlock_alone(data)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"claim code: {code}")
    click.echo("Open the page, choose “Claim the box” and give it a name and a new password. Other accounts stay.")


def _unlock_alone(data: Path) -> str:
    """Without an exchange; none may start meanwhile."""
    from appliance.accounts import Accounts
    from appliance.control import AlreadyRunningError, only_one

    if not data.is_dir():
        raise click.ClickException(f"{data}: no such directory: name the data directory with --data")
    try:
        with only_one(data):
            return Accounts(data, SystemClock()).unlock()
    except AlreadyRunningError as error:
        raise click.ClickException(f"{error}, but it does not answer: stop it, then unlock") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
