"""`dyzurka run` and `dyzurka demo`: take calls."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.clock import SystemClock
from appliance.commands.options import building_option, data_option, read_building

FIRST_PORT, LAST_PORT = 1024, 65535


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


@click.command()
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
    running.run(Options(data.resolve(), path.resolve(), sip, rtp_ports, web), read_building(path))


@click.command()
@data_option
def demo(data: Path) -> None:
    """A resident calls, presses 1, duty answers: over real SIP on loopback, told as it happens. Keeps nothing."""
    import asyncio
    import random

    from appliance.demo.demo import demo as live

    worked = asyncio.run(live(SystemClock(), random.SystemRandom(), click.echo))
    click.echo("It worked." if worked else "It did not work.")
    raise SystemExit(0 if worked else 1)
