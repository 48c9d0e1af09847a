"""`dyzurka run` and `dyzurka demo`: take calls."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.clock import SystemClock
from appliance.commands.options import (
    advertised_option,
    building_option,
    data_option,
    places_option,
    read_building,
)


@click.command()
@data_option
@building_option
@places_option
@advertised_option
@click.option("--page/--no-page", default=True, help="Start the page, or leave it to the service manager.")
@click.option(
    "--probation",
    metavar="SECONDS",
    type=click.FloatRange(60.0, 1200.0),
    default=600.0,
    show_default=True,
    help="How long a new version has to be well before it is left.",
)
@click.option(
    "--slots",
    type=click.Choice(["auto", "simulated"]),
    default="auto",
    show_default=True,
    help="Two versions in the data directory, to try updates without a box.",
)
def run(
    data: Path,
    building_file: Path | None,
    sip: tuple[str, int],
    rtp_ports: tuple[int, int],
    web: tuple[str, int],
    sip_advertised: str,
    page: bool,
    probation: float,
    slots: str,
) -> None:
    """Take calls until told to stop. Prints `ready: …` once it can."""
    from appliance import running
    from appliance.exchange import Options

    path = building_file or _own_building_file(data)
    _settle(data, path)
    options = Options(data.resolve(), path.resolve(), sip, rtp_ports, web, page, sip_advertised, probation, slots)
    running.run(options, read_building(path))


def _own_building_file(data: Path) -> Path:
    """The data directory's building file; a new box gets the starter, to be filled in on the page."""
    from importlib import resources

    from appliance.media.durable import write_durably

    path = data / "building.toml"
    if not path.exists():
        starter = resources.files("appliance.building").joinpath("starter.toml").read_bytes()
        try:
            data.mkdir(parents=True, exist_ok=True)
            write_durably(path, starter, 0o640)
        except OSError as error:
            raise click.ClickException(f"{path}: no building file, and none can be made here: {error}") from error
    return path


def _settle(data: Path, building_file: Path) -> None:
    """Finish a change of the building file that the power cut short, that nobody confirmed, or is too new to read."""
    from appliance import VERSION
    from appliance.control import AlreadyRunningError, only_one
    from appliance.former_settings import bring_back
    from appliance.requests.versions import Versions

    if not data.is_dir():
        return
    try:
        with only_one(data):
            now = SystemClock().now()
            Versions(data, building_file.resolve()).settle(now)
            bring_back(data, building_file.resolve(), VERSION, now)
    except (AlreadyRunningError, OSError, ValueError):
        return  # said better when the exchange starts on it


@click.command()
@data_option
@click.option("--queue", "story", flag_value="queue", help="Two residents want the office; the second is called back.")
@click.option("--night", "story", flag_value="night", help="Nobody on duty answers; the message is chased until taken.")
def demo(data: Path, story: str | None) -> None:
    """A resident calls, presses 1, duty answers: over real SIP on loopback, told as it happens. Keeps nothing."""
    import asyncio
    import random

    from appliance.demo.demo import demo as live
    from appliance.demo.night import NIGHT
    from appliance.demo.queue import QUEUE
    from appliance.demo.urgent import URGENT

    chosen = {"queue": QUEUE, "night": NIGHT}.get(story or "", URGENT)
    worked = asyncio.run(live(chosen, SystemClock(), random.SystemRandom(), click.echo))
    click.echo("It worked." if worked else "It did not work.")
    raise SystemExit(0 if worked else 1)
