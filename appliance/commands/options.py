"""What several commands share: `--data`, `--building`, where SIP, sound and page are, the building file, WHEN."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
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
FIRST_PORT, LAST_PORT = 1024, 65535

Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """--data DIR, the same for every command."""
    option = click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA,
        envvar="DYZURKA_DATA",
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


def places_option(command: Command) -> Command:
    """--sip, --rtp-ports and --web: where an exchange is, for commands that start one or look whether it could."""
    sip = click.option(
        "--sip", metavar="HOST:PORT", callback=_address, default="0.0.0.0:5060", show_default=True, help="Where SIP is."
    )
    rtp_ports = click.option(
        "--rtp-ports",
        metavar="LOW-HIGH",
        callback=_port_range,
        default="10000-10999",
        show_default=True,
        help="Ports of sound.",
    )
    web = click.option(
        "--web",
        metavar="HOST:PORT",
        callback=_address,
        default="0.0.0.0:8080",
        show_default=True,
        help="Where the page is.",
    )
    return sip(rtp_ports(web(command)))


def advertised_option(command: Command) -> Command:
    """--sip-advertised HOST: the address that providers are told, where it is not the one that is bound."""
    option = click.option(
        "--sip-advertised",
        metavar="HOST",
        callback=_ip_address,
        default="",
        help="The IP address under which providers reach this box.  [default: learned from their answers]",
    )
    return option(command)


def _ip_address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """HOST as an IP address; "" for none."""
    try:
        return str(ip_address(value.strip("[]"))) if value else ""
    except ValueError:
        raise click.BadParameter(f"{value!r} is not an IP address, for example 203.0.113.7") from None


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
