"""The command `dyzurka`: what people and scripts ask for from a terminal (see docs/commands.md).

It parses and prints; the work is done elsewhere. Heavy parts are imported by the command that needs them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from appliance import VERSION
from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building
from appliance.clock import SystemClock
from appliance.register.when import parse_when

if TYPE_CHECKING:
    from appliance.register.fold import Row
    from appliance.register.reports import Reports

DEFAULT_DATA = Path("dyzurka-data")
FIRST_PORT, LAST_PORT = 1024, 65535
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


def _address(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, int]:
    """HOST:PORT, also [IPv6]:PORT, as (host, port)."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > LAST_PORT:
        raise click.BadParameter(f"{value!r} is not HOST:PORT, for example {param.default}")
    return host.strip("[]"), int(port)


def _port_range(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """LOW-HIGH as (low, high)."""
    low, _, high = value.partition("-")
    if not (low.isdecimal() and high.isdecimal() and FIRST_PORT <= int(low) < int(high) <= LAST_PORT):
        raise click.BadParameter(f"{value!r} is not LOW-HIGH within {FIRST_PORT}-{LAST_PORT}, for example 10000-10999")
    return int(low), int(high)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="dyzurka")
def main() -> None:
    """The telephone duty room of a residential building."""


@main.command()
@data_option
@building_option
@click.option(
    "--sip", metavar="HOST:PORT", callback=_address, default="0.0.0.0:5060", show_default=True, help="Where SIP is."
)
@click.option(
    "--rtp-ports",
    metavar="LOW-HIGH",
    callback=_port_range,
    default="10000-10999",
    show_default=True,
    help="Ports of sound.",
)
@click.option(
    "--web",
    metavar="HOST:PORT",
    callback=_address,
    default="0.0.0.0:8080",
    show_default=True,
    help="Where the page is.",
)
def run(
    data: Path, building_file: Path | None, sip: tuple[str, int], rtp_ports: tuple[int, int], web: tuple[str, int]
) -> None:
    """Take calls until told to stop. Prints `ready: …` once it can."""
    from appliance import running
    from appliance.exchange import Options

    path = building_file or data / "building.toml"
    running.run(Options(data.resolve(), path.resolve(), sip, rtp_ports, web), _read(path))


@main.command()
@data_option
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def check(data: Path, path: Path) -> None:
    """Say every mistake of a building file as FILE:LINE: message; exit status 2 if there is any."""
    errors = file.check(path)
    for error in errors:
        click.echo(str(error))
    if errors:
        raise SystemExit(MISTAKE_STATUS)


@main.command("on-duty")
@data_option
@building_option
@click.option("--at", "when", metavar="WHEN", default=None, help="ISO 8601, in the box's time.  [default: now]")
def on_duty(data: Path, building_file: Path | None, when: str | None) -> None:
    """Who would be rung, in order: one `DUTY person phone` a line."""
    from appliance.building import rota

    building = _read(building_file or data / "building.toml")
    moment = _moment(when, building)
    for duty in building.duties:
        for person in rota.on_duty(building, duty, moment):
            for phone in person.phones:
                click.echo(f"{duty} {person.id} {phone}")


@main.command()
@data_option
@click.argument("text")
@click.argument("path", metavar="FILE.wav", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", type=click.Choice(["pl", "en"]), default="pl", show_default=True)
def say(data: Path, text: str, path: Path, language: str) -> None:
    """Hear TEXT as the box would say it."""
    from appliance.media.prompts import render_to_wav
    from appliance.media.speech import RenderError

    try:
        render_to_wav(text, "en" if language == "en" else "pl", path)
    except (RenderError, OSError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="As JSON (docs/commands.md).")
def status(data: Path, as_json: bool) -> None:
    """Lines, calls now, who is on duty, lamps, faults."""
    from appliance.control import ExchangeAwayError, RefusedError, ask

    try:
        answer = ask(data, "status")
    except (ExchangeAwayError, RefusedError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _status_text(answer))


@main.command()
@data_option
def demo(data: Path) -> None:
    """A resident calls, presses 1, duty answers: over real SIP on loopback, told as it happens. Keeps nothing."""
    import asyncio
    import random

    from appliance.demo.demo import demo as live

    worked = asyncio.run(live(SystemClock(), random.SystemRandom(), click.echo))
    click.echo("It worked." if worked else "It did not work.")
    raise SystemExit(0 if worked else 1)


@main.command()
@data_option
@click.option("--json", "form", flag_value="json", help="One JSON array.")
@click.option("--csv", "form", flag_value="csv", help="CSV with a header line.")
@click.option("--since", metavar="WHEN", default=None, help="ISO 8601 in the box's time, or 2h, 7d.")
@click.option("--building", "premises", metavar="ID", default="", help="Only calls about this house.")
def register(data: Path, form: str | None, since: str | None, premises: str) -> None:
    """The calls, oldest first."""
    from appliance.register.export import CALL_COLUMNS

    def calls(reports: Reports) -> list[dict[str, Any]]:
        moment = parse_when(since, SystemClock().now(), reports.zone) if since else None
        return reports.calls(since=moment, building=premises)

    _print_rows(data, calls, CALL_COLUMNS, form)


@main.command()
@data_option
@click.option("--json", "form", flag_value="json", help="One JSON array.")
@click.option("--csv", "form", flag_value="csv", help="CSV with a header line.")
@click.option("--open", "open_only", is_flag=True, help="Only tickets that are not done.")
def tickets(data: Path, form: str | None, open_only: bool) -> None:
    """The tickets, oldest first."""
    from appliance.register.export import TICKET_COLUMNS

    _print_rows(data, lambda reports: reports.tickets(open_only=open_only), TICKET_COLUMNS, form)


def _print_rows(data: Path, wanted: Callable[[Reports], list[Row]], columns: Sequence[str], form: str | None) -> None:
    """Rows of the register as a table for people, or as JSON or CSV for scripts."""
    from appliance.register import export
    from appliance.register.migrations import RegisterNewerError
    from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports

    try:
        with Reports(data / FILE_NAME) as reports:
            rows = wanted(reports)
    except (RegisterUnreadableError, RegisterNewerError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if form == "json":
        export.write_json(rows, sys.stdout)
    elif form == "csv":
        export.write_csv(rows, columns, sys.stdout)
    else:
        for row in rows:
            click.echo(_call_text(row) if "outcome" in row else _ticket_text(row))


def _call_text(row: Row) -> str:
    """One call on one line."""
    about = " ".join(part for part in (row["building"], row["resident"], row["destination"]) if part)
    who = f" by {row['answered_by']}" if row["answered_by"] else ""
    ticket = f", ticket {row['ticket']}" if row["ticket"] else ""
    urgent = "URGENT " if row["urgent"] else ""
    return (
        f"{row['id']:>5}  {row['started'][:19]}  {row['caller'] or 'withheld':<14}  "
        f"{urgent}{about}: {row['outcome'] or 'in progress'}{who}{ticket}"
    )


def _ticket_text(row: Row) -> str:
    """One ticket on one line."""
    urgent = "URGENT " if row["urgent"] else ""
    taken = f" by {row['taken_by']}" if row["taken_by"] else ""
    return f"{row['number']:>5}  {row['opened'][:19]}  {row['caller'] or 'withheld':<14}  {urgent}{row['state']}{taken}"


def _status_text(answer: dict[str, Any]) -> str:
    text = [
        f"line {line['id']}: {line['state']}" + (f", {line['fault']}" if line["fault"] else "")
        for line in answer["lines"]
    ]
    text += [f"call {call['caller'] or 'withheld'}: {call['state']}" for call in answer["calls"]]
    text += [f"on duty {duty}: {', '.join(people) or 'NOBODY'}" for duty, people in answer["on_duty"].items()]
    text += [f"fault: {fault}" for fault in answer["faults"]]
    return "\n".join(text)


def _read(path: Path) -> Building:
    """The building file, or every mistake of it and exit status 2."""
    try:
        return file.read(path)
    except BuildingErrors as errors:
        click.echo(str(errors), err=True)
        raise SystemExit(MISTAKE_STATUS) from errors


def _moment(when: str | None, building: Building) -> datetime:
    """WHEN as an aware moment in the box's time; now where it is not given."""
    now = SystemClock().now()
    try:
        return now if when is None else parse_when(when, now, building.box.timezone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error


if __name__ == "__main__":
    main()
