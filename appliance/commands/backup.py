"""`dyzurka backup` and `dyzurka restore`: everything that a box is, in one file, and back again."""

from __future__ import annotations

import contextlib
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import click

from appliance.clock import SystemClock
from appliance.commands.options import building_option, data_option

if TYPE_CHECKING:
    from appliance.register.archive import Manifest

NICENESS = 10  # calls come first


@click.command()
@data_option
@building_option
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--without-recordings", is_flag=True, help="Leave out what callers said; it is the most of it.")
def backup(data: Path, building_file: Path | None, path: Path, without_recordings: bool) -> None:
    """Keep register, building file, secrets, prompts and recordings in one FILE, also while calls go on."""
    from appliance.register.archive import BackupError
    from appliance.register.backup import back_up

    os.nice(NICENESS)
    building_file = building_file or data / "building.toml"
    try:
        manifest = back_up(data, building_file, path, SystemClock(), recordings=not without_recordings)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{path}: {_contents(manifest)}; {_size(path.stat().st_size)}")
    click.echo("It holds passwords and personal data. Only you may read it (mode 0600): keep it where that stays so.")


@click.command()
@data_option
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def restore(data: Path, path: Path) -> None:
    """Put the backup FILE in place of the data directory, whose contents are kept. Stop the exchange first."""
    from appliance.control import AlreadyRunningError, only_one
    from appliance.register import restore as restoring
    from appliance.register.archive import BackupError

    try:
        with only_one(data) if data.is_dir() else contextlib.nullcontext():
            done = restoring.restore(path, data, SystemClock(), random.SystemRandom())
    except AlreadyRunningError as error:
        raise click.ClickException(f"{error}: stop it, then restore") from error
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{data}: {_contents(done.manifest)}, as of {done.manifest.created}")
    if done.before is not None:
        click.echo(f"What was there before: {done.before}. Delete it when you are sure: it holds personal data too.")
    click.echo(f"Start the exchange: dyzurka run --data {data}")


def _contents(manifest: Manifest) -> str:
    """What is in it, in words."""
    names = list(manifest.members)
    single = [name for name in names if "/" not in name]
    folders = [f"{sum(name.startswith(f'{each}/') for name in names)} {each}" for each in ("prompts", "recordings")]
    return ", ".join([*single, *folders])


def _size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e6:.1f} MB"
