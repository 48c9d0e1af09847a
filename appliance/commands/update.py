"""`dyzurka update`: another version from a file, where things stand, and the way back. A running exchange does it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import click

from appliance.commands.options import data_option
from appliance.sharing import INCOMING, file_mode, make_private

WHO = "terminal"
LOOK_SECONDS = 120.0  # a slow machine reckons up the hashes of 150 MB
FOLLOW_SECONDS = 1.0
FILE_MODE = 0o600


@click.command()
@data_option
@click.argument("path", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--status", "only_status", is_flag=True, help="Only tell where things stand.")
@click.option("--older", is_flag=True, help="Install it though it is not newer than what runs.")
@click.option("--back", is_flag=True, help="Go back to the version in the other slot.")
@click.option("--stop", is_flag=True, help="Stop an update that has not restarted the box yet.")
def update(data: Path, path: Path | None, only_status: bool, older: bool, back: bool, stop: bool) -> None:
    """Install the signed bundle FILE into the other slot, try it, and keep it if the box is well with it."""
    asked = [path is not None, back, stop]
    if only_status or not any(asked):
        _tell(data)
    elif sum(asked) > 1:
        raise click.UsageError("FILE, --back and --stop do not go together")
    elif stop:
        _ask(data, "update_stop", who=WHO)
        _tell(data)
    else:
        if path is None:
            _ask(data, "update_return", who=WHO)
        else:
            _begin(data, path, older=older)
        raise SystemExit(asyncio.run(_follow(data)))


def _begin(data: Path, path: Path, *, older: bool) -> None:
    """Bring it where the exchange looks, look into it, begin."""
    folder = data / INCOMING
    copy = folder / f"update-{secrets.token_hex(8)}.raucb"
    try:
        make_private(folder, group_writes=True)
        shutil.copyfile(path, copy)
        copy.chmod(file_mode(FILE_MODE, folder))
        owner = folder.stat()
        if os.geteuid() == 0:
            os.chown(copy, owner.st_uid, owner.st_gid)
    except OSError as error:
        copy.unlink(missing_ok=True)
        raise click.ClickException(str(error)) from error
    begun = False
    try:
        found = _ask(data, "update_look", timeout=LOOK_SECONDS, path=f"incoming/{copy.name}")
        bundle = found["bundle"]
        click.echo(f"{path.name}: {bundle['version']}, signed by {bundle['signer'] or '?'}. {bundle['description']}")
        if found["why_not"] is not None:
            raise click.ClickException(_why(found["why_not"]))
        if found["step_back"] and not older:
            raise click.ClickException("it is not newer than what runs: --older installs it all the same")
        _ask(data, "update_begin", who=WHO, path=f"incoming/{copy.name}", step_back=older)
        begun = True
    finally:
        if not begun:
            copy.unlink(missing_ok=True)


async def _follow(data: Path) -> int:
    """Tell each step until it has ended, or the box restarts; the exit status."""
    last = ""
    while True:
        told = (await asyncio.to_thread(_ask, data, "update"))["update"]
        if (line := _line(told)) != last:
            click.echo(line)
            last = line
        if told["state"] == "restarting":
            click.echo("The box restarts. Ask again in a few minutes: dyzurka update --status")
            return 0
        if not told["goes_on"]:
            return 0 if told["state"] == "done" else 1
        await asyncio.sleep(FOLLOW_SECONDS)


def _tell(data: Path) -> None:
    """What runs, what the other slot holds, what became of the last update."""
    from appliance.updating.words import ELSEWHERE

    stands = _ask(data, "update")
    click.echo(f"version: {stands['version']}")
    if stands["how"] in ELSEWHERE:
        click.echo(ELSEWHERE[stands["how"]][1])
        return
    if stands["slots"] is not None:
        slots = stands["slots"]
        for name, slot in sorted(slots["holds"].items()):
            words = ["runs"] if name == slots["running"] else []
            words += ["on probation"] if name == slots["running"] != slots["kept"] else []
            words += [] if slot["good"] else ["empty"]
            click.echo(f"slot {name}: {slot['version'] or '-'}{' (' + ', '.join(words) + ')' if words else ''}")
    if stands["update"] is not None:
        click.echo(f"last update: {_line(stands['update'])}")
    if stands["why_not"] is not None and not (stands["update"] or {}).get("goes_on"):
        click.echo(f"not now: {_why(stands['why_not'])}")


def _line(told: dict[str, Any]) -> str:
    """Where an update stands."""
    from appliance.updating.states import State
    from appliance.updating.words import STATES

    percent = f" {told['percent']}%" if told["percent"] else ""
    reason = told["why"] or told["waits_for"]
    why = f". {_why(reason)}" if reason else ""
    return f"{told['from']} → {told['to'] or '?'}: {STATES[State(told['state'])][1]}{percent}{why}"


def _why(told: dict[str, Any]) -> str:
    from appliance.updating.words import why_said

    return why_said(told["key"], told["values"], "en")


def _ask(data: Path, verb: str, **arguments: Any) -> dict[str, Any]:
    from appliance.control_client import ExchangeAwayError, RefusedError, ask

    try:
        return ask(data, verb, **arguments)
    except (ExchangeAwayError, RefusedError) as error:
        raise click.ClickException(str(error)) from error
